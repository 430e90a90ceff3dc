"""Steps: resolver names and arguments checked and bound, pipelines expanded, the language's own steps built."""

from __future__ import annotations

import re
from typing import Any

from ..errors import ArgumentError, EnvironmentFailure, PluginError
from ..plugin import fault
from ..plugin.declare import LANGUAGE_STEPS
from ..plugin.resolver import Resolver
from ..spec.step_synonyms import near_step
from .arguments import check_args
from .build_cond import build_cond, build_tests
from .build_path import build_path
from .builder import NOTES, Builder, at
from .casts import CASTS
from .plan_path import PathPlan
from .plan_step import CallStep, CheckStep, EachStep, FilterStep, GetStep, LookupStep, MapStep, Step
from .returned import checking
from .scope import Scope

MAX_EXPANSION = 16


def build_steps(b: Builder, steps: Any, pointer: str, scope: Scope) -> list[Step]:
    """The steps of `resolve`: one step or a list."""
    if not isinstance(steps, list):
        return build_step(b, steps, pointer, scope)
    return [s for i, step in enumerate(steps) for s in build_step(b, step, at(pointer, i), scope)]


def build_step(b: Builder, step: Any, pointer: str, scope: Scope) -> list[Step]:
    """One step; a pipeline's name gives several. Problems are reported and give no step."""
    if b.broken(pointer):
        return []
    if isinstance(step, str):
        return _named(b, step, None, pointer, scope, key=False)
    if not isinstance(step, dict):
        return []
    if "map" in step:
        return [MapStep(pointer, dict(step["map"]), "else" in step, step.get("else"))]
    names = [name for name in step if name not in NOTES]
    if len(names) != 1:
        return []
    return _named(b, names[0], step[names[0]], pointer, scope, key=True)


def _named(b: Builder, name: str, args: Any, pointer: str, scope: Scope, *, key: bool) -> list[Step]:
    if key and name in LANGUAGE_STEPS:
        step = _language_step(b, name, args, at(pointer, name), scope)
        return [step] if step else []
    pipelines = b.data.get("pipelines") or {}
    found = b.spec.find_name("pipelines", name, pointer, quiet=name in b.registry.resolvers or not _clashes(b, name))
    if found is not None:
        name = found
        b.used.add(("pipelines", name))
        if args not in (None, {}):
            b.problem(
                "M106", f'pipeline "{name}" takes no arguments', pointer, label="write its name only", fix=f'"{name}"'
            )
        if name in b.expanding or len(b.expanding) >= MAX_EXPANSION:
            chain = " -> ".join([*b.expanding, name])
            b.problem("M205", f'pipeline "{name}" contains itself', pointer, label=chain)
            return []
        b.expanding.append(name)
        try:
            return build_steps(b, pipelines[name], at("", "pipelines", name), scope)
        finally:
            b.expanding.pop()
    resolver = b.registry.resolvers.get(name)
    if resolver is None and _clashes(b, name):
        return []
    if resolver is None:
        _unknown_resolver(b, name, pointer, pipelines, of="key" if key else "value")
        return []
    call = build_call(b, resolver, args, at(pointer, name) if key else pointer, pointer, scope)
    return [call] if call else []


def _clashes(b: Builder, name: str) -> bool:
    """Whether several included files define a pipeline of that name: M201 says so better than M105."""
    return sum(1 for key in b.data.get("pipelines") or {} if key.endswith(f".{name}")) > 1


def _unknown_resolver(b: Builder, name: str, pointer: str, pipelines: dict[str, Any], *, of: str) -> None:
    known = [*b.registry.resolvers, *LANGUAGE_STEPS, *pipelines]
    place = at(pointer, name) if of == "key" else pointer
    if name in LANGUAGE_STEPS:
        b.problem("M106", f'"{name}" needs arguments', place, label="write it as an object", fix=f'{{ "{name}": ... }}')
        return
    near = near_step(name, known)
    b.problem(
        "M105", f'unknown resolver "{name}"', place, of=of,
        label=f'did you mean "{near}"?' if near else "no resolver or pipeline of this name",
        notes=("crosswalk resolvers lists what is installed", *b.registry.notes()), fix=f'"{near}"' if near else "",
    )  # fmt: skip


