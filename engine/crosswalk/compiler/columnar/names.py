"""Which members of a record a mapping reads, as a tree: what a reader of columns needs, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from ...lean import lean_dataclass
from ...plugin.format import NameTree
from ...plugin.path import Needs, PathForm, PathLanguage, Projection
from ..plan import Field, Loop, Object, Plan, Source, Use
from ..plan_path import PathPlan
from ..plan_step import CallStep, FilterStep, GetStep, PathCond
from ..walk import walk

_Tree = dict[str, Any]
_ALL: Any = None
_SHALLOW = frozenset({"present", "missing", "type"})
"""Operators that look at nothing that a list or an object holds."""


Languages = Mapping[str, PathLanguage]


def is_over_nodes(path: PathPlan, languages: Languages) -> bool:
    """Whether a path searches in the nodes of a document."""
    if path.var is None:
        return languages[path.ctx.language].over_nodes
    return path.var.kind == "node" and languages[path.var.language].over_nodes


def is_rows_of_nodes(path: PathPlan, languages: Languages) -> bool:
    """Whether a path is about the rows of a group that are nodes of a document."""
    return path.var is not None and path.var.origin == "rows" and is_over_nodes(path, languages)


def column_of(path: PathPlan, form: PathForm, languages: Languages) -> str | None:
    """The name of the column that has what such a path finds; None when there is none."""
    return languages[path.ctx.language if path.var is None else path.var.language].column(path.compiled, form)


@lean_dataclass(frozen=True, slots=False)
class _Place:
    """Where a context stands in the record: the names that lead there (None: nowhere), and members of its own."""

    names: tuple[str, ...] | None
    own: dict[str, _Place] = field(default_factory=dict)

    def below(self, segments: tuple[str | int, ...]) -> _Place:
        """The place at the end of a path."""
        here = self
        for segment in segments:
            if isinstance(segment, str):
                further = None if here.names is None else (*here.names, segment)
                here = here.own.get(segment) or _Place(further)
        return here


class _Reading:
    """The places of contexts, by number and by the local of a variable, and the tree of what is read."""

    def __init__(self, plan: Plan, languages: Languages) -> None:
        self._languages = languages
        root = _Place(())
        self.contexts = {plan.root.id: root}
        self.homes = {plan.root.local: root}
        if plan.group is not None:
            self.homes[plan.group.rows.expr] = _Place((), {})
        self.tree: _Tree = {}

    def place(self, path: PathPlan, form: PathForm = "value") -> _Place | None:
        """Where a path leads; None when that is not known."""
        start = self.homes.get(path.var.expr) if path.var is not None else self.contexts.get(path.ctx.id)
        if start is None:
            # What a variable holds is read where the variable is made.
            return _Place(None) if path.var is not None and path.var.origin == "let" else None
        if is_rows_of_nodes(path, self._languages) and path.compiled is None:
            return start
        if is_over_nodes(path, self._languages):
            name = column_of(path, form, self._languages)
            return None if name is None else start.below((name,))
        if path.compiled is None:
            return start
        if path.compiled.segments is not None:
            return start.below(path.compiled.segments)
        if path.compiled.projection is not None:
            return _projected(start, path.compiled.projection)
        # What such an expression gives is made of what it looks at.
        return _Place(None) if path.compiled.needs is not None else None

    def add_looks(self, path: PathPlan) -> bool:
        """Note what an expression, and the filters of a path through lists, look at; false as `add`."""
        compiled = path.compiled
        start = self.homes.get(path.var.expr) if path.var is not None else self.contexts.get(path.ctx.id)
        if start is None or compiled is None or compiled.segments is not None or is_over_nodes(path, self._languages):
            return True
        if compiled.projection is not None:
            return self._add_filters(start, compiled.projection)
        return compiled.needs is None or self._add_needs(start, compiled.needs)

    def _add_filters(self, start: _Place, projection: Projection) -> bool:
        base, each, where = projection.base, projection.each, projection.where
        if isinstance(base, tuple):
            listed, known = start.below(base), True
        else:
            listed, known = _projected(start, base), self._add_filters(start, base)
        if where is not None and where.needs is not None:
            known = self._add_needs(listed, where.needs) and known
        for key in (projection.order, projection.extreme.key if projection.extreme is not None else None):
            if key is not None:
                known = self.add(_found(listed, each).below(key), leaf=True) and known
        return known if isinstance(each, tuple) else self._add_filters(listed, each) and known

    def _add_needs(self, place: _Place, needs: Needs) -> bool:
        known = self.add(place, leaf=needs.whole)
        for name, inner in needs.members.items():
            known = self._add_needs(place.below((name,)), inner) and known
        return known

    def add(self, place: _Place, *, leaf: bool) -> bool:
        """Note that a place is read; false when it is the whole record."""
        whole = place.names is None or self._add(place.names, leaf=leaf)
        return whole and all(self.add(own, leaf=leaf) for own in place.own.values())

    def _add(self, path: tuple[str, ...], *, leaf: bool) -> bool:
        if not path:
            return not leaf
        tree = self.tree
        for name in path[:-1]:
            below = tree.setdefault(name, {})
            if below is _ALL:
                return True
            tree = below
        if leaf:
            tree[path[-1]] = _ALL
        else:
            tree.setdefault(path[-1], {})
        return True


def names_read(plan: Plan, languages: Languages) -> NameTree | None:
    """The tree (see ReadOptions.names); None when all of a record may be read."""
    if any(isinstance(node, Object) and (node.passthrough or _spreads_data(node)) for node in walk(plan)):
        return None
    reading = _Reading(plan, languages)
    # What has no column of its own is found in the nodes themselves: the records are made for it.
    over_nodes = languages[plan.root.language].over_nodes
    if not _contexts(plan, reading) and not over_nodes:
        return None
    ways = ways_of(plan)
    # What these read stands below a value that is read whole.
    below = {node.ctx.id for node in walk(plan) if isinstance(node, FilterStep | GetStep)}
    deep = deep_of(plan)
    all_of = {id(path) for node in walk(plan) for path in _all_of(node)}
    for node in walk(plan):
        if not isinstance(node, PathPlan) or (node.var is None and node.ctx.id in below):
            continue
        if not reading.add_looks(node):
            return None
        if id(node) in ways:
            continue
        if node.var is not None and node.var.expr not in reading.homes:
            continue
        place = reading.place(node, "values" if id(node) in all_of else "value")
        leaf = deep[id(node)] > 0
        if place is None and over_nodes:
            continue
        if place is None:
            # An expression reads all of its context.
            place, leaf = reading.contexts.get(node.ctx.id) if node.var is None else None, True
        if place is None or not reading.add(place, leaf=leaf):
            return None
    return reading.tree


def ways_of(plan: Plan) -> set[int]:
    """The paths, by id, that only lead to contexts: of what they find, no more is read than what paths below say."""
    ways = {id(node.path) for node in walk(plan) if isinstance(node, Loop)}
    ways |= {id(path) for node in walk(plan) if isinstance(node, Loop) for _, path in node.zip}
    return ways | {id(node.at) for node in walk(plan) if isinstance(node, Use)}


def deep_of(plan: Plan) -> Counter[int]:
    """How many times the value of each path, by id, is looked into; 0 where no more is asked than that it is there."""
    deep = Counter(id(node) for node in walk(plan) if isinstance(node, PathPlan))
    deep.subtract(id(path) for node in walk(plan) for path in _shallow(node))
    return deep


def _spreads_data(obj: Object) -> bool:
    """Whether members of objects of the data are spread, which stand in an order that each of them has of its own."""
    spread = obj.spread
    if spread is None or spread.steps or not isinstance(spread.origin, Source):
        return False
    return all(path.compiled is None or path.compiled.segments is not None for path in spread.origin.paths)


def _contexts(plan: Plan, reading: _Reading) -> bool:
    """Find the places of what paths start from; false when one is not known."""
    known = True
    for node in walk(plan):
        if isinstance(node, Use) and node.at is not None:
            place, local, number = reading.place(node.at, "node"), node.ctx.local, node.ctx.id
        elif isinstance(node, Loop):
            place, local, number = _items(reading, node), node.item.local, node.item.id
        else:
            continue
        if place is None or not reading.add(place, leaf=False):
            known = False
            continue
        reading.contexts[number] = reading.homes[local] = place
        if plan.group is not None and any(node is loop for loop in plan.loops):
            own = reading.homes[plan.group.rows.expr].own
            own.update({var.name: place for var in (node.var,) if var is not None})
            own.update({var.name: _Place(None) for var in (node.index, node.key) if var is not None})
    return known


def _items(reading: _Reading, loop: Loop) -> _Place | None:
    if loop.zip:
        own = {name: reading.place(path, "values") for name, path in loop.zip}
        known = {name: place for name, place in own.items() if place is not None}
        return _Place(None, known) if len(known) == len(own) else None
    return reading.place(loop.path, "nodes") if loop.path is not None and not loop.entries else None


def _projected(start: _Place, projection: Projection) -> _Place:
    """The place that a path through lists leads to: lists have none of their own."""
    base, each = projection.base, projection.each
    listed = start.below(base) if isinstance(base, tuple) else _projected(start, base)
    return _found(listed, each).below(projection.then)


def _found(listed: _Place, each: tuple[str | int, ...] | Projection) -> _Place:
    return listed.below(each) if isinstance(each, tuple) else _projected(listed, each)


def _all_of(node: Any) -> list[PathPlan]:
    """The paths of a node of which all matches are taken."""
    return node.origin.paths if isinstance(node, Field) and isinstance(node.origin, Source) and node.takes_all else []


def _shallow(node: Any) -> list[PathPlan]:
    """The paths of a node whose values are not looked into."""
    if isinstance(node, Field) and isinstance(node.origin, Source) and node.steps:
        first = node.steps[0]
        if isinstance(first, CallStep) and first.resolver.shallow:
            return node.origin.paths
    if isinstance(node, PathCond) and node.cast is None and all(test.op in _SHALLOW for test in node.tests):
        return [node.path]
    return []
