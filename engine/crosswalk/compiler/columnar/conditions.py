"""Conditions over columns: masks that are true where a condition holds; what cannot be compared is in doubt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..ops_compare import OPERATORS
from ..plan_step import AllCond, AnyCond, CallStep, CheckStep, Cond, ExprCond, NotCond, OpTest, PathCond
from .column import Column, Frame, both, repeated, rows_mask, single
from .notes import Eval, Test
from .values import values_of

KERNELS: dict[str, Callable[..., Any]] = {
    "eq": pc.equal,
    "ne": pc.not_equal,
    "gt": pc.greater,
    "gte": pc.greater_equal,
    "lt": pc.less,
    "lte": pc.less_equal,
}
"""By operator, of two arrays or an array and a scalar of one type."""
EXACT = 2**53
"""Below this an integer and a float compare alike as floats."""
Compare = Callable[[Frame, Column], Any]
Cast = Callable[[Frame, Column], Column]


class CondBuilder:
    """Builds masks of conditions. `path` reads paths, `cast` builds the step of a `cast`."""

    def __init__(self, path: Callable[[Any], Eval], cast: Callable[[CallStep], Cast]) -> None:
        self._path = path
        self._cast = cast

    def cond(self, cond: Cond) -> Test:
        """The mask of a condition; raises Unsupported."""
        if isinstance(cond, PathCond):
            read = self._path(cond.path)
            cast = self._cast(cond.cast) if cond.cast is not None else None
            holds = self.all_of(cond.tests, cast)

            def path_cond(frame: Frame) -> Any:
                column = read(frame)
                return holds(frame, cast(frame, column) if cast is not None else column)

            return path_cond
        if isinstance(cond, AllCond):
            return _chain([self.cond(part) for part in cond.parts], every=True)
        if isinstance(cond, AnyCond):
            return _chain([self.cond(part) for part in cond.parts], every=False)
        if isinstance(cond, NotCond):
            inner = self.cond(cond.part)
            return lambda frame: pc.invert(inner(frame))
        assert isinstance(cond, ExprCond)
        read = self._path(cond.path)

        def expr(frame: Frame) -> Any:
            found = read(frame)
            data = found.data
            if pa.types.is_null(data.type):
                return repeated(False, frame.count)
            # The data of an object or list that was made is true where there is one.
            if not pa.types.is_boolean(data.type) or found.members is not None or found.items is not None:
                frame.doubt(data.is_valid())
                return repeated(False, frame.count)
            return data.fill_null(False)

        return expr

    def check(self, step: CheckStep) -> Compare:
        """The mask of a check's tests."""
        return self.all_of(step.tests, None)

    def all_of(self, tests: list[OpTest], cast: Cast | None) -> Compare:
        """The mask of several tests of one value."""
        built = [self._test(test, cast) for test in tests]

        def holds(frame: Frame, column: Column) -> Any:
            found = None
            for test in built:
                with _only(frame, found):
                    made = test(frame, column)
                found = both(found, made)
            return repeated(True, frame.count) if found is None else found

        return holds

    def _test(self, test: OpTest, cast: Cast | None) -> Compare:
        op, operand = test.op, test.operand
        if op == "present":
            return lambda frame, column: column.data.is_valid() if operand else column.data.is_null()
        if op == "missing":
            return lambda frame, column: _missing(frame, column) if operand else pc.invert(_missing(frame, column))
        if test.path is not None:
            read = self._path(test.path)

            def against(frame: Frame, column: Column) -> Any:
                other = read(frame)
                other = cast(frame, other) if cast is not None else other
                if op in KERNELS and column.data.type == other.data.type and _ordered(column.data.type):
                    result = KERNELS[op](column.data, other.data)
                    if result.null_count == 0:
                        return result
                return _by_value(frame, op, column, values_of(frame.env, other))

            return against
        return lambda frame, column: _constant(frame, op, column, operand)


@contextmanager
def _only(frame: Frame, mask: Any) -> Any:
    active = frame.active
    frame.active = both(active, mask)
    try:
        yield
    finally:
        frame.active = active


