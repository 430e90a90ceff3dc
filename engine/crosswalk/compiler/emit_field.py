"""Fields as code: every origin, with what `on_error` makes of a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .builder import at
from .emit_cond import emit_cond
from .emit_loop import emit_loops
from .emit_quick import quick_let, quick_value
from .emit_steps import emit_check, emit_lookup, emit_steps
from .emit_value import emit_calc, emit_template
from .emitter import Emitter
from .failures import Site
from .ops_member import copier_of
from .plan import (
    Array,
    Calc,
    Const,
    Each,
    Field,
    KeyedObject,
    Let,
    Lookup,
    NoInput,
    Object,
    Source,
    Switch,
    Template,
    Use,
)

MAX_BLOCKS = 12
"""Python allows twenty loops and try blocks inside each other; past this many a nested function starts anew."""
MAX_ELSES = 12
"""Python allows a hundred levels of indentation; a switch of more cases is written flat."""
MAX_DOUBTS = 4
"""So few members that may be missing are taken out again; where there are more, the object is made step by step."""
MAX_BRACKETS = 20
"""Python allows two hundred brackets inside each other; an object of more objects is a variable."""


def emit_lets(e: Emitter, lets: list[Let]) -> None:
    """Each variable in turn; one that fails is poison for what uses it."""
    for let in lets:
        if not quick_let(e, let):
            emit_field(e, let.field, let.var.expr, is_let=True)


def emit_field(e: Emitter, field: Field, local: str, *, is_let: bool = False) -> bool:
    """Set `local` to the field's value; returns whether it may be M. Failures are noted, never raised."""
    w = e.w
    if w.tracing:
        w(f"T.enter({field.pointer!r}, {field.target!r})")
    if not _can_raise(e, field):
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


def _can_raise(e: Emitter, field: Field) -> bool:
    if field.steps or field.when or field.let or field.check or field.required != "no":
        return True
    origin = field.origin
    if isinstance(origin, Const | Object):
        return isinstance(origin, Object) and (origin.spread is not None or origin.passthrough is not None)
    if isinstance(origin, Source):
        return any(
            p.compiled is not None and (p.compiled.segments is None or (p.var is not None and p.var.origin == "let"))
            for p in origin.paths
        )
    return True


def _mark_errors(e: Emitter, lets: list[Let]) -> str:
    """A local that remembers how many errors there are before the lets of something that may not apply."""
    if not lets:
        return ""
    errors = e.w.temp("n")
    e.w(f"{errors} = len(E)")
    return errors


def _forget_errors(e: Emitter, errors: str) -> None:
    """Written after an `if`: what does not apply has no errors."""
    if errors:
        e.w(f"else: del E[{errors}:]")


def _emit_part(e: Emitter, field: Field, local: str) -> bool:
    """A field whose value is that of the field around it; its failure is not reported twice."""
    maybe = emit_field(e, field, local, is_let=True)
    if _can_raise(e, field) and not e.is_quick(field):
        e.w(f"if {local} is POISON: raise Poisoned")
    return maybe


def _core(
    e: Emitter, field: Field, local: str, *, raw: str | None = None, with_required: bool = True, applies: str = ""
) -> None:
    w = e.w
    if field.when is None:
        emit_lets(e, field.let)
        _value(e, field, local, raw, with_required)
        return
    test, errors = w.temp("b"), _mark_errors(e, field.let)
    emit_lets(e, field.let)
    emit_cond(e, field.when, test)
    with w.block(f"if {test}:"):
        if applies:
            w(f"{applies} = True")
        _value(e, field, local, raw, with_required)
    _forget_errors(e, errors)
    with w.block("else:" if not errors else f"if not {test}:"):
        if field.otherwise is not None:
            _emit_part(e, field.otherwise, local)
        else:
            w(f"{local} = M")
        if w.tracing:
            w(f"T({at(field.pointer, 'when')!r}, 'when', {local})")


