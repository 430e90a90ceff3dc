"""Finds records that Arrow columns may not render exactly: integers as floats, and null or missing alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from crosswalk import Columns

from .json_learner import Learnt
from .masks import either, mask, places_of
from .ndjson_schema import INTEGER, MISSING, NULL, Gaps, Shape

_FEW = 20
_SAMPLE = 200
"""So many records are looked at before all that need it are."""
Test = Callable[[Any], Any]
"""A mask of the slots of an array that are found, or None when there is none."""


class Nulls(Protocol):
    """Tells of some records, by place, what Arrow does not: what their nulls stand for."""

    def with_null(self, places: list[int]) -> set[int]:
        """Those that have a `null` anywhere."""

    def plain(self, places: set[int], names: list[str]) -> tuple[set[int], dict[str, set[int]]]:
        """Those that are known without a parser, as they have no objects inside; by name those with a `null` there."""

    def gaps(self, places: set[int]) -> dict[int, Gaps]:
        """What the columns leave open, as the rows tell."""


def settled(table: Any, learnt: Learnt, unsure: set[int], text: Nulls) -> Columns | None:
    """Columns that say what their nulls stand for; None when too many records would be unsure; `unsure` are already."""
    size = table.num_rows
    empty = null_records(table)
    whole = integral_records(table) if learnt.has_floats else []
    if not empty and not whole:
        columns = Columns(without_unseen(table), "missing", mask(unsure, size))
        return columns if len(unsure) <= most_unsure(size) else None
    nulls = text.with_null(empty)
    seen = without_unseen(table, learnt.shape)
    plain, null_at = text.plain(nulls, table.schema.names) if nulls else (set(), {})
    # Of members that were never seen there is no column: the rows have their nulls.
    for name in null_at.keys() - set(seen.schema.names):
        plain -= null_at.pop(name)
    told = (nulls - plain) | set(whole)
    if len(told) > most_unsure(size) + _SAMPLE and _too_unsure(told, len(set(null_records(seen)) - nulls), size, text):
        return None
    gaps = text.gaps(told)
    unsure |= {place for place, gap in gaps.items() if gap.found & INTEGER}
    deep = {place for place, gap in gaps.items() if gap.found & NULL}
    for place, gap in gaps.items():
        for name in gap.null:
            null_at.setdefault(name, set()).add(place)
    masks = {name: mask(places, size) for name, places in null_at.items() if places}
    columns = Columns(without_unseen(table), "missing")
    if masks or deep:
        missing = {place for place, gap in gaps.items() if gap.found & MISSING}
        missing |= set(null_records(seen)) - nulls
        missing |= plain & _lacking(seen, masks)
        if len(missing) < len(deep) or not missing:
            # All nulls are nulls, but in the records that are unsure.
            columns, deep = Columns(seen, "null"), missing
        else:
            columns = Columns(seen, "missing", null_at=masks)
    unsure |= deep
    if len(unsure) > most_unsure(size):
        return None
    return replace(columns, unsure=mask(unsure, size))


def most_unsure(size: int) -> int:
    """How many of so many records may be unsure; with more, rows are the cheaper way."""
    return _FEW + size // 10


def _too_unsure(places: set[int], lacking: int, size: int, text: Nulls) -> bool:
    """Whether by all appearance too many are unsure: of `places` some tell, and `lacking` more are known."""
    sample = sorted(places)[:: max(1, len(places) // _SAMPLE)]
    found = [gap.found for gap in text.gaps(set(sample)).values()]
    share = len(places) / len(sample)
    null, absent = (share * sum(bool(gap & kind) for gap in found) for kind in (NULL, MISSING))
    whole = share * sum(bool(gap & INTEGER) for gap in found)
    return max(whole, min(null, absent + lacking)) > 1.5 * most_unsure(size)


def _lacking(table: Any, null_at: dict[str, Any]) -> set[int]:
    """Places of the records without one of the members."""
    import pyarrow.compute as pc

    found = None
    for name, column in zip(table.schema.names, table.columns, strict=True):
        if column.null_count:
            absent = column.is_null()
            found = either(found, pc.and_not(absent, null_at[name]) if name in null_at else absent)
    return set(places_of(found))


def integral_records(table: Any) -> list[int]:
    """Places of the records with a float that may stand for an integer, at any depth."""
    return _found(table, _integral, items=True)


def null_records(table: Any) -> list[int]:
    """Places of the records with a member that is null or missing, at any depth."""
    return _found(table, _null, items=False)


def without_unseen(table: Any, seen: Shape | None = None) -> Any:
    """The table without the members that were never seen, at any depth; without `seen` also those only seen as null."""
    import pyarrow as pa

    records = table.to_struct_array()
    kept = _pruned(records, seen)
    return table if kept is records else pa.RecordBatch.from_struct_array(kept)


def _found(table: Any, test: Test, *, items: bool) -> list[int]:

    marks = _marks(table.to_struct_array(), test, items=items)
    return places_of(marks)


def _marks(array: Any, test: Test, *, items: bool) -> Any:
    """Which slots hold, at any depth, a member that the test finds (or an item, with `items`); None for none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_struct(kind):
        marks = None
        for place in range(kind.num_fields):
            child = array.field(place)
            marks = either(marks, either(test(child), _marks(child, test, items=items)))
        return pc.and_(marks, array.is_valid()) if marks is not None and array.null_count else marks
    if pa.types.is_list(kind) and _may_have(kind.value_type):
        held = array.flatten()
        marks = either(test(held) if items else None, _marks(held, test, items=items))
        if marks is None:
            return None
        parents = pc.list_parent_indices(array).filter(marks)
        return pc.is_in(pa.array(range(len(array)), pa.int64()), value_set=parents)
    return None


def _may_have(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_nested(kind) or pa.types.is_floating(kind))


def _null(array: Any) -> Any:
    return array.is_null() if array.null_count else None


def _integral(array: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(array.type):
        return None
    marks = pc.equal(pc.floor(array), array)
    return pc.fill_null(marks, False) if pc.any(marks).as_py() else None


def _pruned(array: Any, seen: Shape | None) -> Any:
    import pyarrow as pa

    kind = array.type
    if pa.types.is_struct(kind):
        members = seen.members if seen else {}
        fields = [(kind.field(place), array.field(place)) for place in range(kind.num_fields)]
        kept = [
            (field, _pruned(child, members.get(field.name)))
            for field, child in fields
            if not pa.types.is_null(field.type) or field.name in members
        ]
        if len(kept) == len(fields) and all(new is old for (_, new), (_, old) in zip(kept, fields, strict=True)):
            return array
        of = pa.struct([(field.name, child.type) for field, child in kept])
        children = [child for _, child in kept]
        return pa.Array.from_buffers(of, len(array), array.buffers()[:1], array.null_count, 0, children)
    if pa.types.is_list(kind) and pa.types.is_nested(kind.value_type):
        held = array.values
        items = _pruned(held, seen and seen.item)
        if items is held:
            return array
        of = pa.list_(items.type)
        return pa.Array.from_buffers(of, len(array), array.buffers()[:2], array.null_count, array.offset, [items])
    return array
