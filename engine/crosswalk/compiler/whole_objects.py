"""Finds the expressions that look at whole objects, which the columns of some formats do not hold as they are."""

from __future__ import annotations

from collections.abc import Iterator

from ..plugin.format import Format
from ..plugin.path import Needs, Projection
from .columnar.names import deep_of, ways_of
from .plan import Plan
from .plan_path import PathPlan
from .plan_step import FilterStep, GetStep
from .walk import walk


def whole_objects(reader: Format | type[Format], plan: Plan) -> list[PathPlan]:
    """The expressions of a plan that keep records of a format from being columns; empty where none does.

    What else wants a whole object is known from the data only: a plain path may lead to a number as well.
    """
    if reader.whole_objects:
        return []
    # What these read is what a step before them made.
    below = {node.ctx.id for node in walk(plan) if isinstance(node, FilterStep | GetStep)}
    ways, deep = ways_of(plan), deep_of(plan)

    def wants(path: PathPlan) -> bool:
        if path.ctx.id in below if path.var is None else path.var.origin not in ("item", "rows"):
            return False
        return any(map(_looks, _needs(path))) or (id(path) not in ways and deep[id(path)] > 0 and _gives(path))

    return [node for node in walk(plan) if isinstance(node, PathPlan) and wants(node)]


def _needs(path: PathPlan) -> Iterator[Needs]:
    """What an expression, or each filter of a path through lists, looks at."""
    found = path.compiled
    if found is None or found.segments is not None:
        return
    if found.projection is not None:
        yield from _of_filters(found.projection)
    elif found.needs is not None:
        yield found.needs


def _of_filters(projection: Projection) -> Iterator[Needs]:
    if projection.where is not None and projection.where.needs is not None:
        yield projection.where.needs
    for part in (projection.base, projection.each):
        if isinstance(part, Projection):
            yield from _of_filters(part)


def _gives(path: PathPlan) -> bool:
    """Whether a path through lists gives their items, of which it looks at members."""
    found = path.compiled.projection if path.compiled is not None else None
    while found is not None and not found.each and not any(isinstance(name, str) for name in found.then):
        keys = (found.order, found.where is not None and found.comparison is not None and found.comparison.path)
        if any(keys) or (found.where is not None and found.where.needs is not None and found.where.needs.objects):
            return True
        found = found.base if isinstance(found.base, Projection) else None
    return False


def _looks(needs: Needs) -> bool:
    return (needs.whole and needs.objects) or any(map(_looks, needs.members.values()))