def build_call(
    b: Builder, resolver: Resolver, args: Any, args_pointer: str, pointer: str, scope: Scope, *, guarded: bool = False
) -> CallStep | None:
    """A resolver with its arguments checked against its schema, constants bound, `$variable` arguments as paths."""
    given = check_args(b, resolver, args, args_pointer)
    if given is None:
        return None
    refs: dict[str, PathPlan | list[Any]] = {}
    constants: dict[str, Any] = {}
    by_name = {param.name: param for param in resolver.params}
    for name, value in given.items():
        param = by_name.get(name)
        if param is not None and param.ref and isinstance(value, str) and value.startswith("$"):
            place = at(args_pointer, name) if isinstance(args, dict) and name in args else args_pointer
            refs[param.python_name] = build_path(b, value, place, scope)
        elif param is not None and param.ref and isinstance(value, list) and any(map(_is_variable, value)):
            place = at(args_pointer, name) if isinstance(args, dict) and name in args else args_pointer
            refs[param.python_name] = [
                build_path(b, item, at(place, i), scope) if _is_variable(item) else item for i, item in enumerate(value)
            ]
        else:
            constants[name] = value
    try:
        resolver = checking(resolver)
        with fault.guarded(resolver, "the binding of its arguments", ArgumentError):
            converted = resolver.convert_args(constants)
            bound = resolver.function if refs else resolver.bind(converted)
    except EnvironmentFailure as error:
        error.placed = b.spec.diagnostic(error.code, error.message, pointer, notes=error.notes, fix=error.fix)
        raise
    except PluginError as error:
        error.notes += (f"at {pointer}",)
        raise
    except ArgumentError as error:
        place = args_pointer
        if error.argument and isinstance(args, dict) and error.argument in args:
            place = at(args_pointer, error.argument)
        b.problem("M106", f"{resolver.name}: {error.message}", place, label="bad argument", fix=error.fix)
        return None
    if not resolver.pure and not resolver.run and not b.data.get("nondeterministic"):
        b.problem(
            "M430", f'"{resolver.name}" gives another value on every run', pointer,
            label="not allowed unless the mapping says so",
            fix='add "nondeterministic": true to the mapping, or derive the value: "uuid5", "hash_row"',
        )  # fmt: skip
    return CallStep(pointer, resolver, bound, converted, refs, guarded)


def _is_variable(value: Any) -> bool:
    return isinstance(value, str) and re.match(r"\$[A-Za-z_]", value) is not None


def build_cast(b: Builder, name: str, pointer: str, scope: Scope) -> CallStep | None:
    """The step that `"type": name` stands for."""
    local = CASTS.get(name)
    if local is None:
        return None
    resolver = b.registry.resolvers.get(local) if isinstance(local, str) else local
    if resolver is None:
        return None
    return build_call(b, resolver, None, pointer, pointer, scope)


def _language_step(b: Builder, name: str, args: Any, pointer: str, scope: Scope) -> Step | None:
    if name == "each":
        return EachStep(pointer, build_steps(b, args, pointer, scope))
    if name == "filter":
        inner = scope.child(b.context("jmespath", scope.ctx))
        cond = build_cond(b, args, pointer, inner)
        return FilterStep(pointer, inner.ctx, cond) if cond else None
    if name == "get":
        text = args.get("path") if isinstance(args, dict) else args
        if not isinstance(text, str):
            b.problem("M106", '"get" needs a path', pointer, label="a JMESPath text", fix='{ "get": "a.b" }')
            return None
        place = at(pointer, "path") if isinstance(args, dict) else pointer
        inner = scope.child(b.context("jmespath", scope.ctx))
        path = build_path(b, text, place, inner)
        path.empty = "keep"
        return GetStep(pointer, inner.ctx, path)
    if name == "check":
        return build_check(b, args, pointer, scope)
    return build_lookup(b, args, pointer)


def build_check(b: Builder, args: Any, pointer: str, scope: Scope) -> CheckStep | None:
    """`check`: operators as in a condition, on the value at hand."""
    if not isinstance(args, dict):
        b.problem("M106", '"check" needs operators', pointer, label="an object", fix='{ "check": { "gte": 0 } }')
        return None
    message = args.get("message", "")
    tests = {op: value for op, value in args.items() if op != "message"}
    return CheckStep(pointer, build_tests(b, tests, pointer, scope), str(message))


def build_lookup(b: Builder, args: Any, pointer: str) -> LookupStep | None:
    """The table, and what of its rows to return."""
    spec = {"table": args} if isinstance(args, str) else args
    if not isinstance(spec, dict) or not isinstance(spec.get("table"), str):
        b.problem("M106", '"lookup" needs a table', pointer, fix='{ "lookup": { "table": "...", "return": "..." } }')
        return None
    place = at(pointer, "table") if isinstance(args, dict) else pointer
    name = spec["table"]
    found = b.spec.find_name("tables", name, place)
    table = b.tables.get(found or "")
    if table is None:
        return None
    table.used = True
    returns = spec.get("return")
    wanted = [returns] if isinstance(returns, str) else returns or []
    for column in wanted:
        if table.columns and column not in table.columns:
            b.unknown("M201", "column", column, table.columns, at(pointer, "return"), where=f'table "{name}"')
    if wanted and not table.columns and table.size:
        b.problem(
            "M201", f'table "{name}" has plain values, not columns', at(pointer, "return"),
            label="leave return out to get the value",
        )  # fmt: skip
    shape = tuple(returns) if isinstance(returns, list) else returns
    return LookupStep(pointer, table, shape, spec.get("on_missing", "error"))
