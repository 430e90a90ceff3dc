"""From a mapping document to its plan: the record level, outputs, group, checks, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import DataError, UsageError
from ..spec.near import near_name
from .build_cond import build_cond
from .build_field import build_field
from .build_iter import build_loops
from .build_let import build_lets
from .build_object import build_object
from .build_steps import build_cast
from .builder import Builder, at
from .lint import lint_plan
from .ops_value import accept
from .plan import CheckRule, Field, Group, Loop, Object, OutputPlan, Param, Plan
from .plan_path import Ctx, Var
from .plan_step import Table
from .scope import Scope
from .source_schema import check_source_schema
from .tables import load_tables

if TYPE_CHECKING:
    from ..registry import Registry
    from ..spec.mapping_spec import MappingSpec


def build_plan(
    spec: MappingSpec,
    registry: Registry,
    *,
    source_format: str | None = None,
    tables: Mapping[str, Table] | None = None,
) -> Plan:
    """The plan of a mapping; raises SpecError with everything that is wrong with it.

    `source_format` decides the path language where the mapping names neither format nor language. `tables`: those of
    the mapping that were read before, and are taken as they were.
    """
    b = Builder(spec, registry, build_field)
    try:
        plan = _built(b, source_format, tables or {})
    except Exception:
        # What builds takes the structure for granted; where it is wrong, that has been noted before.
        spec.raise_if_errors()
        raise
    spec.raise_if_errors()
    return plan


def _built(b: Builder, source_format: str | None, tables: Mapping[str, Table]) -> Plan:
    spec, registry = b.spec, b.registry
    language, empty = source_language(b, source_format)
    b.empty = empty
    b.namespaces = dict((spec.data.get("source") or {}).get("namespaces") or {})
    load_tables(b, tables)
    root = Ctx(0, "r", language)
    scope = Scope(root)
    _builtins(scope, root)
    params = _params(b, scope)
    plan = _record(b, scope, root, params)
    read_as = registry.formats.get(format_name((spec.data.get("source") or {}).get("format")) or source_format or "")
    plan.tables = {name: table for name, table in b.tables.items() if "inline" not in b.data["tables"][name]}
    plan.all_text = read_as is not None and read_as.all_text
    _unused_names(b)
    lint_plan(b, plan)
    check_source_schema(b, plan)
    _check_columns(b, plan)
    return plan


def format_name(config: Any) -> str | None:
    """The type of a format given as a name or as an object."""
    if isinstance(config, dict):
        kind = config.get("type")
        return kind if isinstance(kind, str) else None
    return config if isinstance(config, str) else None


def source_language(b: Builder, source_format: str | None) -> tuple[str, Any]:
    """The path language of the record, and what an empty text means."""
    source = b.data.get("source") or {}
    kind = format_name(source.get("format")) or source_format
    language, empty = "jmespath", "keep"
    if kind is not None:
        cls = b.registry.formats.get(kind)
        if cls is not None:
            language, empty = cls.default_paths, cls.empty
        elif kind == source_format and "format" not in source:
            known = ", ".join(sorted(b.registry.formats))
            raise UsageError("M201", f'unknown format "{kind}"', fix=f"formats installed: {known}")
        elif not b.broken("/source/format"):
            place = "/source/format/type" if isinstance(source.get("format"), dict) else "/source/format"
            b.unknown("M201", "format", kind, b.registry.formats, place)
    wanted = source.get("paths")
    if wanted is not None:
        if wanted in b.registry.path_languages:
            language = wanted
        else:
            b.unknown("M201", "path language", str(wanted), b.registry.path_languages, "/source/paths")
    return language, source.get("empty", empty)


def _builtins(scope: Scope, root: Ctx) -> None:
    scope.names["root"] = Var("root", "r", "node", root.language, origin="item")
    for name, expr in (("meta.file", "Mt[0]"), ("meta.row", "Mt[1]"), ("meta.line", "Mt[2]")):
        scope.names[name] = Var(name, expr, origin="meta")
    for name, expr in (("run.id", "R_id"), ("run.started_at", "R_started_at")):
        scope.names[name] = Var(name, expr, origin="run")


def _params(b: Builder, scope: Scope) -> dict[str, Param]:
    params: dict[str, Param] = {}
    for name, spec in (b.data.get("params") or {}).items():
        if b.broken(at("", "params", name)) or not isinstance(spec, dict):
            scope.names[f"context.{name}"] = Var(name, "None", origin="context")
            continue
        param = Param(
            name,
            spec.get("type", "string"),
            bool(spec.get("required")),
            spec.get("default"),
            bool(spec.get("sensitive")),
        )
        params[name] = param
        _check_default(b, param, scope)
        local = f"P{len(params)}"
        scope.names[f"context.{name}"] = Var(f"context.{name}", local, sensitive=param.sensitive, origin="context")
    return params


def _check_default(b: Builder, param: Param, scope: Scope) -> None:
    place = at("", "params", param.name, "default")
    cast = build_cast(b, param.type, place, scope)
    if cast is None or param.default is None:
        return
    try:
        cast.bound(accept(param.default, cast.resolver.accepts or (object,), cast.resolver.name))
    except (DataError, ValueError) as error:
        message = error.message if isinstance(error, DataError) else str(error)
        b.problem("M108", f"the default does not fit the type: {message}", place, label=f"not {param.type}")


def _record(b: Builder, scope: Scope, root: Ctx, params: dict[str, Param]) -> Plan:
    data = b.data
    lets = build_lets(b, data["let"], "/let", scope) if "let" in data else []
    keep = build_cond(b, data["filter"], "/filter", scope) if "filter" in data else None
    loops: list[Loop] = []
    inner = scope
    if "explode" in data:
        loops, inner = build_loops(b, data["explode"], "/explode", scope, into=False)
    inner = inner.child()
    let_each = build_lets(b, data["let_each"], "/let_each", inner) if "let_each" in data else []
    where = build_cond(b, data["where"], "/where", inner) if "where" in data else None
    group: Group | None = None
    if isinstance(data.get("group"), dict) and not b.broken("/group"):
        spec = data["group"]
        by = [b.field(f, at("/group/by", i), inner, "group key") for i, f in enumerate(spec.get("by", []))]
        rows = b.variable(spec.get("as", "rows"), "rows", language=root.language if not loops else "jmespath")
        inner = inner.child()
        inner.names[rows.name] = rows
        group = Group(by, spec.get("scope", "source"), rows)
    outputs = _outputs(b, data, inner)
    out = b.variable("out", "item")
    check_scope = inner.child()
    check_scope.names["out"] = out
    checks = []
    for i, rule in enumerate(data.get("checks") or []):
        place = at("/checks", i)
        cond = build_cond(b, rule.get("when"), at(place, "when"), check_scope) if isinstance(rule, dict) else None
        if cond is not None:
            checks.append(CheckRule(cond, rule.get("message", "check failed"), rule.get("level", "reject"), place))
    target = data.get("target") or {}
    return Plan(
        name=data.get("name") or (b.spec.path.name.split(".")[0] if b.spec.path else "mapping"),
        root=root, let=lets, filter=keep, loops=loops, let_each=let_each, where=where, outputs=outputs, group=group,
        checks=checks, out=out, missing_as_null=target.get("missing") == "null", params=params,
        multiple=bool(loops or "outputs" in data),
    )  # fmt: skip


def _outputs(b: Builder, data: dict[str, Any], scope: Scope) -> list[OutputPlan]:
    if "outputs" not in data:
        body = _body(b, data, "", scope)
        return [OutputPlan("", [], [], None, body, "", _columns(body))]
    outputs = []
    for i, spec in enumerate(data["outputs"]):
        place = at("/outputs", i)
        if not isinstance(spec, dict) or b.broken(at(place, "name")):
            continue
        inner = scope.child()
        loops: list[Loop] = []
        if "explode" in spec:
            loops, inner = build_loops(b, spec["explode"], at(place, "explode"), inner, into=False)
        inner = inner.child()
        lets = build_lets(b, spec["let_each"], at(place, "let_each"), inner) if "let_each" in spec else []
        where = build_cond(b, spec["where"], at(place, "where"), inner) if "where" in spec else None
        body = _body(b, spec, place, inner)
        outputs.append(OutputPlan(spec.get("name", ""), loops, lets, where, body, place, _columns(body)))
    return outputs


def _body(b: Builder, data: dict[str, Any], pointer: str, scope: Scope) -> Field | Object:
    if "value" in data and "fields" not in data:
        return b.field(data["value"], at(pointer, "value"), scope, "")
    return build_object(b, data, pointer, scope, "")


def _columns(body: Field | Object) -> tuple[str, ...] | None:
    """The output's top-level names where the mapping alone decides them."""
    if isinstance(body, Object) and body.passthrough is None and body.spread is None:
        return tuple(name for name, _ in body.members)
    return None


