"""Cuts a csv stream into texts of whole records: blocks for columns, records to be parsed later, or small pieces."""

from __future__ import annotations

from typing import BinaryIO

from crosswalk import ReadOptions

from .byte_input import BLOCK, TextBytes
from .csv_careful import Place
from .csv_columns import CsvBlock, Layout, regular_block
from .csv_dialect import Dialect
from .csv_lines import CsvLines, Shape, lines_in
from .line_cut import Cutter, LongLine, first_lines
from .patience import Patience


class Texts:
    """One pass over a stream. `layout`: set when blocks may be given as columns; `shape`: when records may be given
    unparsed. `most`: the records and bytes of a batch of rows.
    """

    def __init__(self, stream: BinaryIO, dialect: Dialect, options: ReadOptions) -> None:
        self._options = options
        self.source = TextBytes(stream, dialect.encoding)
        self._limit = options.max_record_bytes
        quote = (dialect.quote or "").encode(self.source.encoding)
        self._large = max(1, min(options.bytes, self._limit))
        self._small = min(BLOCK, self._large)
        self._least = options.columnar_from
        self._cutter = Cutter(self.source, self._small, self._limit, quote=quote, returns=True)
        self.layout: Layout | None = None
        self._uneven = 0  # the offset up to which records are read as rows, in small pieces
        self._patience = Patience()
        self.shape: Shape | None = None
        self._lines = b""  # records that are to be given unparsed, and the same as one line each
        self._records = b""

    @property
    def final(self) -> bool:
        """Whether the last text was handed out."""
        return self._cutter.final

    def skip_lines(self, count: int) -> int:
        """Pass over whole lines at the very start; how many bytes they were."""
        return self._cutter.skip_lines(count)

    def jump(self, offset: int, unused: bytes) -> None:
        """Go on at an offset that is ahead of `unused`, the bytes that were handed out and are not passed."""
        self._cutter.jump(offset, unused)

    @property
    def most(self) -> tuple[int, int]:
        """Records and bytes of a batch of rows."""
        records, size = self._options.records, self._options.bytes
        if self._options.columnar:
            # What is not regular comes as rows, in batches of the size that suits those.
            rows = ReadOptions()
            records, size = min(records, rows.records), min(size, rows.bytes)
        return records, size

    def next(self, place: Place, left: bytes) -> CsvBlock | CsvLines | bytes | LongLine | None:
        """The next records, which begin at a place; None at the end.

        `left`: bytes from there on that were handed out, and are the start of a record.
        """
        if self._lines and self.shape is not None:
            return self._next_lines(self.shape, place)
        data = self._cut(place.offset, left)
        if isinstance(data, bytes) and self.shape is not None:
            records = self.shape.records_of(data)
            if records is not None:
                self._lines, self._records = data, records
                return self._next_lines(self.shape, place)
        return data

    def _next_lines(self, shape: Shape, place: Place) -> CsvLines:
        records, size = self.most
        found, count = first_lines(self._records, size, records)
        text = self._lines[: len(found)]
        self._lines, self._records = self._lines[len(found) :], self._records[len(found) :]
        shape.whereabouts.given(count)
        lines = lines_in(text, found, place.line)
        return CsvLines(text, count, place, lines[:-1], lines[-1], shape)

    def _cut(self, offset: int, left: bytes) -> CsvBlock | bytes | LongLine | None:
        """The next records: a large block where columns are wanted and it is regular, else a small piece."""
        if self.layout is None or left or offset < self._uneven:
            return self._cutter.next(left)
        self._cutter.block, self._cutter.fill = self._large, True
        data = self._cutter.next()
        self._cutter.block, self._cutter.fill = self._small, False
        if not isinstance(data, bytes):
            return data
        # A short one is not even worth finding out whether columns are wanted.
        worth = self._least <= len(data) <= self._limit and self._wanted()
        block = regular_block(data, self.layout) if worth else None
        if block is not None and block.count > self._options.records:
            end = block.end_of(self._options.records)
            self._cutter.jump(offset + end, data[end:])
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
        self._uneven = offset + len(data)
        if self._patience.gone:
            # What is irregular here may be regular further on.
            self._uneven += self._large * self._patience.pause()
            self._patience.try_again()
        self._cutter.jump(offset, data)
        return self._cutter.next()

    def _wanted(self) -> bool:
        """Whether columns are wanted yet."""
        still = self._options.still_columnar
        return still is None or still()
