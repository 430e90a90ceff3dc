"""Rows that the row functions made, put between those of columns by their records: as columns where they fit."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.types as t

from ...batch import Batch, Columns
from .column import Irregular
from .from_python import type_of

_FEW, _SHORT = 16, 64
"""More than a few pieces of columns that are shorter than this on average are handled more quickly as rows."""


def spliced(batch: Batch, places: Sequence[int] | None, others: list[tuple[int, list[Any]]]) -> Batch:
    """A batch of columns (or of rows) with rows put between, by the place of their source record.

    `places[i]`: the source record of row i, rising; None when row i is of record i. `others`: rows by record, rising;
    they come before rows of the same record.
    """
    if not others:
        return batch
    if places is None:
        places = range(len(batch))
    columns = batch.columns
    if columns is None or columns.unsure is not None:
        return Batch.of_rows(_among(batch.rows, places, others))
    fitting = _Fitting(columns)
    odd = sum(not fitting.all(rows) for _, rows in others)
    if odd > _FEW and len(batch) < odd * _SHORT:
        return Batch.of_rows(_among(batch.rows, places, others))
    found: list[Batch] = []
    held: list[Columns] = []
    done = 0
    for record, rows in others:
        end = bisect_left(places, record, done)
        if end > done:
            held.append(columns.sliced(done, end))
            done = end
        if fitting.all(rows):
            held.append(fitting.columns(rows))
            continue
        found += _joined(held)
        held = []
        if found and not found[-1].may_be_columnar:
            found[-1].rows.extend(rows)
        else:
            found.append(Batch.of_rows(list(rows)))
    if done < len(batch):
        held.append(columns.sliced(done, len(batch)))
    return Batch.of_pieces([*found, *_joined(held)])


def _among(rows: list[Any], places: Sequence[int], others: list[tuple[int, list[Any]]]) -> list[Any]:
    """Rows with others put between, all by the place of their record; of one place, the others come first."""
    held = [*others, *zip(places, ([row] for row in rows), strict=True)]
    return [row for _, some in sorted(held, key=lambda pair: pair[0]) for row in some]


def _joined(parts: list[Columns]) -> list[Batch]:
    """Columns of one schema as one batch, none where there are none."""
    if len(parts) < 2:
        return [Batch.of_arrow(part) for part in parts]
    (table,) = pa.Table.from_batches([part.table for part in parts]).combine_chunks().to_batches()
    null_at = {
        name: pa.concat_arrays(
            [part.null_at.get(name, pa.repeat(pa.scalar(False), part.table.num_rows)) for part in parts]
        )
        for name in dict.fromkeys(name for part in parts for name in part.null_at)
    }
    return [Batch.of_arrow(Columns(table, parts[0].nulls, null_at=null_at))]


class _Fitting:
    """Which rows columns can take without a change, and those as columns."""

    def __init__(self, like: Columns) -> None:
        self._schema = like.table.schema
        self._names = self._schema.names
        self._places = {name: place for place, name in enumerate(self._names)}
        self._missing = like.nulls == "missing"

    def all(self, rows: list[Any]) -> bool:
        """Whether all of the rows fit."""
        return all(self._one(row) for row in rows)

    def columns(self, rows: list[Any]) -> Columns:
        """Rows that fit, as columns."""
        arrays = [pa.array([row.get(field.name) for row in rows], field.type) for field in self._schema]
        null_at = {}
        if self._missing:
            masks = {name: [name in row and row[name] is None for row in rows] for name in self._names}
            null_at = {name: pa.array(mask, pa.bool_()) for name, mask in masks.items() if any(mask)}
        table = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        return Columns(table, "missing" if self._missing else "null", null_at=null_at)

    def _one(self, row: Any) -> bool:
        if type(row) is not dict or not (row if self._missing else len(row) == len(self._names)):
            return False
        last = -1
        for name, value in row.items():
            place = self._places.get(name, -1)
            if place <= last or not (value is None or self._fits(value, self._schema.types[place])):
                return False
            last = place
        return True

    def _fits(self, value: Any, kind: pa.DataType) -> bool:
        """Whether an array of the type has the value as it is, with the reading of nulls."""
        if t.is_list(kind):
            return type(value) is list and all(item is None or self._fits(item, kind.value_type) for item in value)
        if t.is_struct(kind):
            names = [kind.field(place).name for place in range(kind.num_fields)]
            # A member that is missing, or null, may read as the other one.
            return (
                type(value) is dict
                and list(value) == names
                and all(self._fits(part, kind.field(place).type) for place, part in enumerate(value.values()))
            )
        if type(value) not in _SCALARS:
            return False
        if type(value) is Decimal and value.is_finite() and t.is_decimal128(kind):
            return value.as_tuple().exponent == -kind.scale and _has_type(value, kind)
        return _has_type(value, kind) and (type(value) is not str or _is_unicode(value))


_SCALARS = frozenset({str, int, float, bool, bytes, Decimal, dt.date, dt.datetime, dt.time, dt.timedelta})


def _has_type(value: Any, kind: pa.DataType) -> bool:
    try:
        return bool(type_of(value) == kind)
    except Irregular:
        return False


def _is_unicode(text: str) -> bool:
    """Whether the text has no half of a surrogate pair, which no array takes."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
