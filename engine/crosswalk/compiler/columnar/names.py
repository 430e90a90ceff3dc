"""Which members of a record a mapping reads, as a tree: what a reader of columns needs, and no more."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ...plugin.format import NameTree
from ..lint import walk
from ..plan import CallStep, Field, FilterStep, GetStep, Loop, Object, PathCond, PathPlan, Plan, Source

_Tree = dict[str, Any]
_ALL: Any = None
_SHALLOW = frozenset({"present", "missing", "type"})
"""Operators that look at nothing that a list or an object holds."""


def names_read(plan: Plan) -> NameTree | None:
    """The tree (see ReadOptions.names); None when all of a record may be read."""
    if any(isinstance(node, Object) and node.passthrough is not None for node in walk(plan)):
        return None
    root: _Tree = {}
    homes: dict[str, tuple[str, ...] | None] = {plan.root.local: ()}
    contexts: dict[int, tuple[str, ...] | None] = {plan.root.id: ()}
    loops = [node for node in walk(plan) if isinstance(node, Loop)]
    for loop in loops:
        base = _base(loop.path, contexts, homes) if loop.path is not None and not loop.entries else None
        contexts[loop.item.id] = homes[loop.item.local] = base
        if base is None:
            return None
        if not _add(root, base, leaf=False):
            return None
    # What these read stands below a value that is read whole.
    below = {node.ctx.id for node in walk(plan) if isinstance(node, FilterStep | GetStep)}
    deep = Counter(id(node) for node in walk(plan) if isinstance(node, PathPlan))
    deep.subtract(id(path) for node in walk(plan) for path in _shallow(node))
    for node in walk(plan):
        if isinstance(node, PathPlan) and not (node.var is None and node.ctx.id in below):
            base = _base(node, contexts, homes)
            if node.var is not None and node.var.expr not in homes:
                continue
            if base is None:
                if not _whole(root, node, contexts):
                    return None
                continue
            if any(loop.path is node for loop in loops):
                continue
            if not _add(root, base, leaf=deep[id(node)] > 0):
                return None
    return root


def _shallow(node: Any) -> list[PathPlan]:
    """The paths of a node whose values are not looked into."""
    if isinstance(node, Field) and isinstance(node.origin, Source) and node.steps:
        first = node.steps[0]
        if isinstance(first, CallStep) and first.resolver.shallow:
            return node.origin.paths
    if isinstance(node, PathCond) and node.cast is None and all(test.op in _SHALLOW for test in node.tests):
        return [node.path]
    return []


def _base(
    path: PathPlan, contexts: dict[int, tuple[str, ...] | None], homes: dict[str, tuple[str, ...] | None]
) -> tuple[str, ...] | None:
    """Where a path leads from the record; None when that is not a plain path."""
    start = homes.get(path.var.expr) if path.var is not None else contexts.get(path.ctx.id)
    if start is None or (path.compiled is not None and path.compiled.segments is None):
        return None
    segments = path.compiled.segments or () if path.compiled is not None else ()
    return (*start, *(part for part in segments if isinstance(part, str)))


def _whole(root: _Tree, path: PathPlan, contexts: dict[int, tuple[str, ...] | None]) -> bool:
    """An expression reads all of its context."""
    start = contexts.get(path.ctx.id) if path.var is None else None
    return bool(start) and start is not None and _add(root, start, leaf=True)


def _add(root: _Tree, path: tuple[str, ...], *, leaf: bool) -> bool:
    """Note a path; false when it is the whole record."""
    if not path:
        return not leaf
    tree = root
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
