"""Lines of csv text without quotes, each of which is one record: to be parsed as rows, here or in another process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import repeat

from crosswalk import Batch, RowRecords

from .csv_careful import Place, read_carefully
from .csv_dialect import Dialect
from .csv_rows import row_builder, with_nulls

_BLANK = re.compile(rb"\n[\r\n]")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the lines of one file have in common; `wanted`: the columns that rows have, None for all."""

    dialect: Dialect
    encoding: str
    names: tuple[str, ...]
    wanted: frozenset[str] | None
    limit: int

    def takes(self, text: bytes) -> bool:
        """Whether each line of the text is one record, good or bad, whatever else stands in it."""
        dialect = self.dialect
        marks = [mark.encode() for mark in (dialect.quote, dialect.escape, dialect.comment) if mark]
        return (
            len(self.names) > 1  # a blank line would be a record with one
            and len(text) <= self.limit
            and not any(mark in text for mark in marks)
            and not text.startswith((b"\n", b"\r"))
            and not _BLANK.search(text)
            and (b"\r" not in text or (text.count(b"\r") == text.count(b"\n") == text.count(b"\r\n")))
        )


@dataclass(frozen=True, slots=True)
class CsvLines(RowRecords):
    """Lines of a file; `place` is where the first one stands."""

    text: bytes
    count: int
    place: Place
    shape: Shape

    def batch(self) -> Batch:
        shape, place, dialect = self.shape, self.place, self.shape.dialect
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
            lines = text.split("\r\n" if "\r" in text else "\n")
            if not lines[-1]:
                lines.pop()
            try:
                rows = plain(map(str.split, lines, repeat(dialect.delimiter))) if "\0" not in text else None
            except ValueError:  # a row of another width
                rows = None
            if rows is not None:
                return Batch.of_rows(rows, first=place.number, lines=range(place.line, place.line + len(rows)))
        found = read_carefully(
            text, dialect, place, room=self.count, width=len(shape.names), final=True, limit=shape.limit,
            encoding=shape.encoding,
        )  # fmt: skip
        rows = build(found.rows) if found.rows else []
        return Batch.of_rows(rows, numbers=found.numbers, lines=found.lines, bad=found.bad)
