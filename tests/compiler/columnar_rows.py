"""Rows given to a mapper as columns: what a reader of columns would make of them, nulls and uneven members included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from crosswalk import Batch, Columns, Records
from crosswalk.compiler.columnar.column import Irregular
from crosswalk.compiler.columnar.from_python import column_of


class Rows(Records):
    """Rows at hand, with the columns they make, if they are of one shape."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def columns(self) -> Columns | None:
        """One column for each name; a row with a null below its own members is unsure, as in ndjson."""
        if not self._rows or not all(type(row) is dict for row in self._rows):
            return None
        try:
            names = list(dict.fromkeys(name for row in self._rows for name in row))
            arrays = [_array([row.get(name) for row in self._rows]) for name in names]
        except Irregular:
            return None
        unsure = pa.array(
            [any(_has_null(value) for value in row.values() if value is not None) for row in self._rows], pa.bool_()
        )
        null_at = {name: pa.array([row.get(name, 0) is None for row in self._rows], pa.bool_()) for name in names}
        null_at = {name: mask for name, mask in null_at.items() if mask.true_count}
        return Columns(pa.RecordBatch.from_arrays(arrays, names), "missing", unsure, null_at)

    def rows(self, places: Sequence[int] | None = None) -> list[Any]:
        """The rows themselves."""
        return list(self._rows) if places is None else [self._rows[place] for place in places]


def columnar_batch(rows: list[Any], first: int = 1) -> Batch:
    """A batch that may be taken as columns."""
    return Batch.of_records(Rows(rows), len(rows), first=first)


def _array(values: list[Any]) -> pa.Array:
    known = [value for value in values if value is not None]
    kinds = set(map(type, known))
    if kinds == {dict}:
        names = list(dict.fromkeys(name for value in known for name in value))
        if not names:
            raise Irregular
        parts = [_array([None if value is None else value.get(name) for value in values]) for name in names]
        mask = pa.array([value is None for value in values], pa.bool_())
        return pa.StructArray.from_arrays(parts, names, mask=mask)
    if kinds == {list}:
        items = _array([item for value in known for item in value])
        offsets = [0]
        for value in values:
            offsets.append(offsets[-1] + len(value or ()))
        mask = pa.array([value is None for value in values], pa.bool_())
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items, mask=mask)
    found = column_of(values)
    if found.missing is not None:
        raise Irregular
    return found.data


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None
