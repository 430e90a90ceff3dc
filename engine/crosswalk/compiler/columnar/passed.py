"""Passthrough over columns: the members of the records that are copied, as each batch has them."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from ..ops_member import copier_of
from ..plan import Passthrough
from .column import Column, Frame, Irregular
from .members import below, emptied


def copied_members(rest: Passthrough) -> Callable[[Frame, set[str]], list[tuple[str, Column]]]:
    """What gives the copied members of a frame's records, in their order, all but those of the given names."""
    copier, number = copier_of(rest), rest.ctx.id

    def copied(frame: Frame, made: set[str]) -> list[tuple[str, Column]]:
        record = frame.context(number)
        kind = record.data.type
        # Where members may be missing, each record has an order of its own.
        if not pa.types.is_struct(kind) or frame.env.nulls_are_missing:
            raise Irregular
        names = [kind.field(place).name for place in range(kind.num_fields)]
        if len(set(names)) < len(names):
            raise Irregular
        wanted = [name for name in names if name not in made and copier.wanted(name)]
        return [(name, emptied(below(frame.env, record, (name,)), copier.empty)) for name in wanted]

    return copied
