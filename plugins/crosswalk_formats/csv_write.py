"""Writes records as csv: exact text of every value, quoted where a reader would otherwise misread it."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Any, BinaryIO

from crosswalk import MISSING, Batch, DataError, Encoder, WriteOptions, sample_of, text_of

from .csv_dialect import Dialect
from .json_write import RecordDumper

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvEncoder(Encoder):
    """Writes the header with the first batch, or at the end when there was none and the columns are known.

    Columns: `options.columns`, else the names in the `header` setting, else the keys of the first batch's records in
    order of appearance. A record with another key is DataError M316. A batch is written whole or not at all.
    """

    def __init__(self, stream: BinaryIO, dialect: Dialect, options: WriteOptions) -> None:
        self._stream = stream
        self._dialect = dialect
        self._null = options.null_token
        self._json = RecordDumper(options.decimals, line_end=False)
        names = dialect.header if isinstance(dialect.header, tuple) else None
        self._columns: tuple[str, ...] | None = options.columns if options.columns is not None else names
        self._known: frozenset[str] = frozenset(self._columns or ())
        self._started = False
        self._recode = codecs.getincrementalencoder(dialect.encoding)().encode

    def write(self, batch: Batch) -> None:
        rows = batch.rows
        if not rows:
            return
        columns = self._columns
        if columns is None:
            columns = tuple(dict.fromkeys(key for row in rows for key in _keys(row)))
        known = self._known if self._columns is not None else frozenset(columns)
        lines = [] if self._started else self._header(columns)
        lines += [self._line([self._cell(value) for value in self._values(row, columns, known)]) for row in rows]
        self._emit(lines)
        self._columns, self._known, self._started = columns, known, True

    def finish(self) -> None:
        if not self._started and self._columns is not None:
            self._emit(self._header(self._columns))

    def _emit(self, lines: list[str]) -> None:
        try:
            data = self._recode("".join(lines))
        except UnicodeEncodeError as error:
            raise DataError("M313", f"text that the encoding {self._dialect.encoding} cannot carry") from error
        self._stream.write(data)

    def _header(self, columns: Sequence[str]) -> list[str]:
        return [self._line([self._guarded(name) for name in columns])] if self._dialect.header is True else []

    def _values(self, row: Any, columns: tuple[str, ...], known: frozenset[str]) -> list[Any]:
        keys = _keys(row)
        if not keys <= known:
            name = next(str(key) for key in row if key not in known)
            raise DataError("M316", f"the key {sample_of(name)} is not among the columns of the csv file")
        return [row.get(name) for name in columns]

    def _cell(self, value: Any) -> str:
        kind = type(value)
        if kind is str:
            return self._guarded(value)
        if value is None or value is MISSING:
            return self._null
        if kind is list or kind is dict or kind is tuple:
            return self._guarded(self._json.dump(value).decode())
        return text_of(value)

    def _guarded(self, text: str) -> str:
        return f"'{text}" if self._dialect.formula_guard and text.startswith(_FORMULA) else text

    def _line(self, cells: list[str]) -> str:
        dialect = self._dialect
        line = dialect.delimiter.join(cells)
        special = (
            dialect.quote_all
            or (dialect.quote is not None and dialect.quote in line)
            or (dialect.escape is not None and dialect.escape in line)
            or "\n" in line
            or "\r" in line
            or "\0" in line
            or line.count(dialect.delimiter) >= len(cells)
            or not line
            or (dialect.comment is not None and line.startswith(dialect.comment))
        )
        if special:
            safe = [self._protected(cell, place, len(cells)) for place, cell in enumerate(cells)]
            line = dialect.delimiter.join(safe)
        return line + dialect.line_terminator

    def _protected(self, cell: str, place: int, count: int) -> str:
        dialect = self._dialect
        if "\0" in cell:
            raise DataError("M313", "a NUL character, which csv cannot carry")
        needs = (
            any(mark in cell for mark in (dialect.delimiter, "\n", "\r", dialect.quote) if mark)
            or (not cell and count == 1)
            or (place == 0 and dialect.comment is not None and cell.startswith(dialect.comment))
        )
        if dialect.escape:
            cell = cell.replace(dialect.escape, dialect.escape * 2)
        if not needs and not dialect.quote_all:
            return cell
        if dialect.quote:
            return f"{dialect.quote}{cell.replace(dialect.quote, dialect.quote * 2)}{dialect.quote}"
        if dialect.escape and cell and (place or not dialect.comment or not cell.startswith(dialect.comment)):
            for mark in (dialect.delimiter, "\n", "\r"):
                cell = cell.replace(mark, dialect.escape + mark)
            return cell
        if dialect.quote_all and not needs:
            return cell
        raise DataError("M313", "text with a delimiter or line break, which csv without quotes cannot carry")


def _keys(row: Any) -> Any:
    if not isinstance(row, dict):
        raise DataError("M313", "a csv row must be an object")
    return row.keys()
