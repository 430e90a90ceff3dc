"""The functions of JMESPath: each with the types of its arguments, checked when the path compiles where they are known.

Written from the specification at jmespath.org; numbers are exact (see `jmespath_values`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crosswalk import DataError, text_of

from .jmespath_values import equal, is_number, json_text, sort_keys, total, type_of

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")

Call = Callable[..., Any]


def _all(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(kind, value))


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds)


_TESTS: dict[str, Callable[[Any], bool]] = {
    "any value": lambda value: True,
    "a number": is_number,
    "a string": _is(str),
    "an array": _is(list),
    "an object": _is(dict),
    "an array or a string": _is(list, str),
    "an array, an object or a string": _is(list, dict, str),
    "an array of numbers": _all(is_number),
    "an array of strings": _all(_is(str)),
    "an array of numbers or of strings": lambda value: _all(is_number)(value) or _all(_is(str))(value),
}
EXPRESSION = "an expression (&...)"


@dataclass(frozen=True, slots=True)
class Function:
    """One function: `takes` names the type of each argument, the last repeats when `variadic`."""

    name: str
    call: Call
    takes: tuple[str, ...]
    variadic: bool = False

    def refusal(self, index: int, value: Any) -> str:
        """Why the value cannot be the argument, "" when it can."""
        wanted = self.takes[min(index, len(self.takes) - 1)]
        if _TESTS[wanted](value):
            return ""
        got = type_of(value)
        if isinstance(value, list) and "array" in wanted:
            got = "array with other members"
        article = "" if got == "null" else "an " if got[0] in "aeio" else "a "
        return f"{self.name}() takes {wanted}, not {article}{got}"


def _average(values: list[Any]) -> Any:
    if not values:
        return None
    amount = total(values)
    if isinstance(amount, float):
        return amount / len(values)
    if isinstance(amount, int) and amount % len(values) == 0:
        return amount // len(values)
    return Decimal(amount) / len(values)


def _whole(rounded: Callable[[Any], int]) -> Call:
    def call(value: Any) -> int:
        try:
            return rounded(value)
        except (OverflowError, ValueError) as error:
            raise DataError("M310", "not a finite number", value) from error

    return call


def _contains(subject: Any, search: Any) -> bool:
    if isinstance(subject, str):
        return isinstance(search, str) and search in subject
    return any(equal(item, search) for item in subject)


def _to_number(value: Any) -> Any:
    if is_number(value):
        return value
    match = _JSON_NUMBER.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return None
    try:
        return Decimal(value) if match[1] or match[2] else int(value)
    except ValueError:  # more digits than Python converts
        return Decimal(value)


def _to_string(value: Any) -> str:
    if value is None or isinstance(value, list | dict):
        return json_text(value)
    return text_of(value)


def _ordered_keys(name: str, keys: list[Any]) -> list[Any]:
    if not _TESTS["an array of numbers or of strings"](keys):
        raise DataError("M313", f"{name}() takes an expression that gives only numbers or only strings")
    return sort_keys(keys)


def _sort_by(values: list[Any], key: Call) -> list[Any]:
    keys = _ordered_keys("sort_by", [key(value) for value in values])
    return [values[index] for index in sorted(range(len(values)), key=keys.__getitem__)]


def _pick_by(name: str, pick: Callable[..., int]) -> Call:
    def call(values: list[Any], key: Call) -> Any:
        keys = _ordered_keys(name, [key(value) for value in values])
        return values[pick(range(len(values)), key=keys.__getitem__)] if values else None

    return call


def _pick(pick: Callable[..., int]) -> Call:
    def call(values: list[Any]) -> Any:
        return values[pick(range(len(values)), key=sort_keys(values).__getitem__)] if values else None

    return call


def _sort(values: list[Any]) -> list[Any]:
    keys = sort_keys(values)
    return [values[index] for index in sorted(range(len(values)), key=keys.__getitem__)]


def _merge(*objects: dict[str, Any]) -> dict[str, Any]:
    return {key: value for each in objects for key, value in each.items()}


def _absolute(value: Any) -> Any:
    # abs() rounds decimals to the context's precision.
    return value.copy_abs() if isinstance(value, Decimal) else abs(value)


_ANY = "any value"
_SORTABLE = "an array of numbers or of strings"
_LIST = [
    Function("abs", _absolute, ("a number",)),
    Function("avg", _average, ("an array of numbers",)),
    Function("ceil", _whole(math.ceil), ("a number",)),
    Function("contains", _contains, ("an array or a string", _ANY)),
    Function("ends_with", str.endswith, ("a string", "a string")),
    Function("floor", _whole(math.floor), ("a number",)),
    Function("join", str.join, ("a string", "an array of strings")),
    Function("keys", list, ("an object",)),
    Function("length", len, ("an array, an object or a string",)),
    Function("map", lambda call, values: [call(value) for value in values], (EXPRESSION, "an array")),
    Function("max", _pick(max), (_SORTABLE,)),
    Function("max_by", _pick_by("max_by", max), ("an array", EXPRESSION)),
    Function("merge", _merge, ("an object",), variadic=True),
    Function("min", _pick(min), (_SORTABLE,)),
    Function("min_by", _pick_by("min_by", min), ("an array", EXPRESSION)),
    Function("not_null", lambda *values: next((v for v in values if v is not None), None), (_ANY,), variadic=True),
    Function("reverse", lambda value: value[::-1], ("an array or a string",)),
    Function("sort", _sort, (_SORTABLE,)),
    Function("sort_by", _sort_by, ("an array", EXPRESSION)),
    Function("starts_with", str.startswith, ("a string", "a string")),
    Function("sum", total, ("an array of numbers",)),
    Function("to_array", lambda value: value if isinstance(value, list) else [value], (_ANY,)),
    Function("to_number", _to_number, (_ANY,)),
    Function("to_string", _to_string, (_ANY,)),
    Function("type", type_of, (_ANY,)),
    Function("values", lambda value: list(value.values()), ("an object",)),
]
FUNCTIONS = {function.name: function for function in _LIST}
