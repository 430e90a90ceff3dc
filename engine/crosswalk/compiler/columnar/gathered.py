"""Records that a `group` keeps as columns, batch by batch, and what the groups are made of in the end."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from ...batch import Batch
from ...lean import lean_dataclass
from .codes import codes_of
from .column import Column, Irregular, repeated, single, taken
from .lists import offsets_of
from .mixing import joined

SLICE = 65_536
"""So many records at most are made into groups at a time, unless one group has more."""


Collected = list[tuple[Any, Any]]
"""What the row functions collect of a record: a key and an item for each row that it explodes to."""


@lean_dataclass
class Odd:
    """A record that the row functions collected, by its place in the batch."""

    place: int
    collected: Collected


@lean_dataclass
class Chunk:
    """The records of one batch, `root`, and of the rows (exploded records) that columns hold: the record of each, which
    of its record's rows each is (`ordinals`), the contexts and variables that they bring, by number and id, their keys.

    `nulls_are_missing`: None where there is no null. `odd`: the records that columns are not sure of. `rows`: records
    of batches without columns, by key, as the row functions collected them.
    """

    batch: Batch
    nulls_are_missing: bool | None = None
    root: Column | None = None
    records: Any = None
    contexts: dict[int, Column] = field(default_factory=dict)
    values: dict[int, Column] = field(default_factory=dict)
    keys: list[Column] = field(default_factory=list)
    odd: list[Odd] = field(default_factory=list)
    rows: dict[Any, list[Any]] = field(default_factory=dict)
    codes: Any = None
    order: Any = None
    ordinals: Any = None

    def __len__(self) -> int:
        return 0 if self.records is None else len(self.records)


@lean_dataclass
class Slice:
    """Some whole groups: their rows in order of group and record, and where each group begins (and the last ends).

    `sources`: the chunk of each row; `records`: its record there.
    """

    first: int
    offsets: Any
    nulls_are_missing: bool
    root: Column
    contexts: dict[int, Column]
    values: dict[int, Column]
    sources: Any
    records: Any

    def __len__(self) -> int:
        return len(self.offsets) - 1


def coded(chunks: list[Chunk]) -> int:
    """Number the groups by first appearance; each chunk gets the group of each row, and its rows in their order.

    Raises Irregular where keys of the chunks are of unlike types.
    """
    held = [chunk for chunk in chunks if len(chunk)]
    if not held:
        return 0
    keys = [joined(list(parts)) for parts in zip(*(chunk.keys for chunk in held), strict=True)]
    codes = codes_of(keys, sum(map(len, held)))
    start = 0
    for chunk in held:
        own = codes.slice(start, len(chunk))
        start += len(chunk)
        chunk.order = pc.sort_indices(own).cast(pa.int64())
        chunk.codes = own.take(chunk.order)
    return int(pc.max(codes).as_py()) + 1


def slices(chunks: list[Chunk], groups: int) -> Iterator[Slice | tuple[int, int]]:
    """The groups in turn; where chunks do not go together, the first and last (excluded) of the groups instead."""
    held = [(number, chunk) for number, chunk in enumerate(chunks) if len(chunk)]
    ends = _ends([chunk for _, chunk in held], groups) if groups else []
    starts = [0] * len(held)
    first = 0
    for last in ends:
        parts = []
        for at, (number, chunk) in enumerate(held):
            end = bisect_left(chunk.codes, last, key=lambda code: code.as_py())
            if end > starts[at]:
                parts.append((number, chunk, starts[at], end))
            starts[at] = end
        try:
            yield _slice(first, parts)
        except (Irregular, pa.ArrowInvalid, pa.ArrowNotImplementedError):
            yield first, last
        first = last


def _ends(held: list[Chunk], groups: int) -> list[int]:
    """The first group behind each slice."""
    # Groups are numbered as they appear, which is the order that counts come in.
    appearing = pa.chunked_array([chunk.codes.take(pc.sort_indices(chunk.order)) for chunk in held])
    sums = pc.cumulative_sum(pc.value_counts(appearing).field("counts"))
    ends: list[int] = []
    size = 0
    while not ends or ends[-1] < groups:
        first = ends[-1] if ends else 0
        ends.append(max(first + 1, bisect_right(sums, size + SLICE, lo=first, key=lambda total: total.as_py())))
        size = sums[ends[-1] - 1].as_py()
    return ends


def _slice(first: int, parts: list[tuple[int, Chunk, int, int]]) -> Slice:
    readings = {chunk.nulls_are_missing for _, chunk, _, _ in parts} - {None}
    if len(readings) > 1:
        raise Irregular
    missing = readings != {False}
    rows = [chunk.order.slice(start, end - start) for _, chunk, start, end in parts]
    codes = pa.concat_arrays([chunk.codes.slice(start, end - start) for _, chunk, start, end in parts])
    # Chunks come in the order of the source, and sorting keeps the order of equal codes.
    order = pc.sort_indices(codes)
    counts = pc.value_counts(codes.take(order)).field("counts")
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(counts).cast(pa.int32())])

    chunks = [chunk for _, chunk, _, _ in parts]
    records = [chunk.records.take(places) for chunk, places in zip(chunks, rows, strict=True)]

    def gathered(columns: list[Column], places: list[Any]) -> Column:
        own = [taken(column, at) for column, at in zip(columns, places, strict=True)]
        return taken(joined([_evened(column, own, missing) for column in own]), order)

    return Slice(
        first,
        offsets,
        missing,
        gathered([chunk.root for chunk in chunks if chunk.root is not None], records),
        {number: gathered([chunk.contexts[number] for chunk in chunks], rows) for number in chunks[0].contexts},
        {key: gathered([chunk.values[key] for chunk in chunks], rows) for key in chunks[0].values},
        pa.concat_arrays([repeated(number, end - start) for number, _, start, end in parts]).take(order),
        pa.concat_arrays(records).take(order),
    )


def _evened(column: Column, others: list[Column], missing: bool) -> Column:
    """A column of the source with the members that the others have, which its records lack."""
    kinds = {other.data.type for other in others}
    if len(kinds) == 1 or column.members is not None or column.items is not None:
        return column
    kind = column.data.type
    for other in kinds:
        kind = _common(kind, other, missing)
    return Column(_as_type(column.data, kind), column.missing, source=column.source)


def _common(one: Any, other: Any, missing: bool) -> Any:
    """The type that holds what both hold; Irregular where there is none without a change.

    `missing`: a null stands for a member that is missing, so members may be added.
    """
    if one == other or t.is_null(other):
        return one
    if t.is_null(one):
        return other
    if t.is_list(one) and t.is_list(other):
        return pa.list_(_common(one.value_type, other.value_type, missing))
    if t.is_struct(one) and t.is_struct(other):
        names = list(dict.fromkeys(part.name for kind in (one, other) for part in kind))
        if not missing and any(names != [part.name for part in kind] for kind in (one, other)):
            raise Irregular
        return pa.struct([(name, _common(_member(one, name), _member(other, name), missing)) for name in names])
    raise Irregular


def _member(kind: Any, name: str) -> Any:
    place = kind.get_field_index(name)
    return kind.field(place).type if place >= 0 else pa.null()


def _as_type(data: Any, kind: Any) -> Any:
    """The data in a type that holds more."""
    if data.type == kind:
        return data
    if t.is_null(data.type):
        return pa.nulls(len(data), kind)
    if t.is_list(kind):
        lengths = pc.list_value_length(data).fill_null(single(0, pa.int32()))
        return pa.ListArray.from_arrays(
            offsets_of(lengths), _as_type(data.flatten(), kind.value_type), mask=data.is_null()
        )
    own = {part.name: pc.struct_field(data, part.name) for part in data.type}
    parts = [
        _as_type(own[part.name], part.type) if part.name in own else pa.nulls(len(data), part.type) for part in kind
    ]
    return pa.StructArray.from_arrays(parts, [part.name for part in kind], mask=data.is_null())
