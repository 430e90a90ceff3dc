"""Reads csv in bounded memory: takes pieces of whole records and parses each the fastest way that is exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from crosswalk import BadRecord, Batch, ConnectorError, ReadOptions

from .byte_input import RAW_LIMIT, cursor_int
from .csv_careful import Found, Place, byte_length, open_quote_line, read_carefully
from .csv_columns import CsvBlock, Layout, may_have_columns
from .csv_dialect import Dialect
from .csv_header import checked_names, numbered_names
from .csv_lines import CsvLines, Shape
from .csv_pieces import Piece
from .csv_rows import BuildRows, row_builder, with_nulls
from .csv_texts import Texts
from .line_cut import LongLine
from .parts import Gatherer, Part


def read_csv(stream: BinaryIO, dialect: Dialect, options: ReadOptions) -> Iterator[Batch]:
    """The batches of a csv stream; see Format.decode. The cursor holds `offset`, `line` and `record`."""
    return _Reading(stream, dialect, options).batches()


class _Reading:
    """One pass over a stream. `_place` is the start of the next record, `_piece` the text that begins there."""

    def __init__(self, stream: BinaryIO, dialect: Dialect, options: ReadOptions) -> None:
        self._dialect = dialect
        self._options = options
        self._texts = Texts(stream, dialect, options)
        self._encoding = self._texts.source.encoding
        self._limit = options.max_record_bytes
        self._piece: Piece | None = None
        self._left = b""  # the start of a record that did not end in the last piece
        self._place = Place(1, 1, 0)
        self._width: int | None = None  # known from the header, else from the first good record
        self._build: BuildRows
        self._build_nulled: BuildRows

    def batches(self) -> Iterator[Batch]:
        self._place = Place(1, 1 + self._dialect.skip_rows, self._texts.skip_lines(self._dialect.skip_rows))
        if not self._find_columns():
            return
        if self._options.cursor is not None:
            self._resume(self._options.cursor)
        gatherer = Gatherer(*self._texts.most)
        while (loaded := self._load()) is not None:
            if isinstance(loaded, CsvBlock | CsvLines):
                yield from gatherer.take(self._cursor(), self._texts.source.total)
                yield self._block_batch(loaded) if isinstance(loaded, CsvBlock) else self._lines_batch(loaded)
                continue
            gatherer.add(self._part(loaded, gatherer.room))
            if gatherer.full:
                yield from gatherer.take(self._cursor(), self._texts.source.total)
        yield from gatherer.take(self._cursor(), self._texts.source.total)

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
        self._texts.jump(offset, unused)
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
            found = self._read_carefully(loaded, 1) if isinstance(loaded, Piece) else loaded
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
            self._texts.shape = Shape(self._dialect, self._encoding, tuple(names), options.columns, self._limit)
        if options.columnar and may_have_columns(self._dialect):
            asked = options.columns if options.names is None else options.names
            wanted = [name for name in names if asked is None or name in asked]
            self._texts.layout = Layout(self._dialect, self._encoding, names, wanted, self._build, self._build_nulled)
            self._jump(self._place.offset)

    def _block_batch(self, block: CsvBlock) -> Batch:
        place, count = self._place, block.count
        lines: Sequence[int] = range(place.line, place.line + count)
        after = place.line + count
        if block.breaks is not None:
            *lines, after = [place.line + breaks for breaks in block.breaks]
        self._place = Place(place.number + count, after, place.offset + len(block.data))
        return Batch.of_records(
            block, count, cursor=self._cursor(), first=place.number, lines=lines, bytes_read=self._texts.source.total
        )

    def _lines_batch(self, lines: CsvLines) -> Batch:
        place, count = lines.place, lines.count
        self._place = Place(place.number + count, lines.after, place.offset + len(lines.text))
        total = self._texts.source.total
        return Batch.of_records(
            lines, count, cursor=self._cursor(), first=place.number, lines=lines.lines, bytes_read=total
        )

    def _part(self, loaded: Piece | Found, room: int) -> Part:
        """Up to `room` records from the current place."""
        if isinstance(loaded, Found):
            return Part(bad=loaded.bad, lines=[], size=loaded.used)
        if loaded.clean and self._width is not None:
            build = self._build_nulled if loaded.nulls else self._build
            fast = loaded.part(self._dialect, self._place, build, self._width, room)
            if fast is not None:
                part, lines = fast
                self._advance(part.size, lines, len(part.rows))
                return part
        # Without a header, the first good record tells the width.
        found = self._read_carefully(loaded, room if self._width is not None else 1)
        if found.rows and self._width is None:
            self._set_columns(numbered_names(len(found.rows[0])))
        rows = self._build_nulled(found.rows) if found.rows else []
        return Part(rows, found.numbers, found.lines, found.bad, found.used)

    def _load(self) -> Piece | Found | CsvBlock | CsvLines | None:
        """The piece, block or lines at the current place; None at the end.

        A line too long to hold comes as a Found with one bad record.
        """
        if self._piece is not None:
            return self._piece
        if len(self._left) > self._limit:
            raise self._never_closed()
        data = self._texts.next(self._place, self._left)
        if isinstance(data, LongLine):
            return self._long_line(data)
        self._left = b""
        if not isinstance(data, bytes):
            return data
        final = self._texts.final
        self._piece = Piece.of(data, self._dialect, self._encoding, final=final, limit=self._limit)
        return self._piece

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

    def _read_carefully(self, piece: Piece, room: int) -> Found:
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
