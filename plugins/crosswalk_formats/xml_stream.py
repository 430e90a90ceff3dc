"""XML bytes to record elements in bounded memory: one pull parser, every record moved out of the tree it came in.

What a record can see is the same wherever batches are cut: itself, its ancestors with their attributes, and what
stands in each ancestor before the first record (the header).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from crosswalk import ConnectorError

from .xml_prolog import PrologGuard, refused_entity
from .xml_record_path import RecordPath

BLOCK = 1 << 16
"""Bytes parsed at a time."""
# "internal" rather than False: an entity that nobody declared is then an error instead of a silent gap.
PARSER: dict[str, Any] = {
    "resolve_entities": "internal", "no_network": True, "load_dtd": False, "huge_tree": False,
}  # fmt: skip
# libxml2 keeps 16 bits for the line of an element, and estimates beyond.
_LAST_LINE = 65535
_NAMED_LINE = re.compile(r"(\S+) line (\d+)")


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


class SupportsRead(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes: ...


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


class RecordStream:
    """Iterates over lists of `(element, line)`, about one per block of input; `line` is 0 where it is not known.

    `total` is how much was read. Records before a fault are given before its ConnectorError is raised: C202 not
    well-formed, C203 entities, C208 nothing ended within `limit` bytes.
    """

    def __init__(
        self, stream: SupportsRead, path: RecordPath | None, *, limit: int, block: int = BLOCK, cut: Cut | None = None
    ) -> None:
        self._cut = cut or Cut()
        self._stream = stream
        self._path = path
        self._limit = limit
        self._block = block
        self._nests = path is not None and path.nests
        self._waiting: Any = None
        self._parent: Any = None  # of the last record
        self._frames = _Frames(self._cut)
        self.total = self._cut.total

    def __iter__(self) -> Iterator[list[tuple[Any, int]]]:
        from lxml import etree

        guard = PrologGuard()
        parser = _parser(self._path)
        since, block, fault = 0, b"-", None
        while block and fault is None:
            block = self._stream.read(self._block)
            self.total += len(block)
            root = None
            try:
                if block:
                    guard.feed(block)
                    parser.feed(block)
                else:
                    root = parser.close()
            except etree.XMLSyntaxError as error:
                fault = error
            found = self._records(parser)
            if not block or fault is not None:
                found += self._release()
            if root is not None and self._path is None:
                check_dtd(root)
                found = [(root, line_of(root))]
            if found:
                yield found
            since = 0 if found else since + len(block)
            if since > self._limit and fault is None:
                if self._waiting is not None:
                    yield self._release()
                raise _too_long(self._limit, self._path)
        if fault is not None:
            raise _broken(fault, self.total, self._cut) from fault

    def _records(self, parser: Any) -> list[tuple[Any, int]]:
        found: list[tuple[Any, int]] = []
        path = self._path
        for _, element in parser.read_events():
            parent = element.getparent()
            # The parser filters by the last name: siblings of a record are records.
            if parent is None or parent is not self._parent or self._nests:
                if path is None or not path.matches(element):
                    continue
                if self._nests and any(map(path.matches, element.iterancestors())):
                    continue  # its outermost record brings it along
                self._parent = parent
            # One record is held back: libxml2 may still be adding to the text behind the last one.
            found += self._release()
            self._waiting = element
        return found

    def _release(self) -> list[tuple[Any, int]]:
        element, self._waiting = self._waiting, None
        if element is None:
            return []
        found = [(element, self._line(element))]
        if self._path is not None and self._nests:
            inner = element.iterdescendants(self._path.tag)
            found += [(each, self._line(each)) for each in inner if self._path.matches(each)]
        self._frames.move(element)
        return found

    def _line(self, element: Any) -> int:
        line = line_of(element)
        return self._cut.line(line) if line else 0


class _Frames:
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


def _parser(path: RecordPath | None) -> Any:
    from lxml import etree

    options: dict[str, Any] = {"events": ("end",), "tag": path.tag} if path else {"events": ()}
    return etree.XMLPullParser(**options, **PARSER)


def _clear(element: Any, header_end: Any) -> None:
    """Remove the siblings before `element` back to the header."""
    while (before := element.getprevious()) is not None and before is not header_end:
        before.getparent().remove(before)


def _shallow(parent: Any, element: Any) -> Any:
    from lxml import etree

    if parent is None:
        return etree.Element(element.tag, dict(element.attrib), nsmap=element.nsmap)
    return etree.SubElement(parent, element.tag, dict(element.attrib), nsmap=element.nsmap)


def line_of(element: Any) -> int:
    """The line where an element begins; 0 where it is not known."""
    line = element.sourceline
    return line if line is not None and line < _LAST_LINE else 0


def check_dtd(element: Any) -> None:
    """Refuse declared entities (C203) in encodings that the prolog guard cannot read."""
    dtd = element.getroottree().docinfo.internalDTD
    for entity in dtd.iterentities() if dtd is not None else ():
        raise refused_entity(entity.name)


def _too_long(limit: int, path: RecordPath | None) -> ConnectorError:
    if path is None:
        fix = 'say which elements are the records, for example "record": "/orders/order"'
        return ConnectorError("C208", f"the document is longer than {limit} bytes and is read as one record", fix=fix)
    fix = "check the record path, or raise the limit on the length of a record"
    return ConnectorError("C208", f"no record ended within {limit} bytes", fix=fix)


def _broken(error: Any, total: int, cut: Cut) -> ConnectorError:
    if not total:
        return ConnectorError("C202", "the file is empty: not XML")
    line, column = error.position
    message = str(error.msg or "no element found").split(f", line {line}, column")[0].strip().rstrip(",")
    if "XML_PARSE_HUGE" in message:
        message = message.split(", ")[0] + " (a limit that keeps hostile documents out)"
    if not line:
        return ConnectorError("C202", f"not well-formed XML: {message}")
    message = _NAMED_LINE.sub(lambda found: f"{found[1]} line {cut.line(int(found[2]), found[1])}", message)
    line, column = cut.line(line), cut.column(line, column)
    return ConnectorError("C202", f"not well-formed XML at line {line}, column {column}: {message}")
