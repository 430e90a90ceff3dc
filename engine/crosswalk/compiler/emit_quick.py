"""Values of the quick attempt as single expressions, which raise where the careful code has more to say."""

from __future__ import annotations

import re
from dataclasses import replace

from ..values import MISSING
from .emit_call import call_text, gives_argument, is_inlined
from .emit_value import emit_template
from .emitter import Emitter
from .plan import Const, Field, Let, Lookup, Source, Template
from .plan_path import PathPlan
from .plan_step import CallStep, LookupStep, MapStep, Step
from .quick import Value
from .returned import is_own
from .tables import column_of

_METHOD = re.compile(r"\{v\}\.([a-z_]+)\(([^()]*)\)")


def quick_let(e: Emitter, let: Let) -> bool:
    """Set the variable by an expression, where one can make it."""
    value = quick_value(e, let.field)
    if value is None:
        return False
    e.w(f"{let.var.expr} = {value.whole}")
    e.values[let.var.expr] = Value(let.var.expr, value.nullable or bool(value.test), value.types)
    return True


def quick_value(e: Emitter, field: Field) -> Value | None:
    """The field's value, where it is of the kinds that an expression can make; None leaves it to the usual code."""
    if not e.is_quick(field) or field.when is not None or field.let or field.check is not None:
        return None
    if isinstance(field.default, list | dict) or not all(_is_plain(step, field.steps) for step in field.steps):
        return None
    value = _start(e, field)
    if value is None:
        return None
    for step in field.steps:
        value = _piped(e, step, value)
    return _finished(e, field, value)


def _start(e: Emitter, field: Field) -> Value | None:
    origin = field.origin
    if isinstance(origin, Source) and len(origin.paths) == 1:
        return _read(e, origin.paths[0])
    if isinstance(origin, Const) and not isinstance(origin.value, list | dict):
        return Value(f"({e.w.const(origin.value)})", origin.value is None, (type(origin.value),))
    if isinstance(origin, Lookup) and _is_plain(origin.step, [origin.step]):
        key = quick_value(e, origin.key)
        return None if key is None else _piped(e, origin.step, key)
    if isinstance(origin, Template):
        local = e.w.temp()
        emit_template(e, origin, field, local)
        return Value(local, origin.if_missing == "null", (str,))
    return None


def _read(e: Emitter, path: PathPlan) -> Value | None:
    """What is at a path that is sure to be there: names of a context, or a variable."""
    if path.var is not None:
        return e.values.get(path.var.expr) if path.compiled is None and path.empty == "keep" else None
    text = e.known(path)
    return None if text is None or path.empty == "missing" else Value(text, True)


def _is_plain(step: Step, steps: list[Step]) -> bool:
    """Whether the step can stand in an expression: it needs the value at hand only, and gives one."""
    if isinstance(step, CallStep):
        resolver = step.resolver
        return (
            resolver.takes_input and not resolver.optional and not resolver.run
            and (resolver.null == "propagate" or (resolver.accepts is None and is_own(resolver)))
            # What another plugin's text gives is checked by more than an expression.
            and (is_own(resolver) or not is_inlined(step))
            and not step.refs and not step.guarded and not gives_argument(step)
        )  # fmt: skip
    last = step is steps[-1]
    if isinstance(step, MapStep):
        values = [*step.table.values(), step.otherwise if step.has_else else ""]
        return not any(isinstance(value, list | dict) for value in values) and (last or None not in values)
    if isinstance(step, LookupStep) and last and isinstance(step.returns, str) and step.on_missing != "default":
        return not any(
            value is MISSING or type(value) in (dict, list) for value in column_of(step.table, step.returns).values()
        )
    return False


# ---- steps ------------------------------------------------------------------------------------------------------


