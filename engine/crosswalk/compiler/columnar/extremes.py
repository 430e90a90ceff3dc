"""The items of lists with the largest or smallest key, one of each list."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from ...plugin.path import Extreme
from .column import Column, Frame, all_missing, repeated, single, taken
from .lists import parents_of
from .members import below


def extreme_of(frame: Frame, items: Column, offsets: pa.Array, wanted: Extreme) -> Column:
    """The item of each row, missing where it has none; rows with keys of which kernels do not know the order are in
    doubt."""
    rows = parents_of(offsets, frame.count)
    child = Frame(frame.env, len(rows), frame, rows)
    key = below(frame.env, items, wanted.key)
    data, kind = key.data, key.data.type
    ordered = t.is_string(kind) or t.is_int64(kind) or t.is_float64(kind) or t.is_decimal128(kind)
    if not ordered or key.members is not None or key.items is not None:
        child.doubt(repeated(True, child.count))
        return all_missing(frame.count)
    if data.null_count:
        child.doubt(data.is_null())
    if t.is_float64(kind):
        child.doubt(pc.is_nan(data))
        data = pc.add(data, single(0.0))  # both zeros are one
    table = pa.RecordBatch.from_arrays([rows, data, pa.array(range(child.count), pa.int32())], ["row", "key", "place"])
    order = "descending" if wanted.largest else "ascending"
    places = pc.sort_indices(table, sort_keys=[("row", "ascending"), ("key", order), ("place", "ascending")])
    starts, ends = offsets[:-1], offsets[1:]
    first = pc.if_else(pc.less(starts, ends), starts, single(None, pa.int32()))
    return taken(items, places.cast(pa.int32()).take(first))
