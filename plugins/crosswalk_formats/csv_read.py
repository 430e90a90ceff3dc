"""Reads csv in bounded memory: takes pieces of whole records and parses each the fastest way that is exact."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any, BinaryIO

from crosswalk import BadRecord, Batch, ConnectorError, ReadOptions

from .byte_input import BLOCK, RAW_LIMIT, TextBytes, cursor_int
from .csv_careful import Found, Place, byte_length, lines_of, open_quote_line, read_carefully
from .csv_columns import CsvBlock, Layout, may_have_columns, regular_block
from .csv_dialect import Dialect
from .csv_header import checked_names, numbered_names
from .csv_lines import CsvLines, Shape, lines_in
from .csv_rows import BuildRows, row_builder, with_nulls
from .line_cut import Cutter, LongLine, first_lines
from .parts import Gatherer, Part
from .patience import Patience


def read_csv(stream: BinaryIO, dialect: Dialect, options: ReadOptions) -> Iterator[Batch]:
    """The batches of a csv stream; see Format.decode. The cursor holds `offset`, `line` and `record`."""
    return _Reading(stream, dialect, options).batches()


@dataclass(slots=True)
class _Piece:
    """Text that starts at the start of a record. `newline`: splitting at it and at delimiters is exact, if set."""

    text: str
    final: bool
    clean: bool
    nulls: bool
    newline: str | None


class _Reading:
    """One pass over a stream. `_place` is the start of the next record, `_piece` the text that begins there."""

    def __init__(self, stream: BinaryIO, dialect: Dialect, options: ReadOptions) -> None:
        self._dialect = dialect
        self._options = options
        self._source = TextBytes(stream, dialect.encoding)
        self._encoding = self._source.encoding
        self._limit = options.max_record_bytes
        quote = (dialect.quote or "").encode(self._encoding)
        self._large = max(1, min(options.bytes, self._limit))
        self._small = min(BLOCK, self._large)
        self._least = options.columnar_from
        self._cutter = Cutter(self._source, self._small, self._limit, quote=quote, returns=True)
        self._layout: Layout | None = None  # known when blocks may be given as columns, and the header is
        self._uneven = 0  # the offset up to which records are read as rows, in small pieces
        self._patience = Patience()
        self._piece: _Piece | None = None
        self._shape: Shape | None = None  # known when lines may be given unparsed, and the header is
        self._lines = b""  # records that are to be given unparsed, and the same as one line each
        self._records = b""
        self._next_line = 1  # where what follows them stands
        self._left = b""  # the start of a record that did not end in the last piece
        self._place = Place(1, 1, 0)
        self._width: int | None = None  # known from the header, else from the first good record
        self._build: BuildRows
        self._build_nulled: BuildRows

    def batches(self) -> Iterator[Batch]:
        self._place = Place(1, 1 + self._dialect.skip_rows, self._cutter.skip_lines(self._dialect.skip_rows))
        if not self._find_columns():
            return
        if self._options.cursor is not None:
            self._resume(self._options.cursor)
        gatherer = Gatherer(*self._most)
        while (loaded := self._load()) is not None:
            if isinstance(loaded, CsvBlock | CsvLines):
                yield from gatherer.take(self._cursor(), self._source.total)
                yield self._block_batch(loaded) if isinstance(loaded, CsvBlock) else self._lines_batch(loaded)
                continue
            gatherer.add(self._part(loaded, gatherer.room))
            if gatherer.full:
                yield from gatherer.take(self._cursor(), self._source.total)
        yield from gatherer.take(self._cursor(), self._source.total)

    @property
    def _most(self) -> tuple[int, int]:
        """Records and bytes of a batch of rows."""
        records, size = self._options.records, self._options.bytes
        if self._options.columnar:
            # What is not regular comes as rows, in batches of the size that suits those.
            rows = ReadOptions()
            records, size = min(records, rows.records), min(size, rows.bytes)
        return records, size

    def _cursor(self) -> dict[str, int | None]:
        place = self._place
        cursor: dict[str, int | None] = {"offset": place.offset, "line": place.line, "record": place.number - 1}
        return cursor if self._dialect.header else cursor | {"width": self._width}

    def _resume(self, cursor: Any) -> None:
        offset, line, record = (cursor_int(cursor, name) for name in ("offset", "line", "record"))
        if offset < self._place.offset:
            raise ConnectorError("C205", "the cursor points into the header: it was not written for this file")
        if self._width is None and cursor.get("width") is not None:
            self._set_columns(numbered_names(cursor_int(cursor, "width")))
        self._jump(offset)
        self._place = Place(record + 1, line, offset)

    def _jump(self, offset: int) -> None:
        """Go on at an offset that is not behind the current place."""
        unused = self._piece.text.encode(self._encoding, "surrogateescape") if self._piece else self._left
        self._cutter.jump(offset, unused)
        self._piece, self._left = None, b""

    def _find_columns(self) -> bool:
        """Settle the columns as far as the start of the file tells; false when it ends before its header."""
        header = self._dialect.header
        if isinstance(header, tuple):
            self._set_columns(checked_names(list(header), 0))
        while header is True and self._width is None:
            loaded = self._load()
            if loaded is None or isinstance(loaded, CsvBlock | CsvLines):
                return False
            found = self._read_carefully(loaded, 1) if isinstance(loaded, _Piece) else loaded
            if found.bad:
                raise ConnectorError("C201", f"the header on line {found.bad[0].line}: {found.bad[0].message}")
            if found.rows:
                self._place = Place(1, self._place.line, self._place.offset)
                self._set_columns(checked_names(found.rows[0], found.lines[0]))
        return True

    def _set_columns(self, names: list[str]) -> None:
        self._width = len(names)
        self._build = row_builder(names, self._options.columns)
        self._build_nulled = with_nulls(self._build, self._dialect.null_tokens)
        options = self._options
        if options.unparsed:
            self._shape = Shape(self._dialect, self._encoding, tuple(names), options.columns, self._limit)
        if options.columnar and may_have_columns(self._dialect):
            asked = options.columns if options.names is None else options.names
            wanted = [name for name in names if asked is None or name in asked]
            self._layout = Layout(self._dialect, self._encoding, names, wanted, self._build, self._build_nulled)
            self._jump(self._place.offset)

    def _block_batch(self, block: CsvBlock) -> Batch:
        place, count = self._place, block.count
        lines: Sequence[int] = range(place.line, place.line + count)
        after = place.line + count
        if block.breaks is not None:
            *lines, after = [place.line + breaks for breaks in block.breaks]
        self._place = Place(place.number + count, after, place.offset + len(block.data))
        return Batch.of_records(
            block, count, cursor=self._cursor(), first=place.number, lines=lines, bytes_read=self._source.total
        )

    def _lines_batch(self, lines: CsvLines) -> Batch:
        place, count = lines.place, lines.count
        self._place = Place(place.number + count, self._next_line, place.offset + len(lines.text))
        return Batch.of_records(
            lines, count, cursor=self._cursor(), first=place.number, lines=lines.lines, bytes_read=self._source.total
        )

    def _part(self, loaded: _Piece | Found, room: int) -> Part:
        """Up to `room` records from the current place."""
        if isinstance(loaded, Found):
            return Part(bad=loaded.bad, lines=[], size=loaded.used)
        part = self._read_fast(loaded, room) if loaded.clean and self._width is not None else None
        if part is not None:
            return part
        # Without a header, the first good record tells the width.
        found = self._read_carefully(loaded, room if self._width is not None else 1)
        if found.rows and self._width is None:
            self._set_columns(numbered_names(len(found.rows[0])))
        rows = self._build_nulled(found.rows) if found.rows else []
        return Part(rows, found.numbers, found.lines, found.bad, found.used)

    def _load(self) -> _Piece | Found | CsvBlock | CsvLines | None:
        """The piece, block or lines at the current place; None at the end.

        A line too long to hold comes as a Found with one bad record.
        """
        if self._piece is not None:
            return self._piece
        if self._lines and self._shape is not None:
            return self._next_lines(self._shape)
        if len(self._left) > self._limit:
            raise self._never_closed()
        data = self._cut()
        if data is None or isinstance(data, CsvBlock):
            return data
        if isinstance(data, LongLine):
            return self._long_line(data)
        self._left = b""
        if self._shape is not None and (records := self._shape.records_of(data)) is not None:
            self._lines, self._records = data, records
            return self._next_lines(self._shape)
        self._piece = self._decoded(data)
        return self._piece

    def _next_lines(self, shape: Shape) -> CsvLines:
        records, size = self._most
        found, count = first_lines(self._records, size, records)
        text = self._lines[: len(found)]
        self._lines, self._records = self._lines[len(found) :], self._records[len(found) :]
        shape.whereabouts.given(count)
        lines = lines_in(text, found, self._place.line)
        self._next_line = lines[-1]
        return CsvLines(text, count, self._place, lines[:-1], shape)

    def _cut(self) -> CsvBlock | bytes | LongLine | None:
        """The next records: a large block where columns are wanted and it is regular, else a small piece."""
        if self._layout is None or self._left or self._place.offset < self._uneven:
            return self._cutter.next(self._left)
        self._cutter.block, self._cutter.fill = self._large, True
        data = self._cutter.next()
        self._cutter.block, self._cutter.fill = self._small, False
        if not isinstance(data, bytes):
            return data
        # A short one is not even worth finding out whether columns are wanted.
        worth = self._least <= len(data) <= self._limit and self._wanted()
        block = regular_block(data, self._layout) if worth else None
        if block is not None and block.count > self._options.records:
            end = block.end_of(self._options.records)
            self._cutter.jump(self._place.offset + end, data[end:])
            # So that the next blocks fit without being cut.
            self._large = max(1, end - end // 50)
            data = data[:end]
            block = regular_block(data, block.layout)
        if block is not None:
            self._least = 0  # what columns need is there now: the short end gains by them, too
        if worth:
            self._patience.note(block is not None)
        if block is not None or len(data) <= self._small:
            return block or data
        self._uneven = self._place.offset + len(data)
        if self._patience.gone:
            # What is irregular here may be regular further on.
            self._uneven += self._large * self._patience.pause()
            self._patience.try_again()
        self._cutter.jump(self._place.offset, data)
        return self._cutter.next()

    def _wanted(self) -> bool:
        """Whether columns are wanted yet."""
        still = self._options.still_columnar
        return still is None or still()

    def _long_line(self, line: LongLine) -> Found:
        # Whether the next line starts a record cannot be told when a quote is open at the end of this one.
        if self._left or line.quotes & 1:
            raise self._never_closed()
        raw = line.head.decode(self._encoding, "replace")
        message = f"the record is longer than {self._limit} bytes"
        bad = BadRecord(self._place.number, self._place.line, message, raw)
        self._place = Place(self._place.number + 1, self._place.line + 1, self._place.offset + line.size)
        return Found(bad=[bad], used=line.size, lines_used=1, counted=1)

    def _never_closed(self) -> ConnectorError:
        start = self._left[:RAW_LIMIT].decode(self._encoding, "replace")
        line = self._place.line + (open_quote_line(start, self._dialect) if start else 0)
        return ConnectorError(
            "C203",
            f"the record on line {self._place.line} is longer than {self._limit} bytes; is the quote opened on line "
            f"{line} never closed?",
        )

    def _decoded(self, data: bytes) -> _Piece:
        dialect = self._dialect
        try:
            text, valid = data.decode(self._encoding), True
        except UnicodeDecodeError:
            text, valid = data.decode(self._encoding, "surrogateescape"), False
        comment = dialect.comment
        commented = comment and (text.startswith(comment) or f"\n{comment}" in text or f"\r{comment}" in text)
        clean = valid and not commented and "\0" not in text and len(data) <= self._limit
        nulls = any(token in text for token in dialect.null_tokens)
        return _Piece(text, self._cutter.final, clean, nulls, _splitting(text, dialect))

    def _read_carefully(self, piece: _Piece, room: int) -> Found:
        found = read_carefully(
            piece.text,
            self._dialect,
            self._place,
            room=room,
            width=self._width,
            final=piece.final,
            limit=self._limit,
            encoding=self._encoding,
        )
        self._advance(found.used, found.lines_used, found.counted)
        if found.open:
            self._left = piece.text.encode(self._encoding, "surrogateescape")
            self._piece = None
        return found

    def _read_fast(self, piece: _Piece, room: int) -> Part | None:
        """The records when all of them are regular, else None and nothing has happened."""
        build = self._build_nulled if piece.nulls else self._build
        start = self._place
        try:
            if piece.newline:
                lines = piece.text.split(piece.newline, room)
                rest = len(lines.pop()) if len(lines) > room or not lines[-1] else 0
                if self._width == 1 and "" in lines:
                    return None
                rows = build(map(str.split, lines, repeat(self._dialect.delimiter)))
                used, count = len(piece.text) - rest, len(rows)
            else:
                stream = io.StringIO(piece.text, newline="")
                reader = self._dialect.reader(stream)
                cells = list(islice(reader, room))
                rows = build(cells)
                used, count = stream.tell(), reader.line_num
        except (csv.Error, ValueError):
            return None
        places = range(start.line, start.line + count) if count == len(rows) else lines_of(cells, start.line)[:-1]
        self._advance(used, count, len(rows))
        return Part(rows, range(start.number, start.number + len(rows)), places, [], used)

    def _advance(self, used: int, lines: int, records: int) -> None:
        piece = self._piece
        if piece is None:
            return
        size = byte_length(piece.text[:used], self._encoding)
        place = self._place
        self._place = Place(place.number + records, place.line + lines, place.offset + size)
        piece.text = piece.text[used:]
        if not piece.text:
            self._piece = None


def _splitting(text: str, dialect: Dialect) -> str | None:
    """The line break of a text that may be split at it and at the delimiters; None when that would not be exact."""
    if (dialect.quote and dialect.quote in text) or (dialect.escape and dialect.escape in text):
        return None
    if "\r" not in text:
        return "\n"
    pairs = text.count("\r\n")
    return "\r\n" if pairs == text.count("\r") == text.count("\n") else None
