"""`group` over columns: records are kept as columns and made into groups at the end of the source.

A group with a record that columns are not sure of, and one whose output they are not sure of, is mapped by the row
functions, from the records themselves.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from ...batch import Batch, Columns
from ...lean import lean_dataclass
from ...plugin.resolver import RunInfo
from ..ops_iterate import hashable
from ..plan import Plan
from ..plan_path import Var
from .codes import first_of_each
from .column import Column, Env, Frame, Items, both, either, repeated, single, taken, too_many
from .entries import variables_of
from .from_python import column_of
from .gathered import Chunk, Collected, Odd, Slice, coded, slices
from .group_rows import views
from .running import NOT_IN_COLUMNS, constant, root_frame
from .splicing import spliced
from .union import any_null
from .values import values_of

if TYPE_CHECKING:
    from .program import ColumnarProgram


class ByRows(Protocol):
    """The row functions of a `group`."""

    def collect(self, batch: Batch, place: int, row: Any) -> Collected:
        """What one record gives; nothing where it is filtered or refused, which is noted."""

    def emit(self, items: list[Any]) -> Mapping[str, list[Any]]:
        """The outputs of one group, by stream; where it is refused none, and its records are noted."""


@lean_dataclass
class _ByRow:
    """A group that the row functions map: before which group of the columns it comes, and its items in order."""

    rank: int
    items: list[tuple[tuple[int, int, int], Any]] = field(default_factory=list)


class Grouping:
    """Gathers the records of a run. Not to be used from several threads at once."""

    def __init__(
        self, program: ColumnarProgram, plan: Plan, params: Mapping[str, Any], run: RunInfo, by_rows: ByRows
    ) -> None:
        self._program = program
        self._plan = plan
        self._params = params
        self._run = run
        self._by_rows = by_rows
        self._chunks: list[Chunk] = []

    # ---- gathering ------------------------------------------------------------------------------------------------

    def add(self, batch: Batch, columns: Columns) -> int | None:
        """Keep the records of a batch as columns; how many are filtered, or None when it is too irregular for that."""
        unsure = columns.unsure
        for mask in columns.null_at.values():
            unsure = either(unsure, mask)
        columns = Columns(columns.table, columns.nulls, unsure)
        root = root_frame(self._plan.root.id, batch, columns, self._params, self._run)
        try:
            frame, keep, keys = self._program.collect(root)
            doubt = root.env.doubt
            if doubt is not None and too_many(doubt.true_count, root.count):
                return None
            chunk = Chunk(batch, None, root.contexts[self._plan.root.id])
            if any_null(columns.table):
                chunk.nulls_are_missing = columns.nulls == "missing"
            reached = self._keep(chunk, frame, both(keep, None if doubt is None else pc.invert(doubt)), keys)
        except NOT_IN_COLUMNS:
            return None
        self._chunks.append(chunk)
        left = [] if doubt is None else pc.indices_nonzero(doubt).to_pylist()
        for place, row in zip(left, batch.rows_at(left) if left else (), strict=True):
            chunk.odd.append(Odd(place, self._by_rows.collect(batch, place, row)))
        return root.count - len(left) - reached

    def _keep(self, chunk: Chunk, frame: Frame, sure: Any, keys: list[Column]) -> int:
        """Note the rows of the records of a mask (None: all); how many records have any."""
        records = pa.array(range(frame.root.count), pa.int64())
        above = frame
        while above.parent is not None:
            records = above.parents.cast(pa.int64()) if above is frame else above.parents.cast(pa.int64()).take(records)
            above = above.parent
        contexts = {loop.item.id: frame.context(loop.item.id) for loop in self._plan.loops}
        values = {key: frame.value(key) for loop in self._plan.loops for key in variables_of(loop)}
        if sure is not None:
            places = pc.indices_nonzero(sure.take(records))
            if len(places) < len(records):
                records = records.take(places)
                keys = [taken(key, places) for key in keys]
                contexts = {number: taken(column, places) for number, column in contexts.items()}
                values = {key: taken(column, places) for key, column in values.items() if column is not None}
        chunk.records, chunk.keys, chunk.contexts = records, keys, contexts
        chunk.values = {key: column for key, column in values.items() if column is not None}
        return len(records.unique())

    def rows(self, batch: Batch) -> dict[Any, list[Any]]:
        """Where the row functions put the records of a batch without columns: a list of items by key."""
        if not self._chunks or self._chunks[-1].root is not None:
            self._chunks.append(Chunk(batch))
        return self._chunks[-1].rows

    # ---- the end of the source ------------------------------------------------------------------------------------

    def end(self, streams: tuple[str, ...]) -> dict[str, Batch]:
        """The groups, by stream, in the order of their first records; all records are forgotten."""
        try:
            count = coded(self._chunks)
        except NOT_IN_COLUMNS:
            self._all_odd()
            count = 0
        made = _Streams(streams)
        apart, extra = self._apart(count)
        for part in slices(self._chunks, count):
            first, last = part if isinstance(part, tuple) else (part.first, part.first + len(part))
            found = None if isinstance(part, tuple) else self._mapped(part, apart)
            left = range(first, last) if found is None else [first + place for place in found.left]
            here = [group for group in extra if group.rank < last]
            extra = extra[len(here) :]
            here += [_ByRow(code, items) for code, items in self._items(set(left) - apart).items()]
            others = self._emitted(here, streams)
            for stream in streams:
                if found is None:
                    made.add(stream, Batch.of_rows([row for _, rows in others[stream] for row in rows]))
                    continue
                records, places = found.streams[stream]
                ranks = range(first, last) if places is None else [first + place for place in places.to_pylist()]
                made.add(stream, spliced(records, ranks, others[stream]))
        for stream, rest in self._emitted(extra, streams).items():
            made.add(stream, Batch.of_rows([row for _, rows in rest for row in rows]))
        self._chunks = []
        return made.batches()

    def _mapped(self, part: Slice, apart: set[int]) -> Any:
        env = Env(
            len(part),
            nulls_are_missing=part.nulls_are_missing,
            run=self._run,
            variables=lambda var: self._fact(var, part),
            rest=lambda frame: [],
        )
        frame = Frame(env, len(part))
        firsts = part.offsets[:-1]
        group = self._plan.group
        assert group is not None
        try:
            if apart:
                env.add(pc.is_in(pa.array(range(part.first, part.first + len(part))), value_set=pa.array(list(apart))))
            frame.contexts[self._plan.root.id] = taken(part.root, firsts)
            frame.contexts.update((number, taken(column, firsts)) for number, column in part.contexts.items())
            frame.values.update((key, taken(column, firsts)) for key, column in part.values.items())
            rows = Items(part.offsets, views(env, self._plan, part))
            frame.values[id(group.rows)] = Column(repeated(True, len(part)), items=rows)
            return self._program.group(frame)
        except NOT_IN_COLUMNS:
            return None

    def _fact(self, var: Var, part: Slice) -> Column:
        """A parameter, or a fact of the run, or of the first record of each group."""
        if var.origin != "meta":
            return Column(column_of([constant(var, self._params, self._run)]).data.take(repeated(0, len(part))))
        firsts = part.offsets[:-1]
        found: list[Any] = []
        for source, record in zip(
            part.sources.take(firsts).to_pylist(), part.records.take(firsts).to_pylist(), strict=True
        ):
            batch = self._chunks[source].batch
            if var.name == "meta.file":
                found.append(batch.file)
            else:
                numbers = batch.numbers if var.name == "meta.row" else batch.lines
                found.append(numbers[record] if numbers else 0)
        return column_of(found)

    # ---- groups by rows -------------------------------------------------------------------------------------------

    def _all_odd(self) -> None:
        """Leave every record to the row functions: the keys are of types that do not go together."""
        for chunk in self._chunks:
            if not len(chunk):
                continue
            places = sorted({*chunk.records.to_pylist()})
            chunk.odd += [
                Odd(place, self._by_rows.collect(chunk.batch, place, row))
                for place, row in zip(places, chunk.batch.rows_at(places), strict=True)
            ]
            chunk.odd.sort(key=lambda odd: odd.place)
            chunk.records = None

    def _apart(self, count: int) -> tuple[set[int], list[_ByRow]]:
        """The groups that have records which only the row functions collected: the numbers of those that columns know,
        and all of them in order."""
        odd = [
            (key, (number, place, at), item)
            for number, chunk in enumerate(self._chunks)
            for key, place, at, item in _collected(chunk)
        ]
        if not odd:
            return set(), []
        firsts, known = self._known(count)
        groups: dict[Any, _ByRow] = {}
        for key, position, item in odd:
            groups.setdefault(known.get(key, key), _ByRow(0)).items.append((position, item))
        apart = {code for code in groups if type(code) is _Code}
        for code, items in self._items({code.number for code in apart}).items():
            groups[_Code(code)].items += items
        for group in groups.values():
            group.items.sort(key=lambda pair: pair[0])
            group.rank = bisect_left(firsts, group.items[0][0])
        ordered = sorted(groups.values(), key=lambda group: group.items[0][0])
        return {code.number for code in apart}, ordered

    def _known(self, count: int) -> tuple[list[tuple[int, int, int]], dict[Any, _Code]]:
        """Where each group of the columns appears first, and its number by its key as the row functions make it."""
        firsts: list[tuple[int, int, int]] = []
        known: dict[Any, _Code] = {}
        highest = -1
        for number, chunk in enumerate(self._chunks):
            if not len(chunk):
                continue
            back = pc.sort_indices(chunk.order)
            codes = chunk.codes.take(back)
            new = both(first_of_each(codes), pc.greater(codes, highest))
            places = pc.indices_nonzero(new)
            env = Env(0, nulls_are_missing=True, run=self._run, variables=lambda var: column_of([]), rest=lambda f: [])
            keys = [values_of(env, taken(key, places)) for key in chunk.keys]
            for (record, ordinal), *key in zip(_positions(chunk, places), *keys, strict=True):
                known[hashable(tuple(key))] = _Code(len(firsts))
                firsts.append((number, record, ordinal))
            highest = len(firsts) - 1
        assert len(firsts) == count
        return firsts, known

    def _items(self, codes: set[int]) -> dict[int, list[tuple[tuple[int, int, int], Any]]]:
        """What the row functions collect of the rows of some groups, each with its position."""
        found: dict[int, list[tuple[tuple[int, int, int], Any]]] = {code: [] for code in sorted(codes)}
        wanted = pa.array(list(found), pa.int64())
        for number, chunk in enumerate(self._chunks):
            if not codes or not len(chunk):
                continue
            at = pc.indices_nonzero(pc.is_in(chunk.codes, value_set=wanted))
            positions = _positions(chunk, chunk.order.take(at))
            placed = sorted(zip(chunk.codes.take(at).to_pylist(), positions, strict=True))
            records = sorted({place for _, (place, _) in placed})
            given = zip(records, chunk.batch.rows_at(records) if records else (), strict=True)
            collected = {place: self._by_rows.collect(chunk.batch, place, row) for place, row in given}
            for code, (place, ordinal) in placed:
                found[code].append(((number, place, ordinal), collected[place][ordinal][1]))
        return found

    def _emitted(self, groups: list[_ByRow], streams: tuple[str, ...]) -> dict[str, list[tuple[int, list[Any]]]]:
        """What the row functions make of groups, by stream and rank."""
        found: dict[str, list[tuple[int, list[Any]]]] = {stream: [] for stream in streams}
        for group in sorted(groups, key=lambda group: (group.rank, group.items[0][0])):
            for stream, rows in self._by_rows.emit([item for _, item in group.items]).items():
                if rows:
                    found[stream].append((group.rank, rows))
        return found


@lean_dataclass(frozen=True)
class _Code:
    """The number of a group, as unlike any key."""

    number: int


def _collected(chunk: Chunk) -> list[tuple[Any, int, int, Any]]:
    """Key, place, place within, and item of all that the row functions collected."""
    found = [(key, odd.place, at, item) for odd in chunk.odd for at, (key, item) in enumerate(odd.collected)]
    for place, (key, items) in enumerate(chunk.rows.items()):
        found += [(key, place, at, item) for at, item in enumerate(items)]
    return found


def _positions(chunk: Chunk, rows: Any) -> list[tuple[int, int]]:
    """The record of some rows, and which of its record's rows each is."""
    if chunk.ordinals is None:
        row = pa.array(range(len(chunk)), pa.int64())
        first = pc.cumulative_max(pc.if_else(first_of_each(chunk.records), row, single(0)))
        chunk.ordinals = pc.subtract(row, first)
    return list(zip(chunk.records.take(rows).to_pylist(), chunk.ordinals.take(rows).to_pylist(), strict=True))


class _Streams:
    """What each stream gets, piece by piece."""

    def __init__(self, streams: tuple[str, ...]) -> None:
        self._pieces: dict[str, list[Batch]] = {stream: [] for stream in streams}

    def add(self, stream: str, batch: Batch) -> None:
        self._pieces[stream] += [piece for piece in batch.pieces if len(piece)]

    def batches(self) -> dict[str, Batch]:
        return {stream: Batch.of_pieces(pieces) for stream, pieces in self._pieces.items()}
