"""Fields: short forms, origins, lets, targets."""

from __future__ import annotations

from typing import Any

from ..errors import PathError
from ..spec.targets import split_target
from . import calc as calc_language
from .build_cond import build_cond
from .build_iter import build_loops
from .build_path import build_path, literal_hint
from .build_steps import build_cast, build_check, build_lookup, build_step, build_steps
from .builder import Builder, at
from .casts import default_fits, default_hint, typed_default
from .plan import (
    Array,
    Calc,
    CallStep,
    Const,
    Each,
    Field,
    KeyedObject,
    Let,
    Lookup,
    LookupStep,
    NoInput,
    Object,
    Origin,
    Passthrough,
    PathPlan,
    SortKey,
    Source,
    Step,
    Switch,
    Template,
    Use,
    Var,
)
from .scope import Scope
from .template import parse_template
from .walk import walk


def build_field(b: Builder, spec: Any, pointer: str, scope: Scope, target: str = "") -> Field:
    """The plan of one Field in any of its forms; after a problem, a constant null stands in."""
    empty = Field(pointer, target, Const(None))
    if b.broken(pointer):
        return empty
    if isinstance(spec, str):
        return _defaults(b, Field(pointer, target, Source([build_path(b, spec, pointer, scope)])), scope)
    if isinstance(spec, list):
        if not spec or not isinstance(spec[0], str):
            return empty
        path = build_path(b, spec[0], at(pointer, 0), scope)
        steps = [s for i, step in enumerate(spec[1:], 1) for s in build_step(b, step, at(pointer, i), scope)]
        return _defaults(b, Field(pointer, target, Source([path]), steps), scope)
    if not isinstance(spec, dict):
        b.problem(
            "M104",
            "a bare constant",
            pointer,
            label="a string is a path; a constant says const",
            fix=literal_hint(spec),
        )
        return empty
    return _object_form(b, spec, pointer, scope, target)


def _object_form(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, target: str) -> Field:
    inner = scope
    lets: list[Let] = []
    if "let" in spec and "each" not in spec:  # those of `each` are the item's
        inner = scope.child()
        lets = build_lets(b, spec["let"], at(pointer, "let"), inner)
    field = Field(pointer, target, NoInput(), let=lets)
    if "when" in spec:
        field.when = build_cond(b, spec["when"], at(pointer, "when"), inner)
        if "else" in spec:
            field.otherwise = build_field(b, spec["else"], at(pointer, "else"), scope, target)
    field.origin = _origin(b, spec, pointer, inner, target)
    if "resolve" in spec:
        field.steps = build_steps(b, spec["resolve"], at(pointer, "resolve"), inner)
    field.sensitive = bool(spec.get("sensitive"))
    field.on_error = spec.get("on_error", field.on_error)
    explicit_on_error = "on_error" in spec
    if isinstance(field.origin, NoInput):
        first = field.steps[0] if field.steps else None
        if "resolve" in spec and first and not (isinstance(first, CallStep) and not first.resolver.takes_input):
            name = first.resolver.name if isinstance(first, CallStep) else "the first step"
            b.problem(
                "M103", f'"{name}" needs a value, and the field has no origin', pointer,
                label="add one of source, const, template, calc, ...",
            )  # fmt: skip
    if "type" in spec:
        field.type = spec["type"]
        cast = build_cast(b, spec["type"], at(pointer, "type"), inner)
        if cast is not None:
            field.steps = [*field.steps, cast]
    if "default" in spec:
        field.has_default, field.default = True, spec["default"]
        if field.type and not default_fits(field.type, field.default):
            b.problem(
                "M108", default_hint(field.type, field.default), at(pointer, "default"), label=f"not {field.type}"
            )
        elif field.type:
            try:
                field.default = typed_default(field.type, field.default)
            except ValueError as error:
                message = f"the default is no {field.type}: {error}"
                b.problem("M108", message, at(pointer, "default"), label=f"not {field.type}")
    required = spec.get("required")
    field.required = "present" if required == "present" else "value" if required else "no"
    if field.required == "value" and field.has_default and field.default not in (None, ""):
        b.problem(
            "M422", '"required" never fails beside a constant "default"', at(pointer, "required"), level="warning",
            label="the default always fills in", fix='leave one of "required" and "default" out',
        )  # fmt: skip
    if "check" in spec:
        field.check = build_check(b, spec["check"], at(pointer, "check"), inner)
    if field.sensitive:
        for node in walk([field.origin, field.otherwise]):
            if isinstance(node, Field):
                node.sensitive = True
    if field.on_error == "default" and not field.has_default:
        b.problem("M108", '"on_error": "default" needs a "default"', at(pointer, "on_error"), label="no default here")
    return _defaults(b, field, inner, explicit_on_error)


def _defaults(b: Builder, field: Field, scope: Scope, explicit: bool = False) -> Field:
    """`defaults.fields`, on leaves that read the record."""
    defaults = (b.data.get("defaults") or {}).get("fields") or {}
    origin = field.origin
    if not defaults or not isinstance(origin, Source) or any(p.var is not None for p in origin.paths):
        return field
    if "resolve" in defaults and not b.broken("/defaults"):
        steps: list[Step] = build_steps(b, defaults["resolve"], "/defaults/fields/resolve", scope)
        for step in steps:
            if isinstance(step, CallStep):
                step.guarded = True
        field.steps = [*steps, *field.steps]
    if "on_error" in defaults and not explicit:
        field.on_error = defaults["on_error"]
    return field


