"""The `@resolver` decorator: everything that crosswalk knows of a resolver, read from its signature."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from ..errors import PluginError
from ..values import Missing
from .resolver import Example, Param, Ref, Resolver
from .schema import json_name

LANGUAGE_STEPS = ("map", "each", "filter", "lookup", "get", "check")
"""Steps of the mapping language that are no resolvers."""
NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*")
"""What a resolver may be called."""


def resolver(
    name: str,
    *,
    null: Literal["propagate", "aware"] = "propagate",
    pure: bool = True,
    factory: bool = False,
    run: bool = False,
    takes_input: bool = True,
    inline: str | None = None,
    vector: Callable[..., Any] | None = None,
    shallow: bool = False,
    batched: bool = False,
    examples: Sequence[Example] = (),
    group: str | None = None,
    sensitive_args: Sequence[str] = (),
) -> Callable[[Callable[..., Any]], Resolver]:
    """Declare a resolver.

    Plain form: the first parameter is the piped value, its annotation what is accepted (anything else is M313); the
    keyword parameters are the arguments, their annotations the schema. With `factory=True` the function has only the
    arguments and returns `Callable[[In], Out]`, so that work on them is done once. Raise `DataError("M310", "not a
    ...")` for a bad value, `ArgumentError` for bad arguments (compile time, M106). A trailing underscore in a
    parameter name is dropped in JSON (`with_`). `**names: T` accepts any further members.

    `null="aware"`: it is called on missing and null, too. `pure=False`: equal input may give different output.
    `run`: it takes the keyword `run`, a RunInfo. `takes_input=False`: there is no piped value. `sensitive_args`: the
    arguments whose values are never shown.

    `vector`: the columnar form, `vector(array, **args) -> (array, sure)`. It gives a pyarrow.Array as long as the
    given one, null where that is null, of the type behind `->` (string, int64, float64, bool, binary, date32,
    timestamp, time64, duration, decimal128, list, struct), and a boolean mask of the values it is sure of (None:
    all); or NotImplemented for an array it does not do. Where nulls of the result are missing values, such a mask of
    them comes third. What it is not sure of, errors too, is left to the function. With `null="aware"` missing values
    come as nulls: give such a form only where both mean the same. Without one, a pure resolver is called once per
    distinct value.

    `inline`: a Python expression for the generated code, over `{v}` (the value, its type already checked), `{f}` (the
    function, arguments bound), `{name}` for each argument by its Python name, `M` (MISSING), `Decimal` and Python's own
    functions. It must mean exactly what the function means, and saves the call.

    `shallow`: the result depends only on the value's type and, of a list, on its length; so readers of columns need not
    parse what it holds. `batched`: it gains by getting all values of a batch at once through `vector`, even of a few
    records: a service that is asked over a network.
    """

    if callable(name):
        raise _cannot(name, "has no name", f'@resolver("acme.{getattr(name, "__name__", "name")}")')

    def wrap(function: Callable[..., Any]) -> Resolver:
        if not inspect.isfunction(function):
            raise _cannot(name, f"is made of a {type(function).__name__}, not of a function", "def f(value: str, ...)")
        signature = inspect.signature(function)
        _check(name, null, function, signature, value=takes_input and not factory, run=run)
        hints = typing.get_type_hints(function, include_extras=True)
        parameters = list(signature.parameters.values())
        accepts: tuple[type, ...] | None = None
        returned = hints.get("return", Any)
        if factory:
            arguments = get_args(returned)
            if arguments and isinstance(arguments[0], list) and arguments[0]:
                accepts = value_types(arguments[0][0])
            returned = arguments[1] if len(arguments) > 1 else Any
        elif takes_input:
            piped = parameters.pop(0)
            accepts = value_types(hints.get(piped.name, Any))
        params = tuple(_param(p, hints.get(p.name, Any)) for p in parameters if not (p.name == "run" and run))
        home = function.__module__.rsplit(".", 1)[-1]
        return Resolver(
            name=name,
            function=function,
            accepts=accepts,
            returns=value_types(returned),
            optional=is_optional(returned),
            params=params,
            doc=inspect.getdoc(function) or "",
            null=null,
            pure=pure,
            takes_input=takes_input,
            factory=factory,
            run=run,
            inline=inline,
            vector=vector,
            shallow=shallow,
            batched=batched,
            examples=tuple(examples),
            group=group or home,
            sensitive_args=frozenset(sensitive_args),
        )

    return wrap


def _check(
    name: str, null: str, function: Callable[..., Any], signature: inspect.Signature, *, value: bool, run: bool
) -> None:
    """Raise PluginError X108 for a declaration that no call would fit."""
    if null not in ("propagate", "aware"):
        raise _cannot(name, f"says null={null!r}", 'null="propagate" or null="aware"')
    if inspect.iscoroutinefunction(function):
        raise _cannot(name, "is asynchronous", "write def, and ask a service with `vector` and `batched`")
    given = list(signature.parameters.values())
    if value:
        if not given or given[0].kind in (given[0].KEYWORD_ONLY, given[0].VAR_KEYWORD, given[0].VAR_POSITIONAL):
            raise _cannot(name, "has no parameter for the value", "def f(value: str, *, ...), or takes_input=False")
        del given[0]
    for parameter in given:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            fix = "arguments are given by name: put them behind *"
            raise _cannot(name, f"has the parameter {parameter.name!r}, which cannot be given by name", fix)
    if run and "run" not in signature.parameters:
        raise _cannot(name, "says run=True, and its function has no parameter run", "def f(value, *, run: RunInfo)")


def check_name(name: str) -> None:
    """Raise PluginError X108 for a name under which a mapping could not call a resolver."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise _cannot(name, "has no proper name", "lower-case letters, digits and _, with dots between the parts")
    if name in LANGUAGE_STEPS:
        raise _cannot(name, "has the name of a step of the language", f'put a name in front: "acme.{name}"')