def _piped(e: Emitter, step: Step, value: Value) -> Value:
    """The step on what is not null, or on all where it knows what to do with null."""
    if isinstance(step, CallStep) and step.resolver.null == "aware":
        local = _named(e, value).text
        return Value(call_text(e, step, local, None), False, step.resolver.returns)
    if value.nullable:
        name = value.text if value.text.isidentifier() else e.w.temp()
        value = Value(name, False, value.types, name if name == value.text else f"({name} := {value.text})")
    if isinstance(step, CallStep):
        return _called(e, step, value)
    if isinstance(step, MapStep):
        value, key = _key(e, value, "map_key")
        table = e.w.const(step.table)
        found = f"{table}.get({key}, {e.w.const(step.otherwise)})" if step.has_else else f"{table}[{key}]"
        kinds = {type(item) for item in (*step.table.values(), *([step.otherwise] if step.has_else else ()))}
        return replace(value, text=found, nullable=type(None) in kinds, types=tuple(kinds - {type(None)}))
    assert isinstance(step, LookupStep) and isinstance(step.returns, str)
    value, key = _key(e, value, "lookup_key")
    column = e.w.const(column_of(step.table, step.returns))
    found = f"{column}[{key}]" if step.on_missing == "error" else f"{column}.get({key})"
    return replace(value, text=found, nullable=True, types=None)


def _key(e: Emitter, value: Value, function: str) -> tuple[Value, str]:
    """The text that the value is looked up by."""
    if value.types == (str,):
        return value, value.text
    value = _named(e, value)
    return value, f"{value.text} if type({value.text}) is str else {function}({value.text})"


def _named(e: Emitter, value: Value) -> Value:
    """The value under a name, as it is used more than once."""
    if value.text.isidentifier():
        return value
    name = e.w.temp()
    e.w(f"{name} = {value.whole}")
    return replace(value, text=name, test=name if value.test else "")


def _called(e: Emitter, step: CallStep, value: Value) -> Value:
    resolver = step.resolver
    accepts = resolver.accepts
    inline = resolver.inline or "{v}"
    if accepts is None or (value.types and set(value.types) <= set(accepts)):
        if value.types == (str,):
            inline = "{v}" if e.remembers(step) else inline.replace("type({v}) is str and ", "")
        if inline.count("{v}") > 1:
            value = _named(e, value)
        text = _of_text(e, step, value.text) if value.types == (str,) else call_text(e, step, value.text, value.types)
        return replace(value, text=text, types=resolver.returns)
    method = _METHOD.fullmatch(inline)
    if method and accepts == (str,):
        # The method as a function refuses by itself what is no text.
        function = e.w.const(getattr(str, method[1]), "F")
        call = call_text(e, step, value.text, None)
        arguments = call.removeprefix(f"{value.text}.{method[1]}(").removesuffix(")")
        text = f"{function}({value.text}{', ' if arguments else ''}{arguments})"
        return replace(value, text=text, types=resolver.returns)
    value = _named(e, value)
    local = value.text
    others = tuple(kind for kind in accepts if kind is not str)
    text = f"refuse({local})"
    if others:
        test = f"is {e.w.const(others[0])}" if len(others) == 1 else f"in {e.w.const(others)}"
        text = f"({call_text(e, step, local, None)}) if type({local}) {test} else {text}"
    if str in accepts:
        text = f"({_of_text(e, step, local)}) if type({local}) is str else {text}"
    return replace(value, text=f"({text})", types=resolver.returns)


def _of_text(e: Emitter, step: CallStep, local: str) -> str:
    """The step on what is known to be a text."""
    return f"{e.memo(step)}[{local}]" if e.remembers(step) else call_text(e, step, local, (str,))


# ---- what comes last ----------------------------------------------------------------------------------------------


def _finished(e: Emitter, field: Field, value: Value) -> Value:
    """With `default` and `required`."""
    if field.has_default and field.default is not None:
        if value.nullable:
            value = _named(e, value)
            value = replace(value, nullable=False, test=value.text)
        if value.test:
            kinds = value.types and (*value.types, type(field.default))
            text = f"({e.w.const(field.default)} if {value.test} is None else {value.text})"
            value = Value(text, False, kinds)
    if field.required == "value":
        name = e.w.temp()
        text = (
            f"({name} := {value.whole})"
            if value.types == (str,)
            else f"type({name} := {value.whole}) is str and {name}"
        )
        value = Value(f"({name} if {text} and not {name}[0].isspace() else must({name}))", False, value.types)
    return value
