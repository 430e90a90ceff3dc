"""The members of an object as items, over columns: where all objects of a batch have the same, in one order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from ..ops_iterate import match_key
from ..plan import Loop
from .column import Column, Frame, Irregular, Walked, single, taken
from .lists import offsets_of
from .members import below
from .mixing import joined

if TYPE_CHECKING:
    from .fields import FieldBuilder


def entries_of(build: FieldBuilder, loop: Loop) -> Callable[[Frame], Walked]:
    """What walks the chosen members of each object, with their keys and what globs captured."""
    assert loop.path is not None
    read = build.path(loop.path, "node")

    def items(frame: Frame) -> Walked:
        column = read(frame)
        kind = column.data.type
        if column.members is not None or (t.is_struct(kind) and frame.env.nulls_are_missing):
            raise Irregular  # each object has members of its own, in its own order
        there = column.data.is_valid()
        if not t.is_struct(kind):
            frame.doubt(there)
            return _nothing(frame, loop)
        names = [kind.field(place).name for place in range(kind.num_fields)]
        if len(set(names)) < len(names):
            raise Irregular
        chosen = [
            (place, name, found) for place, name in enumerate(names) if (found := _wanted(loop, name)) is not None
        ]
        if not chosen:
            return _nothing(frame, loop)
        values = joined([below(frame.env, column, (name,)) for _, name, _ in chosen])
        rows, size = pc.indices_nonzero(there).cast(pa.int32()), single(len(chosen), pa.int32())
        everyone = pa.array(range(len(rows) * len(chosen)), pa.int32())
        turn = pc.divide(everyone, size)
        member = pc.subtract(everyone, pc.multiply(turn, size))
        parents = rows.take(turn)
        places = pc.add(pc.multiply(member, single(frame.count, pa.int32())), parents)
        lengths = pc.multiply(there.cast(pa.int32()), size)
        return Walked(taken(values, places), parents, offsets_of(lengths), _variables(loop, chosen, member))

    return items


def variables_of(loop: Loop) -> set[int]:
    """The variables that come with the members."""
    return {id(var) for var in (loop.index, loop.key, loop.scope_key, *loop.captures) if var is not None}


def _wanted(loop: Loop, name: str) -> tuple[str, ...] | None:
    """What globs capture of a name; None for one that is left out."""
    if name in loop.exclude:
        return None
    return match_key(name, loop.match) if loop.match else ()


def _nothing(frame: Frame, loop: Loop) -> Walked:
    none = pa.array([], pa.int32())
    empty = Column(pa.nulls(0))
    return Walked(empty, none, pa.array([0] * (frame.count + 1), pa.int32()), dict.fromkeys(variables_of(loop), empty))


def _variables(loop: Loop, chosen: list[tuple[int, str, tuple[str, ...]]], member: Any) -> dict[int, Column]:
    found: dict[int, Column] = {}
    for var in (loop.key, loop.scope_key):
        if var is not None:
            found[id(var)] = Column(pa.array([name for _, name, _ in chosen], pa.string()).take(member))
    if loop.index is not None:
        found[id(loop.index)] = Column(pa.array([place for place, _, _ in chosen], pa.int64()).take(member))
    for number, var in enumerate(loop.captures):
        texts = pa.array([part[number] if number < len(part) else None for _, _, part in chosen], pa.string())
        absent = texts.is_null()
        found[id(var)] = Column(texts.take(member), absent.take(member) if absent.true_count else None)
    return found
