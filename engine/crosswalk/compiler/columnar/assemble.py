"""Columns that a mapping made, as Arrow arrays, and which records have nulls, or missing members, or both."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .column import Column, Env, Irregular, either, some
from .lists import parents_of
from .values import in_order


def array_of(env: Env, column: Column) -> Any:
    """The column as one array, null where a value is null or missing; raises Irregular for objects without members."""
    if column.members is not None:
        in_order(env, column)
        if not column.members:
            raise Irregular
        arrays = [array_of(env, member) for _, member in column.members]
        names = [name for name, _ in column.members]
        return pa.StructArray.from_arrays(arrays, names, mask=_mask(column))
    if column.items is not None:
        return pa.ListArray.from_arrays(column.items.offsets, array_of(env, column.items.values), mask=_mask(column))
    in_order(env, column)
    return column.data


def _mask(column: Column) -> Any:
    return column.data.is_null() if column.data.null_count else None


def deep_nulls(env: Env, column: Column) -> Any:
    """A mask of the records of which a member holds a null, at any depth; None for nowhere."""
    found = None
    for _, member in column.members or ():
        for null, _ in _inside(env, member, len(member.data)):
            found = either(found, _within(null, member.data.is_valid() if member.data.null_count else None))
    return found if some(found) else None


def null_members(column: Column) -> dict[str, Any]:
    """By name the masks of the records of which a member is null, not missing."""
    found = {}
    for name, member in column.members or ():
        if member.data.null_count:
            null = member.data.is_null()
            null = null if member.missing is None else pc.and_not(null, member.missing)
            if null.true_count:
                found[name] = null
    return found


def nulls_of(env: Env, column: Column) -> tuple[Any, Any]:
    """Two masks, None for nowhere: where the value is or holds a null, and where it is or lacks a missing member."""
    count = len(column.data)
    missing = column.missing if some(column.missing) else None
    null = None
    if column.data.null_count:
        null = column.data.is_null()
        null = null if missing is None else pc.and_(null, pc.invert(missing))
    here = column.data.is_valid() if column.data.null_count else None
    for name_null, name_missing in _inside(env, column, count):
        null = either(null, _within(name_null, here))
        missing = either(missing, _within(name_missing, here))
    return null if some(null) else None, missing if some(missing) else None


def _inside(env: Env, column: Column, count: int) -> list[tuple[Any, Any]]:
    if column.members is not None:
        return [nulls_of(env, member) for _, member in column.members]
    if column.items is not None:
        values = column.items.values
        parents = parents_of(column.items.offsets, count)
        null, missing = nulls_of(env, values)
        if null is not None and values.members is None and values.items is None:
            # A null as an item is a null in either reading, one inside of an item is not.
            null = None
            for deep, _ in _inside(env, values, len(values.data)):
                null = either(null, deep)
        return [(_raised(null, parents, count), _raised(missing, parents, count))]
    if not column.data.type.num_fields or not _deep_nulls(column.data):
        return []
    everywhere = column.data.is_valid()
    return [(None, everywhere) if column.source and env.nulls_are_missing else (everywhere, None)]


def _within(mask: Any, here: Any) -> Any:
    return mask if mask is None or here is None else pc.and_(mask, here)


def _raised(mask: Any, parents: Any, count: int) -> Any:
    """True for the rows that have an item for which the mask holds."""
    if mask is None:
        return None
    rows = parents.filter(mask).unique()
    return pc.is_in(pa.array(range(count), parents.type), value_set=rows)


def _deep_nulls(data: Any) -> bool:
    """Whether a member at any depth of an array is null."""
    if pa.types.is_struct(data.type):
        parts = data.flatten()
        return any(part.null_count > data.null_count or _deep_nulls(part) for part in parts)
    if pa.types.is_list(data.type):
        return _deep_nulls(data.flatten())
    return False
