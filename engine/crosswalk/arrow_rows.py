"""Arrow data to batches whose rows are exact Python values; rows that have none become bad records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

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
    """

    def __init__(self, schema: pa.Schema) -> None:
        import pyarrow as pa

        names = schema.names
        for name in names:
            if names.count(name) > 1:
                raise ConnectorError("C201", f"the data has the column {name!r} twice")
        self._views = any(kind != _without_views(kind) for kind in schema.types)
        self._schema = pa.schema([(field.name, _plain_type(field.type, field.name)) for field in schema])
        self._temporal = any(map(_has_temporal, self._schema.types))
        self._maps = any(map(_has_map, self._schema.types))

    def batch(self, table: pa.RecordBatch, first: int, *, cursor: Any, bytes_read: int) -> Batch:
        """The Batch of a RecordBatch whose first record has the number `first`."""
        import pyarrow as pa

        if self._views:
            table = pa.RecordBatch.from_arrays(
                [_unviewed(column) for column in table.columns], names=table.schema.names
            )
        try:
            table.validate(full=True)
            plain = self._plain(table)
            exact = not self._temporal or all(map(_in_range, _leaves(plain)))
            rows = plain.to_pylist(maps_as_pydicts="strict") if exact and self._maps else None
        except (pa.ArrowInvalid, KeyError) as error:
            if "UTF8" not in str(error) and "lose data" not in str(error) and not isinstance(error, KeyError):
                raise ConnectorError("C206", f"the data is damaged: {error}") from error
            exact = False
        if not exact:
            return self._sifted(table, first, cursor, bytes_read)
        if rows is not None:
            return Batch.of_rows(rows, cursor=cursor, first=first, bytes_read=bytes_read)
        return Batch.of_arrow(plain, cursor=cursor, first=first, bytes_read=bytes_read)

    def later(self, table: pa.RecordBatch, first: int, *, cursor: Any, bytes_read: int) -> Batch:
        """The same, looked at only when its records are asked for, on whatever thread does."""
        records = _Unchecked(self, table, first)
        return Batch.of_records(records, table.num_rows, cursor=cursor, first=first, bytes_read=bytes_read)

    def _plain(self, table: Any) -> Any:
        import pyarrow as pa

        if table.schema.types == self._schema.types:
            return table
        columns = zip(table.columns, self._schema.types, strict=True)
        return pa.RecordBatch.from_arrays([_cast(column, kind) for column, kind in columns], schema=self._schema)

    def _sifted(self, table: Any, first: int, cursor: Any, bytes_read: int) -> Batch:
        import pyarrow as pa

        good, bad = [], []
        for index in range(table.num_rows):
            one = table.take(pa.array([index]))  # a slice's cast would look at its neighbours' list items
            try:
                self._plain(one).to_pylist(maps_as_pydicts="strict")
                good.append(index)
            except (pa.ArrowException, ValueError, OverflowError, KeyError):
                bad.append(self._bad(one, first + index))
        kept = self._plain(table.take(pa.array(good, pa.int64())))
        batch = Batch.of_arrow(kept, cursor=cursor, bytes_read=bytes_read)
        if self._maps:
            batch = Batch.of_rows(kept.to_pylist(maps_as_pydicts="strict"), cursor=cursor, bytes_read=bytes_read)
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
        return found.columns if found.is_columnar and not found.bad else None

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


def may_refuse(kind: Any) -> bool:
    """Whether a column of this type cannot be read, or only where its values allow it."""
    import pyarrow.types as t

    hard = (t.is_interval, t.is_union, t.is_run_end_encoded)
    return any(any(test(each) for test in hard) or getattr(each, "unit", "") == "ns" for each in _nested(kind))


def _unviewed(column: Any) -> Any:
    """The column without views, which few kernels take; the strings of polars and DataFusion are views."""
    import pyarrow as pa

    wanted = _without_views(column.type)
    if wanted == column.type:
        return column
    if pa.types.is_dictionary(wanted):
        return pa.DictionaryArray.from_arrays(column.indices, column.dictionary.cast(wanted.value_type))
    return column.cast(wanted)


def _without_views(kind: Any) -> Any:
    import pyarrow as pa
    import pyarrow.types as t

    if isinstance(kind, pa.BaseExtensionType):
        return kind
    if t.is_string_view(kind):
        return pa.string()
    if t.is_binary_view(kind):
        return pa.binary()
    if t.is_dictionary(kind):
        return pa.dictionary(kind.index_type, _without_views(kind.value_type), kind.ordered)
    if t.is_struct(kind):
        return pa.struct([field.with_type(_without_views(field.type)) for field in kind])
    if t.is_map(kind):
        return pa.map_(_without_views(kind.key_type), _without_views(kind.item_type))
    if t.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_without_views(kind.value_type)), kind.list_size)
    if t.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_without_views(kind.value_type)))
    if t.is_list(kind):
        return pa.list_(kind.value_field.with_type(_without_views(kind.value_type)))
    return kind


def _plain_type(kind: Any, name: str) -> Any:
    """The type to read as; raises ConnectorError C206 for those that have no Python value here."""
    import pyarrow as pa
    import pyarrow.types as t

    kind = _without_views(kind)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.string() if kind.extension_name == "arrow.uuid" else _plain_type(kind.storage_type, name)
    if t.is_interval(kind) or t.is_union(kind) or t.is_run_end_encoded(kind):
        raise ConnectorError("C206", f'column "{name}" has the type {kind}, which cannot be read')
    if t.is_timestamp(kind):
        return pa.timestamp("us", kind.tz) if kind.unit == "ns" else kind
    if t.is_time64(kind):
        return pa.time64("us")
    if t.is_duration(kind):
        return pa.duration("us") if kind.unit == "ns" else kind
    if t.is_dictionary(kind):
        value = _plain_type(kind.value_type, name)
        return kind if value == kind.value_type else value
    if t.is_map(kind):
        return pa.map_(_plain_type(kind.key_type, name), _plain_type(kind.item_type, name))
    if t.is_struct(kind):
        return pa.struct([field.with_type(_plain_type(field.type, name)) for field in kind])
    if t.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_plain_type(kind.value_type, name)))
    if t.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_plain_type(kind.value_type, name)), kind.list_size)
    if t.is_list(kind):
        return pa.list_(kind.value_field.with_type(_plain_type(kind.value_type, name)))
    return kind


def _nested(kind: Any) -> Iterator[Any]:
    yield kind
    if getattr(kind, "value_type", None) is not None:
        yield from _nested(kind.value_type)
    for index in range(kind.num_fields):
        yield from _nested(kind.field(index).type)


def _has_temporal(kind: Any) -> bool:
    import pyarrow.types as t

    return any(t.is_temporal(each) for each in _nested(kind))


def _has_map(kind: Any) -> bool:
    import pyarrow.types as t

    return any(t.is_map(each) for each in _nested(kind))


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
