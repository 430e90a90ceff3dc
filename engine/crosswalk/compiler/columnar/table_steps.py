"""`map` and `lookup` over columns: the values of a table, put in the places of their keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...lean import lean_dataclass
from ...values import MISSING, text_of
from ..ops_value import fresh
from ..plan_step import LookupStep, MapStep
from ..tables import key_text, row_value
from .calls import Step
from .column import Column, Frame, Irregular, either, rows_mask, single, some, taken
from .from_python import objects_of, type_of
from .notes import Eval
from .values import texts_of, values_of

_ANY, _NONE = 0, -1
"""The kinds of null and missing, which any column holds, and of what no column holds."""


@lean_dataclass(frozen=True)
class TableStep:
    """A table by texts, or by several each. `otherwise`: what stands for other texts, which are in doubt where it is
    `strict`."""

    table: dict[Any, Any]
    text: Callable[[Any], Any]
    otherwise: Any
    strict: bool

    @classmethod
    def of(cls, step: MapStep | LookupStep) -> TableStep:
        """The table of a step."""
        if isinstance(step, MapStep):
            otherwise = step.otherwise if step.has_else else MISSING
            return cls(dict(step.table), text_of, otherwise, not step.has_else)
        rows = step.table.rows
        values = {key: row_value(row, step.returns) for key, row in rows.items()}
        absent = None if step.on_missing == "null" else MISSING
        return cls(values, key_text, absent, step.on_missing == "error")

    @property
    def has_several(self) -> bool:
        """Whether a key is of several texts."""
        return not all(isinstance(key, str) for key in self.table)

    @property
    def values(self) -> list[Any]:
        """The values in the order of the keys, and what stands for other texts."""
        return [*self.table.values(), self.otherwise]

    def find(self, value: Any) -> Any:
        """What one value gives; raises LookupError where that is an error."""
        key = self.text(value)
        if self.strict and key not in self.table:
            raise LookupError
        return fresh(self.table.get(key, self.otherwise))


def table_step(table: TableStep) -> tuple[Step, bool]:
    """What looks the values of a column up, and whether those found are of several types: then those of another type
    than most are in doubt."""
    parts, kinds = _by_kind(table.values)
    known = pa.array(list(table.table), pa.string())
    last = len(table.table)

    def apply(frame: Frame, given: Column) -> Column:
        data = given.data
        if pa.types.is_null(data.type):
            return given
        if not pa.types.is_string(data.type):
            data = texts_of(frame, given, table.text)
        places = pc.index_in(data, value_set=known, skip_nulls=True)
        unknown = pc.and_(places.is_null(), data.is_valid())
        if unknown.true_count:
            if table.strict:
                frame.doubt(unknown)
            else:
                places = pc.if_else(unknown, pa.scalar(last, pa.int32()), places)
        found = _found(frame, parts, kinds, places)
        found.missing = either(given.missing, found.missing)
        return found

    return apply, kinds is not None


def several_keys(table: TableStep, keys: list[Eval]) -> Eval:
    """What looks up the values of several columns at once, row by row."""
    parts, kinds = _by_kind(table.values)
    known = {key: place for place, key in enumerate(table.table)}
    last = None if table.strict else len(known)

    def compute(frame: Frame) -> Column:
        given = [values_of(frame.env, key(frame)) for key in keys]
        places: list[int | None] = []
        failed: list[int] = []
        for row, values in enumerate(zip(*given, strict=True)):
            try:
                # What is missing is null in a list.
                place = known.get(table.text([None if value is MISSING else value for value in values]), last)
            except Exception:
                place = None
            places.append(place)
            if place is None:
                failed.append(row)
        if failed:
            frame.doubt(rows_mask(failed, frame.count))
        return _found(frame, parts, kinds, pa.array(places, pa.int32()))

    return compute


def _found(frame: Frame, parts: list[Column], kinds: Any, places: Any) -> Column:
    """The values at the places, null where there is none."""
    column = parts[0] if kinds is None else _most(frame, parts, kinds.take(places))
    missing = None if column.missing is None else column.missing.take(places).fill_null(False)
    found = taken(column, places)
    found.missing = missing if some(missing) else None
    return found


def _by_kind(values: list[Any]) -> tuple[list[Column], Any]:
    """The values as a column; where they are of several types as one for each (null where a value is of another), with
    the number of each value's, from 1."""
    try:
        return [objects_of(values)], None
    except Irregular:
        pass
    numbers: dict[Any, int] = {}
    kinds = [_ANY if value is None or value is MISSING else _number(numbers, value) for value in values]
    columns = []
    for number in numbers.values():
        own = [value if kind in (_ANY, number) else None for value, kind in zip(values, kinds, strict=True)]
        try:
            columns.append(objects_of(own))
        except Irregular:
            columns.append(Column(pa.nulls(len(values))))
            kinds = [_NONE if kind == number else kind for kind in kinds]
    if not columns:
        columns.append(objects_of([value if kind == _ANY else None for value, kind in zip(values, kinds, strict=True)]))
    return columns, pa.array(kinds, pa.int64())


def _number(numbers: dict[Any, int], value: Any) -> int:
    try:
        kind = dict if isinstance(value, dict) else type_of(value)
    except Irregular:
        return _NONE
    return numbers.setdefault(kind, 1 + len(numbers))


def _most(frame: Frame, parts: list[Column], kinds: Any) -> Column:
    """The column of the kind that most rows have; the others are in doubt, but for those that it holds as well."""
    counts = {pair["values"]: pair["counts"] for pair in pc.value_counts(kinds).to_pylist()}
    most = max((kind for kind in counts if kind is not None and kind > _ANY), key=counts.__getitem__, default=_ANY)
    frame.doubt(pc.and_(pc.not_equal(kinds, single(most)), pc.not_equal(kinds, single(_ANY))))
    return parts[max(most - 1, 0)]