def _check_columns(b: Builder, plan: Plan) -> None:
    """`target.columns` and the fields must agree, where the mapping alone decides the fields."""
    columns = (b.data.get("target") or {}).get("columns")
    if not isinstance(columns, list) or b.broken("/target"):
        return
    for output in plan.outputs:
        if output.columns is None:
            continue
        for name in output.columns:
            if name not in columns:
                near = near_name(name, [c for c in columns if isinstance(c, str)])
                b.problem(
                    "M109", f'the field "{name}" is not among target.columns', at(output.pointer, "fields", name),
                    of="key", label=f'did you mean "{near}"?' if near else "it has no column",
                    fix=f'add "{name}" to target.columns, or remove the field',
                )  # fmt: skip
    known = {name for output in plan.outputs for name in output.columns or ()}
    if all(output.columns is not None for output in plan.outputs):
        for place, name in enumerate(columns):
            if name not in known:
                near = near_name(str(name), known)
                b.problem(
                    "M109", f'target.columns names "{name}", which no field gives', at("/target/columns", place),
                    label=f'did you mean "{near}"?' if near else "no such field",
                    fix=f'"{near}"' if near else f'"{name}": {{ "const": null }} writes an empty column',
                )  # fmt: skip


def _unused_names(b: Builder) -> None:
    """Report the mapping's own pipelines, fragments and tables that nothing uses."""
    if b.failed:
        return
    for family in ("pipelines", "fragments"):
        for name in b.data.get(family) or {}:
            if (family, name) not in b.used:
                _unused(b, family[:-1], at("", family, name), name)
    for name, table in b.tables.items():
        if not table.used:
            _unused(b, "table", at("/tables", name), name)


def _unused(b: Builder, kind: str, pointer: str, name: str) -> None:
    # What a library offers need not all be used.
    if b.data.get("kind") != "library" and b.spec.origin(pointer)[0] is b.spec.origin("")[0]:
        b.problem("M423", f'{kind} "{name}" is never used', pointer, of="key", level="warning", label="leave it out")
