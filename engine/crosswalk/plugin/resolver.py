"""Resolvers: typed functions from value to value, declared by one decorator."""

from __future__ import annotations

import datetime as dt
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import UnionType
from typing import Any, ClassVar, Generic, Literal, TypeVar, Union, get_args, get_origin

from ..errors import ArgumentError
from ..values import Missing
from .schema import convert, json_name, type_schema

T = TypeVar("T")

Number = int | float | Decimal
"""Annotate a piped value so to accept any number; `bool` is not one."""


class Ref(Generic[T]):
    """Annotate an argument `Ref[T]` to let authors give a scope variable (`"$context.key"`, `"$other"`) instead."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a resolver declared with `run=True` gets as keyword `run`.

    `sequences` holds the counters of `sequence` for this run; `params` the mapping's `$context`.
    """

    id: str
    started_at: dt.datetime
    params: Mapping[str, Any] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Param:
    """One argument of a resolver: JSON name, Python name, annotation, default, whether a `$variable` may be given."""

    name: str
    python_name: str
    annotation: Any
    required: bool
    default: Any = None
    ref: bool = False
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A documented call that also runs as a test: `input | name(args)` gives `output` or raises `error`.

    `input` and `output` are Python values (`MISSING` included); `args` as the author would write them in JSON.
    """

    input: Any = None
    output: Any = None
    args: Any = None
    error: str | None = None


@dataclass(frozen=True)
class Resolver:
    """A resolver as the registry holds it; build one with `@resolver`, not by hand.

    `accepts` and `returns`: tuples of Python types (None: any); `optional`: the result may be None or MISSING.
    `null` says whether it is called on missing and null. `factory`: `function` takes only arguments and returns the
    one-argument callable. `inline`: a Python expression for the generated code, over `{v}` (a local name holding the
    value, its type already checked), `{f}` (the bound function) and `{name}` for each argument by its Python name;
    it must mean exactly what the function means. `vector`: the optional columnar form,
    `vector(array, **args) -> (array, sure)`: an array as long as the given one, null where that is null, and a boolean
    mask of the values it is sure of (None: all), or NotImplemented for a type of array that it does not do. All that it
    is not sure of, errors too, is left to the function. With `null="aware"` missing values come as nulls: give such a
    form only where both mean the same. `shallow`: the result depends only on the value's type and, of a list, on its
    length; so readers of columns need not parse what it holds. `batched`: it gains by getting all values of a batch at
    once through `vector`, even of a few records: a service that is asked over a network.
    """

    kind: ClassVar[str] = "resolver"
    name: str
    function: Callable[..., Any]
    accepts: tuple[type, ...] | None
    returns: tuple[type, ...] | None
    optional: bool = True
    params: tuple[Param, ...] = ()
    doc: str = ""
    null: Literal["propagate", "aware"] = "propagate"
    pure: bool = True
    takes_input: bool = True
    factory: bool = False
    run: bool = False
    inline: str | None = None
    vector: Callable[..., Any] | None = None
    shallow: bool = False
    batched: bool = False
    examples: tuple[Example, ...] = ()
    group: str = "other"
    sensitive_args: frozenset[str] = frozenset()

    @property
    def summary(self) -> str:
        """The first sentence of the documentation."""
        return self.doc.strip().split("\n")[0]

    def args_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments as an object; a single argument may also be given bare (see `bind_args`)."""
        properties: dict[str, Any] = {}
        for param in self.params:
            if not param.variadic:
                properties[param.name] = self._param_schema(param)
        schema: dict[str, Any] = {
            "type": "object",
            "properties": properties,
            "required": [p.name for p in self.params if p.required and not p.variadic],
            "additionalProperties": False,
        }
        for param in self.params:
            if param.variadic:
                schema["additionalProperties"] = self._param_schema(param)
        return schema

    def _param_schema(self, param: Param) -> dict[str, Any]:
        schema = type_schema(param.annotation)
        if param.ref:
            schema = {"anyOf": [{"type": "string", "pattern": r"^\$[A-Za-z_]"}, schema]}
        if not param.required and not param.variadic and _is_json(param.default):
            schema["default"] = param.default
        return schema

    @property
    def takes_bare(self) -> Param | None:
        """The argument that `{"name": value}` gives when value is not an object of arguments: the first one."""
        return next((p for p in self.params if not p.variadic), None)

    def bind(self, args: Mapping[str, Any]) -> Callable[..., Any]:
        """The callable for one step, from Python-named, converted arguments; raises ArgumentError for bad ones.

        Takes the value (unless `takes_input` is false) and, with `run`, the keyword `run`.
        """
        try:
            if self.factory:
                return typing.cast("Callable[..., Any]", self.function(**args))
        except ArgumentError:
            raise
        except (ValueError, TypeError) as error:
            raise ArgumentError(str(error)) from error
        if not args:
            return self.function
        function, bound = self.function, dict(args)
        if self.takes_input:
            if self.run:
                return lambda value, *, run: function(value, run=run, **bound)
            return lambda value: function(value, **bound)
        if self.run:
            return lambda *, run: function(run=run, **bound)
        return lambda: function(**bound)

    def convert_args(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """JSON arguments (schema already checked, no references left) as Python-named keyword arguments."""
        found: dict[str, Any] = {}
        known = {param.name: param for param in self.params if not param.variadic}
        variadic = next((param for param in self.params if param.variadic), None)
        for name, value in args.items():
            param = known.get(name, variadic)
            if param is None:
                raise ArgumentError(f"unknown argument {name!r}", argument=name)
            found[param.python_name if name in known else name] = convert(param.annotation, value)
        return found


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool | list | dict)


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