def _value(e: Emitter, field: Field, local: str, raw: str | None, with_required: bool) -> None:
    w = e.w
    holds = isinstance(field.origin, Object | Use | Each | KeyedObject | Array)
    passes = int(holds and bool(field.steps or field.check))
    e.passed_on += passes
    _origin(e, field, local)
    e.passed_on -= passes
    if raw:
        w(f"{raw} = {local}")
    emit_steps(e, field.steps, local)
    if field.has_default and field.default is not None:
        value = w.const(field.default)
        if isinstance(field.default, list | dict) and field.default:
            value = f"fresh({value})"
        w(f"if {local} is M or {local} is None: {local} = {value}")
        if w.tracing:
            w(f"T({field.pointer + '/default'!r}, 'default', {local})")
    elif field.has_default:
        w(f"if {local} is M: {local} = None")
    if with_required:
        _required(e, field, local)
    if field.check is not None:
        emit_check(e, field.check, local)


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


# ---- origins ----------------------------------------------------------------------------------------------------


def _origin(e: Emitter, field: Field, local: str) -> None:
    w, origin = e.w, field.origin
    w.mark(field.pointer, local)
    if isinstance(origin, Source):
        _source(e, origin, field, local)
    elif isinstance(origin, Const):
        value = w.const(origin.value)
        w(
            f"{local} = fresh({value})"
            if isinstance(origin.value, list | dict) and origin.value
            else f"{local} = {value}"
        )
        if isinstance(origin.value, list | dict) and not origin.value:
            w(f"{local} = {origin.value!r}")
    elif isinstance(origin, NoInput):
        w(f"{local} = M")
    elif isinstance(origin, Template):
        emit_template(e, origin, field, local)
    elif isinstance(origin, Calc):
        emit_calc(e, origin, field, local)
    elif isinstance(origin, Object):
        emit_object(e, origin, local)
    elif isinstance(origin, Each):
        _each(e, origin, local)
    elif isinstance(origin, KeyedObject):
        _keyed(e, origin, local)
    elif isinstance(origin, Array):
        _array(e, origin, local)
    elif isinstance(origin, Switch):
        _switch(e, origin, local)
    elif isinstance(origin, Lookup):
        _emit_part(e, origin.key, local)
        w.mark(origin.step.pointer, local, "", "lookup")
        with w.block(f"if {local} is not M and {local} is not None:"):
            emit_lookup(e, origin.step, local)
    else:
        _use(e, origin, local)


def _source(e: Emitter, origin: Source, field: Field, local: str) -> None:
    w = e.w
    many = field.takes_all
    e.path(origin.paths[0], local, many=many)
    for path in origin.paths[1:]:
        with w.block(f"if {local} is M or {local} is None:"):
            e.path(path, local, many=many)


def emit_object(e: Emitter, obj: Object, local: str) -> None:
    """Set `local` to the object of the members, M when there is none."""
    out = e.w.temp("o")
    emit_members(e, obj, out)
    e.w(f"{local} = {out} if {out} else M")


def emit_members(e: Emitter, obj: Object, out: str) -> None:
    """Set `out` to a new dict with the members."""
    members, doubtful = _members(e, obj)
    _collect(e, obj, out, members, doubtful)


def _members(e: Emitter, obj: Object) -> tuple[list[tuple[str, str]], list[str]]:
    """Expressions for the members, and those of them that may give M, all locals."""
    w = e.w
    members: list[tuple[str, str]] = []
    doubtful: list[str] = []
    for name, member in obj.members:
        text, sure = _member(e, member)
        members.append((name, text))
        if not sure:
            doubtful.append(text)
    w.unmark()
    if e.missing_as_null:
        w("".join(f"{value} = None if {value} is M else {value}; " for value in doubtful) or "pass")
        doubtful = []
    return members, doubtful


def _member(e: Emitter, member: Field | Object) -> tuple[str, bool]:
    """An expression for a member, and whether it never gives M; a local where it may."""
    value = e.w.temp()
    if isinstance(member, Field):
        quick = quick_value(e, member)
        return (quick.whole, True) if quick is not None else (value, not emit_field(e, member, value))
    if not e.is_quick(member):
        emit_object(e, member, value)
        return value, False
    members, doubtful = _members(e, member)
    display = _display(members)
    if members and not doubtful and display.count("{") < MAX_BRACKETS:
        return display, True
    out = e.w.temp("o")
    _collect(e, member, out, members, doubtful)
    e.w(f"{value} = {out} if {out} else M")
    return value, False


