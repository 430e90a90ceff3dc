"""Csv text that is known to be so many records, good or bad: to be parsed as rows, here or in another process."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from crosswalk import Batch, RowRecords

from .csv_careful import Place, read_carefully
from .csv_dialect import Dialect
from .csv_rows import row_builder, with_nulls

_BLANK = re.compile(rb"\n[\r\n]")


_DIRECT = 16
"""After a text whose records were parsed in this process, so many with quotes are parsed at once: that is cheaper."""


class Whereabouts:
    """Where records are parsed that were given unparsed: in this process, or in others, which is known by no more."""

    def __init__(self) -> None:
        self._here = self._given = self._direct = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return Whereabouts, ()

    def parsed(self, records: int) -> None:
        """Note so many that were parsed in this process."""
        self._here += records

    def given(self, records: int) -> None:
        """Note so many that were given."""
        self._given += records

    def pays(self) -> bool:
        """Whether to look for the records of one more text with quotes, which takes as long as parsing them."""
        if 2 * self._here > self._given:
            self._direct = _DIRECT
        self._here = self._given = 0
        self._direct -= 1
        return self._direct < 0


@dataclass(frozen=True, slots=True)
class Shape:
    """What the lines of one file have in common; `wanted`: the columns that rows have, None for all."""

    dialect: Dialect
    encoding: str
    names: tuple[str, ...]
    wanted: frozenset[str] | None
    limit: int
    whereabouts: Whereabouts = field(default_factory=Whereabouts, compare=False)

    def records_of(self, text: bytes) -> bytes | None:
        """The text with NULs for the line feeds inside quotes: so each line is one record, good or bad.

        None where that is not sure; so it is for blank lines, comments and escapes, and for quotes that do not stand at
        both ends of a cell.
        """
        dialect, encoding = self.dialect, self.encoding
        quote = (dialect.quote or "").encode(encoding)
        marks = [mark.encode(encoding) for mark in (dialect.escape, dialect.comment) if mark]
        # A blank line would be a record with one column.
        if len(self.names) < 2 or len(text) > self.limit or any(mark in text for mark in marks):
            return None
        if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
            return None
        outside = text
        if quote and quote in text:
            found = _masked(text, quote, dialect.delimiter.encode(encoding)) if self.whereabouts.pays() else None
            if found is None:
                return None
            text, outside = found
        if text.startswith((b"\n", b"\r")) or _BLANK.search(text):
            return None
        return text if outside.count(b"\r") in (0, outside.count(b"\n")) else None


def _masked(text: bytes, quote: bytes, delimiter: bytes) -> tuple[bytes, bytes] | None:
    """The text with NULs for the line feeds inside quotes, and what stands outside quotes with one or more for a cell.

    None unless all quotes open or close a cell, or are doubled inside one.
    """
    parts = text.split(quote)
    if not len(parts) % 2 or len(quote) > 1 or b"\0" in text:
        return None
    # What follows the first quote is inside, then outside, in turn; between doubled ones there is nothing.
    outside = quote.join(parts[::2])
    if not _well_placed(outside, quote, delimiter):
        return None
    if outside.count(b"\n") < text.count(b"\n"):
        parts[1::2] = [part.replace(b"\n", b"\0") for part in parts[1::2]]
        text = quote.join(parts)
    return text, outside


def _well_placed(outside: bytes, quote: bytes, delimiter: bytes) -> bool:
    """Whether a delimiter or a line end stands before and behind each run of quotes."""
    pair = quote + quote
    while pair in outside:
        outside = outside.replace(pair, quote)
    before = [delimiter + quote, b"\n" + quote]
    behind = [quote + delimiter, quote + (b"\r" if b"\r" in outside else b"\n")]
    opened = sum(map(outside.count, before)) + outside.startswith(quote)
    closed = sum(map(outside.count, behind)) + outside.endswith(quote)
    return opened == closed == outside.count(quote)


def lines_in(text: bytes, records: bytes, first: int) -> Sequence[int]:
    """The line of each of the records of a text, and of what follows them; `records`: what `records_of` made of it."""
    if records == text:
        return range(first, first + records.count(b"\n") + (not records.endswith(b"\n")) + 1)
    found = [first]
    each = records.split(b"\n")
    for record in each if each[-1] else each[:-1]:
        found.append(found[-1] + 1 + record.count(b"\0"))
    return found


@dataclass(frozen=True, slots=True)
class CsvLines(RowRecords):
    """Records of a file; `place` is where the first one stands, `lines` has the line of each, `after` the next one."""

    text: bytes
    count: int
    place: Place
    lines: Sequence[int]
    after: int
    shape: Shape

    def batch(self) -> Batch:
        shape, place, dialect = self.shape, self.place, self.shape.dialect
        shape.whereabouts.parsed(self.count)
        build = with_nulls(row_builder(shape.names, shape.wanted), dialect.null_tokens)
        try:
            text = self.text.decode(shape.encoding)
        except UnicodeDecodeError:
            text = self.text.decode(shape.encoding, "surrogateescape")
        else:
            if any(token in text for token in dialect.null_tokens):
                plain = build
            else:
                plain = row_builder(shape.names, shape.wanted)
            try:
                rows = plain(self._cells(text)) if "\0" not in text else None
            except (csv.Error, ValueError):  # a row of another width
                rows = None
            if rows is not None:
                return Batch.of_rows(rows, first=place.number, lines=self.lines)
        found = read_carefully(
            text, dialect, place, room=self.count, width=len(shape.names), final=True, limit=shape.limit,
            encoding=shape.encoding,
        )  # fmt: skip
        rows = build(found.rows) if found.rows else []
        return Batch.of_rows(rows, numbers=found.numbers, lines=found.lines, bad=found.bad)

    def _cells(self, text: str) -> Iterable[list[str]]:
        dialect = self.shape.dialect
        if dialect.quote and dialect.quote in text:
            cells: Iterable[list[str]] = dialect.reader(io.StringIO(text, newline=""))
            return cells
        lines = text.split("\r\n" if "\r" in text else "\n")
        if not lines[-1]:
            lines.pop()
        return map(str.split, lines, repeat(dialect.delimiter))
