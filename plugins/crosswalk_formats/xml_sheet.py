"""A style sheet that writes what paths find in every record of a document as text, cell by cell, in one pass of C."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from crosswalk import NameTree

VALUE, CELL, SECTION, NIL = map(chr, range(0xFDD0, 0xFDD4))
"""What ends a value, a cell and a section, and stands for `xsi:nil`: characters that are set aside for such use."""
_XSL = "http://www.w3.org/1999/XSL/Transform"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass
class Level:
    """The nodes that one loop walks, inside those of the loops of `above`, with a cell for each of `columns`."""

    above: list[str]
    columns: list[LevelColumn] = field(default_factory=list)

    @classmethod
    def of(cls, names: NameTree, namespaces: Mapping[str, str], above: list[str]) -> Level:
        """What is read of the nodes at the end of the paths `above`; for the names see XPath.column."""
        made = cls(above)
        for name, below in names.items():
            if name.endswith("/"):
                path = name.removesuffix("/").removesuffix("?")
                level = cls.of(below or {}, namespaces, [*above, path])
                made.columns.append(LevelColumn(name, path, "node" if name.endswith("?/") else "nodes", level))
            elif name.endswith("[]"):
                kind: Kind = "number" if below is not None else "all"
                made.columns.append(LevelColumn(name, name.removesuffix("[]"), kind))
            else:
                made.columns.append(LevelColumn(name, name, "one" if _finds_nodes(name, namespaces) else "text"))
        return made

    @property
    def width(self) -> int:
        """How many cells a node has: for all values there is one more, with their number."""
        return len(self.columns) + sum(column.kind == "all" for column in self.columns)

    def sections(self) -> Iterator[Level]:
        """This level and those below, without empty ones, in the order in which they are written."""
        if self.columns:
            yield self
        for column in self.columns:
            if column.level is not None:
                yield from column.level.sections()


Kind = Literal["one", "all", "number", "node", "nodes", "text"]


@dataclass
class LevelColumn:
    """A column: the value of the one node, of all nodes, their number, the nodes of a level, a computed text."""

    name: str
    path: str
    kind: Kind
    level: Level | None = None


def style_sheet(record: str, level: Level, namespaces: Mapping[str, str], *, nil: bool) -> Any:
    """A function of a document that returns the text of all sections; raises lxml's XSLTApplyError.

    It must be called on the thread that made it. `nil`: whether elements may say that they are `xsi:nil`.
    """
    from lxml import etree

    own = next(prefix for prefix in ("xsl", *(f"x{n}" for n in range(len(namespaces) + 1))) if prefix not in namespaces)
    sheet = etree.Element(f"{{{_XSL}}}stylesheet", {"version": "1.0"}, nsmap={own: _XSL, **namespaces})
    _part(sheet, "output", method="text", encoding="UTF-8")
    template = _part(sheet, "template", match="/")
    for section in level.sections():
        place = template
        for path in [record, *section.above]:
            place = _part(place, "for-each", select=path)
        for column in section.columns:
            _cell(place, column, nil=nil)
        _text(template, SECTION)
    access: Any = etree.XSLTAccessControl
    return etree.XSLT(sheet, access_control=access.DENY_ALL)


def _cell(place: Any, column: LevelColumn, *, nil: bool) -> None:
    if column.kind in ("number", "node", "nodes"):
        _part(place, "value-of", select=f"count({column.path})")
        _text(place, VALUE)
    elif column.kind == "text":
        _part(place, "value-of", select=column.path)
        _text(place, VALUE)
    else:
        node = _part(place, "for-each", select=column.path)
        if nil:
            said = _part(node, "if", test="@xsi:nil='true' or @xsi:nil='1'", nsmap={"xsi": _XSI})
            _text(said, NIL)
        _part(node, "value-of", select=".")
        _text(node, VALUE)
    _text(place, CELL)
    if column.kind == "all":
        _cell(place, LevelColumn("", column.path, "number"), nil=nil)


def nil_test() -> Any:
    """A function of a document that tells whether an element of it may say that it is `xsi:nil`."""
    from lxml import etree

    return etree.XPath("boolean(//@xsi:nil)", namespaces={"xsi": _XSI})


def _part(parent: Any, name: str, nsmap: Mapping[str, str] | None = None, **attributes: str) -> Any:
    from lxml import etree

    return etree.SubElement(parent, f"{{{_XSL}}}{name}", attributes, nsmap=nsmap)


def _text(parent: Any, text: str) -> None:
    _part(parent, "text").text = text


def _finds_nodes(path: str, namespaces: Mapping[str, str]) -> bool:
    from lxml import etree

    return isinstance(etree.XPath(path, namespaces=dict(namespaces))(etree.Element("probe")), list)
