"""Records of an XML document as columns: a style sheet writes what is read of them, which is then cut into columns."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from crosswalk import Columns, NameTree

from .xml_cut import columns_of
from .xml_sheet import Level, mark_test, nil_test, style_sheet


class Shredder:
    """Makes columns of the records of a document; safe from several threads.

    `record`: an absolute XPath of the records. `names`: what is read of each, see ReadOptions.
    """

    def __init__(self, record: str, names: NameTree, namespaces: Mapping[str, str]) -> None:
        self._record = record
        self._namespaces = dict(namespaces)
        self._level = Level.of(names, self._namespaces, [])
        self._walks = any(level.walked for level in self._level.levels())
        self._sheets = threading.local()

    def columns(self, root: Any, count: int) -> Columns | None:
        """The columns of `count` records, None where they cannot be had."""
        from lxml import etree

        try:
            sheet = self._sheet(root)
            text = bytes(sheet(root)) if sheet is not None else b""
        except etree.XSLTApplyError:
            return None
        return columns_of(text, self._level, count)

    def _sheet(self, root: Any) -> Any:
        """This thread's style sheet for a document; None where a text of it would end too early."""
        held = self._sheets
        if not hasattr(held, "nil"):
            held.nil, held.mark = nil_test(), mark_test()
        if self._walks and held.mark(root):
            return None
        name = "with_nil" if held.nil(root) else "plain"
        if not hasattr(held, name):
            sheet = style_sheet(self._record, self._level, self._namespaces, nil=name == "with_nil")
            setattr(held, name, sheet)
        return getattr(held, name)
