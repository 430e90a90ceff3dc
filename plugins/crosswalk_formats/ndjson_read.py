"""Reads newline-delimited JSON in bounded memory; a line that is no JSON is a bad record and the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from crosswalk import BadRecord, Batch, ReadOptions

from .byte_input import BLOCK, RAW_LIMIT, TextBytes, cursor_int
from .exact_numbers import loads, reason, risky
from .json_path import records_at
from .line_cut import Cutter, LongLine
from .parts import Gatherer, Part


def read_ndjson(stream: BinaryIO, steps: tuple[str | None, ...] | None, options: ReadOptions) -> Iterator[Batch]:
    """The batches of an ndjson stream; see Format.decode. The cursor holds `offset`, `line` and `record`.

    `steps`: where in each line its records are, None when each line is one. A line's records are never split between
    batches.
    """
    return _Reading(stream, steps, options).batches()


class _Reading:
    """One pass over a stream. `_text` are whole lines from the current place on."""

    def __init__(self, stream: BinaryIO, steps: tuple[str | None, ...] | None, options: ReadOptions) -> None:
        self._steps = steps
        self._options = options
        self._limit = options.max_record_bytes
        self._source = TextBytes(stream)
        self._cutter = Cutter(self._source, max(1, min(BLOCK, options.bytes, self._limit)), self._limit)
        self._text = b""
        self._plain = True  # orjson alone reads the text exactly
        self._offset, self._line, self._record = 0, 1, 0

    def batches(self) -> Iterator[Batch]:
        cursor = self._options.cursor
        if cursor is not None:
            names = ("offset", "line", "record")
            self._offset, self._line, self._record = (cursor_int(cursor, name) for name in names)
            self._cutter.jump(self._offset, b"")
        gatherer = Gatherer(self._options.records, self._options.bytes)
        while (part := self._next_part(gatherer.room)) is not None:
            gatherer.add(part)
            if gatherer.full:
                yield from gatherer.take(self._cursor(), self._source.total)
        yield from gatherer.take(self._cursor(), self._source.total)

    def _cursor(self) -> dict[str, int]:
        return {"offset": self._offset, "line": self._line, "record": self._record}

    def _next_part(self, room: int) -> Part | None:
        if not self._text:
            data = self._cutter.next()
            if data is None:
                return None
            if isinstance(data, LongLine):
                return self._long_line(data)
            self._text = data
            self._plain = self._steps is None and len(data) <= self._limit and not risky(data)
        lines = self._text.split(b"\n", room)
        rest = lines.pop() if len(lines) > room or not lines[-1] else b""
        size = len(self._text) - len(rest)
        self._text = rest
        part = self._plain_part(lines) or self._careful_part(lines)
        part.size = size
        self._offset += size
        self._line += len(lines)
        return part

    def _plain_part(self, lines: list[bytes]) -> Part | None:
        """The records of lines that are all valid; else None and nothing has happened."""
        if not self._plain:
            return None
        try:
            rows = list(map(orjson.loads, lines))
        except orjson.JSONDecodeError:
            return None
        first = self._record + 1
        self._record += len(rows)
        return Part(rows, range(first, first + len(rows)), range(self._line, self._line + len(rows)))

    def _careful_part(self, lines: list[bytes]) -> Part:
        rows: list[Any] = []
        numbers: list[int] = []
        places: list[int] = []
        bad: list[BadRecord] = []
        for line, text in enumerate(lines, self._line):
            if not text.strip():
                continue
            try:
                if len(text) > self._limit:
                    raise ValueError(f"the line is longer than {self._limit} bytes")
                value = loads(text)
            except ValueError as error:
                self._record += 1
                message = reason(error) if len(text) <= self._limit else str(error)
                bad.append(BadRecord(self._record, line, message, _shown(text)))
                continue
            found = [value] if self._steps is None else records_at(value, self._steps)
            rows += found
            numbers += range(self._record + 1, self._record + 1 + len(found))
            places += [line] * len(found)
            self._record += len(found)
        return Part(rows, numbers, places, bad)

    def _long_line(self, line: LongLine) -> Part:
        self._record += 1
        bad = BadRecord(self._record, self._line, f"the line is longer than {self._limit} bytes", _shown(line.head))
        self._offset += line.size
        self._line += 1
        return Part(lines=[], bad=[bad], size=line.size)


def _shown(text: bytes) -> str | bytes:
    """The raw text of a bad record, as bytes where it is no utf-8."""
    text = text[:RAW_LIMIT].rstrip(b"\r")
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        # The cut may have gone through a character.
        return text[: error.start].decode("utf-8") if error.start > RAW_LIMIT - 4 else text