def _chain(parts: list[Test], *, every: bool) -> Test:
    def test(frame: Frame) -> Any:
        found = None
        for part in parts:
            # The parts after one that decides are not looked at.
            with _only(frame, found if every or found is None else pc.invert(found)):
                made = part(frame)
            found = made if found is None else pc.and_(found, made) if every else pc.or_(found, made)
        return repeated(every, frame.count) if found is None else found

    return test


def _missing(frame: Frame, column: Column) -> Any:
    return repeated(False, frame.count) if column.missing is None else column.missing


def _ordered(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_int64(kind) or pa.types.is_date32(kind) or pa.types.is_decimal(kind)
    )


def _constant(frame: Frame, op: str, column: Column, operand: Any) -> Any:
    data = column.data
    kind = data.type
    if column.members is None and column.items is None:
        if pa.types.is_null(kind):
            return _by_value(frame, op, column, [operand] * frame.count)
        if pa.types.is_string(kind):
            found = _of_text(op, data, operand)
        elif _comparable(kind, operand) and op in (("eq", "ne") if type(operand) is bool else KERNELS):
            found = KERNELS[op](data, single(operand))
        else:
            found = None
        if found is not None:
            return found.fill_null(op == "ne") if found.null_count else found
        if kind == pa.string() or pa.types.is_int64(kind):
            return _by_distinct(frame, op, column, operand)
    return _by_value(frame, op, column, [operand] * frame.count)


def _of_text(op: str, data: Any, operand: Any) -> Any:
    """The mask for texts, null where there is none; None when no kernel is sure."""
    if op == "in" and isinstance(operand, list) and operand and all(type(item) is str for item in operand):
        return pc.if_else(data.is_valid(), pc.is_in(data, value_set=pa.array(operand, pa.string())), False)
    if type(operand) is not str:
        return None
    if op in KERNELS:
        # UTF-8 sorts by code points, as Python does.
        return KERNELS[op](data, pa.scalar(operand, pa.string()))
    if op == "starts_with":
        return pc.starts_with(data, operand)
    if op == "ends_with":
        return pc.ends_with(data, operand)
    if op == "contains":
        return pc.match_substring(data, operand)
    return None


def _comparable(kind: Any, operand: Any) -> bool:
    if type(operand) in (int, float):
        # Up to 2**53 an integer and a float compare alike as floats.
        return bool(pa.types.is_int64(kind) or pa.types.is_float64(kind)) and abs(operand) < EXACT
    if type(operand) is bool:
        return bool(pa.types.is_boolean(kind))
    return type(operand) is dt.date and bool(pa.types.is_date32(kind))


def _by_distinct(frame: Frame, op: str, column: Column, operand: Any) -> Any:
    coded = column.data.dictionary_encode()
    values = coded.dictionary.to_pylist()
    holds, failed = _judged(op, values, [operand] * len(values))
    if failed:
        frame.doubt(pc.is_in(coded.indices, value_set=pa.array(failed, coded.indices.type)))
    absent = _judged(op, [None], [operand])[0][0]
    if column.missing is not None and op == "type":
        return _by_value(frame, op, column, [operand] * frame.count)
    return pa.array(holds, pa.bool_()).take(coded.indices).fill_null(absent)


def _by_value(frame: Frame, op: str, column: Column, operands: list[Any]) -> Any:
    holds, failed = _judged(op, values_of(frame.env, column), operands)
    if failed:
        frame.doubt(rows_mask(failed, frame.count))
    return pa.array(holds, pa.bool_())


def _judged(op: str, values: list[Any], operands: list[Any]) -> tuple[list[bool], list[int]]:
    compare = OPERATORS[op]
    found: list[bool] = []
    failed: list[int] = []
    for row, (value, operand) in enumerate(zip(values, operands, strict=True)):
        try:
            found.append(bool(compare(value, operand)))
        except Exception:
            found.append(False)
            failed.append(row)
    return found, failed
