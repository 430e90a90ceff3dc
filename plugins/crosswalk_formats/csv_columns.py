"""Blocks of csv text that are proven regular when they are cut, and parsed later: as Arrow columns or as rows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Any

from crosswalk import Columns, Records

from .csv_dialect import Dialect
from .csv_quotes import outside_quotes
from .csv_rows import BuildRows

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Layout:
    """What the blocks of one file have in common: the column names, the wanted ones, and the builders of rows.

    `nulled` builds rows in which null tokens are None; `build` is for text without any.
    """

    dialect: Dialect
    encoding: str
    names: list[str]
    wanted: list[str]
    build: BuildRows
    nulled: BuildRows


@dataclass(frozen=True, slots=True)
class CsvBlock(Records):
    """Whole records, `count` of them, without anything that readers of csv could take in two ways.

    `breaks`: the number of lines before each record and after the last, None when every line is a record.
    """

    data: bytes
    count: int
    newline: bytes
    quoted: bool
    breaks: Sequence[int] | None
    layout: Layout

    def end_of(self, records: int) -> int:
        """How many bytes the first of the records take; `records` is below `count`."""
        end = 0
        for _ in range(records if self.breaks is None else self.breaks[records]):
            end = self.data.index(b"\n", end) + 1
        return end

    def columns(self) -> Columns:
        """The wanted columns as strings, parsed by pyarrow without holding Python's lock."""
        import pyarrow as pa
        import pyarrow.csv as pv

        layout, dialect = self.layout, self.layout.dialect
        if not layout.wanted:
            return Columns(pa.record_batch([pa.nulls(self.count)], names=["-"]).select([]))
        tokens = sorted(dialect.null_tokens)
        table = pv.read_csv(
            pa.BufferReader(self.data),
            pv.ReadOptions(use_threads=False, block_size=len(self.data) + 1, column_names=layout.names),
            pv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote if self.quoted and dialect.quote else False,
                newlines_in_values=self.breaks is not None,
            ),
            pv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(layout.wanted, pa.string()),
                include_columns=layout.wanted,
                null_values=tokens,
                strings_can_be_null=bool(tokens),
                quoted_strings_can_be_null=bool(tokens),
            ),
        )
        (batch,) = table.combine_chunks().to_batches()
        return Columns(batch)

    def rows(self, places: Sequence[int] | None = None) -> list[Any]:
        """The records as the reader of rows gives them; a few of them cost little more than finding their lines."""
        layout, dialect = self.layout, self.layout.dialect
        direct = places is not None and self.breaks is None
        if direct:
            lines = self.data.split(self.newline)
            text = "\n".join([lines[place].decode(layout.encoding) for place in places or ()])
        else:
            text = self.data.decode(layout.encoding)
        if not text:
            return []
        if self.quoted:
            cells = dialect.reader(io.StringIO(text, newline=""))
        else:
            texts = text.split("\n" if direct else self.newline.decode())
            cells = map(str.split, texts if texts[-1] else texts[:-1], repeat(dialect.delimiter))
        nulls = any(token in text for token in dialect.null_tokens)
        rows = (layout.nulled if nulls else layout.build)(cells)
        if direct or places is None:
            return rows
        return [rows[place] for place in places]


def regular_block(data: bytes, layout: Layout) -> CsvBlock | None:
    """The block, when each of its lines surely is one good record for every reader; else None.

    `data` starts at a record and ends at a line end or the end of the file.
    """
    dialect, width = layout.dialect, len(layout.names)
    quote = (dialect.quote or "").encode()
    # A line of a single column may be blank: such lines are passed over.
    if width < 2 or data.startswith(_MARK) or _commented(data, dialect.comment):
        return None
    if not data.isascii() and not (layout.encoding == "utf-8" and is_utf8(data)):
        return None
    marks = data.translate(None, _others(dialect.delimiter, dialect.quote, dialect.escape))
    returns = data.find(b"\r") >= 0
    if returns and data.count(b"\r\n") != marks.count(b"\r"):
        return None
    newline = b"\r\n" if returns else b"\n"
    quoted = bool(quote) and data.find(quote) >= 0
    breaks = None
    if quoted:
        # Inside quotes these are not seen below.
        if b"\0" in marks or (dialect.escape and dialect.escape.encode() in marks):
            return None
        found = outside_quotes(data, marks, dialect.quote or "", dialect.delimiter)
        if found is None:
            return None
        marks, breaks = found
    if not data.endswith(b"\n"):
        marks += newline
        if breaks is not None:
            breaks.append(data.count(b"\n") + 1)
    pattern = dialect.delimiter.encode() * (width - 1) + newline
    count = len(marks) // len(pattern)
    # One comparison finds rows of another width, blank lines, lone carriage returns, NULs and escapes.
    if marks != pattern * count:
        return None
    return CsvBlock(data, count, newline, quoted, breaks, layout)


@lru_cache(16)
def _others(delimiter: str, quote: str | None, escape: str | None) -> bytes:
    """The bytes that have no meaning for the structure of the text."""
    marks = f"{delimiter}{quote or ''}{escape or ''}\r\n\0".encode()
    return bytes(byte for byte in range(256) if byte not in marks)


def _commented(data: bytes, comment: str | None) -> bool:
    if not comment:
        return False
    prefix = comment.encode()
    return data.startswith(prefix) or b"\n" + prefix in data


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8 text, without making the text."""
    import pyarrow as pa

    offsets = pa.array([0, len(data)], pa.int32()).buffers()[1]
    text = pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def may_have_columns(dialect: Dialect) -> bool:
    """Whether pyarrow can read the dialect at all: its special characters must be single bytes."""
    return all(mark.isascii() for mark in (dialect.delimiter, dialect.quote or "", dialect.escape or ""))
