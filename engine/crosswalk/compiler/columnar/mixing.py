"""Columns put together: one of several per row, several one after the other; nothing is changed to make them fit."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .column import Column, Frame, Irregular, Items, all_missing, repeated, single, some, taken
from .lists import items_of


def merged(frame: Frame, cases: list[tuple[Any, Column]], last: Column) -> Column:
    """Per row the column of the first mask that holds, else `last`; raises Irregular for columns of unlike types."""
    if any(column.source and column.members is not None for _, column in [*cases, (None, last)]):
        raise Irregular  # the members of a record stand in its own order
    found = last
    for mask, column in reversed(cases):
        if mask.true_count == frame.count:
            found = column
        elif _is_made(column) or _is_made(found):
            found = _picked(mask, column, found)
        else:
            found = _plain(frame, mask, column, found)
    return found


def _is_made(column: Column) -> bool:
    return column.members is not None or column.items is not None


def _picked(mask: Any, column: Column, other: Column) -> Column:
    """Objects or lists that the mapping makes: the rows of both, then the one or the other of each."""
    if pa.types.is_null(other.data.type) and not _is_made(other):
        return _masked(mask, column, other)
    if pa.types.is_null(column.data.type) and not _is_made(column):
        return _masked(pc.invert(mask), other, column)
    count = len(mask)
    here = pa.array(range(count), pa.int32())
    return taken(joined([column, other]), pc.if_else(mask, here, pc.add(here, single(count, pa.int32()))))


def _masked(mask: Any, column: Column, other: Column) -> Column:
    """An object or list where the mask holds, nothing elsewhere."""
    gone = repeated(False, len(mask)) if column.missing is None else column.missing
    elsewhere = repeated(False, len(mask)) if other.missing is None else other.missing
    missing = pc.if_else(mask, gone, elsewhere)
    data = pc.if_else(mask, column.data, single(None, column.data.type))
    return Column(data, missing if missing.true_count else None, column.members, column.items)


def _plain(frame: Frame, mask: Any, column: Column, other: Column) -> Column:
    kind = _common_type([column, other])
    nothing = pa.nulls(frame.count, kind)
    data = pc.if_else(mask, _typed(column, kind, nothing), _typed(other, kind, nothing))
    missing = None
    if column.missing is not None or other.missing is not None:
        none = repeated(False, frame.count)
        missing = pc.if_else(mask, none if column.missing is None else column.missing,
                             none if other.missing is None else other.missing)  # fmt: skip
    return Column(data, missing if some(missing) else None, source=_from_source([column, other]))


def _common_type(columns: list[Column]) -> Any:
    kinds = {column.data.type for column in columns} - {pa.null()}
    if len(kinds) > 1:
        raise Irregular
    return kinds.pop() if kinds else pa.null()


def _from_source(columns: list[Column]) -> bool:
    held = [column.source for column in columns if not pa.types.is_null(column.data.type)]
    if len(set(held)) > 1 and any(column.data.type.num_fields for column in columns):
        raise Irregular  # nulls inside mean missing members in the one, and null in the other
    return all(held)


def _typed(column: Column, kind: Any, nothing: Any) -> Any:
    return column.data if column.data.type == kind else nothing


def joined(columns: list[Column]) -> Column:
    """The rows of all columns, one after the other; raises Irregular for unlike types."""
    if len(columns) == 1:
        return columns[0]
    missing = None
    if any(column.missing is not None for column in columns):
        missing = pa.concat_arrays(
            [repeated(False, len(c.data), pa.bool_()) if c.missing is None else c.missing for c in columns]
        )
    if any(column.members is not None for column in columns):
        return Column(_there(columns), missing, _joined_members(columns))
    if any(column.items is not None for column in columns):
        return Column(_there(columns), missing, items=_joined_items(columns))
    kind = _common_type(columns)
    data = pa.concat_arrays([_typed(c, kind, pa.nulls(len(c.data), kind)) for c in columns])
    return Column(data, missing, source=_from_source(columns))


def _there(columns: list[Column]) -> Any:
    """The data of objects or lists that the mapping makes: true where there is one."""
    return pa.concat_arrays([pc.if_else(c.data.is_valid(), single(True), single(None, pa.bool_())) for c in columns])


def _joined_members(columns: list[Column]) -> list[tuple[str, Column]]:
    """The members of all, in an order that is the own order of each."""
    known = [c for c in columns if c.members is not None]
    if any(c.members is None and c.data.null_count < len(c.data) for c in columns):
        raise Irregular
    names = list(dict.fromkeys(name for column in known for name, _ in column.members or ()))
    for column in known:
        own = [name for name, _ in column.members or ()]
        if own != [name for name in names if name in own]:
            raise Irregular
    parts: list[tuple[str, Column]] = []
    for name in names:
        held = [dict(column.members or ()).get(name) for column in columns]
        parts.append((name, joined([h or all_missing(len(c.data)) for h, c in zip(held, columns, strict=True)])))
    return parts


def _joined_items(columns: list[Column]) -> Items:
    held = []
    for column in columns:
        if column.items is None and not pa.types.is_list(column.data.type):
            if column.members is not None or column.data.null_count < len(column.data):
                raise Irregular
            held.append((Column(pa.nulls(0)), pa.array([0] * (len(column.data) + 1), pa.int32())))
            continue
        values, _, offsets = items_of(column)
        held.append((values, offsets))
    starts = accumulate((len(values.data) for values, _ in held), initial=0)
    offsets = [pa.array([0], pa.int32())]
    offsets += [
        pc.add(own[1:], single(start, pa.int32())).cast(pa.int32())
        for (_, own), start in zip(held, starts, strict=False)
    ]
    return Items(pa.concat_arrays(offsets), joined([values for values, _ in held]))
