"""Types of fields as Arrow types, and back: the schema of an output before its first record."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.types as t

from .field_type import ANY, NULL, OBJECT, FieldType, Kind

TEXT = b"crosswalk"
"""The metadata key of a string field that stands for values of another kind, which is the metadata's value."""

_PLAIN: dict[Kind, pa.DataType] = {
    "null": pa.null(),
    "string": pa.string(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "duration": pa.duration("us"),
    "bytes": pa.binary(),
}


def to_arrow(record: FieldType) -> pa.Schema:
    """The Arrow schema of an output, whose type is an object.

    A decimal of known scale is decimal128(38, scale), a float float64, a datetime of which it is known whether it has
    an offset a timestamp (in UTC if so), an object a struct. What has no one Arrow type before the values are seen
    (any, number, decimals of varying scale, other datetimes, times, objects with unknown members) is a string field, at
    any depth, and its metadata say so: `{"crosswalk": KIND}`. A field that is never null is not nullable.
    """
    return pa.schema([_field(name, of) for name, of in record.members])


def _field(name: str, of: FieldType) -> pa.Field:
    found = _type(of)
    if found is None:
        return pa.field(name, pa.string(), of.nullable, metadata={TEXT: of.kind})
    return pa.field(name, found, of.nullable)


def _type(of: FieldType) -> pa.DataType | None:
    if of.kind in _PLAIN:
        return _PLAIN[of.kind]
    if of.kind == "decimal" and of.scale is not None and of.scale <= 38:
        return pa.decimal128(38, of.scale)
    if of.kind == "datetime" and of.zoned is not None:
        return pa.timestamp("us", "UTC" if of.zoned else None)
    if of.kind == "list":
        return pa.list_(_field("item", of.item or ANY))
    if of.kind == "object" and of.members and not of.open:
        return pa.struct([_field(name, member) for name, member in of.members])
    return None


def of_arrow(schema: pa.Schema) -> FieldType:
    """The type of the records of a table, whose columns may all hold nulls."""
    return _object([(field.name, field.type) for field in schema])


def _object(members: list[tuple[str, pa.DataType]]) -> FieldType:
    return FieldType("object", members=tuple((name, _of_type(kind)) for name, kind in members))


def _of_type(kind: pa.DataType) -> FieldType:
    if isinstance(kind, pa.BaseExtensionType):
        return FieldType("string") if kind.extension_name == "arrow.uuid" else _of_type(kind.storage_type)
    if t.is_dictionary(kind):
        return _of_type(kind.value_type)
    if t.is_decimal(kind):
        return FieldType("decimal", scale=max(0, kind.scale))
    if t.is_timestamp(kind):
        return FieldType("datetime", zoned=kind.tz is not None)
    if any(test(kind) for test in _LISTS):
        return FieldType("list", item=_of_type(kind.value_type))
    if t.is_struct(kind):
        return _object([(kind.field(place).name, kind.field(place).type) for place in range(kind.num_fields)])
    if t.is_map(kind):
        return OBJECT
    if t.is_null(kind):
        return NULL
    return next((FieldType(found) for test, found in _SCALARS if test(kind)), ANY)


_SCALARS: list[tuple[Any, Kind]] = [
    (t.is_boolean, "boolean"),
    (t.is_integer, "integer"),
    (t.is_floating, "float"),
    (t.is_date, "date"),
    (t.is_time, "time"),
    (t.is_duration, "duration"),
    (t.is_string, "string"),
    (t.is_large_string, "string"),
    (t.is_string_view, "string"),
    (t.is_binary, "bytes"),
    (t.is_large_binary, "bytes"),
    (t.is_binary_view, "bytes"),
    (t.is_fixed_size_binary, "bytes"),
]

_LISTS = (t.is_list, t.is_large_list, t.is_fixed_size_list, t.is_list_view, t.is_large_list_view)
