"""Batches of records: what sources yield, mappers take and sinks write, as rows or as Arrow columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Row = Any
"""One source record: a dict for csv/json/parquet, an lxml element for xml, any JSON value otherwise."""


@dataclass(slots=True)
class BadRecord:
    """A record that could not be read at all: a ragged row, a bad line, undecodable bytes.

    `number` counts records of the source from 1, `line` counts text lines from 1 (0: the format has none).
    `raw` is what was read, as text or bytes, cut at 64 KiB; `code` is M310 unless a narrower one fits.
    """

    number: int
    line: int
    message: str
    raw: str | bytes = ""
    code: str = "M310"


_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Columns:
    """Records as Arrow columns.

    `nulls`: what every null in them, at any depth but as the item of a list, stands for: a JSON `null`, or a member
    that is missing. `unsure`: true for records that may have both, which only their row tells; None when there is none.
    `null_at`: of columns with "missing", by name, true for the records that have a JSON `null` there all the same.
    """

    table: pa.RecordBatch
    nulls: Literal["null", "missing"] = "null"
    unsure: pa.BooleanArray | None = None
    null_at: Mapping[str, pa.BooleanArray] = field(default_factory=dict)

    def sliced(self, start: int, end: int) -> Columns:
        """The records from `start` up to `end`, without a copy."""
        unsure = None if self.unsure is None else self.unsure.slice(start, end - start)
        null_at = {name: mask.slice(start, end - start) for name, mask in self.null_at.items()}
        return Columns(self.table.slice(start, end - start), self.nulls, unsure, null_at)

    def taken(self, places: Any) -> Columns:
        """The records at some places."""
        unsure = None if self.unsure is None else self.unsure.take(places)
        null_at = {name: mask.take(places) for name, mask in self.null_at.items()}
        return Columns(self.table.take(places), self.nulls, unsure, null_at)

    def rows(self) -> list[Row]:
        """The records as Python values; missing members are left out."""
        # By parts, for pyarrow holds the interpreter's lock until a call is done: an event loop waits for it.
        parts = (self.table.slice(start, _AT_ONCE).to_pylist() for start in range(0, self.table.num_rows, _AT_ONCE))
        rows: list[Row] = [row for part in parts for row in part]
        if self.nulls == "null":
            return rows
        if self.null_at:
            masks = [(name, mask.to_pylist()) for name, mask in self.null_at.items()]
            for place, row in enumerate(rows):
                nulls = {name for name, mask in masks if mask[place]}
                rows[place] = {name: _present(v) for name, v in row.items() if v is not None or name in nulls}
            return rows
        return [_present(row) for row in rows]


def _present(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _present(part) for name, part in value.items() if part is not None}
    return [_present(part) for part in value] if isinstance(value, list) else value


class Records(ABC):
    """Records that are still to be parsed, for example whole lines of a text: as columns, or as rows.

    Both forms have the same records. Parsing happens on whatever thread asks first, and several may ask at once; or in
    another process, so keep what is pickled small. `columnar`: false where they never have columns. `certain`: true
    where every one of them can be read, so that `rows` has as many as are counted.
    """

    columnar: ClassVar[bool] = True
    certain: ClassVar[bool] = False

    @abstractmethod
    def columns(self) -> Columns | None:
        """The records as columns, at least of the names that were asked for; None when they are too uneven for it.

        Columns also say that every record can be read. The answer may be made anew at each call.
        """

    @abstractmethod
    def rows(self, places: Sequence[int] | None = None) -> list[Row]:
        """The records, all or those at `places` (from 0, in rising order), as a reader of rows gives them.

        Asked for only where every record can be read.
        """

    def batch(self) -> Batch | None:
        """The records as a batch of rows, with its `numbers`, `lines` and those that cannot be read as `bad`.

        Asked for where there are no columns. None when every record can be read: then `rows` has them.
        """
        return None


class RowRecords(Records):
    """Records that have no columns: rows alone, all of which are made when any is asked for."""

    columnar: ClassVar[bool] = False

    @abstractmethod
    def batch(self) -> Batch:
        """The records as rows, and those that cannot be read."""

    def columns(self) -> None:
        return None

    def rows(self, places: Sequence[int] | None = None) -> list[Row]:
        rows = self.batch().rows
        return rows if places is None else [rows[place] for place in places]


@dataclass(slots=True)
class Batch:
    """Some records in source order, and the cursor that resumes right after them.

    `cursor` is any JSON value. `file` names where the records came from; `bytes_read` is the total read from it so
    far, for progress. Which records are bad is known once they are parsed, so with `Records` asking for the length,
    `numbers`, `lines` or `bad` parses them: as columns, or as rows where there are none.
    """

    _rows: list[Row] | None = None
    _columns: Columns | None = None
    _records: Records | None = None
    cursor: Any = None
    _numbers: Sequence[int] = ()
    _lines: Sequence[int] | None = None
    _bad: list[BadRecord] = field(default_factory=list)
    file: str | None = None
    bytes_read: int = 0
    _pieces: tuple[Batch, ...] = ()
    _ahead: dict[int, Any] = field(default_factory=dict)

    @classmethod
    def of_rows(
        cls,
        rows: Iterable[Row],
        *,
        cursor: Any = None,
        first: int = 1,
        numbers: Sequence[int] | None = None,
        lines: Sequence[int] | None = None,
        bad: list[BadRecord] | None = None,
        file: str | None = None,
        bytes_read: int = 0,
    ) -> Batch:
        """A batch over Python rows; without `numbers` they count up from `first`.

        Raises TypeError and ValueError for what is no list of records, or does not fit them.
        """
        if isinstance(rows, dict | str | bytes):
            raise TypeError(f"of_rows takes a list of records, not one {type(rows).__name__}")
        if bad and not all(isinstance(one, BadRecord) for one in bad):
            raise TypeError("`bad` takes BadRecords")
        held = rows if isinstance(rows, list) else list(rows)
        count = range(first, first + len(held)) if numbers is None else numbers
        if len(count) != len(held) or (lines is not None and len(lines) != len(held)):
            raise ValueError(f"{len(held)} records need as many numbers, and lines or none")
        return cls(held, None, None, cursor, count, lines, bad or [], file, bytes_read)

    @classmethod
    def of_arrow(
        cls,
        table: pa.RecordBatch | Columns,
        *,
        cursor: Any = None,
        first: int = 1,
        file: str | None = None,
        bytes_read: int = 0,
    ) -> Batch:
        """A batch over Arrow columns; rows are made on demand. Raises TypeError for anything but a RecordBatch."""
        if not hasattr(getattr(table, "table", table), "to_struct_array") or hasattr(table, "to_batches"):
            raise TypeError(f"of_arrow takes a pyarrow.RecordBatch, not a {type(table).__name__}")
        columns = table if isinstance(table, Columns) else Columns(table)
        numbers = range(first, first + columns.table.num_rows)
        return cls(None, columns, None, cursor, numbers, None, [], file, bytes_read)

    @classmethod
    def of_records(
        cls,
        records: Records,
        count: int,
        *,
        cursor: Any = None,
        first: int = 1,
        lines: Sequence[int] | None = None,
        file: str | None = None,
        bytes_read: int = 0,
    ) -> Batch:
        """A batch of `count` records, good and bad, that are parsed on demand, as columns or as rows."""
        return cls(None, None, records, cursor, range(first, first + count), lines, [], file, bytes_read)

    @classmethod
    def of_pieces(cls, pieces: Sequence[Batch]) -> Batch:
        """The records of several batches, of which some are columns and others rows."""
        if len(pieces) == 1:
            return pieces[0]
        held = cls.of_rows([]) if not pieces else cls(_numbers=range(1, 1 + sum(map(len, pieces))))
        held._pieces = tuple(pieces)
        return held

    @property
    def pieces(self) -> tuple[Batch, ...]:
        """The batches that it was made of, each of columns or of rows; itself where it is of one piece."""
        return self._pieces or (self,)

    def keep(self, owner: object, made: Any) -> None:
        """Keep what a writer made of the batch ahead of writing it; see Writer's `prepare`."""
        self._ahead[id(owner)] = made

    def kept(self, owner: object) -> Any:
        """What the writer kept, once; None when it kept nothing."""
        return self._ahead.pop(id(owner), None)

    @property
    def rows(self) -> list[Row]:
        """The records as Python values; made once."""
        if self._rows is None and self._pieces:
            self._rows = [row for piece in self._pieces for row in piece.rows]
        if self._rows is None and self._records is not None:
            if self._columns is not None:
                self._rows = self._records.rows()
            else:
                self._read_rows(self._records)
        if self._rows is None:
            self._rows = self._columns.rows() if self._columns is not None else []
        return self._rows

    def rows_at(self, places: Sequence[int]) -> list[Row]:
        """The rows at some places (from 0, rising), without making all of them where that can be helped."""
        held = self.columns
        if self._rows is None and self._records is not None:
            return self._records.rows(places)
        if self._rows is None and held is not None:
            try:
                return held.taken(list(places)).rows()
            except NotImplementedError:  # some types cannot be picked from
                pass
        return [self.rows[place] for place in places]

    @property
    def columns(self) -> Columns | None:
        """The records as columns where those are at hand or quickly parsed, else None; made once."""
        if self._columns is None and self._records is not None:
            self._columns = self._records.columns()
            if self._columns is None:
                self._read_rows(self._records)
        return self._columns

    def _read_rows(self, records: Records) -> None:
        """Parse records that have no columns."""
        held = records.batch()
        if held is None:
            self._rows = records.rows()
        else:
            self._rows, self._numbers, self._lines, self._bad = held.rows, held.numbers, held.lines, held.bad
        self._records = None

    def _settle(self) -> None:
        """Parse the records, if that is still to be done and tells more."""
        if self._records is not None and not self._records.certain:
            _ = self.columns

    @property
    def numbers(self) -> Sequence[int]:
        """The record number of each row, from 1."""
        self._settle()
        return self._numbers

    @numbers.setter
    def numbers(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers

    @property
    def lines(self) -> Sequence[int] | None:
        """The line of each row, from 1; None where the format has none."""
        self._settle()
        return self._lines

    @lines.setter
    def lines(self, lines: Sequence[int] | None) -> None:
        self._lines = lines

    @property
    def bad(self) -> list[BadRecord]:
        """The records that stood between the rows and could not be read."""
        self._settle()
        return self._bad

    @bad.setter
    def bad(self, bad: list[BadRecord]) -> None:
        self._bad = bad

    @property
    def table(self) -> pa.RecordBatch:
        """The records as Arrow columns; derived from the rows if need be. Raises pyarrow errors for mixed types."""
        held = self.columns
        if held is None:
            import pyarrow as pa

            held = self._columns = Columns(pa.RecordBatch.from_pylist(self.rows))
        return held.table

    @property
    def is_columnar(self) -> bool:
        """True when columns are at hand without a conversion."""
        return self._columns is not None

    @property
    def may_be_columnar(self) -> bool:
        """True when columns are at hand, or may be had by parsing."""
        return self._columns is not None or (self._records is not None and self._records.columnar)

    @property
    def is_parsed(self) -> bool:
        """False while its records are still to be parsed."""
        return self._records is None or self._rows is not None or self._columns is not None

    @property
    def total(self) -> int:
        """How many records there are, good and bad; known without parsing them."""
        return len(self) + len(self.bad) if self.is_parsed else len(self._numbers)

    def __len__(self) -> int:
        self._settle()
        if self._rows is not None:
            return len(self._rows)
        return self._columns.table.num_rows if self._columns is not None else len(self._numbers)
