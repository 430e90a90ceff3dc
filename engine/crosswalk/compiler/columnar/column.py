"""Columns of values in three states, and frames: the rows that are worked on, with what is known about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...lean import lean_dataclass
from ...plugin.resolver import RunInfo
from ..plan_path import Var

_FEW = 16
_MOST_DOUBT = 0.1
"""With more than a few, and above this share of records in doubt, mapping the whole batch row by row is quicker."""


def too_many(doubtful: int, count: int) -> bool:
    """Whether so many of the records are in doubt that rows are quicker."""
    return doubtful > _FEW + _MOST_DOUBT * count


class Irregular(Exception):
    """The batch has values that columns cannot hold: its rows decide."""


@lean_dataclass(eq=False)
class Column:
    """One value per row.

    `data` is null where the value is null or missing; `missing` is true where it is missing, None when it never is.
    An object that the mapping makes has `members` in place of data, a list that it makes `items`, so that the three
    states survive inside. `source`: read from the records as they came, so that paths may lead on into it.
    """

    data: Any
    missing: Any = None
    members: list[tuple[str, Column]] | None = None
    items: Items | None = None
    source: bool = False

    @property
    def type(self) -> Any:
        """The Arrow type of the data."""
        return self.data.type

    def absent(self) -> Any:
        """True where there is neither a value nor, for a list or object, an empty one."""
        return self.data.is_null()


@lean_dataclass(eq=False)
class Items:
    """The items of a list column: `offsets[i]:offsets[i+1]` of `values` are those of row i."""

    offsets: Any
    values: Column


@lean_dataclass
class Walked:
    """What a loop walks: the items, the row of each, their offsets by row, and variables that each brings, by id."""

    values: Column
    parents: Any
    offsets: Any
    variables: dict[int, Column] = field(default_factory=dict)


_KINDS: dict[type, Any] = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}


def either(a: Any, b: Any) -> Any:
    """The union of two masks, either of which may be None (nowhere)."""
    if a is None:
        return b
    return a if b is None else pc.or_(a, b)


def both(a: Any, b: Any) -> Any:
    """The intersection of two masks, either of which may be None (everywhere)."""
    if a is None:
        return b
    return a if b is None else pc.and_(a, b)


def some(mask: Any) -> bool:
    """Whether a mask (None: nowhere) is true anywhere."""
    return mask is not None and mask.true_count > 0


def rows_mask(rows: list[int], count: int) -> Any:
    """True at the rows of a list."""
    known = set(rows)
    return pa.array([row in known for row in range(count)], pa.bool_())


def single(value: Any, kind: Any = None) -> Any:
    """One value for kernels, made ahead where it can be: given a bare Python value, pyarrow infers its type anew each
    time, for which it looks for a package that may not be there."""
    return pa.scalar(value, kind or _KINDS.get(type(value)))


def repeated(value: Any, count: int, kind: Any = None) -> Any:
    """An array of one value."""
    return pa.repeat(single(value, kind), count)


def all_missing(count: int) -> Column:
    """A column that is missing everywhere."""
    return Column(pa.nulls(count), repeated(True, count))


def taken(column: Column, places: Any) -> Column:
    """The rows at `places`; a null place is missing."""
    missing = None if column.missing is None else column.missing.take(places)
    if places.null_count:
        missing = either(None if missing is None else missing.fill_null(False), places.is_null())
    members = None
    if column.members is not None:
        members = [(name, taken(member, places)) for name, member in column.members]
    items = None
    if column.items is not None:
        lists = pa.ListArray.from_arrays(column.items.offsets, row_numbers(column.items.values))
        chosen = lists.take(places)
        if chosen.null_count:
            chosen = pc.if_else(chosen.is_valid(), chosen, pa.scalar([], chosen.type))
        items = Items(
            chosen.offsets if chosen.offset == 0 else _rebased(chosen), taken(column.items.values, chosen.flatten())
        )
    return Column(column.data.take(places), missing, members, items, column.source)


def _rebased(lists: Any) -> Any:
    return pc.subtract(lists.offsets, lists.offsets[0])


def row_numbers(column: Column) -> Any:
    """0, 1, 2, ... for each row of a column."""
    return pa.array(range(len(column.data)), pa.int32())


class Env:
    """What one batch brings: the mask of records in doubt, the run, and the source's reading of nulls.

    `variables`: the column of a parameter or a fact of the run; `rest`: the columns that the row functions made.
    """

    def __init__(
        self,
        count: int,
        *,
        nulls_are_missing: bool,
        run: RunInfo,
        variables: Callable[[Var], Column],
        rest: Callable[[Frame], list[Column]],
    ) -> None:
        self.count = count
        self.nulls_are_missing = nulls_are_missing
        self.run = run
        self.variables = variables
        self.rest = rest
        self.doubt: Any = None

    def add(self, mask: Any) -> None:
        """Leave more records to their row."""
        if mask.true_count:
            self.doubt = either(self.doubt, mask)


class Frame:
    """The rows that a part of the mapping works on: the records, or the items of an `each` or `explode` below them.

    `active`: where what is computed counts; failures elsewhere are none. `parents[i]` is the row of `parent` that row i
    belongs to. `contexts`: what relative paths start from, by number of the context.
    """

    def __init__(self, env: Env, count: int, parent: Frame | None = None, parents: Any = None) -> None:
        self.env = env
        self.count = count
        self.parent = parent
        self.parents = parents
        self.active: Any = None
        self._heard: list[Any] | None = None
        if parent is not None and parent.active is not None:
            self.active = parent.active.take(parents)
        self.contexts: dict[int, Column] = {}
        self.values: dict[int, Column] = {}
        self.memo: dict[Any, Any] = {}

    @property
    def root(self) -> Frame:
        """The frame of the records."""
        return self if self.parent is None else self.parent.root

    def context(self, number: int) -> Column:
        """The context of a number, brought down from the frame that has it."""
        if number not in self.contexts:
            if self.parent is None:
                raise Irregular
            self.contexts[number] = taken(self.parent.context(number), self.parents)
        return self.contexts[number]

    def value(self, key: int) -> Column | None:
        """The value of a scope variable (by id), brought down from the frame that has it."""
        if key not in self.values and self.parent is not None:
            held = self.parent.value(key)
            if held is not None:
                self.values[key] = taken(held, self.parents)
        return self.values.get(key)

    @contextmanager
    def overheard(self) -> Iterator[list[Any]]:
        """Collect the doubts of what is done inside, for any row, in place of noting them."""
        heard, active = self._heard, self.active
        self._heard, self.active = [], None
        try:
            yield self._heard
        finally:
            self._heard, self.active = heard, active

    def doubt(self, mask: Any) -> None:
        """Leave the records of these rows to the row function: something is not sure, or wrong."""
        if mask is None:
            return
        if self._heard is not None:
            self._heard.append(mask)
            return
        mask = both(self.active, mask.fill_null(False) if mask.null_count else mask)
        if not mask.true_count:
            return
        if self.parent is None:
            self.env.add(mask)
            if too_many(self.env.doubt.true_count, self.env.count):
                raise Irregular  # what else the columns would tell is not asked for
        else:
            rows = self.parents.filter(mask).unique()
            everyone = pa.array(range(self.parent.count), self.parents.type)
            self.parent.doubt(pc.is_in(everyone, value_set=rows))
