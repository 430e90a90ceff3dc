"""Call a resolver as a step of a mapping does: arguments bare or named, nulls passed on, types checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ..errors import ArgumentError, DataError
from ..plugin.resolver import Resolver, RunInfo
from ..values import MISSING, type_name

NOON = dt.datetime(2024, 5, 31, 12, 0, tzinfo=dt.UTC)


def run_info() -> RunInfo:
    """A fresh run, so that counters begin anew."""
    return RunInfo(id="run-1", started_at=NOON)


def named_args(resolver: Resolver, args: Any) -> Mapping[str, Any]:
    """The arguments as an object: `args` itself, or the first argument when given bare."""
    if args is None:
        return {}
    first = resolver.takes_bare
    names = {param.name for param in resolver.params}
    variadic = any(param.variadic for param in resolver.params)
    if isinstance(args, dict) and (variadic or first is None or set(args) <= names):
        return args
    assert first is not None, f"{resolver.name} takes no arguments, and the example gives {args!r}"
    return {first.name: args}


def bound(resolver: Resolver, args: Any = None) -> Callable[[Any], Any]:
    """The step with these arguments, from value to value; raises ArgumentError as compiling would.

    Calling it raises DataError as mapping would.
    """
    from jsonschema import Draft202012Validator

    given = named_args(resolver, args)
    error = next(iter(Draft202012Validator(resolver.args_schema()).iter_errors(given)), None)
    if error is not None:
        raise ArgumentError(error.message)
    function = resolver.bind(resolver.convert_args(given))

    def step(value: Any) -> Any:
        run = {"run": run_info()} if resolver.run else {}
        if not resolver.takes_input:
            return function(**run)
        if resolver.null == "propagate":
            if value is None or value is MISSING:
                return value
            if resolver.accepts is not None and type(value) not in resolver.accepts:
                raise DataError("M313", f"{resolver.name} does not take a {type_name(value)}")
        return function(value, **run)

    return step


def same(left: Any, right: Any) -> bool:
    """Equality in value and type, all the way down; a decimal's digits, an offset, an object's order count."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[name], right[name]) for name in left)
    if isinstance(left, Decimal):
        return str(left) == str(right)
    if isinstance(left, dt.datetime):
        return bool(left.isoformat() == right.isoformat())
    if isinstance(left, float):
        return repr(left) == repr(right)
    return bool(left == right)
