"""Members and items of columns: what stands at names and indexes, with missing and null told apart."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .column import Column, Env, Irregular, all_missing, either, single, some, taken
from .plain import normal

_BLANK = single("")
_NO_TEXT = single(None, pa.string())


def below(env: Env, column: Column, segments: tuple[str | int, ...]) -> Column:
    """What stands at the segments below a column."""
    for segment in segments:
        column = _member(env, column, segment) if isinstance(segment, str) else _item(env, column, segment)
    return column


def members_of(env: Env, column: Column) -> list[tuple[str, Column]]:
    """The members of objects in their order, missing where there is no object.

    Raises Irregular where members may stand in any order, as in records of which some may be missing.
    """
    names = [name for name, _ in column.members] if column.members is not None else column.data.type.names
    if len(set(names)) < len(names) or (len(names) > 1 and column.source and env.nulls_are_missing):
        raise Irregular
    if column.members is not None:
        if not column.data.null_count:
            return column.members
        everyone = pa.array(range(len(column.data)), pa.int32())
        places = pc.if_else(column.data.is_valid(), everyone, single(None, pa.int32()))
        return [(name, taken(member, places)) for name, member in column.members]
    if column.source:
        return [(name, below(env, column, (name,))) for name in names]
    gone = column.data.is_null() if column.data.null_count else None
    return [(name, Column(normal(pc.struct_field(column.data, place)), gone)) for place, name in enumerate(names)]


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
    held = column.data
    # The kernel puts the nulls of the objects into their members.
    data = normal(pc.struct_field(held, place) if held.null_count else held.field(place))
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
