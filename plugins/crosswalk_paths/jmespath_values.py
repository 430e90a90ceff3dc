"""What JMESPath says about values: truth, equality, order, JSON text; exact for decimals, booleans are not numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any

from crosswalk import DataError, text_of, type_name

# Enough digits for any sum of real amounts; more would be a memory attack by exponent.
_EXACT = Context(prec=1000, traps=[InvalidOperation, Inexact, Overflow])


def is_number(value: Any) -> bool:
    """Whether the value is an int, float or Decimal; booleans are not."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def truthy(value: Any) -> bool:
    """False for null, false, `""`, `[]` and `{}` only; zero is true."""
    if value is None or value is False:
        return False
    return bool(value) or not isinstance(value, str | list | dict)


def equal(left: Any, right: Any) -> bool:
    """Deep equality; `true` never equals 1, a decimal equals the float with the same shortest digits."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    if isinstance(left, float) and isinstance(right, Decimal):
        return decimal_of(left) == right
    if isinstance(left, Decimal) and isinstance(right, float):
        return left == decimal_of(right)
    return bool(left == right)


def decimal_of(value: Any) -> Decimal:
    """A number as a decimal: floats by their shortest digits."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def ordered(left: Any, right: Any) -> tuple[Any, Any]:
    """Two numbers in forms that Python compares exactly. Raises DataError M310 for NaN beside a decimal."""
    if isinstance(left, Decimal) and isinstance(right, float):
        right = _finite(right)
    elif isinstance(left, float) and isinstance(right, Decimal):
        left = _finite(left)
    return left, right


def _finite(value: float) -> Decimal:
    if value != value:
        raise DataError("M310", "not a finite number", value)
    return decimal_of(value)


def sort_keys(values: list[Any]) -> list[Any]:
    """Keys that order numbers exactly, or strings by code point. Raises DataError M310 for NaN."""
    if any(isinstance(value, float) and value != value for value in values):
        raise DataError("M310", "not a finite number")
    if any(isinstance(value, Decimal) for value in values):
        return [decimal_of(value) for value in values]
    return values


def total(values: Iterable[Any]) -> Any:
    """The sum: ints stay int, decimals are added exactly, floats as floats unless a decimal is among them."""
    numbers = list(values)
    if not any(isinstance(value, Decimal) for value in numbers):
        return sum(numbers)
    result = Decimal(0)
    try:
        for value in numbers:
            result = _EXACT.add(result, decimal_of(value))
    except (Inexact, InvalidOperation, Overflow) as error:
        raise DataError("M311", "the sum cannot be written exactly") from error
    return result


def json_text(value: Any) -> str:
    """Compact JSON with exact numbers; dates and bytes as text. Raises DataError M310 for NaN and infinities."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool) or is_number(value):
        return text_of(value)
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_text(str(key))}:{json_text(each)}" for key, each in value.items()) + "}"
    return json.dumps(text_of(value), ensure_ascii=False)


def type_of(value: Any) -> str:
    """JMESPath's name of the value's type; the language's own name for what JSON does not have (date, bytes, ...)."""
    if is_number(value):
        return "number"
    name = type_name(value)
    return {"list": "array"}.get(name, name)
