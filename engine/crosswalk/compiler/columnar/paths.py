"""Paths over columns: names and indexes, paths through lists, and expressions that their language evaluates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...plugin.path import PathForm, Projection
from ..plan_path import PathPlan, Var
from .by_key import extreme_of, ordered
from .column import Column, Frame, Irregular, Items, all_missing, either, repeated, single, taken
from .expressions import compared, evaluated, tested
from .lists import is_list, items_of, kept_offsets, parents_of
from .members import below, emptied
from .names import Languages, column_of, is_over_nodes, is_rows_of_nodes
from .notes import Eval, Note, Unsupported


def path_eval(path: PathPlan, homes: Mapping[str, int], form: PathForm, languages: Languages) -> Eval:
    """What reads a path; raises Unsupported for expressions of which it is not known what they look at.

    `homes`: the number of the context that a variable stands for, by the local that both have in generated code.
    """
    segments: tuple[str | int, ...] = ()
    projection = expression = None
    if is_rows_of_nodes(path, languages):
        if path.compiled is not None or form != "nodes":
            raise Unsupported("the rows of a group are nodes of a document", path.pointer, 'walk them with "each"')
    elif is_over_nodes(path, languages):
        name = column_of(path, form, languages)
        if name is None:
            raise Unsupported(
                f'"{path.text}" is no plain path to nodes inside the record', path.pointer,
                'write a path to elements, attributes or texts of the record, and steps such as "count"',
            )  # fmt: skip
        segments = (name,)
    elif path.compiled is not None:
        projection = path.compiled.projection if path.compiled.segments is None else None
        if path.compiled.segments is None and projection is None:
            expression = path.compiled
            if expression.needs is None or expression.variables:
                raise Unsupported(_reason(path), path.pointer, _ADVICE)
        segments = path.compiled.segments or ()
    elif path.var is None:
        raise Unsupported("an empty path", path.pointer)
    var, empty = path.var, path.empty
    number = path.ctx.id if var is None else homes.get(var.expr)
    own = number if number is not None else id(var)
    is_plain = projection is None and expression is None
    key = (own, segments if is_plain else path.text, empty)

    def base(frame: Frame) -> Column:
        if number is not None:
            return frame.context(number)
        assert var is not None
        return _variable(frame, var)

    def read(frame: Frame) -> Column:
        found = frame.memo.get(key)
        if found is None:
            found = frame.memo[key] = emptied(below(frame.env, base(frame), segments), empty)
        return found

    def search(frame: Frame) -> Column:
        if projection is not None:
            return projected(frame, base(frame), projection)
        assert expression is not None
        return evaluated(frame, base(frame), expression, of_variable=var is not None)

    def held(frame: Frame) -> tuple[Column, Any]:
        """What is found, and where that is not sure: found once where the base stands, for all rows below."""
        known: tuple[Column, Any] | None = frame.memo.get(key)
        if known is not None:
            return known
        is_here = own in (frame.contexts if number is not None else frame.values)
        if is_here or frame.parent is None:
            with frame.overheard() as doubts:
                column = emptied(search(frame), empty)
            known = column, reduce(either, doubts, None)
        else:
            column, unsure = held(frame.parent)
            known = taken(column, frame.parents), None if unsure is None else unsure.take(frame.parents)
        frame.memo[key] = known
        return known

    def sought(frame: Frame) -> Column:
        column, unsure = held(frame)
        frame.doubt(unsure)
        return column

    return read if is_plain else sought


_ADVICE = 'write a plain path and steps, or "each" with "where" for a list'


def _reason(path: PathPlan) -> str:
    return f'"{path.text}" is an expression, not a plain path'


def path_note(path: PathPlan, target: str) -> Note | None:
    """The class of a path that has no kernel, or only a guarded one; None for plain paths."""
    compiled = path.compiled
    if compiled is None or compiled.segments is not None or (compiled.projection is None and compiled.needs is None):
        return None
    if compiled.projection is None:
        return Note(path.pointer, target, "expression", "R", _reason(path), _ADVICE)
    if _has_slow_filter(compiled.projection):
        why = f'the filter in "{path.text}" is asked item by item'
        return Note(path.pointer, target, "expression", "R", why, "compare with a text or a whole number")
    return Note(path.pointer, target, "expression", "G") if _has_keys(compiled.projection) else None


def _has_slow_filter(projection: Projection) -> bool:
    own = projection.where is not None and projection.comparison is None
    return own or any(map(_has_slow_filter, _parts(projection)))


def _has_keys(projection: Projection) -> bool:
    return _has_key(projection) or any(map(_has_keys, _parts(projection)))


def _has_key(projection: Projection) -> bool:
    """Whether the items must have keys that are in order."""
    return projection.order is not None or projection.extreme is not None


def _parts(projection: Projection) -> list[Projection]:
    return [part for part in (projection.base, projection.each) if isinstance(part, Projection)]


def _variable(frame: Frame, var: Var) -> Column:
    held = frame.value(id(var))
    if held is None:
        root = frame.root
        root.values[id(var)] = root.env.variables(var)
        held = frame.value(id(var))
    if held is None:
        raise Irregular
    return held


def projected(frame: Frame, column: Column, projection: Projection) -> Column:
    """The list of what a path through lists finds, or what is asked for of it; missing where there is no list to begin
    with."""
    base, each = projection.base, projection.each
    listed = below(frame.env, column, base) if isinstance(base, tuple) else projected(frame, column, base)
    if _has_key(projection):
        frame.doubt(listed.data.is_null() if is_list(listed) else repeated(True, frame.count))
    if not is_list(listed):
        return all_missing(frame.count)
    items, parents, offsets = items_of(listed)
    if projection.flat and is_list(items):
        items, _, inner = items_of(items)
        offsets = inner.take(offsets)
        parents = parents_of(offsets, frame.count)
    child = Frame(frame.env, len(parents), frame, parents)
    found = below(frame.env, items, each) if isinstance(each, tuple) else projected(child, items, each)
    keep = found.data.is_valid()
    if _has_key(projection) and keep.false_count:
        child.doubt(found.data.is_null())
    if projection.where is not None:
        keep = pc.and_(keep, _passing(child, items, projection))
    if keep.false_count:
        offsets = kept_offsets(offsets, keep)
        found = taken(found, pc.indices_nonzero(keep).cast(pa.int32()))
    found = Column(found.data, None, found.members, found.items, found.source)
    if projection.order is not None:
        found = ordered(frame, found, offsets, projection.order, backwards=projection.backwards)
    if projection.extreme is not None:
        return _ended(frame, extreme_of(frame, found, offsets, projection.extreme), projection)
    there = listed.data.is_valid()
    gone = pc.invert(there) if there.false_count else None
    made = Column(pc.if_else(there, single(True), single(None, pa.bool_())), gone, items=Items(offsets, found))
    return _ended(frame, made, projection) if projection.then else made


def _ended(frame: Frame, made: Column, projection: Projection) -> Column:
    """What is asked for of what was found; null is as good as missing."""
    made = below(frame.env, made, projection.then)
    gone = made.data.is_null() if made.data.null_count else None
    return Column(made.data, gone, made.members, made.items, made.source)


def _passing(frame: Frame, items: Column, projection: Projection) -> Any:
    """A mask of the items that a filter lets through."""
    assert projection.where is not None
    if projection.comparison is not None:
        mask = compared(frame.env, items, projection.comparison)
        if mask is not None:
            return mask
    return tested(frame, items, projection.where)
