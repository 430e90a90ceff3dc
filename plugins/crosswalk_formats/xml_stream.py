"""XML bytes to record elements in bounded memory: one pull parser, every record moved out of the tree it came in.

What a record can see is the same wherever batches are cut: itself, its ancestors with their attributes, and what
stands in each ancestor before the first record (the header).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol

from crosswalk import ConnectorError

from .xml_frames import Cut, Frames
from .xml_prolog import PrologGuard, check_dtd
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


class SupportsRead(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes: ...


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
        self._frames = Frames(self._cut)
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


def _parser(path: RecordPath | None) -> Any:
    from lxml import etree

    options: dict[str, Any] = {"events": ("end",), "tag": path.tag} if path else {"events": ()}
    return etree.XMLPullParser(**options, **PARSER)


def line_of(element: Any) -> int:
    """The line where an element begins; 0 where it is not known."""
    line = element.sourceline
    return line if line is not None and line < _LAST_LINE else 0


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
