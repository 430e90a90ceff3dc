"""Cuts an XML document into blocks of whole records, each parsed as a document of its own, as columns or rows.

A block is the document's head, some of what follows up to the end of a record, and the end tags of the ancestors. It is
well-formed only if what was cut is whole: a cut inside a comment or a record within a record leaves something open.
Where anything is not as expected, all that was not given yet is left to the stream of records, which knows the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from crosswalk import Batch, ReadOptions

from .xml_block import Block
from .xml_frames import Cut, Frame
from .xml_head import Head, NotCut, head_of
from .xml_record_path import RecordPath
from .xml_stream import BLOCK, PARSER, RecordStream, line_of

if TYPE_CHECKING:
    from .xml_columns import Shredder

log = logging.getLogger("crosswalk.formats")
_SIZE = 1_500_000
_LINES = 60_000
"""A block has no more lines than this, and those of the head: of as many, the parser knows each."""
_TRIES = 4
"""So many cuts are tried, each half as far, before the rest is left to the stream of records."""
_SHARE = 4
"""A block has the bytes that are asked for divided by this, as what is parsed takes about ten times as much."""


def for_rows(options: ReadOptions) -> ReadOptions:
    """The options with batches that suit rows."""
    rows = ReadOptions()
    return replace(options, records=min(options.records, rows.records), bytes=min(options.bytes, rows.bytes))


class BlockReader:
    """The batches of a document as far as it can be cut; then `rest` has the records behind them, `seen` their number.

    They are rows unless `columnar` and `names` of the options say otherwise. `record`: the path as an absolute XPath.
    `skip`: how many records at the start are not wanted.
    """

    def __init__(
        self,
        stream: BinaryIO,
        path: RecordPath,
        record: str,
        namespaces: dict[str, str],
        options: ReadOptions,
        skip: int,
    ) -> None:
        self._text = _Text(stream)
        self._path = path
        self._record = record
        self._namespaces = namespaces
        self._options = options
        self._skip = skip
        self._columnar = options.columnar and options.names is not None
        self._size = min(options.bytes // _SHARE, _SIZE) if self._columnar else min(options.bytes, BLOCK)
        self._head: Head | None = None
        self._levels: list[int] = []  # how many children the ancestors of the records have in the head, root first
        self._frame: Frame | None = None
        self._done = False
        self.seen = 0

    def batches(self) -> Iterator[Batch]:
        """The batches of whole blocks; of columns while these are wanted."""
        options, text = self._options, self._text
        text.fill(max(self._size, options.columnar_from))
        if len(text.held) < options.columnar_from or options.max_record_bytes < self._size:
            return
        head = self._head = self._begin()
        if head is None:
            return
        shredder = None
        if self._columnar:
            from .xml_columns import Shredder

            shredder = Shredder(self._record, options.names or {}, self._namespaces)
        rows, still, size = for_rows(options), options.still_columnar, self._size
        while not self._done:
            wanted = shredder is not None and (still is None or still())
            self._options = options if wanted or shredder is None else rows
            self._size = size if wanted else min(self._options.bytes, BLOCK)
            text.fill(self._size)
            found = self._next(head, shredder if wanted else None)
            if found is None:
                log.info(
                    "xml, read record by record from line %d on: the next records cannot be cut out whole", text.line
                )
                return
            yield from found

    def rest(self) -> RecordStream | None:
        """What is left, None when that is nothing."""
        if self._done:
            return None
        text, head, cut = self._text, self._head, None
        left = text.held[text.at :]
        if head is not None:
            left = head.text + left
            last = 1 + head.text.count(b"\n")
            width = text.columns(head.text[head.text.rfind(b"\n") + 1 :], head.encoding)
            cut = Cut(
                total=text.total - len(head.text),
                lines=text.line - last,
                last=last,
                columns=text.column - width,
                open=head.open,
                levels=tuple(self._levels),
                frame=self._frame,
            )
        block = min(BLOCK, max(1024, self._options.bytes))
        limit = self._options.max_record_bytes
        return RecordStream(_Chained(left, text.stream), self._path, limit=limit, block=block, cut=cut)

    def _begin(self) -> Head | None:
        """The head, passed, if it parses to what it seems to be."""
        try:
            head = head_of(self._text.held, self._path)
        except NotCut as why:
            log.info("xml, read record by record: %s", why)
            return None
        root = _parsed(head.text + head.end)
        if root is None:
            log.info("xml, read record by record: what stands before the first record is not well-formed by itself")
            return None
        for _ in head.open[1:]:
            self._levels.append(len(root))
            root = root[-1]
        self._levels.append(len(root))
        self._text.pass_to(len(head.text), head.encoding)
        return head

    def _next(self, head: Head, shredder: Shredder | None) -> list[Batch] | None:
        """The next block as a batch, none where it has no records that are wanted; None where it cannot be had."""
        text = self._text
        end = self._end_of_block(head.record_end)
        for _ in range(_TRIES):
            root, records, last = self._cut_at(end, head)
            if records is not None:
                break
            # What looks like the end of a record may stand in a comment: an earlier one may be one.
            earlier = text.held.rfind(head.record_end, text.at, text.at + (end - text.at) // 2)
            if earlier < 0:
                return None
            end = earlier + len(head.record_end)
        if records is None:
            return None
        shift = text.line - 1 - head.text.count(b"\n")
        lines = [line and line + shift for line in map(line_of, records)]
        text.pass_to(end, head.encoding)
        self._done = last
        if records and self._frame is None:
            self._frame = Frame.of(records[0])
        self.seen += len(records)
        skipped = max(0, len(records) - max(0, self.seen - self._skip))
        for record in records[:skipped]:
            record.getparent().remove(record)
        del records[:skipped], lines[:skipped]
        if not records or self._frame is None:
            return []
        first = self.seen - len(records) + 1
        known = lines if all(lines) else None
        if shredder is None:
            for record in records:
                self._frame.move(record)
            return [Batch.of_rows(records, cursor={"row": self.seen}, first=first, lines=known, bytes_read=text.total)]
        block = Block(root, records, self._frame, shredder)
        return [
            Batch.of_records(
                block, len(records), cursor={"row": self.seen}, first=first, lines=known, bytes_read=text.total
            )
        ]

    def _cut_at(self, end: int, head: Head) -> tuple[Any, list[Any] | None, bool]:
        """The block up to a place and its records, None where it is no block; and whether the document ends there."""
        text = self._text
        last = text.ended and end == len(text.held)
        part = head.text + text.held[text.at : end]
        root = _parsed(part if last else part + head.end)
        records = self._records(root) if root is not None else None
        if records is not None and (not (records or last) or len(records) > self._options.records):
            records = None
        return root, records, last

    def _end_of_block(self, record_end: bytes) -> int:
        """Where the last of some records ends, or the document does; reads on to the end of a long record."""
        text = self._text
        begin = b"<" + record_end[2:-1].rstrip()
        while not text.ended and text.held.find(record_end, text.at) < 0:
            if text.held.count(begin, text.at) > 1 or len(text.held) - text.at > self._options.max_record_bytes:
                break  # they end otherwise, or it is too long
            text.fill(2 * max(self._size, len(text.held) - text.at))
        last = len(text.held)
        if text.held.count(b"\n", text.at) > _LINES:
            last = text.at
            for _ in range(_LINES):
                last = text.held.index(b"\n", last) + 1
        whole = text.ended and last == len(text.held)
        end = last if whole else text.held.rfind(record_end, text.at, last) + len(record_end)
        if text.held.count(record_end, text.at, end) > self._options.records:
            end = text.at
            for _ in range(self._options.records):
                end = text.held.index(record_end, end) + len(record_end)
        return end

    def _records(self, root: Any) -> list[Any] | None:
        """The records of a block, None unless all of them stand where the first one of the document does."""
        parent = root
        for number in self._levels[:-1]:
            if len(parent) != number:
                return None
            parent = parent[-1]
        tag = self._path.tag
        found = [child for child in list(parent)[self._levels[-1] :] if child.tag == tag]
        if self._frame is None and found and not self._path.matches(found[0]):
            return None
        if self._path.nests and len(found) != sum(1 for _ in root.iter(tag)):
            return None
        return found


class _Text:
    """Some bytes of a stream at a time: `held`, of which those from `at` on were not passed yet.

    `total`, `line`, `column`: how many bytes were passed, and where in the document that led to.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.held = b""
        self.at = 0
        self.ended = False
        self.total = 0
        self.line = 1
        self.column = 0

    def fill(self, size: int) -> None:
        """Read on until so many are left, or the stream ends."""
        pieces = [self.held[self.at :]]
        length = len(pieces[0])
        while length < size and not self.ended:
            piece = self.stream.read(size - length)
            self.ended = not piece
            pieces.append(piece)
            length += len(piece)
        self.held, self.at = b"".join(pieces), 0

    def pass_to(self, end: int, encoding: str) -> None:
        """Pass all up to a place."""
        passed = self.held[self.at : end]
        breaks = passed.count(b"\n")
        self.total += len(passed)
        self.line += breaks
        self.column = (0 if breaks else self.column) + self.columns(passed[passed.rfind(b"\n") + 1 :], encoding)
        self.at = end

    @staticmethod
    def columns(line: bytes, encoding: str) -> int:
        """How many characters some bytes are."""
        return len(line.decode(encoding, "replace"))


class _Chained:
    """Some bytes, and then a stream."""

    def __init__(self, first: bytes, stream: BinaryIO) -> None:
        self._first = first
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        piece, self._first = self._first[:size], self._first[size:]
        return piece or self._stream.read(size)


def _parsed(text: bytes) -> Any:
    from lxml import etree

    try:
        return etree.fromstring(text, etree.XMLParser(**PARSER))
    except etree.XMLSyntaxError:
        return None
