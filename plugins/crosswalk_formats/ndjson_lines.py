"""Parses lines of newline-delimited JSON into records, exactly; those that cannot be read become bad records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from crosswalk import BadRecord, Batch, RowRecords

from .byte_input import RAW_LIMIT
from .exact_numbers import loads, reason, risky
from .json_path import records_at
from .parts import Part


@dataclass(frozen=True, slots=True)
class LineParser:
    """`steps`: where in each line its records are, None when each line is one. `limit`: the most bytes of a line."""

    steps: tuple[str | None, ...] | None
    limit: int

    def is_plain(self, text: bytes) -> bool:
        """Whether orjson alone reads the lines of a text exactly, if it reads them at all."""
        return self.steps is None and len(text) <= self.limit and not risky(text)

    def part(self, lines: list[bytes], line: int, number: int, *, plain: bool) -> Part:
        """The records of lines, of which the first is line `line` of the stream and has record `number`."""
        if plain:
            try:
                rows = list(map(orjson.loads, lines))
            except orjson.JSONDecodeError:
                pass
            else:
                return Part(rows, range(number, number + len(rows)), range(line, line + len(rows)))
        return self._careful_part(lines, line, number)

    def _careful_part(self, lines: list[bytes], line: int, number: int) -> Part:
        rows: list[Any] = []
        numbers: list[int] = []
        places: list[int] = []
        bad: list[BadRecord] = []
        for place, text in enumerate(lines, line):
            if not text.strip():
                continue
            try:
                if len(text) > self.limit:
                    raise ValueError(f"the line is longer than {self.limit} bytes")
                value = loads(text)
            except ValueError as error:
                message = reason(error) if len(text) <= self.limit else str(error)
                bad.append(BadRecord(number, place, message, shown(text)))
                number += 1
                continue
            found = [value] if self.steps is None else records_at(value, self.steps)
            rows += found
            numbers += range(number, number + len(found))
            places += [place] * len(found)
            number += len(found)
        return Part(rows, numbers, places, bad)


@dataclass(frozen=True, slots=True)
class Lines(RowRecords):
    """Whole lines, each with one record or what should be one: to be parsed as rows, here or in another process."""

    text: bytes
    line: int
    number: int
    parser: LineParser

    def batch(self) -> Batch:
        lines = self.text.split(b"\n")
        if not lines[-1]:
            lines.pop()
        part = self.parser.part(lines, self.line, self.number, plain=self.parser.is_plain(self.text))
        return Batch.of_rows(part.rows, numbers=part.numbers, lines=part.lines, bad=part.bad)


def shown(text: bytes) -> str | bytes:
    """The raw text of a bad record, as bytes where it is no utf-8."""
    text = text[:RAW_LIMIT].rstrip(b"\r")
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        # The cut may have gone through a character.
        return text[: error.start].decode("utf-8") if error.start > RAW_LIMIT - 4 else text
