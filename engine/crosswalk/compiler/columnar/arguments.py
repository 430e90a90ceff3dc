"""Resolvers with arguments that differ by record: called for every value, with what the paths of the arguments give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.compute as pc

from ...errors import ConnectorError
from ...values import MISSING
from ..ops_value import accept, fresh
from ..plan_path import PathPlan
from ..plan_step import CallStep
from .arithmetic import kernel_of
from .calls import Step
from .column import Column, Frame
from .notes import Eval
from .odd_values import column_beside
from .values import values_of


def call_with_arguments(step: CallStep, path: Callable[[Any], Eval]) -> Step:
    """What applies the resolver; records of which it fails, or an argument is not there, are left to their row."""
    resolver = step.resolver
    reads = {name: _reads(ref, path) for name, ref in step.refs.items()}
    aware, accepts = resolver.null == "aware", resolver.accepts

    def apply(frame: Frame, column: Column) -> Column:
        run = {"run": frame.env.run} if resolver.run else {}
        given = {name: read(frame) for name, read in reads.items()}
        found: list[Any] = []
        failed: list[int] = []
        for row, value in enumerate(values_of(frame.env, column)):
            args = {name: next(values) for name, values in given.items()}
            if not aware and (value is None or value is MISSING):
                found.append(value)
                continue
            try:
                if not aware and any(one is None or one is MISSING for one in args.values()):
                    raise ValueError
                if accepts is not None and type(value) not in accepts and value is not None and value is not MISSING:
                    value = accept(value, accepts, resolver.name)
                if resolver.factory:
                    made = resolver.function(**args, **step.args)(value, **run)
                else:
                    made = resolver.function(value, **args, **step.args, **run)
                found.append(fresh(made))
            except ConnectorError:
                raise
            except Exception:
                found.append(None)
                failed.append(row)
        return column_beside(frame, found, failed)

    return apply


def calculated(step: CallStep, path: Callable[[Any], Eval], op: str) -> Step:
    """The same for a resolver that calculates with one argument, by a kernel where it suffices."""
    (ref,) = step.refs.values()
    read, calculate, slow = path(ref), kernel_of(op), call_with_arguments(step, path)

    def apply(frame: Frame, column: Column) -> Column:
        other = read(frame)
        made = None
        if not any(one.members is not None or one.items is not None for one in (column, other)):
            made = calculate(column.data, other.data)
        if made is None:
            return slow(frame, column)
        data, unsure = made
        if other.data.null_count:
            frame.doubt(pc.and_(column.data.is_valid(), other.data.is_null()))
        frame.doubt(unsure)
        return Column(data, column.missing)

    return apply


def _reads(ref: PathPlan | list[Any], path: Callable[[Any], Eval]) -> Callable[[Frame], Iterator[Any]]:
    """What gives the argument of each row."""
    if isinstance(ref, PathPlan):
        read = path(ref)
        return lambda frame: iter(values_of(frame.env, read(frame)))
    parts = [_reads(part, path) if isinstance(part, PathPlan) else _constant(part) for part in ref]

    def lists(frame: Frame) -> Iterator[Any]:
        held = [part(frame) for part in parts]
        return ([next(values) for values in held] for _ in range(frame.count))

    return lists


def _constant(value: Any) -> Callable[[Frame], Iterator[Any]]:
    return lambda frame: iter([value] * frame.count)
