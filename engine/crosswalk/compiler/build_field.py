"""Fields in any of their forms: origin, steps, default and what else one says of its value."""

from __future__ import annotations

from typing import Any

from ..spec.words import converted
from .build_cond import build_cond
from .build_let import build_lets
from .build_origin import build_origin
from .build_path import build_path, literal_hint
from .build_steps import build_cast, build_check, build_step, build_steps
from .builder import Builder, at
from .casts import default_fits, default_hint, typed_default
from .plan import Const, Field, Let, NoInput, Source
from .plan_step import CallStep, Step
from .scope import Scope
from .walk import walk

_JSON_KINDS = {"string": "string", "integer": "integer", "decimal": "number", "float": "number", "number": "number",
               "boolean": "boolean"}  # fmt: skip


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
    field.origin = build_origin(b, spec, pointer, inner, target)
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
                "M108",
                default_hint(field.type, field.default),
                at(pointer, "default"),
                label=f"not {field.type}",
                fix=converted([_JSON_KINDS.get(field.type, "")], field.default),
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
