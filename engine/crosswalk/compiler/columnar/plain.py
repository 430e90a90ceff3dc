"""Arrays in the types that kernels are written for."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .column import Irregular


def normal(data: Any) -> Any:
    """The array in one of the types that kernels are written for; raises Irregular for other types."""
    kind = data.type
    if isinstance(data, pa.ChunkedArray):
        data = data.combine_chunks()
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        data, kind = data.cast(pa.string()), pa.string()
    if pa.types.is_string(kind):
        return _from_zero(data)
    if pa.types.is_integer(kind) and kind != pa.int64():
        try:
            return data.cast(pa.int64())
        except pa.ArrowInvalid:
            raise Irregular from None
    if pa.types.is_floating(kind) and kind != pa.float64():
        return data.cast(pa.float64())
    if pa.types.is_dictionary(kind):
        return normal(data.dictionary_decode())
    return packed(data) if any(test(kind) for test in _LISTS) else data


def packed(lists: Any) -> Any:
    """Lists of any kind as the plain kind, of which a null holds no items: of such, kernels tell the rows of items that
    others leave out; and the cast of list views of Arrow 26 takes wrong items."""
    if pa.types.is_list(lists.type):
        held = lists.offsets[-1].as_py() - lists.offsets[0].as_py() if lists.null_count else 0
        if not held or held == pc.sum(pc.list_value_length(lists)).as_py():
            return lists
    lengths = pc.if_else(lists.is_valid(), pc.list_value_length(lists), None).fill_null(0).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    return pa.ListArray.from_arrays(offsets, lists.flatten(), mask=lists.is_null() if lists.null_count else None)


_LISTS = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_list_view,
    pa.types.is_large_list_view,
)


def _from_zero(texts: Any) -> Any:
    """Texts whose first offset is 0: for others, which casts of slices make, case kernels of Arrow 26 break arrays."""
    validity, offsets, held = texts.buffers()
    if texts.offset or offsets is None or held is None or not len(texts):
        return texts
    ends = pa.Array.from_buffers(pa.int32(), len(texts) + 1, [None, offsets])
    first = ends[0].as_py()
    if not first:
        return texts
    moved = pc.subtract(ends, pa.scalar(first, pa.int32())).buffers()[1]
    return pa.Array.from_buffers(pa.string(), len(texts), [validity, moved, held.slice(first)], texts.null_count)
