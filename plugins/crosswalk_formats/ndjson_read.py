"""Reads newline-delimited JSON in bounded memory; a line that is no JSON is a bad record and the rest goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from crosswalk import BadRecord, Batch, ReadOptions

from .byte_input import BLOCK, TextBytes, cursor_int
from .line_cut import Cutter, LongLine, first_lines
from .ndjson_lines import LineParser, Lines, shown
from .parts import Gatherer, Part


def read_ndjson(stream: BinaryIO, steps: tuple[str | None, ...] | None, options: ReadOptions) -> Iterator[Batch]:
    """The batches of an ndjson stream; see Format.decode. The cursor holds `offset`, `line` and `record`.

    `steps`: where in each line its records are, None when each line is one. A line's records are never split between
    batches.
    """
    return LineReading(stream, LineParser(steps, options.max_record_bytes), options).batches()


OTHER_LINE = re.compile(rb"\n[^{]")
"""A line that is no object at first sight: it may be blank, and then is no record."""


class LineReading:
    """One pass over a stream, in rows. `offset`, `line` and `record` are what was passed: bytes, lines + 1, records."""

    def __init__(self, stream: BinaryIO, parser: LineParser, options: ReadOptions) -> None:
        self.options = options
        self.parser = parser
        self.source = TextBytes(stream)
        self.offset, self.line, self.record = 0, 1, 0
        if options.cursor is not None:
            names = ("offset", "line", "record")
            self.offset, self.line, self.record = (cursor_int(options.cursor, name) for name in names)
        self._text = b""  # whole lines from the current place on
        self._plain = True  # orjson alone reads them exactly

    def cutter(self, size: int) -> Cutter:
        """A cutter of pieces of about `size` bytes from the current place on."""
        limit = self.parser.limit
        cutter = Cutter(self.source, max(1, min(size, self.options.bytes, limit)), limit)
        cutter.jump(self.offset, b"")
        return cutter

    def batches(self) -> Iterator[Batch]:
        """The batches from the current place on."""
        cutter = self.cutter(BLOCK)
        yield from self.row_batches(iter(cutter.next, None), Gatherer(self.options.records, self.options.bytes))

    def row_batches(self, pieces: Iterator[bytes | LongLine | None], gatherer: Gatherer) -> Iterator[Batch]:
        """The batches of pieces of whole lines, as rows, or still to be parsed where that is wanted and possible."""
        if not self.options.unparsed or self.parser.steps is not None:
            yield from self._parsed(pieces, gatherer)
            return
        for data in iter(pieces):
            if not isinstance(data, bytes):
                yield from self._parsed(iter((data,)), gatherer)
                continue
            while data:
                text, lines = first_lines(data, self.options.bytes, self.options.records)
                data = data[len(text) :]
                if text.startswith(b"{") and not OTHER_LINE.search(text):
                    yield self._unparsed(text, lines)
                else:  # what is blank has no record
                    yield from self._parsed(iter((text,)), gatherer)

    def _unparsed(self, text: bytes, lines: int) -> Batch:
        held = Lines(text, self.line, self.record + 1, self.parser)
        places = range(self.line, self.line + lines)
        self.move(len(text), lines, lines)
        return Batch.of_records(
            held, lines, cursor=self.cursor(), first=held.number, lines=places, bytes_read=self.source.total
        )

    def _parsed(self, pieces: Iterator[bytes | LongLine | None], gatherer: Gatherer) -> Iterator[Batch]:
        while (part := self._next_part(pieces, gatherer.room)) is not None:
            gatherer.add(part)
            if gatherer.full:
                yield from gatherer.take(self.cursor(), self.source.total)
        yield from gatherer.take(self.cursor(), self.source.total)

    def cursor(self) -> dict[str, int]:
        """The cursor of the current place."""
        return {"offset": self.offset, "line": self.line, "record": self.record}

    def move(self, size: int, lines: int, records: int) -> None:
        """Pass over text."""
        self.offset += size
        self.line += lines
        self.record += records

    def _next_part(self, pieces: Iterator[bytes | LongLine | None], room: int) -> Part | None:
        if not self._text:
            data = next(pieces, None)
            if data is None:
                return None
            if isinstance(data, LongLine):
                return Part(lines=[], bad=[self.long_line(data)], size=data.size)
            self._text = data
            self._plain = self.parser.is_plain(data)
        lines = self._text.split(b"\n", room)
        rest = lines.pop() if len(lines) > room or not lines[-1] else b""
        size = len(self._text) - len(rest)
        self._text = rest
        part = self.parser.part(lines, self.line, self.record + 1, plain=self._plain)
        part.size = size
        self.move(size, len(lines), len(part.rows) + len(part.bad))
        return part

    def long_line(self, line: LongLine) -> BadRecord:
        """Pass over a line beyond the limit, which is a bad record."""
        message = f"the line is longer than {self.parser.limit} bytes"
        bad = BadRecord(self.record + 1, self.line, message, shown(line.head))
        self.move(line.size, 1, 1)
        return bad
