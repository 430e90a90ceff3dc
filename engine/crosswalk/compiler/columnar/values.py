"""Columns as Python values, for functions that have no kernel."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pyarrow as pa

from ...values import MISSING
from .column import Column, Env, Frame, Irregular, rows_mask


def values_of(env: Env, column: Column) -> list[Any]:
    """The values, None and MISSING among them; members that are missing are left out of objects."""
    if column.members is not None:
        in_order(env, column)
        found = _objects(env, column)
    elif column.items is not None:
        offsets = column.items.offsets.to_pylist()
        items = values_of(env, column.items.values)
        found = [items[start:end] for start, end in pairwise(offsets)]
    else:
        in_order(env, column)
        found = column.data.to_pylist()
        if column.source and env.nulls_are_missing and _is_nested(column.data.type):
            found = [_present(value) for value in found]
    if (column.members is not None or column.items is not None) and column.data.null_count:
        found = [value if there else None for value, there in zip(found, column.data.to_pylist(), strict=True)]
    if column.missing is None:
        return found
    return [MISSING if gone else value for value, gone in zip(found, column.missing.to_pylist(), strict=True)]


def in_order(env: Env, column: Column) -> None:
    """Raise Irregular where whole objects of the source are wanted whose members may stand in any order."""
    if column.source and env.nulls_are_missing and _has_order(column.data.type):
        raise Irregular


def _has_order(kind: Any) -> bool:
    if pa.types.is_struct(kind) and kind.num_fields > 1:
        return True
    return any(_has_order(kind.field(place).type) for place in range(kind.num_fields))


def _objects(env: Env, column: Column) -> list[Any]:
    members = [(name, values_of(env, member)) for name, member in column.members or []]
    return [
        {name: values[row] for name, values in members if values[row] is not MISSING} for row in range(len(column.data))
    ]


def _is_nested(kind: Any) -> bool:
    return bool(kind.num_fields)


def _present(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _present(part) for name, part in value.items() if part is not None}
    return [_present(part) for part in value] if isinstance(value, list) else value


def each_of(function: Callable[[Any], Any], given: list[Any]) -> tuple[list[Any], list[int]]:
    """The results of values that are there, None in place of failures, and where those are."""
    found: list[Any] = []
    failed: list[int] = []
    for row, value in enumerate(given):
        try:
            found.append(value if value is None or value is MISSING else function(value))
        except Exception:
            found.append(None)
            failed.append(row)
    return found, failed


def texts_of(frame: Frame, column: Column, text: Callable[[Any], Any]) -> Any:
    """The texts of the values, null for null and missing; rows that fail are in doubt."""
    given = [None if value is MISSING else value for value in values_of(frame.env, column)]
    found, failed = each_of(text, given)
    if failed:
        frame.doubt(rows_mask(failed, frame.count))
    return pa.array(found, pa.string())
