"""Lists as columns: the items below a path, and lists made anew of what the items became."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .column import Column, Frame, Irregular, Items, repeated, taken
from .plain import normal, packed


def items_of(column: Column) -> tuple[Column, Any, Any]:
    """What an iteration over the values walks: the items, the row of each, and the offsets by row.

    Nothing for missing and null, a list as it is, any other value as a list of one.
    """
    count = len(column.data)
    if column.items is not None:
        offsets = column.items.offsets
        values = column.items.values
        return values, parents_of(offsets, count), offsets
    kind = column.data.type
    if pa.types.is_null(kind):
        return Column(pa.nulls(0)), pa.array([], pa.int32()), pa.array([0] * (count + 1), pa.int32())
    if not pa.types.is_list(kind):
        if column.members is not None:
            raise Irregular
        places = pc.indices_nonzero(column.data.is_valid()).cast(pa.int32())
        lengths = column.data.is_valid().cast(pa.int32())
        return taken(column, places), places, offsets_of(lengths)
    lengths = pc.list_value_length(column.data)
    offsets = offsets_of(lengths.fill_null(0) if lengths.null_count else lengths)
    values = Column(normal(column.data.flatten()), source=column.source)
    return values, pc.list_parent_indices(column.data).cast(pa.int32()), offsets


def is_list(column: Column) -> bool:
    """Whether the values are lists."""
    return column.items is not None or bool(pa.types.is_list(column.data.type))


def offsets_of(lengths: Any) -> Any:
    """The offsets of lists of these lengths."""
    sums = pc.cumulative_sum(lengths.cast(pa.int32()))
    return pa.concat_arrays([pa.array([0], pa.int32()), sums])


def parents_of(offsets: Any, count: int) -> Any:
    """The row of each item."""
    lists = pa.ListArray.from_arrays(offsets, pa.nulls(offsets[count].as_py()))
    return pc.list_parent_indices(lists).cast(pa.int32())


def kept_offsets(offsets: Any, keep: Any) -> Any:
    """The offsets when only the items of the mask are kept."""
    sums = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(keep.cast(pa.int32()))])
    return sums.take(offsets)


def list_array(column: Column, *, shallow: bool) -> Any:
    """A list that the mapping makes as an array, None where its items have no plain one; `shallow`: of any items."""
    if column.items is None:
        return None
    items = column.items.values
    if not shallow and (
        items.missing is not None or items.members is not None or items.items is not None or items.data.type.num_fields
    ):
        return None
    values = pa.nulls(len(items.data)) if shallow else items.data
    mask = column.data.is_null() if column.data.null_count else None
    made = pa.ListArray.from_arrays(column.items.offsets, values, mask=mask)
    return made if mask is None else packed(made)


def list_column(frame: Frame, offsets: Any, values: Column) -> Column:
    """A list for each row of the frame: never missing, never null."""
    keep = None if values.missing is None else pc.invert(values.missing)
    if keep is not None and keep.false_count:
        offsets = kept_offsets(offsets, keep)
        values = taken(values, pc.indices_nonzero(keep).cast(pa.int32()))
        values.missing = None
    # The data only tells that there is a list; what is in it stands in `items`.
    return Column(repeated(True, frame.count), items=Items(offsets, values))
