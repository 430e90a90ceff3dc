"""Iteration: `each` and `explode` as nested loops."""

from __future__ import annotations

from typing import Any

from .build_cond import build_cond
from .build_path import build_path
from .builder import Builder, at
from .ops_member import glob_pattern
from .plan import Loop
from .plan_path import Ctx, PathPlan, Var
from .scope import Scope


def build_loops(b: Builder, spec: Any, pointer: str, scope: Scope, *, into: bool) -> tuple[list[Loop], Scope]:
    """Loops from outermost to innermost, and the scope inside. `into`: items become the context (each, not explode)."""
    parts = spec if isinstance(spec, list) else [spec]
    loops: list[Loop] = []
    for index, part in enumerate(parts):
        place = at(pointer, index) if isinstance(spec, list) else pointer
        if b.broken(place):
            continue
        loop, scope = _loop(
            b, {"path": part} if isinstance(part, str) else part, place, scope, into, isinstance(part, str)
        )
        loops.append(loop)
    return loops, scope


def _loop(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, into: bool, bare: bool) -> tuple[Loop, Scope]:
    path: PathPlan | None = None
    zipped: list[tuple[str, PathPlan]] = []
    matches = spec.get("match", [])
    globs = [matches] if isinstance(matches, str) else list(matches)
    entries = bool(spec.get("entries")) or bool(globs) or "except" in spec
    if "zip" in spec:
        zipped = [(name, build_path(b, text, at(pointer, "zip", name), scope)) for name, text in spec["zip"].items()]
    elif "path" in spec:
        path = build_path(b, spec["path"], pointer if bare else at(pointer, "path"), scope)
    else:
        here = Var("", scope.ctx.local, "node", scope.ctx.language)
        path = PathPlan("", pointer, scope.ctx, here)
    language = "jmespath" if zipped or entries else _item_language(path, scope.ctx)
    item = b.context(language, scope.ctx)
    inner = scope.child(item if into else None)

    def bind(key: str, origin: str, language: str | None = None) -> Var | None:
        name = spec.get(key)
        if name is None:
            return None
        b.check_name(name, at(pointer, key), "value")
        var = b.variable(name, origin, language=language)
        inner.names[name] = var
        return var

    var = bind("as", "item", item.language)
    if var is not None:
        var.expr = item.local
        var.plan = path
        if path is not None:
            var.sensitive = path.sensitive
    key = bind("key_as", "key")
    index = bind("index_as", "index")
    scope_key: Var | None = None
    captures: list[Var] = []
    if entries:
        scope_key = inner.names["key"] = b.variable("key", "key")
        for number in range(1, max((g.count("*") + g.count("?") for g in globs), default=0) + 1):
            captures.append(b.variable(str(number), "capture"))
            inner.names[str(number)] = captures[-1]
    where_scope = inner if into else inner.child(item)
    where = build_cond(b, spec["where"], at(pointer, "where"), where_scope) if "where" in spec else None
    repeat = build_path(b, spec["repeat"], at(pointer, "repeat"), where_scope) if "repeat" in spec else None
    loop = Loop(
        pointer=pointer, path=path, zip=zipped, uneven=spec.get("uneven", "error"), entries=entries,
        match=tuple(glob_pattern(g) for g in globs), exclude=frozenset(spec.get("except", ())), item=item, var=var,
        key=key, index=index, captures=captures, scope_key=scope_key, where=where, outer=bool(spec.get("outer")),
        repeat=repeat, limit=spec.get("limit"),
    )  # fmt: skip
    return loop, inner


def _item_language(path: PathPlan | None, ctx: Ctx) -> str:
    if path is None or (path.var is not None and path.var.kind == "value"):
        return "jmespath"
    language = path.var.language if path.var is not None else ctx.language
    # Items of a column are Python values: there are no columns below a column.
    return "jmespath" if language == "column" and (path.var is None or path.compiled is not None) else language
