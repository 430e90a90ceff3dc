"""Iterations over columns: the loops of `each` and `explode`, and the lists that `each` makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from ..ops_iterate import MAX_REPEAT
from ..plan import Each, Loop, Object
from ..plan_path import PathPlan
from .codes import codes_of, first_of_each
from .column import Column, Frame, Irregular, Walked, repeated, single, taken
from .entries import entries_of, variables_of
from .frames import kept, picked, places_within, with_empty
from .lists import items_of, list_column, offsets_of, parents_of
from .members import emptied
from .notes import Eval, Note, Unsupported

if TYPE_CHECKING:
    from .fields import FieldBuilder

Walk = Callable[[Frame], tuple[Frame, Any]]
"""The frame of the items below the rows of a frame, and their offsets by row."""

_MOST_ITEMS = 50_000_000


def loop_walk(build: FieldBuilder, loop: Loop) -> Walk:
    """What walks one level; raises Unsupported."""
    if loop.zip:
        items = _zipped(build, loop)
    elif loop.path is None:
        raise Unsupported("a loop without a path", loop.pointer)
    else:
        items = entries_of(build, loop) if loop.entries else _listed(build.path(loop.path, "nodes"))
    number = loop.item.id
    build.homes[loop.item.local] = number
    where = build.conds.cond(loop.where) if loop.where is not None else None
    repeat = build.path(loop.repeat) if loop.repeat is not None else None
    counters = variables_of(loop)

    def walk(frame: Frame) -> tuple[Frame, Any]:
        found = items(frame)
        offsets = found.offsets
        child = Frame(frame.env, len(found.parents), frame, found.parents)
        child.contexts[number] = found.values
        if loop.entries:
            child.values.update(found.variables)
        elif counters:
            child.values.update(dict.fromkeys(counters, Column(places_within(offsets, found.parents))))
        if where is not None:
            child, offsets = kept(child, offsets, where(child))
        if repeat is not None:
            child, offsets = _again(child, offsets, repeat(child))
        if loop.limit is not None:
            child, offsets = _first(child, offsets, frame.count, loop.limit)
        if loop.outer:
            child, offsets = with_empty(frame, child, offsets, ({number}, counters))
        return child, offsets

    return walk


def _listed(read: Eval) -> Callable[[Frame], Walked]:
    return lambda frame: Walked(*items_of(read(frame)))


def _zipped(build: FieldBuilder, loop: Loop) -> Callable[[Frame], Walked]:
    """Parallel lists as objects; where they are of unlike length and must not be, the rows are in doubt."""
    reads = [(name, build.path(path, "values"), path) for name, path in loop.zip]

    def items(frame: Frame) -> Walked:
        lists = [(name, *_items_as_read(read(frame), path)) for name, read, path in reads]
        lengths = [pc.subtract(offsets[1:], offsets[:-1]) for _, _, offsets in lists]
        sizes = lengths[0]
        for other in lengths[1:]:
            if loop.uneven == "error":
                frame.doubt(pc.not_equal(sizes, other))
            if loop.uneven == "pad":
                sizes = pc.max_element_wise(sizes, other)
            else:
                sizes = pc.min_element_wise(sizes, other)
        ends = offsets_of(sizes)
        parents = parents_of(ends, frame.count)
        within = places_within(ends, parents).cast(pa.int32())
        members = []
        for (name, values, offsets), length in zip(lists, lengths, strict=True):
            places = pc.add(offsets.take(parents), within)
            there = pc.less(within, length.take(parents))
            members.append((name, taken(values, pc.if_else(there, places, single(None, pa.int32())))))
        return Walked(Column(repeated(True, len(parents)), None, members), parents, ends)

    return items


def _items_as_read(column: Column, path: PathPlan) -> tuple[Column, Any]:
    """The items and their offsets, with what an empty text among them means."""
    values, _, offsets = items_of(column)
    return emptied(values, path.empty), offsets


def _again(child: Frame, offsets: Any, times: Column) -> tuple[Frame, Any]:
    """Each item as often as its count says; where that is no count, it is in doubt."""
    counts = repeated(0, child.count)
    if t.is_int64(times.data.type):
        bad = pc.greater(times.data, single(MAX_REPEAT)).fill_null(single(False))
        child.doubt(bad)
        nothing = single(0)
        counts = pc.max_element_wise(pc.if_else(bad, nothing, times.data.fill_null(nothing)), nothing)
    elif not t.is_null(times.data.type):
        child.doubt(times.data.is_valid())
    if (pc.sum(counts).as_py() or 0) > _MOST_ITEMS:
        raise Irregular
    ends = offsets_of(counts)
    return picked(child, parents_of(ends, child.count)), ends.take(offsets)


def _first(child: Frame, offsets: Any, count: int, limit: int) -> tuple[Frame, Any]:
    """No more than so many items of each row."""
    places = places_within(offsets, parents_of(offsets, count))
    return kept(child, offsets, pc.less(places, single(limit)))


def each_eval(build: FieldBuilder, each: Each, pointer: str) -> Eval:
    """The list that an `each` makes of every row."""
    walk = each_walk(build, each)
    body = build.object(each.body, keep_empty=True) if isinstance(each.body, Object) else build.field(each.body)
    build.notes.append(Note(pointer, "", "each", "V"))

    def compute(frame: Frame) -> Column:
        child, offsets = walk(frame)
        return list_column(frame, offsets, body(child))

    return compute


def each_walk(build: FieldBuilder, each: Each) -> Walk:
    """The items of an `each` in the order of its list, with their variables."""
    loops = [build.loop(loop) for loop in each.loops]
    early = build.lets(each.early)
    where = build.conds.cond(each.where) if each.where is not None else None
    keys = [(build.field(sort.field), sort.desc) for sort in each.sort]
    distinct = [build.path(path) for path in each.distinct]
    lets = build.lets(each.let)
    index, number = id(each.index), id(each.number)
    counted = each.index.used or each.number.used

    def walk(frame: Frame) -> tuple[Frame, Any]:
        child, offsets = loops[0](frame)
        for step in loops[1:]:
            child, inner = step(child)
            offsets = inner.take(offsets)
        early(child)
        if where is not None:
            child, offsets = kept(child, offsets, where(child))
        if keys:
            rows = parents_of(offsets, frame.count)
            child = picked(child, _sorted(child, rows, [(key(child), desc) for key, desc in keys]))
        if distinct:
            rows = Column(parents_of(offsets, frame.count).cast(pa.int64()))
            codes = codes_of([rows, *(path(child) for path in distinct)], child.count)
            child, offsets = kept(child, offsets, first_of_each(codes))
        if each.limit is not None:
            child, offsets = _first(child, offsets, frame.count, each.limit)
        if counted:
            places = places_within(offsets, parents_of(offsets, frame.count))
            child.values[index] = Column(places)
            child.values[number] = Column(pc.add(places, single(1)))
        lets(child)
        return child, offsets

    return walk


def _sorted(child: Frame, rows: Any, keys: list[tuple[Column, bool]]) -> Any:
    """The places of the items in order, within each row; what Python would refuse to order is in doubt."""
    columns: list[Any] = [rows]
    order: list[tuple[str, str]] = [("row", "ascending")]
    for place, (key, desc) in enumerate(keys):
        data, kind = key.data, key.data.type
        if not _has_order(kind) or key.members is not None or key.items is not None:
            child.doubt(data.is_valid())
            continue
        if t.is_float64(kind):
            child.doubt(pc.is_nan(data))
        columns.append(data)
        order.append((f"key{place}", "descending" if desc else "ascending"))
    columns.append(pa.array(range(child.count), pa.int64()))
    order.append(("place", "ascending"))
    table = pa.RecordBatch.from_arrays(columns, [name for name, _ in order])
    # Nulls come last, as they do by default.
    return pc.sort_indices(table, sort_keys=order).cast(pa.int32())


def _has_order(kind: Any) -> bool:
    """Whether kernels order the values as Python does. Of times in a zone with rules, Python compares the clocks."""
    return bool(
        t.is_string(kind)
        or t.is_int64(kind)
        or t.is_float64(kind)
        or t.is_date32(kind)
        or t.is_decimal128(kind)
        or (t.is_timestamp(kind) and (kind.tz is None or kind.tz[0] in "+-"))
    )
