"""Expressions over columns: their language evaluates them, on Python values of what they look at and no more."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.types as t

from ...errors import ConnectorError
from ...plugin.path import Comparison, CompiledPath, Needs
from ...values import MISSING
from .column import Column, Env, Frame, Irregular, repeated, rows_mask, single, some, taken
from .conditions import EXACT, KERNELS
from .lists import is_list, items_of
from .members import below
from .odd_values import column_beside
from .values import values_of

_AT_ONCE = 1_000
"""So many rows are Python values at a time: more of them would keep the collector of garbage busy."""


def evaluated(frame: Frame, column: Column, path: CompiledPath, *, of_variable: bool) -> Column:
    """The value of each row, records of which the evaluation fails left to their row; `of_variable`: what is missing
    stays so."""
    values, failed = _values(frame, column, path, of_variable)
    made = column_beside(frame, values, failed)
    # Paths may lead on into what is found, but where a null would read as a missing member.
    made.source = not frame.env.nulls_are_missing
    return made


def tested(frame: Frame, column: Column, path: CompiledPath) -> Any:
    """A mask of the rows for which the condition of a filter holds."""
    values, failed = _values(frame, column, path, False)
    if failed:
        frame.doubt(rows_mask(failed, frame.count))
    return pa.array([value is True for value in values], pa.bool_())


def compared(env: Env, column: Column, comparison: Comparison) -> Any:
    """The same for a comparison, by a kernel; None where none is sure."""
    found, op, constant = below(env, column, comparison.path), comparison.op, comparison.constant
    kind, ordered = found.data.type, op not in ("eq", "ne")
    if found.members is not None or found.items is not None or kind.num_fields:
        return None
    if t.is_string(kind) if type(constant) is str else t.is_int64(kind) or t.is_float64(kind):
        if type(constant) is int and abs(constant) >= EXACT:
            return None
        if ordered and type(constant) is str:
            return repeated(False, len(found.data))
        return KERNELS[op](found.data, single(constant)).fill_null(op == "ne")
    return None


def _values(frame: Frame, column: Column, path: CompiledPath, of_variable: bool) -> tuple[list[Any], list[int]]:
    """What the path gives for each row, None where it fails, and where it does."""
    found: list[Any] = []
    failed: list[int] = []
    for start in range(0, frame.count, _AT_ONCE):
        part = _sliced(column, start, min(_AT_ONCE, frame.count - start))
        found += _evaluated(frame.env, part, path, of_variable, failed, start)
    return found, failed


def _sliced(column: Column, start: int, count: int) -> Column:
    if column.members is not None or column.items is not None:
        return taken(column, pa.array(range(start, start + count), pa.int32()))
    missing = None if column.missing is None else column.missing.slice(start, count)
    return Column(column.data.slice(start, count), missing, source=column.source)


def _evaluated(
    env: Env, column: Column, path: CompiledPath, of_variable: bool, failed: list[int], start: int
) -> list[Any]:
    assert path.needs is not None
    evaluate, nothing = path.value, dict[str, Any]()
    given = _seen(env, column, path.needs, of_list=False)
    if not (of_variable and some(column.missing)):
        try:
            return [evaluate(value, nothing) for value in given]
        except ConnectorError:
            raise
        except Exception:
            pass  # below, each by itself
    found: list[Any] = []
    for row, value in enumerate(given, start):
        if of_variable and value is MISSING:
            found.append(MISSING)
            continue
        try:
            found.append(evaluate(value, nothing))
        except ConnectorError:
            raise
        except Exception:
            # Bad data or a plugin's mistake: the row function reports either with its place.
            found.append(None)
            failed.append(row)
    return found


def _seen(env: Env, column: Column, needs: Needs, *, of_list: bool) -> list[Any]:
    """The values with the members that are looked at; `of_list`: they are items of lists."""
    if needs.whole:
        return values_of(env, column)
    data = column.data
    if is_list(column):
        items, _, offsets = items_of(column)
        if not (needs.sizes or needs.members or items.data.null_count or is_list(items)):
            # No more is asked than how many they are.
            return _placed(column, [[True] * (end - start) for start, end in pairwise(offsets.to_pylist())])
        values = _seen(env, items, needs, of_list=True)
        return _placed(column, [values[start:end] for start, end in pairwise(offsets.to_pylist())])
    if column.members is None and not t.is_struct(data.type):
        return values_of(env, column)
    if needs.sizes if of_list else needs.size:
        raise Irregular  # members that are missing would count
    columns = [(name, below(env, column, (name,)), inner) for name, inner in needs.members.items()]
    members = [(name, _seen(env, member, inner, of_list=False)) for name, member, inner in columns]
    even = not any(some(member.missing) for _, member, _ in columns)
    return _placed(column, _objects(members, len(data), even=even))


def _objects(members: list[tuple[str, list[Any]]], count: int, *, even: bool) -> list[Any]:
    """An object of the members for each row; `even`: none of them is missing."""
    if not even:
        return [{name: values[row] for name, values in members if values[row] is not MISSING} for row in range(count)]
    if len(members) == 1:
        ((name, values),) = members
        return [{name: value} for value in values]
    if len(members) == 2:
        (one, left), (other, right) = members
        return [{one: a, other: b} for a, b in zip(left, right, strict=True)]
    names = [name for name, _ in members]
    if not names:
        return [{} for _ in range(count)]
    return [dict(zip(names, row, strict=True)) for row in zip(*(values for _, values in members), strict=True)]


def _placed(column: Column, values: list[Any]) -> list[Any]:
    """The values, but None and MISSING where the column is null."""
    if not column.data.null_count:
        return values
    there = column.data.is_valid().to_pylist()
    gone = [False] * len(values) if column.missing is None else column.missing.to_pylist()
    return [value if held else MISSING if lost else None for value, held, lost in zip(values, there, gone, strict=True)]
