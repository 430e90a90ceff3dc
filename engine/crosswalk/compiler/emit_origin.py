"""Origins as code: where the value of a field comes from."""

from __future__ import annotations

from .emit_cond import emit_cond
from .emit_each import emit_each, emit_keyed
from .emit_object import emit_object
from .emit_part import emit_lets, emit_part
from .emit_steps import emit_lookup
from .emit_value import emit_calc, emit_template
from .emitter import Emitter
from .plan import (
    Array,
    Calc,
    Const,
    Each,
    Field,
    KeyedObject,
    Lookup,
    NoInput,
    Object,
    Source,
    Switch,
    Template,
    Use,
)

MAX_ELSES = 12
"""Python allows a hundred levels of indentation; a switch of more cases is written flat."""


def emit_origin(e: Emitter, field: Field, local: str) -> None:
    """Set `local` to the value that the steps of the field start from."""
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
        emit_each(e, origin, local)
    elif isinstance(origin, KeyedObject):
        emit_keyed(e, origin, local)
    elif isinstance(origin, Array):
        _array(e, origin, local)
    elif isinstance(origin, Switch):
        _switch(e, origin, local)
    elif isinstance(origin, Lookup):
        emit_part(e, origin.key, local)
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


def _array(e: Emitter, origin: Array, local: str) -> None:
    w = e.w
    found = w.temp("l")
    w(f"{found} = []")
    for item in origin.items:
        value = w.temp()
        maybe = e.field(item, value)
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
            emit_part(e, then, local)
        w("else:")
        w.indent()
        depth += 1
    if origin.otherwise is not None:
        emit_part(e, origin.otherwise, local)
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
                emit_part(e, then, local)
    with w.block(f"if {searching}:"):
        if origin.otherwise is not None:
            emit_part(e, origin.otherwise, local)
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
