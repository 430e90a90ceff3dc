"""Resolvers: typed functions from value to value, as the registry holds them; `declare` makes them."""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Generic, Literal, TypeVar

from ..errors import ArgumentError, PluginError
from ..lean import lean_dataclass
from .convert import convert
from .schema import TYPES, plain_value, type_schema

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


@lean_dataclass(frozen=True)
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
    `factory`: `function` takes only arguments and returns the one-argument callable. The rest as in `@resolver`.
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
        try:
            schema = type_schema(param.annotation)
        except TypeError as error:
            text = f"the resolver {self.name!r}: the argument {param.name!r} has a type without a JSON form: {error}"
            raise PluginError("X108", text, fix=TYPES) from error
        if param.ref:
            schema = {"anyOf": [{"type": "string", "pattern": r"^\$[A-Za-z_]"}, schema]}
        if not param.required and not param.variadic:
            shown = plain_value(param.default)
            if shown is not NotImplemented:
                schema["default"] = shown
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