def _origin(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, target: str) -> Origin:
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
        return _each(b, spec, pointer, scope, target)[0]
    if "fields" in spec:
        return build_object(b, spec, pointer, scope, target)
    if "object" in spec:
        return _keyed(b, spec["object"], at(pointer, "object"), scope, target)
    if "array" in spec:
        place = at(pointer, "array")
        items = [build_field(b, f, at(place, i), scope, f"{target}[{i}]") for i, f in enumerate(spec["array"])]
        return Array(items, bool(spec.get("compact")))
    if "switch" in spec:
        return _switch(b, spec["switch"], at(pointer, "switch"), scope, target)
    if "lookup" in spec:
        place = at(pointer, "lookup")
        step = build_lookup(b, spec["lookup"], place)
        key = build_field(b, spec["lookup"].get("key"), at(place, "key"), scope, target)
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


def _each(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, target: str) -> tuple[Each, Scope]:
    """A list from an iteration, and the scope of its items; also the engine of `object`."""
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
    items = f"{target}[]"
    body: Field | Object
    if "fields" in spec:
        body = build_object(b, spec, pointer, inner, items)
    else:
        body = build_field(b, spec.get("value", "@"), at(pointer, "value"), inner, items)
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
            keys.append(SortKey(build_field(b, part.get("by"), at(place, "by"), scope), bool(part.get("desc"))))
        else:
            keys.append(SortKey(build_field(b, part, place, scope), False))
    return keys


def _keyed(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, target: str) -> Origin:
    if b.broken(pointer):
        return Const(None)
    key = spec.get("key")
    place = at(pointer, "key")
    each, inner = _each(b, spec, pointer, scope, target)
    if isinstance(key, list) and key and not isinstance(key[0], str):
        keys = [build_field(b, k, at(place, i), inner, f"{target} key") for i, k in enumerate(key)]
    else:
        keys = [build_field(b, key, place, inner, f"{target} key")]
    return KeyedObject(each, keys, spec.get("duplicates", "error"))


def _switch(b: Builder, spec: Any, pointer: str, scope: Scope, target: str) -> Origin:
    cases = []
    otherwise: Field | None = None
    for i, case in enumerate(spec):
        place = at(pointer, i)
        if not isinstance(case, dict) or b.broken(at(place, "when")):
            continue
        if "when" in case:
            cond = build_cond(b, case["when"], at(place, "when"), scope)
            then = build_field(b, case.get("then"), at(place, "then"), scope, target)
            if cond is not None:
                cases.append((cond, then))
        elif "else" in case:
            otherwise = build_field(b, case["else"], at(place, "else"), scope, target)
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


def build_object(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, target: str) -> Object:
    """`fields`, with dotted targets as nested objects, and what goes with them at the top of a mapping."""
    place = at(pointer, "fields")
    root = Object([])
    for name, field_spec in (spec.get("fields") or {}).items():
        parts = split_target(name)
        home = root
        for part in parts[:-1]:
            nested = next((m for n, m in home.members if n == part), None)
            if not isinstance(nested, Object):
                nested = Object([])
                home.members.append((part, nested))
            home = nested
        shown = f"{target}.{name}" if target else name
        home.members.append((parts[-1], build_field(b, field_spec, at(place, name), scope, shown)))
    if spec.get("passthrough"):
        rule = spec["passthrough"]
        rule = {} if rule is True else rule
        if scope.ctx.language == "xpath":
            b.problem(
                "M108", "passthrough copies members of objects, and XML has none", at(pointer, "passthrough"),
                label="list the fields",
            )  # fmt: skip
        root.passthrough = Passthrough(
            scope.ctx,
            tuple(rule["only"]) if "only" in rule else None,
            tuple(rule.get("exclude", ())),
            frozenset(name for name, _ in root.members),
            b.empty,
        )
    if "spread" in spec:
        root.spread = build_field(b, spec["spread"], at(pointer, "spread"), scope, target)
    return root


def build_lets(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope) -> list[Let]:
    """Lets of one level in an order that gives each what it needs; cycles are M204."""
    if not isinstance(spec, dict):
        return []
    variables: dict[str, Var] = {}
    for name in spec:
        b.check_name(name, at(pointer, name), "key")
        variables[name] = b.variable(name, "let")
    scope.names.update(variables)
    lets: dict[str, Let] = {}
    needs: dict[str, set[str]] = {}
    by_var = {id(var): name for name, var in variables.items()}
    for name, field_spec in spec.items():
        with b.watching() as reads:
            field = build_field(b, field_spec, at(pointer, name), scope, f"${name}")
        var = variables[name]
        var.sensitive = field.sensitive or any(read.sensitive for read in reads)
        var.plan = field
        lets[name] = Let(var, field)
        needs[name] = {by_var[id(read)] for read in reads if id(read) in by_var}
    ordered = _ordered(b, lets, needs, pointer)
    for let in ordered:
        let.var.sensitive |= any(lets[name].var.sensitive for name in needs[let.var.name])
    return ordered


def _ordered(b: Builder, lets: dict[str, Let], needs: dict[str, set[str]], pointer: str) -> list[Let]:
    done: list[str] = []
    state: dict[str, int] = {}

    def visit(name: str, trail: list[str]) -> None:
        if state.get(name) == 2:
            return
        if state.get(name) == 1:
            cycle = [*trail[trail.index(name) :], name]
            b.problem(
                "M204", f'"{name}" needs itself', at(pointer, name), of="key",
                label=" -> ".join(f"${part}" for part in cycle),
            )  # fmt: skip
            return
        state[name] = 1
        for other in sorted(needs[name], key=list(lets).index):
            visit(other, [*trail, name])
        state[name] = 2
        done.append(name)

    for name in lets:
        visit(name, [])
    return [lets[name] for name in done]


__all__ = ["build_field", "build_lets", "build_object"]
