"""Run resolvers as the engine would, for tests: bare or named arguments, null propagation, type check, inline form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator

from crosswalk import MISSING, ArgumentError, DataError, Example, Resolver, RunInfo, type_name

RUN = RunInfo(id="run-1", started_at=dt.datetime(2024, 5, 31, 23, 30, tzinfo=dt.UTC))


def named_args(resolver: Resolver, args: Any) -> dict[str, Any]:
    """The arguments as an object: `args` itself, or the first argument when given bare."""
    if args is None:
        return {}
    first = resolver.takes_bare
    names = {param.name for param in resolver.params}
    variadic = any(param.variadic for param in resolver.params)
    if isinstance(args, dict) and (variadic or first is None or set(args) <= names):
        return args
    assert first is not None, f"{resolver.name} takes no bare argument"
    return {first.name: args}


def call(resolver: Resolver, value: Any, args: Any = None) -> Any:
    """What a mapping step gives; raises DataError or ArgumentError as the engine would see them."""
    given = named_args(resolver, args)
    errors = list(Draft202012Validator(resolver.args_schema()).iter_errors(given))
    if errors:
        raise ArgumentError(errors[0].message)
    function = resolver.bind(resolver.convert_args(given))
    run = {"run": RUN} if resolver.run else {}
    if not resolver.takes_input:
        return function(**run)
    if resolver.null == "propagate":
        if value is None or value is MISSING:
            return value
        if resolver.accepts is not None and type(value) not in resolver.accepts:
            raise DataError("M313", f"{resolver.name} does not take a {type_name(value)}")
    return function(value, **run)


def outcome(resolver: Resolver, value: Any, args: Any = None) -> tuple[Any, str | None]:
    """The result and None, or None and the code of the error."""
    try:
        return call(resolver, value, args), None
    except DataError as error:
        return None, error.code
    except ArgumentError:
        return None, "M106"


def check_example(resolver: Resolver, example: Example) -> None:
    """Assert that the example holds, in value and in type, and that the result keeps the resolver's own promises."""
    found, code = outcome(resolver, example.input, example.args)
    assert code == example.error
    if code is None:
        assert same(found, example.output), (found, example.output)
        if found is None or found is MISSING:
            assert resolver.optional or example.input in (None, MISSING)
        elif resolver.returns is not None and example.input not in (None, MISSING):
            assert type(found) in resolver.returns


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
    return bool(left == right)


def check_inline(resolver: Resolver, values: Iterable[Any], args: Any = None) -> None:
    """Assert that the inline expression gives what the function gives for all values that are accepted."""
    assert resolver.inline is not None
    bound = resolver.convert_args(named_args(resolver, args))
    defaults = {param.python_name: param.default for param in resolver.params}
    function = resolver.bind(bound)
    names = {"v": "v", "f": "f"} | {name: name for name in defaults}
    scope = {"M": MISSING, "Decimal": Decimal, "f": function, **defaults, **bound}
    expression = eval(f"lambda v: {resolver.inline.format(**names)}", scope)
    for value in values:
        if resolver.accepts is None or type(value) in resolver.accepts:
            assert same(expression(value), function(value)), value
