"""Whether copies of a mapping may work in other processes, each on some of the records, with the same results."""

from __future__ import annotations

from .plan import CallStep, Plan
from .walk import walk

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
