"""Writes records as csv: exact text of every value, quoted where a reader would otherwise misread it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

from crosswalk import MISSING, Batch, DataError, Encoder, WriteOptions, sample_of, text_of

from .column_order import ColumnOrder
from .csv_dialect import Dialect
from .json_write import RecordDumper

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


SAMPLE = 65_536
"""So many records decide the columns where nothing else does, or fewer of so many characters."""
_CHARACTERS = 16_000_000


class CsvEncoder(Encoder):
    """Writes the header with the first records, or at the end when there were none and the columns are known.

    Columns: `options.columns`, else the names in the `header` setting, else `options.first` and the keys of the first
    records, which wait for that. A record with another key is DataError M316, records none of which has a key are M313.
    A batch is written whole or not at all.
    """

    def __init__(self, stream: BinaryIO, dialect: Dialect, options: WriteOptions) -> None:
        self._stream = stream
        self._dialect = dialect
        self._null = options.null_token
        self._json = RecordDumper(options.decimals, line_end=False)
        names = dialect.header if isinstance(dialect.header, tuple) else None
        self._columns: tuple[str, ...] | None = options.columns if options.columns is not None else names
        self._known: frozenset[str] = frozenset(self._columns or ())
        self._order = ColumnOrder(options.first)
        self._held: list[Any] = []
        self._characters = 0
        self._started = False
        marks = f"{dialect.delimiter}{dialect.quote or ''}{dialect.escape or ''}\n\r\0"
        self._special = re.compile(f"[{re.escape(marks)}]")
        self._recode = codecs.getincrementalencoder(dialect.encoding)().encode

    def write(self, batch: Batch) -> None:
        rows = batch.rows
        if not rows:
            return
        if self._columns is None:
            self._hold(rows)
        else:
            text = "" if self._started else self._header(self._columns)
            self._emit(text + self._text(rows, self._columns, self._known))
            self._started = True

    def finish(self) -> None:
        if self._held:
            self._release()
        if not self._started and self._columns is not None:
            self._emit(self._header(self._columns))

    def _hold(self, rows: list[Any]) -> None:
        """Keep records until the columns are known; what cannot be written is refused now."""
        for row in rows:
            _keys(row)
        order = self._order.with_rows(rows)
        columns = tuple(order.names)
        text = self._text(rows, columns, frozenset(columns)) if columns else ""
        self._encoded(text, lambda text: codecs.encode(text, self._dialect.encoding))
        self._order = order
        self._held += rows
        self._characters += len(text)
        if len(self._held) >= SAMPLE or self._characters >= _CHARACTERS:
            self._release()

    def _release(self) -> None:
        columns = tuple(self._order.names)
        if not columns:
            raise DataError("M313", "records without any column cannot be written")
        known = frozenset(columns)
        self._emit(self._header(columns) + self._text(self._held, columns, known))
        self._columns, self._known, self._started, self._held = columns, known, True, []

    def _text(self, rows: list[Any], columns: tuple[str, ...], known: frozenset[str]) -> str:
        cell, guard = self._cell, self._dialect.formula_guard
        table = [
            [value if type(value) is str and not guard else cell(value) for value in _values(row, columns, known)]
            for row in rows
        ]
        return self._lines(table, len(columns))

    def _emit(self, text: str) -> None:
        self._stream.write(self._encoded(text, self._recode))

    def _encoded(self, text: str, encode: Callable[[str], bytes]) -> bytes:
        try:
            return encode(text)
        except UnicodeEncodeError as error:
            raise DataError("M313", f"text that the encoding {self._dialect.encoding} cannot carry") from error

    def _header(self, columns: Sequence[str]) -> str:
        return self._line([self._guarded(name) for name in columns]) if self._dialect.header is True else ""

    def _lines(self, table: list[list[str]], width: int) -> str:
        """The rows as text; joined at once when no cell has anything that needs protection."""
        dialect = self._dialect
        end = dialect.line_terminator
        text = end.join(map(dialect.delimiter.join, table)) + end
        ends = len(table)
        plain = (
            width > 1
            and not (dialect.quote_all or dialect.escape or dialect.comment)
            and (not dialect.quote or dialect.quote not in text)
            and text.count(dialect.delimiter) == ends * (width - 1)
            and text.count("\n") == (ends if "\n" in end else 0)
            and text.count("\r") == (ends if "\r" in end else 0)
            and "\0" not in text
        )
        return text if plain else "".join(map(self._line, table))

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
        if (
            dialect.quote_all
            or not line
            or line.count(dialect.delimiter) >= len(cells)
            or (dialect.quote and dialect.quote in line)
            or (dialect.escape and dialect.escape in line)
            or "\n" in line
            or "\r" in line
            or "\0" in line
            or (dialect.comment and line.startswith(dialect.comment))
        ):
            first, *others = cells
            # A line that looks blank or like a comment would be passed over.
            hidden = not line or bool(dialect.comment and line.startswith(dialect.comment))
            line = dialect.delimiter.join([self._protected(first, hidden), *map(self._protected, others)])
        return line + dialect.line_terminator

    def _protected(self, cell: str, hidden: bool = False) -> str:
        """The cell quoted or escaped if it has to be; raises DataError M313 when the dialect has no means to."""
        dialect = self._dialect
        special = self._special.search(cell)
        if special is not None and "\0" in cell:
            raise DataError("M313", "a NUL character, which csv cannot carry")
        if dialect.quote and (special or hidden or dialect.quote_all):
            if dialect.escape:
                cell = cell.replace(dialect.escape, dialect.escape * 2)
            return f"{dialect.quote}{cell.replace(dialect.quote, dialect.quote * 2)}{dialect.quote}"
        if special and dialect.escape:
            cell = self._special.sub(lambda found: f"{dialect.escape}{found[0]}", cell)
        elif special:
            raise DataError("M313", "text with a delimiter or line break, which csv without quotes cannot carry")
        if hidden and dialect.escape and cell:
            return dialect.escape + cell
        if hidden:
            raise DataError("M313", "a line that readers pass over, which csv without quotes cannot protect")
        return cell


def _values(row: Any, columns: tuple[str, ...], known: frozenset[str]) -> Iterable[Any]:
    keys = _keys(row)
    if tuple(keys) == columns:
        return row.values()  # type: ignore[no-any-return]
    if not keys <= known:
        name = next(str(key) for key in keys if key not in known)
        raise DataError("M316", f"the key {sample_of(name)} is not among the columns of the csv file")
    return [row.get(name) for name in columns]


def _keys(row: Any) -> Any:
    if not isinstance(row, dict):
        raise DataError("M313", "a csv row must be an object")
    return row.keys()
