"""Trees of their own for XML records: each is moved into a copy of its ancestors and their headers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .xml_prolog import check_dtd


class Frame:
    """Ancestors without records, root first: a tree of its own for every record that is moved out of another one."""

    def __init__(self, root: Any, levels: int) -> None:
        self._root = root
        self._levels = levels

    @classmethod
    def of(cls, record: Any) -> Frame:
        """The ancestors of the first record below them, with what stands before it."""
        line = [record, *record.iterancestors()][::-1]
        return _frame([(line[at], line[at + 1].getprevious()) for at in range(len(line) - 1)])

    def move(self, record: Any) -> None:
        """Give a record the ancestors in place of those it has."""
        self._parent(copy.copy(self._root)).append(record)  # lxml copies the whole subtree
        record.tail = None

    @property
    def tail(self) -> str | None:
        """The text behind the last element before the records."""
        parent = self._parent(self._root)
        return parent[-1].tail if len(parent) else None

    def _parent(self, root: Any) -> Any:
        for _ in range(self._levels - 1):
            root = root[-1]
        return root


@dataclass(frozen=True)
class Cut:
    """What a stream leaves out of its document, between the head that it begins with and the rest.

    `total`, `lines`: how many bytes and line breaks. `last`: the last line of the head, in which `columns` are left
    out. `open`: the names of the elements that the head leaves open. `levels`: how many children they have there.
    `frame`: that of the records, some of which are left out; None when none is.
    """

    total: int = 0
    lines: int = 0
    last: int = 1
    columns: int = 0
    open: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    frame: Frame | None = None

    def line(self, line: int, name: str = "") -> int:
        """The line in the document; the element `name` that stands there may be one of the head."""
        return line + self.lines if line > self.last or (line == self.last and name not in self.open) else line

    def column(self, line: int, column: int) -> int:
        """The column in the document."""
        return column + self.columns if line == self.last else column


class Frames:
    """Moves each record out of the parser's tree into its own copy of the ancestors and their headers."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._levels: list[tuple[Any, Any]] = []  # (ancestor, the last element of its header or None), root first
        self._frame: Frame | None = None

    def move(self, record: Any) -> None:
        """Give the record a tree of its own, and drop what was left behind before it."""
        parent = record.getparent()
        if parent is None:
            check_dtd(record)
            return
        if self._frame is None and self._cut.frame is not None:
            self._resume(record.getroottree().getroot(), self._cut.frame)
        if not self._levels or self._levels[-1][0] is not parent:
            self._enter([record, *record.iterancestors()][::-1])
        else:
            _clear(record, self._levels[-1][1])
        assert self._frame is not None
        self._frame.move(record)

    def _resume(self, root: Any, frame: Frame) -> None:
        """Be as after the records that were left out."""
        *above, last = self._cut.levels
        line = [root]
        for number in above:
            line.append(line[-1][number - 1])
        self._levels = [(line[at], line[at + 1].getprevious()) for at in range(len(above))]
        self._levels.append((line[-1], line[-1][last - 1] if last else None))
        if last:
            # Text of the rest seems to go on there.
            self._levels[-1][1].tail = frame.tail
        self._frame = frame

    def _enter(self, line: Sequence[Any]) -> None:
        """Note the header of each new ancestor on the line from the root to a record, and copy them all."""
        if not self._levels:
            check_dtd(line[0])
        kept = 0
        while kept < min(len(self._levels), len(line) - 1) and self._levels[kept][0] is line[kept]:
            _clear(line[kept + 1], self._levels[kept][1])
            kept += 1
        new = [(line[at], line[at + 1].getprevious()) for at in range(kept, len(line) - 1)]
        self._levels[kept:] = new
        self._frame = _frame(self._levels)


def _frame(levels: Sequence[tuple[Any, Any]]) -> Frame:
    """Copies of ancestors, each with the last element of its header or None."""
    root = target = _shallow(None, levels[0][0])
    for at, (ancestor, end) in enumerate(levels):
        if at:
            target = _shallow(target, ancestor)
        if end is not None:
            for child in ancestor:
                target.append(copy.deepcopy(child))
                if child is end:
                    break
    return Frame(root, len(levels))


def _clear(element: Any, header_end: Any) -> None:
    """Remove the siblings before `element` back to the header."""
    while (before := element.getprevious()) is not None and before is not header_end:
        before.getparent().remove(before)


def _shallow(parent: Any, element: Any) -> Any:
    from lxml import etree

    if parent is None:
        return etree.Element(element.tag, dict(element.attrib), nsmap=element.nsmap)
    return etree.SubElement(parent, element.tag, dict(element.attrib), nsmap=element.nsmap)
