"""Whether copies of a mapping may work in other processes, each on some of the records, with the same results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .plan import Plan
from .plan_step import CallStep, Table
from .walk import walk

if TYPE_CHECKING:
    from ..plugin.resolver import RunInfo
    from ..registry import Registry
    from ..spec.mapping_spec import MappingSpec
    from .mapper import BackEnd, Mapper

MOST_COPIED = 1_000_000
"""Rows of lookup tables that each worker process may have a copy of."""


def held_here(plan: Plan) -> str:
    """Why it works in one process only; "" where it may work in several."""
    if plan.root.language == "xpath":
        return "elements of XML cannot be sent to another process"
    if plan.group is not None and plan.group.scope == "source":
        return "the groups take in records of the whole source"
    if sum(table.size for table in plan.tables.values()) > MOST_COPIED:
        return f"the lookup tables have more than {MOST_COPIED:,} rows"
    for node in walk(plan):
        if isinstance(node, CallStep) and not node.resolver.pure:
            return f'"{node.resolver.name}" gives another value at each call'
        if isinstance(node, CallStep) and node.resolver.batched:
            return f'"{node.resolver.name}" asks for many values at once, and remembers them'
    return ""


def rebuilt(
    spec: MappingSpec,
    registry: Registry,
    source_format: str | None,
    bound: tuple[Any, RunInfo | None],
    back_end: BackEnd,
    read: tuple[dict[str, Table], Any],
) -> Mapper:
    """A mapper from what pickling keeps of one: `bound` are its parameters and run, `read` its tables and schema."""
    from .build_mapping import build_plan
    from .depth import limited_depth
    from .mapper import Mapper
    from .params import Bound

    with limited_depth(spec):
        plan = build_plan(spec, registry, source_format=source_format, tables=read[0])
        mapper = Mapper(spec, plan, registry, source_format, schema=read[1])
    return mapper._with(_bound=Bound(plan.params, registry, *bound), _back_end=back_end)
