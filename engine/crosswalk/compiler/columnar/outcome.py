"""What a batch became: a table of each stream, the records that are left to their rows, how many are filtered."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from ...batch import Batch, Columns
from ...lean import lean_dataclass
from .assemble import array_of, deep_nulls, null_members, nulls_of
from .column import Column, Env, Frame, Irregular, both, either, repeated, too_many
from .union import Rows, union


@lean_dataclass
class Found:
    """What an output made: its frame and column, and of each row the record and the row of the frame that all outputs
    start from (None: the same, one each)."""

    stream: str
    frame: Frame
    column: Column
    records: Any
    within: Any


@lean_dataclass
class Made:
    """`streams`: by name the records of a stream, and which record of the batch (from 0, rising) each is of, None when
    they are one each; `left`: records that the row functions must map; `filtered`: how many were left out."""

    streams: dict[str, tuple[Batch, Any]]
    left: list[int]
    filtered: int


def made_of(env: Env, count: int, keep: Any, found: list[Found]) -> Made | None:
    """The outcome, None when too many records are in doubt; `keep`: the mask of the records that are not filtered."""
    nulls = [nulls_of(env, one.column) for one in found]
    for one, (null, missing) in zip(found, nulls, strict=True):
        if null is not None and missing is not None and (deep := deep_nulls(env, one.column)) is not None:
            # What a table says of single nulls are those of the records: of others the rarer kind goes to the rows.
            one.frame.doubt(deep if deep.true_count <= missing.true_count else missing)
    doubt = env.doubt
    doubtful = 0 if doubt is None else doubt.true_count
    if too_many(doubtful, count):
        return None
    sure = None if not doubtful else pc.invert(doubt)
    streams: dict[str, list[Rows]] = {}
    reached = None
    for one, held in zip(found, nulls, strict=True):
        mask = both(sure, keep) if one.records is None else _at(sure, one.records)
        if one.records is not None and keep is not None:
            mask = both(mask, keep.take(one.records))
        if one.column.missing is not None:
            mask = both(mask, pc.invert(one.column.missing))
        rows = _rows(env, one, mask, *held)
        streams.setdefault(one.stream, []).append(rows)
        reached = either(reached, _reached(rows.records, count))
    left = pc.indices_nonzero(doubt).to_pylist() if doubtful else []
    filtered = both(sure, pc.invert(reached)).true_count
    return Made({name: union(parts) for name, parts in streams.items()}, left, filtered)


def _at(mask: Any, places: Any) -> Any:
    return None if mask is None else mask.take(places)


def _reached(places: Any, count: int) -> Any:
    if places is None:
        return repeated(True, count)
    return pc.is_in(pa.array(range(count), pa.int64()), value_set=places.cast(pa.int64()))


def _rows(env: Env, one: Found, mask: Any, null: Any, missing: Any) -> Rows:
    """The rows of the mask as columns; `null` and `missing`: see `nulls_of`."""
    members = one.column.members
    if members is None or not members:
        raise Irregular
    arrays = [array_of(env, member) for _, member in members]
    table = pa.RecordBatch.from_arrays(arrays, [name for name, _ in members])
    own = null_members(one.column) if null is not None and missing is not None else {}
    records, within = one.records, one.within
    if mask is not None and mask.true_count < one.frame.count:
        table = table.filter(mask)
        places = pc.indices_nonzero(mask)
        records = places if records is None else records.filter(mask)
        within = places if within is None else within.filter(mask)
        null, missing = (None if held is None or not held.filter(mask).true_count else held for held in (null, missing))
        own = {name: kept for name, held in own.items() if (kept := held.filter(mask)).true_count}
    if null is not None and missing is None:
        return Rows(Columns(table, "null"), records, within)
    own = own if null is not None else {}
    gone = [name for name, member in members if t.is_null(member.data.type) and name not in own]
    if gone:
        table = table.drop_columns(gone)
    return Rows(Columns(table, "missing", null_at=own), records, within)
