"""Which types of Arrow are read as which, and what they hold at any depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .errors import ConnectorError


def may_refuse(kind: Any) -> bool:
    """Whether a column of this type cannot be read, or only where its values allow it."""
    import pyarrow.types as t

    hard = (t.is_interval, t.is_union, t.is_run_end_encoded)
    return any(any(test(each) for test in hard) or getattr(each, "unit", "") == "ns" for each in nested(kind))


def unviewed(column: Any) -> Any:
    """The column without views, which few kernels take; the strings of polars and DataFusion are views."""
    import pyarrow as pa

    wanted = without_views(column.type)
    if wanted == column.type:
        return column
    if pa.types.is_dictionary(wanted):
        return pa.DictionaryArray.from_arrays(column.indices, column.dictionary.cast(wanted.value_type))
    return column.cast(wanted)


def without_views(kind: Any) -> Any:
    import pyarrow as pa
    import pyarrow.types as t

    if isinstance(kind, pa.BaseExtensionType):
        return kind
    if t.is_string_view(kind):
        return pa.string()
    if t.is_binary_view(kind):
        return pa.binary()
    if t.is_dictionary(kind):
        return pa.dictionary(kind.index_type, without_views(kind.value_type), kind.ordered)
    if t.is_struct(kind):
        return pa.struct([field.with_type(without_views(field.type)) for field in kind])
    if t.is_map(kind):
        return pa.map_(without_views(kind.key_type), without_views(kind.item_type))
    if t.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(without_views(kind.value_type)), kind.list_size)
    if t.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(without_views(kind.value_type)))
    if t.is_list(kind):
        return pa.list_(kind.value_field.with_type(without_views(kind.value_type)))
    return kind


def plain_type(kind: Any, name: str) -> Any:
    """The type to read as; raises ConnectorError C206 for those that have no Python value here."""
    import pyarrow as pa
    import pyarrow.types as t

    kind = without_views(kind)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.string() if kind.extension_name == "arrow.uuid" else plain_type(kind.storage_type, name)
    if t.is_interval(kind) or t.is_union(kind) or t.is_run_end_encoded(kind):
        raise ConnectorError("C206", f'column "{name}" has the type {kind}, which cannot be read')
    if t.is_timestamp(kind):
        return pa.timestamp("us", kind.tz) if kind.unit == "ns" else kind
    if t.is_time64(kind):
        return pa.time64("us")
    if t.is_duration(kind):
        return pa.duration("us") if kind.unit == "ns" else kind
    if t.is_dictionary(kind):
        value = plain_type(kind.value_type, name)
        return kind if value == kind.value_type else value
    if t.is_map(kind):
        return pa.map_(plain_type(kind.key_type, name), plain_type(kind.item_type, name))
    if t.is_struct(kind):
        return pa.struct([field.with_type(plain_type(field.type, name)) for field in kind])
    if t.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(plain_type(kind.value_type, name)))
    if t.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(plain_type(kind.value_type, name)), kind.list_size)
    if t.is_list(kind):
        return pa.list_(kind.value_field.with_type(plain_type(kind.value_type, name)))
    return kind


def nested(kind: Any) -> Iterator[Any]:
    yield kind
    if getattr(kind, "value_type", None) is not None:
        yield from nested(kind.value_type)
    for index in range(kind.num_fields):
        yield from nested(kind.field(index).type)


def has_temporal(kind: Any) -> bool:
    import pyarrow.types as t

    return any(t.is_temporal(each) for each in nested(kind))


def has_map(kind: Any) -> bool:
    import pyarrow.types as t

    return any(t.is_map(each) for each in nested(kind))
