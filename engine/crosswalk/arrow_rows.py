"""Arrow data to batches whose rows are exact Python values; rows that have none become bad records."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .arrow_maps import MapRecords, keys_once
from .arrow_types import has_map, has_temporal, plain_type, unviewed, without_views
from .batch import BadRecord, Batch, Columns, Records, Row
from .errors import ConnectorError

if TYPE_CHECKING:
    import pyarrow as pa

_NANOSECONDS = "M314"
# Days from 1970 to the years 2 and 9998: a day or more inside what datetime holds in every time zone.
_FIRST_DAY, _LAST_DAY = -718_797, 2_932_530
_PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000}
_LONGEST = 999_999_999


class ArrowReader:
    """Turns the Arrow record batches of one file or table into Batches.

    Nanoseconds become microseconds where nothing is lost, extension types their storage (uuid: text), maps objects.
    A nanosecond, a date beyond the years 1 to 9999 (M314), broken UTF-8 or a map with a key twice (M310) make the
    record a bad one. Raises ConnectorError C201 for a repeated column, C206 for unreadable types.

    `names`: what will be read of columns (None: all). Maps are in none: where one is read there are rows only, others
    are left out of the columns.
    """

    def __init__(self, schema: pa.Schema, names: Collection[str] | None = None) -> None:
        import pyarrow as pa

        for name in schema.names:
            if schema.names.count(name) > 1:
                raise ConnectorError("C201", f"the data has the column {name!r} twice")
        self._views = any(kind != without_views(kind) for kind in schema.types)
        self._schema = pa.schema([(field.name, plain_type(field.type, field.name)) for field in schema])
        self._temporal = any(map(has_temporal, self._schema.types))
        self._maps = [field.name for field in self._schema if has_map(field.type)]
        self._map_is_read = any(names is None or name in names for name in self._maps)

    def batch(self, table: pa.RecordBatch, first: int, *, cursor: Any, bytes_read: int) -> Batch:
        """The Batch of a RecordBatch whose first record has the number `first`."""
        import pyarrow as pa

        if self._views:
            table = pa.RecordBatch.from_arrays([unviewed(column) for column in table.columns], names=table.schema.names)
        try:
            table.validate(full=True)
            plain = self._plain(table)
            exact = not self._temporal or all(map(_in_range, _leaves(plain)))
            exact = exact and all(keys_once(plain.column(name)) for name in self._maps)
        except pa.ArrowInvalid as error:
            if "UTF8" not in str(error) and "lose data" not in str(error):
                raise ConnectorError("C206", f"the data is damaged: {error}") from error
            exact = False
        if not exact:
            return self._sifted(table, first, cursor, bytes_read)
        return self._batch(plain, first, cursor, bytes_read)

    def later(self, table: pa.RecordBatch, first: int, *, cursor: Any, bytes_read: int) -> Batch:
        """The same, looked at only when its records are asked for, on whatever thread does."""
        records = _Unchecked(self, table, first)
        return Batch.of_records(records, table.num_rows, cursor=cursor, first=first, bytes_read=bytes_read)

    def _batch(self, plain: Any, first: int, cursor: Any, bytes_read: int) -> Batch:
        if not self._maps:
            return Batch.of_arrow(plain, cursor=cursor, first=first, bytes_read=bytes_read)
        records = MapRecords(plain, None if self._map_is_read else self._maps)
        return Batch.of_records(records, plain.num_rows, cursor=cursor, first=first, bytes_read=bytes_read)

    def _plain(self, table: Any) -> Any:
        import pyarrow as pa

        if table.schema.types == self._schema.types:
            return table
        columns = zip(table.columns, self._schema.types, strict=True)
        return pa.RecordBatch.from_arrays([_cast(column, kind) for column, kind in columns], schema=self._schema)

    def _sifted(self, table: Any, first: int, cursor: Any, bytes_read: int) -> Batch:
        import pyarrow as pa

        good: list[int] = []
        bad: list[BadRecord] = []
        # Halves of halves, as bad records are few. No slices: their casts would look at their neighbours' list items.
        parts = [(0, table.num_rows)]
        while parts:
            start, end = parts.pop()
            part = table.take(pa.array(range(start, end), pa.int64()))
            try:
                self._plain(part).to_pylist(maps_as_pydicts="strict")
                good += range(start, end)
            except (pa.ArrowException, ValueError, OverflowError, KeyError):
                if end - start == 1:
                    bad.append(self._bad(part, first + start))
                else:
                    middle = (start + end) // 2
                    parts += [(middle, end), (start, middle)]
        batch = self._batch(self._plain(table.take(pa.array(good, pa.int64()))), first, cursor, bytes_read)
        batch.numbers = [first + index for index in good]
        batch.bad = bad
        return batch

    def _bad(self, one: Any, number: int) -> BadRecord:
        import pyarrow as pa

        shown: dict[str, Any] = {}
        code, message = "M310", ""
        for name, column, kind in zip(one.schema.names, one.columns, self._schema.types, strict=True):
            try:
                (shown[name],) = _cast(column, kind).to_pylist(maps_as_pydicts="strict")
            except (pa.ArrowException, ValueError, OverflowError, KeyError) as error:
                code, reason = _reason(error)
                message = message or f'column "{name}": {reason}'
                shown[name] = _shown(column)
        return BadRecord(number, 0, message, json.dumps(shown, default=str, ensure_ascii=False)[:65536], code)


class _Unchecked(Records):
    """The records of Arrow data that is still to be checked."""

    def __init__(self, reader: ArrowReader, table: Any, first: int) -> None:
        self._reader = reader
        self._table = table
        self._first = first
        self._checked: Batch | None = None

    def columns(self) -> Columns | None:
        found = self.batch()
        return found.columns if found.may_be_columnar and not found.bad else None

    def rows(self, places: Sequence[int] | None = None) -> list[Row]:
        found = self.batch()
        return found.rows if places is None else found.rows_at(places)

    def batch(self) -> Batch:
        if self._checked is None:
            self._checked = self._reader.batch(self._table, self._first, cursor=None, bytes_read=0)
        return self._checked


def _reason(error: Exception) -> tuple[str, str]:
    if isinstance(error, UnicodeDecodeError):
        return "M310", "not valid UTF-8"
    if isinstance(error, KeyError):
        return "M310", "a map has one key twice"
    if "lose data" in str(error):
        return _NANOSECONDS, "has nanoseconds, which a date and time here cannot hold"
    return _NANOSECONDS, "a date and time beyond the years 1 to 9999"


def _shown(column: Any) -> str:
    import pyarrow as pa

    try:
        return str(column.cast(pa.string())[0].as_py())
    except (pa.ArrowException, UnicodeDecodeError):
        pass
    try:
        return repr(column.cast(pa.binary())[0].as_py())
    except pa.ArrowException:
        return str(column.type)


def _cast(column: Any, wanted: Any) -> Any:
    import pyarrow as pa

    if column.type == wanted:
        return column
    if isinstance(column, pa.ExtensionArray):
        if column.type.extension_name == "arrow.uuid":
            return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
        column = column.storage
    return column if column.type == wanted else column.cast(wanted)


def _leaves(table: Any) -> Iterator[Any]:
    """The innermost arrays; they may hold more than the rows do, never less."""
    import pyarrow.types as t

    waiting = list(table.columns)
    while waiting:
        array = waiting.pop()
        kind = array.type
        if t.is_struct(kind):
            waiting += [array.field(index) for index in range(kind.num_fields)]
        elif t.is_map(kind):
            waiting += [array.keys, array.items]
        elif t.is_dictionary(kind):
            waiting.append(array.dictionary)
        elif t.is_nested(kind):
            waiting.append(array.flatten())
        else:
            yield array


def _in_range(array: Any) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as t

    kind = array.type
    low, high = _FIRST_DAY, _LAST_DAY
    if t.is_duration(kind):
        low, high, unit = -_LONGEST, _LONGEST, _PER_DAY[kind.unit]
    elif t.is_timestamp(kind):
        unit = _PER_DAY[kind.unit]
    elif t.is_date(kind):
        unit = 1 if t.is_date32(kind) else _PER_DAY["ms"]
    else:
        return True
    storage = array.cast(pa.int32()).cast(pa.int64()) if t.is_date32(kind) else array.cast(pa.int64())
    found = pc.min_max(storage).as_py()
    return found["min"] is None or (low * unit <= found["min"] and found["max"] <= high * unit)
