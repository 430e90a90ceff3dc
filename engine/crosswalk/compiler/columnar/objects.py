"""Objects that a mapping makes, fragments, and choices between fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from ..plan import Array, Field, Object, Switch, Use
from .added import adding
from .column import Column, Frame, Items, both, either, repeated, single, some, taken
from .frames import only
from .lists import kept_offsets, offsets_of
from .mixing import joined, merged
from .notes import Eval, Note

if TYPE_CHECKING:
    from .fields import FieldBuilder


def object_eval(build: FieldBuilder, obj: Object, *, keep_empty: bool = False) -> Eval:
    """An object of members; missing when it has none, unless `keep_empty`."""
    add = adding(obj, build.field(obj.spread) if obj.spread is not None else None)
    members: list[tuple[str, Eval]] = []
    for name, member in obj.members:
        made = object_eval(build, member) if isinstance(member, Object) else build.field(member)
        members.append((name, made))

    def compute(frame: Frame) -> Column:
        made = [(name, value(frame)) for name, value in members]
        if build.missing_as_null:
            made = [(name, Column(c.data, None, c.members, c.items, c.source)) for name, c in made]
        if add is not None:
            made = add(frame, made)
        gone = None
        if not keep_empty and all(column.missing is not None for _, column in made):
            for _, column in made:
                gone = both(gone, column.missing)
        there = repeated(True, frame.count)
        if not some(gone) and made:
            return Column(there, None, made)
        gone = gone if made else repeated(True, frame.count)
        return Column(pc.if_else(gone, single(None, pa.bool_()), there), gone, made)

    return compute


def use_eval(build: FieldBuilder, origin: Use) -> Eval:
    """A fragment, at the value of a path where it says one: missing where that is missing or null."""
    if origin.at is None:
        lets, body = build.lets(origin.let), object_eval(build, origin.body)
        return lambda frame: _after(lets, body, frame)
    at, number = origin.at, origin.ctx.id
    read = build.path(replace(at, empty="missing" if at.empty == "missing" else "keep"), "node")
    build.homes[origin.ctx.local] = number
    lets, body = build.lets(origin.let), object_eval(build, origin.body)

    def compute(frame: Frame) -> Column:
        column = frame.contexts[number] = read(frame)
        there = column.data.is_valid()
        if at.empty == "null" and t.is_string(column.data.type):
            frame.doubt(pc.equal(column.data, single("")))
        with only(frame, there):
            made = _after(lets, body, frame)
        if there.true_count == frame.count:
            return made
        gone = either(pc.invert(there), made.missing)
        return Column(pc.if_else(gone, single(None, made.data.type), made.data), gone, made.members, made.items)

    return compute


def _after(first: Callable[[Frame], None], then: Eval, frame: Frame) -> Column:
    first(frame)
    return then(frame)


def array_eval(build: FieldBuilder, origin: Array) -> Eval:
    """A list of fixed length: an item that is missing is null in it, or left out when it is compact."""
    items = [build.field(item) for item in origin.items]

    def compute(frame: Frame) -> Column:
        size = len(items)
        if not size:
            nothing = pa.array([0] * (frame.count + 1), pa.int32())
            return Column(repeated(True, frame.count), items=Items(nothing, Column(pa.nulls(0))))
        both_ways = joined([item(frame) for item in items])
        everyone = pa.array(range(frame.count * size), pa.int32())
        row = pc.divide(everyone, single(size, pa.int32()))
        item = pc.subtract(everyone, pc.multiply(row, single(size, pa.int32())))
        places = pc.add(pc.multiply(item, single(frame.count, pa.int32())), row)
        values = taken(both_ways, places)
        offsets = offsets_of(repeated(size, frame.count))
        if origin.compact:
            keep = values.data.is_valid()
            offsets, values = kept_offsets(offsets, keep), taken(values, pc.indices_nonzero(keep).cast(pa.int32()))
        values.missing = None
        return Column(repeated(True, frame.count), items=Items(offsets, values))

    return compute


def switch_eval(build: FieldBuilder, origin: Switch, field: Field) -> Eval:
    """The field of the first case that holds."""
    cases = [(build.conds.cond(cond), build.field(then)) for cond, then in origin.cases]
    otherwise = build.field(origin.otherwise) if origin.otherwise is not None else None
    build.notes.append(Note(field.pointer, field.target, "switch", "V"))

    def compute(frame: Frame) -> Column:
        open_ = None
        chosen: list[tuple[Any, Eval]] = []
        for test, then in cases:
            with only(frame, open_):
                mask = both(open_, test(frame))
            chosen.append((mask, then))
            open_ = both(open_, pc.invert(mask))
        return chosen_column(frame, chosen, otherwise)

    return compute


def chosen_column(frame: Frame, cases: list[tuple[Any, Eval]], otherwise: Eval | None) -> Column:
    """The column of the first case whose mask holds; each is computed where it counts only."""
    rest = None
    columns: list[tuple[Any, Column]] = []
    for mask, value in cases:
        rest = both(rest, pc.invert(mask))
        if mask.true_count:
            with only(frame, mask):
                columns.append((mask, value(frame)))
    last = Column(pa.nulls(frame.count), repeated(True, frame.count))
    if otherwise is not None and (rest is None or rest.true_count):
        with only(frame, rest):
            last = otherwise(frame)
    return merged(frame, columns, last)
