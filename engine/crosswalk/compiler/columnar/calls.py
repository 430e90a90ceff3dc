"""Resolvers over columns: by their kernel, once per distinct value, or value by value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import ConnectorError
from ...plugin.resolver import Resolver
from ...plugin.vector_form import python_type
from ...values import MISSING
from ..ops_value import accept, fresh
from ..plan_step import CallStep
from ..plan_step import Step as PlanStep
from .column import Column, Env, Frame, Irregular, either, some
from .from_python import column_of
from .lists import list_array
from .notes import Kind
from .odd_values import column_beside
from .values import each_of, values_of

_SAMPLE = 1_000
_FEW = 0.5
"""Above this share of distinct values, a dictionary costs more than it saves."""

Step = Callable[[Frame, Column], Column]
Bound = Callable[[Env], Callable[..., Any]]


def call(step: CallStep) -> tuple[Step, Kind]:
    """What applies a resolver with constant arguments to a column, and its class."""
    resolver = step.resolver
    function = _bound(step)
    slow = _by_value(resolver, function)
    if resolver.null == "aware" and resolver.vector is not None:
        return _by_kernel(resolver, step.args, slow), "G"
    if resolver.null == "aware" or not resolver.takes_input:
        return slow, "R"
    if resolver.vector is None:
        return _skipping(step, _by_distinct(resolver, function, slow)), "D"
    return _skipping(step, _by_kernel(resolver, step.args, _by_distinct(resolver, function, slow))), "G"


def together(steps: Sequence[PlanStep], first: Callable[[Any], Any] | None = None) -> tuple[Step, int] | None:
    """What puts each value through `first`, if it is given, and the leading resolvers, and how many steps these are;
    None for fewer than two."""
    calls: list[CallStep] = []
    for step in steps[first is not None :]:
        if not isinstance(step, CallStep) or step.refs or step.guarded or not step.resolver.takes_input:
            break
        calls.append(step)
    count = len(calls) + (first is not None)
    if count < 2:
        return None
    bound = [(step.resolver, _bound(step)) for step in calls]

    def through(frame: Frame, column: Column) -> Column:
        values, failed = values_of(frame.env, column), list[int]()
        if first is not None:
            values, failed = each_of(first, values)
        for resolver, function in bound:
            values, more = _results(resolver, function(frame.env), values, aware=resolver.null == "aware")
            failed += more
        return column_beside(frame, values, failed)

    return through, count


def _bound(step: CallStep) -> Bound:
    """The resolver's function with its arguments, for the run at hand."""
    if not step.resolver.run:
        return lambda env: step.bound
    if step.resolver.takes_input:
        return lambda env: lambda value: step.bound(value, run=env.run)
    return lambda env: lambda: step.bound(run=env.run)


def _skipping(step: CallStep, inner: Step) -> Step:
    accepts = step.resolver.accepts

    def apply(frame: Frame, column: Column) -> Column:
        if column.items is None and column.members is None:
            if pa.types.is_null(column.data.type):
                return column
            if step.guarded and accepts is not None and python_type(column.data.type) not in accepts:
                return column
        elif step.guarded and accepts is not None and (list if column.items is not None else dict) not in accepts:
            return column
        return inner(frame, column)

    return apply


def _by_kernel(resolver: Resolver, args: dict[str, Any], otherwise: Step) -> Step:
    accepts, vector = resolver.accepts, resolver.vector
    assert vector is not None

    def apply(frame: Frame, column: Column) -> Column:
        data = column.data if column.items is None else list_array(column, shallow=resolver.shallow)
        if data is None or column.members is not None:
            return otherwise(frame, column)
        if accepts is not None and python_type(data.type) not in accepts:
            return otherwise(frame, column)
        try:
            found = vector(data, **args)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return otherwise(frame, column)  # no kernel for the type, or a value that none takes
        if found is NotImplemented:
            return otherwise(frame, column)
        result, sure, *more = found
        if sure is not None:
            bad = pc.invert(sure.fill_null(False) if sure.null_count else sure)
            frame.doubt(bad if resolver.null == "aware" else pc.and_(data.is_valid(), bad))
            if bad.true_count and not pa.types.is_null(result.type):
                # What it is not sure of may be no value of Python's, which a later step would stumble over.
                result = pc.if_else(bad, pa.scalar(None, result.type), result)
        gone = more[0] if more and some(more[0]) else None
        return Column(result, either(column.missing, gone) if resolver.null != "aware" else gone)

    return apply


def _by_distinct(resolver: Resolver, function: Bound, otherwise: Step) -> Step:
    def apply(frame: Frame, column: Column) -> Column:
        data = column.data
        kind = data.type
        if column.items is not None or column.members is not None or not _is_plain(kind) or not _repeats(data):
            return otherwise(frame, column)
        coded = data.dictionary_encode()
        values, failed = _results(resolver, function(frame.env), coded.dictionary.to_pylist())
        try:
            made = column_of(values)
        except Irregular:
            return otherwise(frame, column)
        places = coded.indices
        if failed:
            bad = pc.is_in(places, value_set=pa.array(failed, places.type))
            frame.doubt(bad)
        missing = None if made.missing is None else made.missing.take(places).fill_null(False)
        return Column(made.data.take(places), either(column.missing, missing))

    return apply


def _is_plain(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_int64(kind) or pa.types.is_date32(kind))


def _repeats(data: Any) -> bool:
    if len(data) < 16:
        return True
    sample = data.slice(0, _SAMPLE)
    return bool(pc.count_distinct(sample).as_py() <= _FEW * len(sample))


def _by_value(resolver: Resolver, function: Bound) -> Step:
    aware = resolver.null == "aware"

    def apply(frame: Frame, column: Column) -> Column:
        if not resolver.takes_input:
            values, failed = _made(function(frame.env), frame.count)
        else:
            given = values_of(frame.env, column)
            values, failed = _results(resolver, function(frame.env), given, aware=aware)
        return column_beside(frame, values, failed)

    return apply


def _results(
    resolver: Resolver, function: Callable[[Any], Any], given: list[Any], *, aware: bool = False
) -> tuple[list[Any], list[int]]:
    """The results, None in place of failures, and where those are."""
    accepts, name = resolver.accepts, resolver.name
    found: list[Any] = []
    failed: list[int] = []
    for row, value in enumerate(given):
        if not aware and (value is None or value is MISSING):
            found.append(value)
            continue
        try:
            if accepts is not None and type(value) not in accepts and value is not None and value is not MISSING:
                value = accept(value, accepts, name)
            found.append(fresh(function(value)))
        except ConnectorError:
            raise
        except Exception:
            # Bad data or a plugin's mistake: the row function reports either with its place.
            found.append(None)
            failed.append(row)
    return found, failed


def _made(function: Callable[[], Any], count: int) -> tuple[list[Any], list[int]]:
    found: list[Any] = []
    failed: list[int] = []
    for row in range(count):
        try:
            found.append(function())
        except ConnectorError:
            raise
        except Exception:
            found.append(None)
            failed.append(row)
    return found, failed
