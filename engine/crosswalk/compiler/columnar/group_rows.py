"""`$rows` over columns: the records of each group, with the names of `explode` over them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..plan import Plan
from .column import Column, Env, Irregular
from .gathered import Slice


def views(env: Env, plan: Plan, part: Slice) -> Column:
    """What an item of `$rows` is, for all rows of the groups."""
    if not plan.loops:
        return part.root
    members = {field.name: pc.struct_field(part.root.data, field.name) for field in part.root.data.type}
    for loop in plan.loops:
        if loop.var is not None:
            members[loop.var.name] = _member(env, part.contexts[loop.item.id])
        for var in (loop.index, loop.key):
            if var is not None:
                members[var.name] = _member(env, part.values[id(var)])
    return Column(pa.StructArray.from_arrays(list(members.values()), list(members)), source=True)


def _member(env: Env, column: Column) -> Any:
    """The data of a column as a member of a record, whose nulls all stand for the same."""
    if column.members is not None or column.items is not None:
        raise Irregular
    absent = column.data.null_count
    missing = 0 if column.missing is None else column.missing.true_count
    if absent and (missing != absent if env.nulls_are_missing else missing):
        raise Irregular
    return column.data