def _display(members: list[tuple[str, str]]) -> str:
    return f"{{{', '.join(f'{name!r}: {value}' for name, value in members)}}}"


def _collect(e: Emitter, obj: Object, out: str, members: list[tuple[str, str]], doubtful: list[str]) -> None:
    """Set `out` to a dict of the members: one display where all are there, which is the fastest way."""
    w = e.w
    display = f"{out} = {_display(members)}"
    if len(doubtful) <= MAX_DOUBTS:
        w(display)
        for name, value in members:
            if value in doubtful:
                w(f"if {value} is M: del {out}[{name!r}]")
    else:
        w(f"if {' and '.join(f'{value} is not M' for value in doubtful)}: {display}")
        with w.block("else:"):
            w(f"{out} = {{}}")
            for name, value in members:
                w(f"{f'if {value} is not M: ' if value in doubtful else ''}{out}[{name!r}] = {value}")
    if obj.spread is not None:
        value = w.temp()
        emit_field(e, obj.spread, value)
        _try(e, obj, obj.spread, lambda: w(f"spread_into({out}, {value})"))
    if obj.passthrough is not None:
        rest = obj.passthrough
        copier = copier_of(rest)
        owner = Field("/passthrough", "", Const(None))
        _try(e, obj, owner, lambda: w(f"{w.const(copier, 'F')}({out}, {rest.ctx.local})"))


def _try(e: Emitter, obj: Object, owner: Field, body: Callable[[], Any]) -> None:
    w = e.w
    if e.is_quick(obj):
        w.unmark()
        body()
        return
    site = w.const(Site(owner, w.marks, is_let=False, hard=True), "S")
    w.unmark()
    with w.block("try:", nests=True):
        body()
    with w.block("except Exception as x:"):
        w(f"fail(E, x, {site})")


def _body(e: Emitter, body: Field | Object) -> tuple[str, bool]:
    """An expression for what is made of an item, and whether it may give M."""
    if isinstance(body, Field):
        text, sure = _member(e, body)
        return text, not sure
    members, doubtful = _members(e, body)
    if not doubtful and body.spread is None and body.passthrough is None:
        return _display(members), False
    local = e.w.temp()
    _collect(e, body, local, members, doubtful)
    return local, False


def _each(e: Emitter, each: Each, local: str) -> None:
    found = e.w.temp("l")
    e.w(f"{found} = []")

    def append() -> None:
        value, maybe = _body(e, each.body)
        e.w(f"{f'if {value} is not M: ' if maybe else ''}{found}.append({value})")

    _iterate(e, each, append)
    e.w(f"{local} = {found}")


def _iterate(e: Emitter, each: Each, inner: Callable[[], None]) -> None:
    """The loops of an `each` around `inner`, with where, sort, distinct_by, limit and the item's lets."""
    w = e.w
    counting = each.index.used or each.number.used
    place = w.temp("i")
    if counting:
        w(f"{place} = -1")

    def item() -> None:
        if counting:
            w(f"{place} += 1")
            w(f"{each.index.expr} = {place}; {each.number.expr} = {place} + 1")
        emit_lets(e, each.let)
        inner()

    def passing(body: Callable[[], None]) -> None:
        if each.where is None:
            emit_lets(e, each.early)
            body()
            return
        test, errors = w.temp("b"), _mark_errors(e, each.early)
        emit_lets(e, each.early)
        emit_cond(e, each.where, test)
        with w.block(f"if {test}:"):
            body()
            w("pass")
        _forget_errors(e, errors)

    if not (each.sort or each.distinct or each.limit is not None):
        emit_loops(e, each.loops, lambda: passing(item), into=True)
        return
    names = _loop_names(each)
    queue = w.temp("l")
    w(f"{queue} = []")

    def collect() -> None:
        keys = []
        for sort in each.sort:
            keys.append(w.temp())
            emit_field(e, sort.field, keys[-1])
        marks = []
        for path in each.distinct:
            marks.append(w.temp())
            e.path(path, marks[-1])
        keys_text, marks_text = ("".join(f"{part}, " for part in parts) for parts in (keys, marks))
        w(f"{queue}.append((({keys_text}), ({marks_text}), ({names}, )))")

    emit_loops(e, each.loops, lambda: passing(collect), into=True)
    if each.sort:
        w(f"{queue} = sort_items({queue}, {w.const(tuple(sort.desc for sort in each.sort))})")
    if each.distinct:
        w(f"{queue} = distinct_items({queue})")
    if each.limit is not None:
        w(f"del {queue}[{each.limit}:]")
    with w.block(f"for _, _, ({names}, ) in {queue}:", nests=True):
        _reopen(e, each, 0, item)


