"""Columnar forms of the resolvers that take lists of single values apart and put them in order; see _vectors."""

from __future__ import annotations

from typing import Any


def _is_list(data: Any) -> bool:
    """Whether they are lists of single values."""
    import pyarrow as pa

    return bool(pa.types.is_list(data.type)) and not data.type.value_type.num_fields


def _lengths(data: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.list_value_length(data).fill_null(pa.scalar(0, pa.int32()))


def _offsets(lengths: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths.cast(pa.int32()))])


def _made(data: Any, lengths: Any, items: Any) -> Any:
    """Lists of other items, null where the given ones are."""
    import pyarrow as pa

    mask = data.is_null() if data.null_count else None
    return pa.ListArray.from_arrays(_offsets(lengths), items, mask=mask)


def first(data: Any) -> Any:
    """The first item, missing where there is none."""
    return nth(data, i=0)


def last(data: Any) -> Any:
    """The last item, missing where there is none."""
    return nth(data, i=-1)


def nth(data: Any, *, i: int) -> Any:
    """The item at a place, missing where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _is_list(data) or not -(2**31) < i < 2**31 - 1:
        return NotImplemented
    lengths, starts = _lengths(data), data.offsets[:-1].cast(pa.int64())
    place = pa.scalar(i, pa.int64())
    at = pc.add(starts, place) if i >= 0 else pc.add(pc.add(starts, lengths.cast(pa.int64())), place)
    there = pc.greater(lengths, pa.scalar(i if i >= 0 else -i - 1, pa.int32()))
    found = data.values.take(pc.if_else(there, at, pa.scalar(None, pa.int64())))
    return found, None, pc.and_(data.is_valid(), pc.invert(there))


def only(data: Any) -> Any:
    """The one item; lists of several are not sure."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _is_list(data):
        return NotImplemented
    found, _, absent = nth(data, i=0)
    return found, pc.less_equal(_lengths(data), pa.scalar(1, pa.int32())), absent


def unwrap(data: Any) -> Any:
    """The one item of lists; single values as they are."""
    import pyarrow as pa

    if not data.type.num_fields:
        return data, None
    return only(data) if pa.types.is_list(data.type) else NotImplemented


def wrap(data: Any) -> Any:
    """Single values as lists of one, nothing as the empty list."""
    import pyarrow as pa

    if pa.types.is_null(data.type) or (data.type.num_fields and not _is_list(data)):
        return NotImplemented
    if _is_list(data):
        if not data.null_count:
            return data, None
        return pa.ListArray.from_arrays(_offsets(_lengths(data)), data.flatten()), None
    return pa.ListArray.from_arrays(_offsets(data.is_valid()), data.drop_null()), None


def take(data: Any, *, n: int) -> Any:
    """The first items."""
    return part(data, start=0, end=n)


def part(data: Any, *, start: int = 0, end: int | None = None) -> Any:
    """The items from one place up to another, both counted from the start."""
    import pyarrow as pa
    import pyarrow.compute as pc

    most = 2**31 - 1
    if not _is_list(data) or not 0 <= start < most or (end is not None and not 0 <= end < most):
        return NotImplemented
    lengths = _lengths(data)
    within = pc.subtract(pa.array(range(pc.sum(lengths).as_py() or 0), pa.int32()), _starts(lengths))
    keep = pc.greater_equal(within, pa.scalar(start, pa.int32()))
    if end is not None:
        keep = pc.and_(keep, pc.less(within, pa.scalar(end, pa.int32())))
    return _kept(data, keep), None


def _starts(lengths: Any) -> Any:
    """Where the list of each item begins."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = _offsets(lengths)
    lists = pa.ListArray.from_arrays(ends, pa.nulls(ends[-1].as_py()))
    return ends.take(pc.list_parent_indices(lists))


def _kept(data: Any, keep: Any) -> Any:
    """The lists with the items of a mask only."""
    import pyarrow as pa

    sums = _offsets(keep)
    mask = data.is_null() if data.null_count else None
    return pa.ListArray.from_arrays(sums.take(_offsets(_lengths(data))), data.flatten().filter(keep), mask=mask)


def compact(data: Any) -> Any:
    """The items that are no nulls."""
    if not _is_list(data):
        return NotImplemented
    return _kept(data, data.flatten().is_valid()), None


def distinct(data: Any) -> Any:
    """The first of equal items: texts, integers, truth values, dates."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _is_list(data) or not _is_exact(data.type.value_type):
        return NotImplemented
    items, parents = data.flatten(), pc.list_parent_indices(data)
    places = pa.array(range(len(items)), pa.int64())
    table = pa.table({"list": parents, "item": items, "place": places})
    groups = table.group_by(["list", "item"], use_threads=False).aggregate([("place", "min")])
    firsts = groups.column("place_min").combine_chunks()
    return _kept(data, pc.is_in(places, value_set=firsts)), None


def ordered(data: Any, *, desc: bool = False) -> Any:
    """Texts, integers, dates and truth values in order, nulls last."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _is_list(data) or not _is_exact(data.type.value_type):
        return NotImplemented
    items, parents = data.flatten(), pc.list_parent_indices(data)
    table = pa.table({"list": parents, "item": items})
    keys = [("list", "ascending"), ("item", "descending" if desc else "ascending")]
    return _made(data, _lengths(data), items.take(pc.sort_indices(table, sort_keys=keys))), None


def _is_exact(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_string(kind) or pa.types.is_int64(kind) or pa.types.is_boolean(kind) or pa.types.is_date32(kind)
    )


def any_of(data: Any) -> Any:
    """Whether an item is true."""
    import pyarrow as pa

    if not _is_list(data) or not pa.types.is_boolean(data.type.value_type):
        return NotImplemented
    return _some(data, data.flatten().fill_null(False)), None


def all_of(data: Any) -> Any:
    """Whether no item is false."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _is_list(data) or not pa.types.is_boolean(data.type.value_type):
        return NotImplemented
    return pc.invert(_some(data, pc.invert(data.flatten()).fill_null(False))), None


def _some(data: Any, found: Any) -> Any:
    """Whether a mask of the items is true for one of each list; null where the list is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sums = _offsets(found).take(_offsets(_lengths(data)))
    held = pc.greater(pc.subtract(sums[1:], sums[:-1]), pa.scalar(0, pa.int32()))
    return pc.if_else(data.is_valid(), held, pa.scalar(None, pa.bool_())) if data.null_count else held


def includes(data: Any, *, x: Any) -> Any:
    """Whether an item equals a text, an integer or a truth value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = {str: pa.string(), int: pa.int64(), bool: pa.bool_()}
    kind = kinds.get(type(x))
    if not _is_list(data) or data.type.value_type != kind or (type(x) is int and not -(2**63) <= x < 2**63):
        return NotImplemented
    return _some(data, pc.equal(data.flatten(), pa.scalar(x, kind)).fill_null(False)), None


def flatten(data: Any, *, depth: int = 1) -> Any:
    """Lists of lists as lists of their items."""
    import pyarrow as pa

    if depth != 1 or not pa.types.is_list(data.type):
        return NotImplemented
    inner = data.flatten()
    if not _is_list(inner) or inner.null_count:
        return NotImplemented
    ends = _offsets(_lengths(inner)).take(_offsets(_lengths(data)))
    return pa.ListArray.from_arrays(ends, inner.flatten(), mask=data.is_null() if data.null_count else None), None
