"""Resolvers as code: their calls, or what they have in place of a call."""

from __future__ import annotations

from typing import Any, get_args

from ..plugin.resolver import Resolver
from .emitter import Emitter
from .plan_path import PathPlan
from .plan_step import CallStep
from .returned import closer_look, exact_types, is_own

Types = tuple[type, ...] | None
"""What is known of a value's types; None: nothing."""


def emit_call(e: Emitter, step: CallStep, local: str, types: Types) -> tuple[Types, bool]:
    """Pipe `local` through the resolver; returns the types of the result, and whether it may be nothing."""
    w, resolver = e.w, step.resolver
    call = call_text(e, step, local, types)
    optional = resolver.optional or resolver.null == "aware"
    if not resolver.takes_input:
        w(f"{local} = {call}")
        return resolver.returns, optional
    accepts = resolver.accepts
    if accepts and not (types and set(types) <= set(accepts)):
        test = (
            f"type({local}) is {w.const(accepts[0])}" if len(accepts) == 1 else f"type({local}) in {w.const(accepts)}"
        )
        if step.guarded:
            w(f"if {test}: {local} = {call}")
            return None, True
        absent = f"{local} is not M and {local} is not None and " if resolver.null == "aware" else ""
        refuse = test.replace(" is ", " is not ", 1) if len(accepts) == 1 else test.replace(" in ", " not in ", 1)
        w(f"if {absent}{refuse}: {local} = accept({local}, {w.const(accepts)}, {resolver.name!r})")
    if is_inlined(step) and not is_own(resolver):
        given = w.temp()
        w(f"{given} = {local}")
        w(f"{local} = {call}")
        look = f"{w.const(closer_look(resolver), 'F')}({local})"
        w(f"if type({local}) not in {w.const(exact_types(resolver))} and {local} is not {given}: {local} = {look}")
    else:
        w(f"{local} = {call}")
    if gives_argument(step):
        w(f"if type({local}) is dict or type({local}) is list: {local} = fresh({local})")
    return (resolver.returns if not optional else None), optional


def is_inlined(step: CallStep) -> bool:
    """Whether the resolver's own text stands in the code, in place of a call."""
    resolver = step.resolver
    # A step with a guard is one line, where the result of another plugin's text could not be checked.
    usable = not resolver.run and not step.refs and (not step.guarded or is_own(resolver))
    return bool(resolver.inline) and usable


def gives_argument(step: CallStep) -> bool:
    """Whether the result may be, or hold, a list or object of the arguments, which all records would then share."""
    returns = step.resolver.returns
    if returns is not None and not {dict, list} & set(returns):
        return False
    for param in step.resolver.params:
        value = step.args.get(param.python_name)
        if not isinstance(value, list | dict):
            continue
        nested = any(isinstance(part, list | dict) for part in _parts(value))
        if param.annotation is Any or (nested and Any in get_args(param.annotation)):
            return True
    return False


def _parts(value: list[Any] | dict[str, Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def call_text(e: Emitter, step: CallStep, local: str, types: Types) -> str:
    """The call, or what the resolver has in its place, on `local`; its types are known to be `types`, or taken."""
    w, resolver = e.w, step.resolver
    extra = ", run=RUN" if resolver.run else ""
    if step.refs:
        names = []
        for name, ref in step.refs.items():
            if isinstance(ref, list):
                names.append(f"{name}=[{', '.join(_argument(e, item) for item in ref)}]")
                continue
            value = _argument(e, ref)
            if resolver.null != "aware":
                w(f"if {value} is M or {value} is None: {value} = NO_ARGUMENT({resolver.name!r}, {ref.text!r})")
            names.append(f"{name}={value}")
        w.mark(step.pointer, local, "", resolver.name)
        names += [f"{name}={w.const(value)}" for name, value in step.args.items()]
        function = w.const(resolver.function, "F")
        if resolver.factory:
            return f"{function}({', '.join(names)})({local})"
        return f"{function}({', '.join([local, *names] if resolver.takes_input else names)}{extra})"
    function = w.const(step.bound, "F")
    if is_inlined(step):
        assert resolver.inline is not None
        inlined = resolver.inline.format(v=local, f=function, **_inline_args(e, resolver, step.args))
        return inlined.replace(f"type({local}) is str and ", "") if types == (str,) else inlined
    return f"{function}({local if resolver.takes_input else ''}{extra if resolver.takes_input else extra[2:]})"


def _argument(e: Emitter, ref: Any) -> str:
    """An expression for an argument: what a path gives, or a constant."""
    if not isinstance(ref, PathPlan):
        return e.w.const(ref)
    value = e.w.temp()
    e.path(ref, value)
    if ref.var is not None and ref.var.origin == "let":
        e.w(f"if {value} is POISON: raise Poisoned")
    return value


def _inline_args(e: Emitter, resolver: Resolver, args: dict[str, Any]) -> dict[str, str]:
    return {p.python_name: e.w.const(args.get(p.python_name, p.default)) for p in resolver.params}