def _reopen(e: Emitter, each: Each, place: int, inner: Callable[[], None]) -> None:
    if place == len(each.loops):
        inner()
        return
    with e.context(each.loops[place].item):
        _reopen(e, each, place + 1, inner)


def _loop_names(each: Each) -> str:
    names: list[str] = []
    for loop in each.loops:
        names.append(loop.item.local)
        variables = (loop.index, loop.key, loop.scope_key, *loop.captures)
        names += [var.expr for var in variables if var is not None]
    return ", ".join([*names, *(let.var.expr for let in each.early)])


def _keyed(e: Emitter, origin: KeyedObject, local: str) -> None:
    w = e.w
    found = w.temp("o")
    w(f"{found} = {{}}")

    def put() -> None:
        keys = []
        for key in origin.keys:
            keys.append(w.temp())
            emit_field(e, key, keys[-1], is_let=True)
        value, maybe = _body(e, origin.each.body)
        w.mark(origin.each.body.pointer if isinstance(origin.each.body, Field) else "", keys[-1])
        guarded = [_can_raise(e, plan) and not e.is_quick(plan) for plan in origin.keys]
        tests = [f"{key} is not POISON" for key, may_fail in zip(keys, guarded, strict=True) if may_fail]
        tests += [f"{value} is not M"] if maybe else []
        skip = f"if {' and '.join(tests)}: " if tests else ""
        w(f"{skip}put_key({found}, ({', '.join(keys)}, ), {value}, {origin.duplicates!r})")

    _iterate(e, origin.each, put)
    w(f"{local} = {found}")


def _array(e: Emitter, origin: Array, local: str) -> None:
    w = e.w
    found = w.temp("l")
    w(f"{found} = []")
    for item in origin.items:
        value = w.temp()
        maybe = emit_field(e, item, value)
        if origin.compact:
            w(f"if {value} is not M and {value} is not None: {found}.append({value})")
        else:
            w(f"{found}.append(None if {value} is M else {value})" if maybe else f"{found}.append({value})")
    w(f"{local} = {found}")


def _switch(e: Emitter, origin: Switch, local: str) -> None:
    w = e.w
    if len(origin.cases) > MAX_ELSES:
        _long_switch(e, origin, local)
        return
    depth = 0
    for cond, then in origin.cases:
        test = w.temp("b")
        emit_cond(e, cond, test)
        with w.block(f"if {test}:"):
            _emit_part(e, then, local)
        w("else:")
        w.indent()
        depth += 1
    if origin.otherwise is not None:
        _emit_part(e, origin.otherwise, local)
    else:
        w(f"{local} = M")
    for _ in range(depth):
        w.dedent()


def _long_switch(e: Emitter, origin: Switch, local: str) -> None:
    w = e.w
    searching = w.temp("b")
    w(f"{searching} = True")
    for cond, then in origin.cases:
        with w.block(f"if {searching}:"):
            test = w.temp("b")
            emit_cond(e, cond, test)
            with w.block(f"if {test}:"):
                w(f"{searching} = False")
                _emit_part(e, then, local)
    with w.block(f"if {searching}:"):
        if origin.otherwise is not None:
            _emit_part(e, origin.otherwise, local)
        else:
            w(f"{local} = M")


def _use(e: Emitter, origin: Use, local: str) -> None:
    w = e.w
    if origin.at is None:
        emit_lets(e, origin.let)
        emit_object(e, origin.body, local)
        return
    e.node(origin.at, origin.ctx.local)
    with w.block(f"if {origin.ctx.local} is M or {origin.ctx.local} is None:"):
        w(f"{local} = M")
    with w.block("else:"), e.context(origin.ctx):
        emit_lets(e, origin.let)
        emit_object(e, origin.body, local)
