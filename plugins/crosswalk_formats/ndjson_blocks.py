"""Cuts newline-delimited JSON into large blocks of lines that are parsed later, on any thread, as columns or rows."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import BinaryIO

from crosswalk import Batch, NameTree, ReadOptions

from .byte_input import BLOCK
from .json_learner import Learner
from .line_cut import Cutter, LongLine
from .ndjson_columns import Block, lines_of
from .ndjson_lines import LineParser
from .ndjson_read import LineReading
from .parts import Gatherer

_ROWS = ReadOptions()


def read_blocks(stream: BinaryIO, names: NameTree, options: ReadOptions) -> Iterator[Batch]:
    """The batches of an ndjson stream, of whose records `names` are read as columns; see Format.decode.

    Records, numbers, lines, bad records and cursors are those of `read_ndjson`.
    """
    return _BlockReading(stream, names, options).batches()


class _BlockReading(LineReading):
    def __init__(self, stream: BinaryIO, names: NameTree, options: ReadOptions) -> None:
        super().__init__(stream, LineParser(None, options.max_record_bytes), options)
        self._learner = Learner(names)

    def batches(self) -> Iterator[Batch]:
        pieces = _filled(self.cutter(self.options.bytes), self.options.bytes)
        wanted, patience = self.options, self._learner.patience
        # Rows come in batches that suit them.
        rows = replace(wanted, records=min(wanted.records, _ROWS.records), bytes=min(wanted.bytes, _ROWS.bytes))
        while True:
            text = yield from self._columns(pieces)
            if text is None:
                return
            # What is irregular here may be regular further on.
            some = _small(chain([text] if text else [], islice(pieces, patience.pause())))
            self.options = rows
            yield from self.row_batches(some, Gatherer(rows.records, rows.bytes))
            self.options = wanted
            patience.try_again()

    def _columns(self, pieces: Iterator[bytes | LongLine]) -> Generator[Batch, None, bytes | None]:
        """The batches of columns; gives the text at hand where columns are no longer wanted, None at the end."""
        text = b""
        still, least = self.options.still_columnar, self.options.columnar_from
        while not self._learner.patience.gone:
            if not text:
                data = next(pieces, None)
                if data is None:
                    return None
                if isinstance(data, LongLine):
                    bad = [self.long_line(data)]
                    yield Batch.of_rows([], bad=bad, cursor=self.cursor(), bytes_read=self.source.total)
                    continue
                text = data
                # What is short is the end, if not all there is.
                if len(text) < least or (still is not None and not still()):
                    break
            least = 0  # what columns need is there now: the short end gains by them, too
            batch, text = self._next_batch(text)
            if batch is not None:
                yield batch
        return text

    def _next_batch(self, text: bytes) -> tuple[Batch | None, bytes]:
        """The batch of the first lines, None when all of them are blank; and the text that is left."""
        import pyarrow.compute as pc

        lines = lines_of(text)
        left = b""
        if len(lines) > self.options.records:
            lines = lines[: self.options.records]
            size = pc.sum(pc.binary_length(lines)).as_py() + len(lines)
            text, left = text[:size], text[size:]
        count = len(lines)
        places: Sequence[int] = range(self.line, self.line + count)
        if not pc.all(pc.starts_with(lines, "{")).as_py():
            places = [place for place, line in enumerate(text.split(b"\n"), self.line) if line.strip()]
        first = self.record + 1
        block = Block(text, lines, places, self.line, first, self.parser, self._learner)
        self.move(len(text), count, len(places))
        if not places:
            return None, left
        total = self.source.total
        return Batch.of_records(
            block, len(places), cursor=self.cursor(), first=first, lines=places, bytes_read=total
        ), left


def _filled(cutter: Cutter, wanted: int) -> Iterator[bytes | LongLine]:
    """Pieces of about the wanted size, also where the stream gives less at a time."""
    held: list[bytes] = []
    size = 0
    while (data := cutter.next()) is not None:
        if isinstance(data, bytes):
            held.append(data)
            size += len(data)
            # Another piece as large as the last one is not to be waited for.
            if size + len(data) <= wanted:
                continue
        if held:
            yield held[0] if len(held) == 1 else b"".join(held)
            held, size = [], 0
        if isinstance(data, LongLine):
            yield data
    if held:
        yield b"".join(held)


def _small(pieces: Iterator[bytes | LongLine]) -> Iterator[bytes | LongLine]:
    """The same lines in pieces that suit rows."""
    for data in pieces:
        if isinstance(data, LongLine):
            yield data
            continue
        start = 0
        while start < len(data):
            end = data.rfind(b"\n", start, start + BLOCK) + 1 or data.find(b"\n", start) + 1 or len(data)
            yield data[start:end]
            start = end
