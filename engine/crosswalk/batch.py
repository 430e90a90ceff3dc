"""Batches of records: what sources yield, mappers take and sinks write, as rows or as Arrow columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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


@dataclass(slots=True)
class Batch:
    """Some records in source order, and the cursor that resumes right after them.

    `numbers[i]` and `lines[i]` are the record number and the line of `rows[i]` (both from 1; `lines` may be None).
    `bad` holds the records that stood between them and could not be read. `cursor` is any JSON value.
    `file` names where the records came from; `bytes_read` is the total read from it so far, for progress.
    """

    _rows: list[Row] | None = None
    _table: pa.RecordBatch | None = None
    cursor: Any = None
    numbers: Sequence[int] = ()
    lines: Sequence[int] | None = None
    bad: list[BadRecord] = field(default_factory=list)
    file: str | None = None
    bytes_read: int = 0

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
        """A batch over Python rows; without `numbers` they count up from `first`."""
        held = rows if isinstance(rows, list) else list(rows)
        count = range(first, first + len(held)) if numbers is None else numbers
        return cls(held, None, cursor, count, lines, bad or [], file, bytes_read)

    @classmethod
    def of_arrow(
        cls,
        table: pa.RecordBatch,
        *,
        cursor: Any = None,
        first: int = 1,
        file: str | None = None,
        bytes_read: int = 0,
    ) -> Batch:
        """A batch over Arrow columns; rows are made on demand."""
        return cls(None, table, cursor, range(first, first + table.num_rows), None, [], file, bytes_read)

    @property
    def rows(self) -> list[Row]:
        """The records as Python values; derived from the columns once."""
        if self._rows is None:
            self._rows = self._table.to_pylist() if self._table is not None else []
        return self._rows

    @property
    def table(self) -> pa.RecordBatch:
        """The records as Arrow columns; derived from the rows once. Raises pyarrow errors for mixed types."""
        if self._table is None:
            import pyarrow as pa

            self._table = pa.RecordBatch.from_pylist(self._rows or [])
        return self._table

    @property
    def is_columnar(self) -> bool:
        """True when columns are at hand without a conversion."""
        return self._table is not None

    def __len__(self) -> int:
        if self._rows is not None:
            return len(self._rows)
        return self._table.num_rows if self._table is not None else 0
