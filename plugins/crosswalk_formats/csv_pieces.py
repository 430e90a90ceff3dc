"""Parses small texts of csv records into rows, by splitting or by the csv module, where all records are regular."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice, repeat

from .csv_careful import Place, lines_of
from .csv_dialect import Dialect
from .csv_rows import BuildRows
from .parts import Part


@dataclass(slots=True)
class Piece:
    """Text that starts at the start of a record. `newline`: splitting at it and at delimiters is exact, if set."""

    text: str
    final: bool
    clean: bool
    nulls: bool
    newline: str | None

    @classmethod
    def of(cls, data: bytes, dialect: Dialect, encoding: str, *, final: bool, limit: int) -> Piece:
        """The piece of some bytes. `final`: nothing follows. `limit`: the most bytes of a record."""
        try:
            text, valid = data.decode(encoding), True
        except UnicodeDecodeError:
            text, valid = data.decode(encoding, "surrogateescape"), False
        comment = dialect.comment
        commented = comment and (text.startswith(comment) or f"\n{comment}" in text or f"\r{comment}" in text)
        clean = valid and not commented and "\0" not in text and len(data) <= limit
        nulls = any(token in text for token in dialect.null_tokens)
        return cls(text, final, clean, nulls, _splitting(text, dialect))

    def part(self, dialect: Dialect, place: Place, build: BuildRows, width: int, room: int) -> tuple[Part, int] | None:
        """Up to `room` records, and how many lines they take; None unless all of them are regular.

        `place`: where the piece begins. `width`: how many cells a row has.
        """
        try:
            if self.newline:
                lines = self.text.split(self.newline, room)
                rest = len(lines.pop()) if len(lines) > room or not lines[-1] else 0
                if width == 1 and "" in lines:
                    return None
                rows = build(map(str.split, lines, repeat(dialect.delimiter)))
                used, count = len(self.text) - rest, len(rows)
            else:
                stream = io.StringIO(self.text, newline="")
                reader = dialect.reader(stream)
                cells = list(islice(reader, room))
                rows = build(cells)
                used, count = stream.tell(), reader.line_num
        except (csv.Error, ValueError):
            return None
        places = range(place.line, place.line + count) if count == len(rows) else lines_of(cells, place.line)[:-1]
        return Part(rows, range(place.number, place.number + len(rows)), places, [], used), count


def _splitting(text: str, dialect: Dialect) -> str | None:
    """The line break of a text that may be split at it and at the delimiters; None when that would not be exact."""
    if (dialect.quote and dialect.quote in text) or (dialect.escape and dialect.escape in text):
        return None
    if "\r" not in text:
        return "\n"
    pairs = text.count("\r\n")
    return "\r\n" if pairs == text.count("\r") == text.count("\n") else None
