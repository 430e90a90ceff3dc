"""Finds records that Arrow columns may not render exactly: integers as floats, and null or missing alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from crosswalk import Columns

from .ndjson_schema import INTEGER, MISSING, NULL, Learnt, Shape

Test = Callable[[Any], Any]
"""A mask of the slots of an array that are found, or None when there is none."""


def settled(
    table: Any,
    learnt: Learnt,
    unsure: set[int],
    with_null: Callable[[list[int]], set[int]],
    gaps_of: Callable[[set[int]], dict[int, int]],
) -> Columns | None:
    """Columns that say what their nulls stand for; None when too many records would be unsure, as `unsure` are already.

    `with_null`: of some records those that have a `null` anywhere; `gaps_of`: what the columns leave open in some
    records, as `Shape.gaps` tells of their rows.
    """
    nulls = with_null(null_records(table))
    gaps = gaps_of(nulls | set(integral_records(table) if learnt.has_floats else ()))
    unsure |= {place for place, gap in gaps.items() if gap & INTEGER}
    null = {place for place, gap in gaps.items() if gap & NULL}
    columns = Columns(without_unseen(table), "missing")
    if null:
        # Whatever most nulls stand for is what all of them stand for, but in the records that are unsure.
        seen = without_unseen(table, learnt.shape)
        missing = {place for place, gap in gaps.items() if gap & MISSING}
        missing |= set(null_records(seen)) - nulls
        if len(missing) < len(null):
            columns, null = Columns(seen, "null"), missing
    unsure |= null
    if len(unsure) > table.num_rows // 2:
        return None
    return replace(columns, unsure=mask(unsure, table.num_rows))


def integral_records(table: Any) -> list[int]:
    """Places of the records with a float that may stand for an integer, at any depth."""
    return _found(table, _integral, items=True)


def null_records(table: Any) -> list[int]:
    """Places of the records with a member that is null or missing, at any depth."""
    return _found(table, _null, items=False)


def mask(places: set[int], size: int) -> Any:
    """A BooleanArray that is true at the places; None without any."""
    import pyarrow as pa

    if not places:
        return None
    marks = bytearray(size)
    for place in places:
        marks[place] = 1
    bytes_ = pa.Array.from_buffers(pa.uint8(), size, [None, pa.py_buffer(bytes(marks))])
    return bytes_.cast(pa.bool_())


def without_unseen(table: Any, seen: Shape | None = None) -> Any:
    """The table without the members that were never seen, at any depth; without `seen` also those only seen as null."""
    import pyarrow as pa

    records = table.to_struct_array()
    kept = _pruned(records, seen)
    return table if kept is records else pa.RecordBatch.from_struct_array(kept)


def _found(table: Any, test: Test, *, items: bool) -> list[int]:
    import pyarrow.compute as pc

    marks = _marks(table.to_struct_array(), test, items=items)
    return [] if marks is None else list(pc.indices_nonzero(marks).to_pylist())


def _marks(array: Any, test: Test, *, items: bool) -> Any:
    """Which slots hold, at any depth, a member that the test finds (or an item, with `items`); None for none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_struct(kind):
        marks = None
        for place in range(kind.num_fields):
            child = array.field(place)
            marks = _either(marks, _either(test(child), _marks(child, test, items=items)))
        return pc.and_(marks, array.is_valid()) if marks is not None and array.null_count else marks
    if pa.types.is_list(kind) and _may_have(kind.value_type):
        held = array.flatten()
        marks = _either(test(held) if items else None, _marks(held, test, items=items))
        if marks is None:
            return None
        parents = pc.list_parent_indices(array).filter(marks)
        return pc.is_in(pa.array(range(len(array)), pa.int64()), value_set=parents)
    return None


def _may_have(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_nested(kind) or pa.types.is_floating(kind))


def _either(left: Any, right: Any) -> Any:
    import pyarrow.compute as pc

    if left is None or right is None:
        return right if left is None else left
    return pc.or_(left, right)


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
