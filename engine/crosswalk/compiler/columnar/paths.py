"""Paths of names over columns: members of structs, with missing and null told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...plugin.path import PathForm, Projection
from ..plan_path import PathPlan, Var
from .column import Column, Env, Frame, Irregular, Items, all_missing, either, single, some, taken
from .lists import items_of, kept_offsets
from .names import Languages, column_of, is_over_nodes
from .notes import Eval, Unsupported
from .plain import normal

_BLANK = single("")
_NO_TEXT = single(None, pa.string())


def path_eval(path: PathPlan, homes: Mapping[str, int], form: PathForm, languages: Languages) -> Eval:
    """What reads a path; raises Unsupported for expressions, which the language itself must evaluate.

    `homes`: the number of the context that a variable stands for, by the local that both have in generated code.
    """
    segments: tuple[str | int, ...] = ()
    projection = None
    if is_over_nodes(path, languages):
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
            raise Unsupported(
                f'"{path.text}" is an expression, not a plain path', path.pointer,
                'write a plain path and steps, or "each" with "where" for a list',
            )  # fmt: skip
        segments = path.compiled.segments or ()
    elif path.var is None:
        raise Unsupported("an empty path", path.pointer)
    var, empty = path.var, path.empty
    number = path.ctx.id if var is None else homes.get(var.expr)
    key = (number if number is not None else id(var), projection or segments, empty)

    def read(frame: Frame) -> Column:
        found = frame.memo.get(key)
        if found is None:
            if number is not None:
                base = frame.context(number)
            else:
                assert var is not None
                base = _variable(frame, var)
            below_it = projected(frame.env, base, projection) if projection else below(frame.env, base, segments)
            found = frame.memo[key] = emptied(below_it, empty)
        return found

    return read


def _variable(frame: Frame, var: Var) -> Column:
    held = frame.value(id(var))
    if held is None:
        root = frame.root
        root.values[id(var)] = root.env.variables(var)
        held = frame.value(id(var))
    if held is None:
        raise Irregular
    return held


def below(env: Env, column: Column, segments: tuple[str | int, ...]) -> Column:
    """What stands at the segments below a column."""
    for segment in segments:
        column = _member(env, column, segment) if isinstance(segment, str) else _item(env, column, segment)
    return column


def projected(env: Env, column: Column, projection: Projection) -> Column:
    """The list of what a path through lists finds; missing where there is no list to begin with."""
    base, each = projection.base, projection.each
    listed = below(env, column, base) if isinstance(base, tuple) else projected(env, column, base)
    if not _is_list(listed):
        return all_missing(len(column.data))
    items, _, offsets = items_of(listed)
    if projection.flat and _is_list(items):
        items, _, inner = items_of(items)
        offsets = inner.take(offsets)
    found = below(env, items, each) if isinstance(each, tuple) else projected(env, items, each)
    keep = found.data.is_valid()
    if keep.false_count:
        offsets = kept_offsets(offsets, keep)
        found = taken(found, pc.indices_nonzero(keep).cast(pa.int32()))
    found = Column(found.data, None, found.members, found.items, found.source)
    there = listed.data.is_valid()
    gone = pc.invert(there) if there.false_count else None
    return Column(pc.if_else(there, single(True), single(None, pa.bool_())), gone, items=Items(offsets, found))


def _is_list(column: Column) -> bool:
    return column.items is not None or bool(pa.types.is_list(column.data.type))


def _member(env: Env, column: Column, name: str) -> Column:
    if column.members is not None:
        made = next((member for key, member in column.members if key == name), None)
        return made if made is not None else all_missing(len(column.data))
    kind = column.data.type
    place = kind.get_field_index(name) if pa.types.is_struct(kind) else -1
    if place < 0:
        return all_missing(len(column.data))
    if not column.source:
        # Whether a null inside is a missing member is only known of the source.
        raise Irregular
    # By its place: a name may begin with a dot, which means a path to Arrow.
    data = normal(pc.struct_field(column.data, place))
    if data.null_count == 0:
        return Column(data, source=True)
    absent = data.is_null() if env.nulls_are_missing else column.data.is_null()
    return Column(data, absent if some(absent) else None, source=True)


def _item(env: Env, column: Column, place: int) -> Column:
    if column.items is not None:
        offsets = column.items.offsets
        lengths = pc.subtract(offsets[1:], offsets[:-1])
        if column.data.null_count:
            lengths = pc.if_else(column.data.is_valid(), lengths, single(0, pa.int32()))
        there, wanted = _wanted(offsets[:-1], lengths, place)
        return taken(column.items.values, pc.if_else(there, wanted, single(None, pa.int32())))
    if not pa.types.is_list(column.data.type):
        return all_missing(len(column.data))
    lengths = pc.list_value_length(column.data).fill_null(single(0, pa.int32()))
    there, wanted = _wanted(column.data.offsets[:-1], lengths, place)
    data = normal(column.data.values.take(pc.if_else(there, wanted, None)))
    missing = pc.invert(there)
    return Column(data, missing if missing.true_count else None, source=column.source)


def _wanted(starts: Any, lengths: Any, place: int) -> tuple[Any, Any]:
    """Which lists have an item at a place (from the end if negative), and where it stands among all items."""
    if place >= 0:
        return pc.greater(lengths, place), pc.add(starts, place)
    return pc.greater_equal(lengths, -place), pc.add(pc.add(starts, lengths), place)


def emptied(column: Column, empty: str) -> Column:
    """The column with what empty texts mean."""
    if empty == "keep" or not pa.types.is_string(column.data.type):
        return column
    blank = pc.equal(column.data, _BLANK)
    if blank.true_count == 0:
        return column
    data = pc.if_else(blank, _NO_TEXT, column.data)
    missing = column.missing
    if empty == "missing":
        missing = either(missing, blank.fill_null(False) if blank.null_count else blank)
    return Column(data, missing, source=column.source)
