"""Columnar forms of resolvers that make one value of a list: kernels over the items of all lists at once."""

from __future__ import annotations

from typing import Any

_MOST_DIGITS = 10**37
"""Sums of decimals up to this are exact in the 38 digits of a column."""


def _items(data: Any) -> tuple[Any, Any, Any]:
    """The items of all lists that are no null, the list of each, and the number of each list's."""
    import pyarrow as pa
    import pyarrow.compute as pc

    items, parents = data.flatten(), pc.list_parent_indices(data)
    if items.null_count:
        there = items.is_valid()
        items, parents = items.filter(there), parents.filter(there)
    lengths = pc.value_counts(parents)
    places = pc.index_in(pa.array(range(len(data)), parents.type), value_set=lengths.field("values"))
    return items, parents, lengths.field("counts").take(places).fill_null(pa.scalar(0, pa.int64()))


def _by_list(data: Any, items: Any, parents: Any, what: str) -> Any:
    """An aggregate of the items of each list, null for those without any."""
    import pyarrow as pa
    import pyarrow.compute as pc

    made = pa.table({"list": parents, "item": items}).group_by("list", use_threads=False).aggregate([("item", what)])
    found = made.column(f"item_{what}").combine_chunks()
    lists = made.column("list").combine_chunks()
    return found.take(pc.index_in(pa.array(range(len(data)), lists.type), value_set=lists))


def total(data: Any) -> Any:
    """`sum` of integers and of decimals; the sum of floats is rounded once, which kernels do not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_list(data.type):
        return NotImplemented
    kind = data.type.value_type
    if pa.types.is_int64(kind):
        items, _, lengths = _items(data)
        try:
            sums = pc.cumulative_sum_checked(items)
            ends = pc.cumulative_sum(lengths)
            sums = pa.concat_arrays([pa.array([0], pa.int64()), sums])
            found = pc.subtract_checked(sums.take(ends), sums.take(pc.subtract(ends, lengths)))
        except pa.ArrowInvalid:
            return NotImplemented  # the function finds which sum is beyond 64 bits
        return _null_where(data, found), None
    if not pa.types.is_decimal128(kind):
        return NotImplemented
    items, parents, lengths = _items(data)
    if pc.any(pc.and_(pc.equal(lengths, 0), data.is_valid())).as_py():
        return NotImplemented  # of no number, the sum is an integer
    largest = pc.max(pc.abs(items)).as_py()
    if largest is not None and int(largest.scaleb(kind.scale)) * (pc.max(lengths).as_py() or 0) >= _MOST_DIGITS:
        return NotImplemented
    sums = _by_list(data, items.cast(pa.decimal128(38, kind.scale)), parents, "sum")
    return sums.cast(pa.decimal128(38, kind.scale)), None


def smallest(data: Any) -> Any:
    """`min`."""
    return _extreme(data, "min")


def largest(data: Any) -> Any:
    """`max`."""
    return _extreme(data, "max")


def _extreme(data: Any, what: str) -> Any:
    """Values of one type; of floats, which of two zeros came first would matter, and those must be finite."""
    import pyarrow as pa

    if not pa.types.is_list(data.type):
        return NotImplemented
    kind = data.type.value_type
    if not (
        pa.types.is_int64(kind)
        or pa.types.is_string(kind)
        or pa.types.is_date32(kind)
        or pa.types.is_decimal128(kind)
        or (pa.types.is_float64(kind) and _plain_floats(data.flatten()))
    ):
        return NotImplemented
    items, parents, _ = _items(data)
    return _by_list(data, items, parents, what), None


def _plain_floats(items: Any) -> bool:
    import pyarrow.compute as pc

    odd = pc.or_(pc.invert(pc.is_finite(items)), pc.equal(items, 0.0))
    return not pc.any(odd).as_py()


def joined(data: Any, *, by: str) -> Any:
    """`join` of texts, nulls left out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_list(data.type) or not pa.types.is_string(data.type.value_type):
        return NotImplemented
    if data.flatten().null_count:
        items, _, lengths = _items(data)
        ends = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
        data = pa.ListArray.from_arrays(ends, items, mask=data.is_null())
    return pc.binary_join(data, by), None


def _null_where(data: Any, found: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(data.is_valid(), found, pa.scalar(None, found.type)) if data.null_count else found
