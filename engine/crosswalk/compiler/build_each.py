"""Iterations: `each` as a list, and `object` as members by key."""

from __future__ import annotations

from typing import Any

from .build_cond import build_cond
from .build_iter import build_loops
from .build_let import build_lets
from .build_object import build_object
from .build_path import build_path
from .builder import Builder, at
from .plan import Const, Each, Field, KeyedObject, Let, Object, Origin, SortKey, below_keys
from .plan_path import PathPlan, Var
from .scope import Scope
from .walk import walk


def build_each(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, items: str) -> tuple[Each, Scope]:
    """A list from an iteration, and the scope of its items, whose target is `items`; also the engine of `object`."""
    here = Scope(scope.ctx, scope, later=frozenset(spec.get("let") or ()))
    loops, inner = build_loops(b, spec.get("each"), at(pointer, "each"), here, into=True)
    if inner is here:
        inner = scope.child(b.context(scope.ctx.language, scope.ctx))
    index = inner.names["index"] = b.variable("index", "index")
    number = inner.names["number"] = b.variable("number", "index")
    parent = b.variable("parent", "item", language=scope.ctx.language)
    parent.expr = scope.ctx.local
    inner.names["parent"] = parent
    lets = build_lets(b, spec["let"], at(pointer, "let"), inner) if "let" in spec else []
    first = len(b.paths)
    where = build_cond(b, spec["where"], at(pointer, "where"), inner) if "where" in spec else None
    sort = _sort_keys(b, spec.get("sort", []), at(pointer, "sort"), inner)
    distinct_by, place = spec.get("distinct_by", []), at(pointer, "distinct_by")
    if isinstance(distinct_by, str):
        distinct = [build_path(b, distinct_by, place, inner)]
    else:
        distinct = [build_path(b, text, at(place, i), inner) for i, text in enumerate(distinct_by)]
    early = _early_lets(b, lets, b.paths[first:], (index, number))
    body: Field | Object
    if "fields" in spec:
        body = build_object(b, spec, pointer, inner, items)
    else:
        body = b.field(spec.get("value", "@"), at(pointer, "value"), inner, items)
    late = [let for let in lets if let not in early]
    return Each(loops, inner.ctx, where, sort, distinct, spec.get("limit"), early, late, body, index, number), inner


def _early_lets(b: Builder, lets: list[Let], paths: list[PathPlan], counters: tuple[Var, Var]) -> list[Let]:
    """The item's lets that `where`, `sort` and `distinct_by` (their `paths`) need, directly or through each other."""
    paths = list(paths)
    early: list[Let] = []
    for let in reversed(lets):
        if any(let.var in (path.var, *path.variables.values()) for path in paths):
            early.insert(0, let)
            paths += [node for node in walk(let.field) if isinstance(node, PathPlan)]
    for path in paths:
        if path.var in counters:
            b.problem(
                "M203", f'"{path.text}" is not known yet', path.pointer, label="it counts the items that are kept",
                notes=("the place of an item in the source is index_as",),
                fix='"each": { "path": "...", "index_as": "i" }',
            )  # fmt: skip
    return early


def _sort_keys(b: Builder, spec: Any, pointer: str, scope: Scope) -> list[SortKey]:
    keys = []
    for i, part in enumerate(spec if isinstance(spec, list) else [spec]):
        place = at(pointer, i) if isinstance(spec, list) else pointer
        if isinstance(part, dict):
            keys.append(SortKey(b.field(part.get("by"), at(place, "by"), scope), bool(part.get("desc"))))
        else:
            keys.append(SortKey(b.field(part, place, scope), False))
    return keys


def build_keyed(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, target: str) -> Origin:
    if b.broken(pointer):
        return Const(None)
    key, duplicates = spec.get("key"), spec.get("duplicates", "error")
    place = at(pointer, "key")
    if isinstance(key, list) and key and not isinstance(key[0], str):
        specs = [(one, at(place, i)) for i, one in enumerate(key)]
    else:
        specs = [(key, place)]
    each, inner = build_each(b, spec, pointer, scope, f"{target}{below_keys(len(specs), duplicates)}")
    keys = [b.field(one, where, inner, f"{target} key") for one, where in specs]
    return KeyedObject(each, keys, duplicates)
