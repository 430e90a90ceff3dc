"""The `@resolver` decorator: everything that crosswalk knows of a resolver, read from its signature."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from ..values import Missing
from .resolver import Example, Param, Ref, Resolver
from .schema import json_name


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
    all); or NotImplemented for an array it does not do. What it is not sure of, errors too, is left to the
    function. With `null="aware"` missing values come as nulls: give such a form only where both mean the same.
    Without one, a pure resolver is called once per distinct value.

    `inline`: a Python expression for the generated code, over `{v}` (the value, its type already checked), `{f}` (the
    function, arguments bound), `{name}` for each argument by its Python name, `M` (MISSING), `Decimal` and Python's own
    functions. It must mean exactly what the function means, and saves the call.

    `shallow`: the result depends only on the value's type and, of a list, on its length; so readers of columns need not
    parse what it holds. `batched`: it gains by getting all values of a batch at once through `vector`, even of a few
    records: a service that is asked over a network.
    """

    def wrap(function: Callable[..., Any]) -> Resolver:
        signature = inspect.signature(function)
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