def _cannot(name: Any, what: str, fix: str) -> PluginError:
    told = getattr(name, "__name__", name)
    return PluginError("X108", f"the resolver {told!r} {what}", fix=fix)


def value_types(annotation: Any) -> tuple[type, ...] | None:
    """The Python types an annotation stands for, None for any; list[str] counts as list, float accepts int too."""
    if annotation in (Any, object, inspect.Parameter.empty):
        return None
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        found: list[type] = []
        for arg in get_args(annotation):
            if arg is type(None) or arg is Missing:
                continue
            types = value_types(arg)
            if types is None:
                return None
            found += [t for t in types if t not in found]
        return tuple(found)
    if origin is Literal:
        return tuple({type(arg) for arg in get_args(annotation)})
    if origin is not None:
        annotation = origin
    if annotation in (Sequence, typing.Sequence):
        annotation = list
    if annotation is Mapping:
        annotation = dict
    if annotation is type(None) or annotation is Missing:
        return ()
    return (annotation,) if isinstance(annotation, type) else None


def is_optional(annotation: Any) -> bool:
    """Whether a result of this annotation may be None or MISSING."""
    if annotation in (Any, object, None, type(None), Missing, inspect.Parameter.empty):
        return True
    if get_origin(annotation) in (Union, UnionType):
        return any(is_optional(arg) for arg in get_args(annotation))
    return False


def _param(parameter: inspect.Parameter, annotation: Any) -> Param:
    ref = get_origin(annotation) is Ref
    return Param(
        name=json_name(parameter.name),
        python_name=parameter.name,
        annotation=get_args(annotation)[0] if ref else annotation,
        required=parameter.default is inspect.Parameter.empty and parameter.kind is not parameter.VAR_KEYWORD,
        default=None if parameter.default is inspect.Parameter.empty else parameter.default,
        ref=ref,
        variadic=parameter.kind is parameter.VAR_KEYWORD,
    )
