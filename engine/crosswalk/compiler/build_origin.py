"""Origins: what the value of a field is made of, before its steps."""

from __future__ import annotations

from typing import Any

from ..errors import PathError
from . import calc as calc_language
from .build_cond import build_cond
from .build_each import build_each, build_keyed
from .build_let import build_lets
from .build_object import build_object
from .build_path import build_path
from .build_steps import build_lookup
from .builder import Builder, at
from .plan import Array, Calc, Const, Field, Lookup, NoInput, Origin, Source, Switch, Template, Use
from .plan_path import PathPlan
from .plan_step import LookupStep
from .scope import Scope
from .template import parse_template


def build_origin(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, target: str) -> Origin:
    """What a field in its object form is made of."""
    if "source" in spec:
        place, text = at(pointer, "source"), spec["source"]
        if isinstance(text, list):
            return Source([build_path(b, t, at(place, i), scope) for i, t in enumerate(text)])
        return Source([build_path(b, text, place, scope)])
    if "const" in spec:
        return Const(spec["const"])
    if "template" in spec:
        return _template(b, spec, pointer, scope)
    if "calc" in spec:
        return _calc(b, spec["calc"], at(pointer, "calc"), scope)
    if "each" in spec:
        return build_each(b, spec, pointer, scope, f"{target}[]")[0]
    if "fields" in spec:
        return build_object(b, spec, pointer, scope, target)
    if "object" in spec:
        return build_keyed(b, spec["object"], at(pointer, "object"), scope, target)
    if "array" in spec:
        place = at(pointer, "array")
        items = [b.field(f, at(place, i), scope, f"{target}[{i}]") for i, f in enumerate(spec["array"])]
        return Array(items, bool(spec.get("compact")))
    if "switch" in spec:
        return _switch(b, spec["switch"], at(pointer, "switch"), scope, target)
    if "lookup" in spec:
        place = at(pointer, "lookup")
        step = build_lookup(b, spec["lookup"], place)
        key = b.field(spec["lookup"].get("key"), at(place, "key"), scope, target)
        return Lookup(key, step) if isinstance(step, LookupStep) else Const(None)
    if "use" in spec:
        return _use(b, spec, pointer, scope, target)
    return NoInput()


def _template(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope) -> Origin:
    place, text = at(pointer, "template"), spec["template"]
    try:
        parsed = parse_template(text)
    except PathError as error:
        within = (error.offset, error.length)
        b.problem("M107", "the template is not well formed", place, within=within, label=error.message, fix=error.fix)
        return Const(None)
    parts: list[str | PathPlan] = []
    for part in parsed:
        parts.append(part if isinstance(part, str) else build_path(b, part[0].strip(), place, scope))
    return Template(parts, spec.get("if_missing", "null"))


def _calc(b: Builder, text: str, pointer: str, scope: Scope) -> Origin:
    try:
        tree = calc_language.parse_calc(text)
    except PathError as error:
        within = (error.offset, error.length)
        b.problem("M107", f'"{text}" is not a calculation', pointer, within=within, label=error.message, fix=error.fix)
        return Const(None)
    variables: dict[str, PathPlan] = {}

    def walk(node: calc_language.Node) -> None:
        if isinstance(node, calc_language.Ref) and node.name not in variables:
            variables[node.name] = build_path(b, node.name, pointer, scope)
        elif isinstance(node, calc_language.Neg):
            walk(node.part)
        elif isinstance(node, calc_language.Bin):
            walk(node.left)
            walk(node.right)

    walk(tree)
    return Calc(tree, variables)


def _switch(b: Builder, spec: Any, pointer: str, scope: Scope, target: str) -> Origin:
    cases = []
    otherwise: Field | None = None
    for i, case in enumerate(spec):
        place = at(pointer, i)
        if not isinstance(case, dict) or b.broken(at(place, "when")):
            continue
        if "when" in case:
            cond = build_cond(b, case["when"], at(place, "when"), scope)
            then = b.field(case.get("then"), at(place, "then"), scope, target)
            if cond is not None:
                cases.append((cond, then))
        elif "else" in case:
            otherwise = b.field(case["else"], at(place, "else"), scope, target)
    return Switch(cases, otherwise)


def _use(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, target: str) -> Origin:
    fragments = b.data.get("fragments") or {}
    name = b.spec.find_name("fragments", spec["use"], at(pointer, "use"))
    if name is None:
        return Const(None)
    b.used.add(("fragments", name))
    mark = f"fragment {name}"
    if mark in b.expanding:
        b.problem(
            "M205", f'fragment "{name}" contains itself', at(pointer, "use"), label=" -> ".join([*b.expanding, mark])
        )
        return Const(None)
    place = at("", "fragments", name)
    if b.broken(place):
        return Const(None)
    path = build_path(b, spec["at"], at(pointer, "at"), scope) if "at" in spec else None
    ctx = scope.ctx
    inner = scope
    if path is not None:
        ctx = b.context("jmespath" if path.var and path.var.kind == "value" else scope.ctx.language, scope.ctx)
        inner = scope.child(ctx)
        parent = b.variable("parent", "item", language=scope.ctx.language)
        parent.expr = scope.ctx.local
        inner.names["parent"] = parent
    b.expanding.append(mark)
    try:
        fragment = fragments[name]
        inner = inner.child()
        lets = build_lets(b, fragment["let"], at(place, "let"), inner) if "let" in fragment else []
        return Use(path, ctx, lets, build_object(b, fragment, place, inner, target))
    finally:
        b.expanding.pop()
