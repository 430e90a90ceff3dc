"""Output records as Arrow batches of one schema: columns as they are where they fit, else value by value, exactly."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.types as t

from ..batch import Batch, Columns
from ..errors import DataError
from ..values import MISSING, decimal_text, text_of, type_name
from .arrow_schema import TEXT

_JSON = frozenset({b"any", b"object", b"list"})
_TAKES: list[tuple[Callable[[Any], bool], tuple[type, ...]]] = [
    (t.is_boolean, (bool,)),
    (t.is_int64, (int,)),
    (t.is_float64, (float,)),
    (t.is_decimal, (Decimal,)),
    (t.is_string, (str,)),
    (t.is_binary, (bytes,)),
    (t.is_date32, (dt.date,)),
    (t.is_timestamp, (dt.datetime,)),
    (t.is_duration, (dt.timedelta,)),
    (t.is_null, ()),
]


def conformed(batch: Batch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch of outputs in the schema that `to_arrow` made; raises DataError M311, M313 or M316 for what has no place.

    A field that stands for values of no one type holds the text of scalars, and JSON text where the kind is `any`,
    `object` or `list`. Missing becomes null.
    """
    held = batch.columns if batch.is_columnar else None
    if held is None:
        return _of_rows(batch.rows, schema)
    known = held.table.schema.names
    if extra := set(known) - set(schema.names):
        raise _unexpected(min(extra))
    arrays = [_column(held, field) if field.name in known else _array([None] * len(batch), field) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _of_rows(rows: list[Any], schema: pa.Schema) -> pa.RecordBatch:
    names = set(schema.names)
    for row in rows:
        if type(row) is not dict:
            raise DataError("M313", f"a record is {type_name(row)}, not an object", row)
        if not row.keys() <= names:
            raise _unexpected(min(row.keys() - names))
    arrays = [_array([row.get(field.name) for row in rows], field) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _unexpected(name: str) -> DataError:
    return DataError("M313", f'"{name}" is not a column of the output', name)


def _column(held: Columns, field: pa.Field) -> pa.Array:
    """A column in the type of the field, without a copy where it has that type."""
    data = held.table.column(field.name)
    if not _is_text(field) and data.type == field.type and (field.nullable or not data.null_count):
        return data
    if t.is_null(data.type) or _same_but(data.type, field.type):
        try:
            cast = data.cast(field.type)
        except pa.ArrowInvalid:
            cast = None
        if cast is not None and (field.nullable or not cast.null_count):
            return cast
    rows = Columns(held.table.select([field.name]), held.nulls).rows()
    return _array([row.get(field.name) for row in rows], field)


def _same_but(one: pa.DataType, other: pa.DataType) -> bool:
    """Whether the types differ in digits or zone only, so that a cast that succeeds changes no value."""
    if t.is_timestamp(one) and t.is_timestamp(other):
        return one.unit == other.unit and (one.tz is None) == (other.tz is None)
    return bool(t.is_decimal(one) and t.is_decimal(other))


def _is_text(field: pa.Field) -> bool:
    return field.metadata is not None and TEXT in field.metadata


def _array(values: list[Any], field: pa.Field) -> pa.Array:
    """Values in the type of the field."""
    plain = [_plain(value, field, field.name) for value in values]
    try:
        return pa.array(plain, field.type)
    except (pa.ArrowException, OverflowError) as error:
        raise DataError("M311", f'column "{field.name}" ({field.type}): {error}') from error
    except UnicodeEncodeError as error:
        raise DataError("M316", f'column "{field.name}": half a surrogate pair is not text') from error


def _plain(value: Any, field: pa.Field, place: str) -> Any:
    """The value as pyarrow takes it for the field's type without changing it."""
    if value is None or value is MISSING:
        if not field.nullable:
            raise DataError("M313", f'column "{place}" takes no null')
        return None
    if _is_text(field):
        return _json(value) if field.metadata[TEXT] in _JSON else text_of(value)
    kind = field.type
    if t.is_list(kind):
        if not isinstance(value, list | tuple):
            raise _unfit(value, kind, place)
        return [_plain(item, kind.value_field, f"{place}[]") for item in value]
    if t.is_struct(kind):
        return _members(value, kind, place)
    takes = next(found for test, found in _TAKES if test(kind))
    if not isinstance(value, takes) or type(value) in _NARROWER.get(takes, ()):
        raise _unfit(value, kind, place)
    if isinstance(value, dt.datetime) and (value.utcoffset() is None) != (kind.tz is None):
        raise _unfit(value, kind, place)
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise DataError("M311", f'column "{place}" ({kind}) takes no integer of more than 64 bits', value)
    if isinstance(value, Decimal) and value and value.is_finite() and value.adjusted() >= kind.precision - kind.scale:
        digits = kind.precision - kind.scale
        raise DataError("M311", f'column "{place}" ({kind}) takes no more than {digits} digits before the point', value)
    return value


_NARROWER: dict[tuple[type, ...], tuple[type, ...]] = {(int,): (bool,), (dt.date,): (dt.datetime,)}
"""Subclasses whose values pyarrow would take, and change."""


def _json(value: Any) -> str:
    """JSON with the exact digits of decimals; dates, times and bytes as their text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_json(str(name))}: {_json(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_json, value)) + "]"
    if isinstance(value, Decimal):
        return decimal_text(value)
    if value is None or isinstance(value, int):
        return json.dumps(value)
    return text_of(value) if isinstance(value, float) else json.dumps(text_of(value), ensure_ascii=False)


def _members(value: Any, kind: pa.StructType, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unfit(value, kind, place)
    fields = {kind.field(at).name: kind.field(at) for at in range(kind.num_fields)}
    if extra := value.keys() - fields.keys():
        raise _unexpected(f"{place}.{min(extra)}")
    return {name: _plain(value.get(name), field, f"{place}.{name}") for name, field in fields.items()}


def _unfit(value: Any, kind: pa.DataType, place: str) -> DataError:
    return DataError("M313", f'column "{place}" ({kind}) takes no {type_name(value)}', value)
