"""Fields as code: origin, steps and checks, with what `on_error` makes of a failure."""

from __future__ import annotations

from .builder import at
from .emit_cond import emit_cond
from .emit_origin import emit_origin
from .emit_part import can_raise, emit_lets, emit_part, forget_errors, mark_errors
from .emit_steps import emit_check, emit_steps
from .emitter import Emitter
from .failures import Site
from .plan import Array, Const, Each, Field, KeyedObject, Object, Source, Use

MAX_BLOCKS = 12
"""Python allows twenty loops and try blocks inside each other; past this many a nested function starts anew."""


def emit_field(e: Emitter, field: Field, local: str, *, is_let: bool = False) -> bool:
    """Set `local` to the field's value; returns whether it may be M. Failures are noted, never raised."""
    w = e.w
    if w.tracing:
        w(f"T.enter({field.pointer!r}, {field.target!r})")
    if not can_raise(field):
        _core(e, field, local)
    elif w.blocks > MAX_BLOCKS:
        _deep(e, field, local, is_let)
    else:
        _guarded(e, field, local, is_let)
    if w.tracing:
        w(f"T.leave({field.pointer!r}, {local})")
    return not (
        field.when is None
        and (
            field.required != "no"
            or (field.has_default and field.default is not None and field.on_error in ("fail", "default", "null"))
            or (
                isinstance(field.origin, Const | Each | Array | KeyedObject)
                and not field.steps
                and field.on_error == "fail"
            )
        )
    )


def _guarded(e: Emitter, field: Field, local: str, is_let: bool) -> None:
    w = e.w
    if e.is_quick(field):
        _core(e, field, local)
        return
    hard = field.on_error == "fail"
    site = Site(field, w.marks, is_let=is_let, hard=hard)
    name = w.const(site, "S")
    raw = w.temp() if field.on_error == "keep" else None
    applies = w.temp("b") if field.when is not None and field.required != "no" and not hard else ""
    if applies:
        w(f"{applies} = False")
    with w.block("try:", nests=True):
        if raw:
            w(f"{raw} = M")
        _core(e, field, local, raw=raw, with_required=hard, applies=applies)
    with w.block("except Exception as x:"):
        w(f"{local} = fail(E, x, {name})")
        if raw:
            w(f"if {local} is not POISON: {local} = {raw}")
    if not hard and field.required != "no":
        strict = w.const(Site(field, w.marks, is_let=is_let, hard=True), "S")
        with w.block("try:", nests=True), w.block(f"if {applies or True}:"):
            _required(e, field, local)
        with w.block("except Exception as x:"):
            w(f"{local} = fail(E, x, {strict})")


def _deep(e: Emitter, field: Field, local: str, is_let: bool) -> None:
    w = e.w
    function, blocks = w.temp("d"), w.blocks
    w.blocks = 0
    with w.block(f"def {function}():"):
        _guarded(e, field, local, is_let)
        w(f"return {local}")
    w.blocks = blocks
    w(f"{local} = {function}()")


def _core(
    e: Emitter, field: Field, local: str, *, raw: str | None = None, with_required: bool = True, applies: str = ""
) -> None:
    w = e.w
    if field.when is None:
        emit_lets(e, field.let)
        _value(e, field, local, raw, with_required)
        return
    test, errors = w.temp("b"), mark_errors(e, field.let)
    emit_lets(e, field.let)
    emit_cond(e, field.when, test)
    with w.block(f"if {test}:"):
        if applies:
            w(f"{applies} = True")
        _value(e, field, local, raw, with_required)
    forget_errors(e, errors)
    with w.block("else:" if not errors else f"if not {test}:"):
        if field.otherwise is not None:
            emit_part(e, field.otherwise, local)
        else:
            w(f"{local} = M")
        if w.tracing:
            w(f"T({at(field.pointer, 'when')!r}, 'when', {local})")


def _value(e: Emitter, field: Field, local: str, raw: str | None, with_required: bool) -> None:
    w = e.w
    holds = isinstance(field.origin, Object | Use | Each | KeyedObject | Array)
    passes = int(holds and bool(field.steps or field.check))
    e.passed_on += passes
    emit_origin(e, field, local)
    e.passed_on -= passes
    if raw:
        w(f"{raw} = {local}")
    emit_steps(e, field.steps, local)
    if field.has_default and field.default is not None:
        value = w.const(field.default)
        if isinstance(field.default, list | dict) and field.default:
            value = f"fresh({value})"
        _default(e, field, local, f"{local} is M or {local} is None", value)
    elif field.has_default:
        _default(e, field, local, f"{local} is M", "None")
    if with_required:
        _required(e, field, local)
    if field.check is not None:
        emit_check(e, field.check, local)


def _default(e: Emitter, field: Field, local: str, absent: str, value: str) -> None:
    w = e.w
    with w.block(f"if {absent}:"):
        w(f"{local} = {value}")
        if w.tracing:
            w(f"T({at(field.pointer, 'default')!r}, 'default', {local})")


def _required(e: Emitter, field: Field, local: str) -> None:
    w = e.w
    if field.required == "value":
        w.mark(field.pointer + "/required", local, _path_text(field), "required")
        w(f"if type({local}) is str and {local} and not {local}[0].isspace(): pass")
        w(f"elif blank({local}): required({local})")
    elif field.required == "present":
        w.mark(field.pointer + "/required", local, _path_text(field), "required")
        w(f"if {local} is M: required({local})")


def _path_text(field: Field) -> str:
    return field.origin.tried if isinstance(field.origin, Source) else ""
