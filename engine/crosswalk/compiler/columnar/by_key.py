"""Items of lists by their keys: all in order, or the first of each list with the largest or smallest key."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from ...plugin.path import Extreme
from .column import Column, Frame, all_missing, repeated, single, taken
from .lists import parents_of
from .members import below


def ordered(frame: Frame, items: Column, offsets: pa.Array, key: tuple[str | int, ...], *, backwards: bool) -> Column:
    """The items of each row in order, the least first, or all of that turned round; rows with keys of which kernels do
    not know the order are in doubt."""
    way = "descending" if backwards else "ascending"
    places = _places(frame, items, offsets, key, way, of_equals=way)
    return items if places is None else taken(items, places)


def extreme_of(frame: Frame, items: Column, offsets: pa.Array, wanted: Extreme) -> Column:
    """The one item of each row, missing where it has none; in doubt where `ordered` is."""
    places = _places(frame, items, offsets, wanted.key, "descending" if wanted.largest else "ascending")
    if places is None:
        return all_missing(frame.count)
    starts, ends = offsets[:-1], offsets[1:]
    first = pc.if_else(pc.less(starts, ends), starts, single(None, pa.int32()))
    return taken(items, places.take(first))


def _places(
    frame: Frame, items: Column, offsets: pa.Array, key: tuple[str | int, ...], order: str, of_equals: str = "ascending"
) -> Any:
    """The places of the items in order, those of each row together; None where the keys have no order."""
    rows = parents_of(offsets, frame.count)
    child = Frame(frame.env, len(rows), frame, rows)
    column = below(frame.env, items, key)
    data, kind = column.data, column.data.type
    known = t.is_string(kind) or t.is_int64(kind) or t.is_float64(kind) or t.is_decimal128(kind)
    if not known or column.members is not None or column.items is not None:
        child.doubt(repeated(True, child.count))
        return None
    if data.null_count:
        child.doubt(data.is_null())
    if t.is_float64(kind):
        child.doubt(pc.is_nan(data))
        data = pc.add(data, single(0.0))  # both zeros are one
    table = pa.RecordBatch.from_arrays([rows, data, pa.array(range(child.count), pa.int32())], ["row", "key", "place"])
    keys = [("row", "ascending"), ("key", order), ("place", of_equals)]
    return pc.sort_indices(table, sort_keys=keys).cast(pa.int32())
