"""Comparisons of conditions: strict about types, missing and null as the language says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from ..errors import DataError
from ..values import MISSING, type_name
from .ops_calc import NUMBERS, exact_decimal
from .ops_value import with_article
from .poison import POISON, Poisoned

M: Final = MISSING


def family(value: Any) -> str:
    kind = type(value)
    if kind in NUMBERS:
        return "number"
    if kind is dt.datetime:
        return "datetime" if value.tzinfo is None else "datetime with zone"
    return type_name(value)


def _alike(a: Any, b: Any) -> tuple[Any, Any]:
    """Both values of one comparable kind, an ISO text beside a date read as a date; M320 otherwise."""
    if a is POISON or b is POISON:
        raise Poisoned
    left, right = _dated(a, b), _dated(b, a)
    kind = family(left)
    if kind != family(right):
        raise DataError("M320", f"{with_article(family(a))} cannot be compared with {with_article(family(b))}", a)
    if kind == "number" and type(left) is not type(right) and Decimal in (type(left), type(right)):
        return (
            exact_decimal(left) if type(left) is float else left,
            exact_decimal(right) if type(right) is float else right,
        )
    # Python compares two times of one zone by the clock on the wall, which repeats an hour each autumn.
    return (left.astimezone(dt.UTC), right.astimezone(dt.UTC)) if kind == "datetime with zone" else (left, right)


def _dated(value: Any, other: Any) -> Any:
    """An ISO text beside a date or time as such a value, where it is one."""
    if isinstance(value, str) and isinstance(other, dt.date | dt.time):
        try:
            return type(other).fromisoformat(value)
        except ValueError:
            pass
    return value


def ordered(a: Any, b: Any) -> tuple[Any, Any]:
    a, b = _alike(a, b)
    if isinstance(a, list | dict | bool):
        raise DataError("M320", f"{with_article(type_name(a))} has no order", a)
    return a, b


def eq(a: Any, b: Any) -> bool:
    if a is None or a is M:
        return b is None or b is M
    if b is None or b is M:
        if a is POISON:
            raise Poisoned
        return False
    a, b = _alike(a, b)
    return bool(a == b)


def ne(a: Any, b: Any) -> bool:
    if a is None or a is M:
        return not (b is None or b is M)
    return not eq(a, b)


def gt(a: Any, b: Any) -> bool:
    if a is None or a is M or b is None or b is M:
        return False
    a, b = ordered(a, b)
    return bool(a > b)


def gte(a: Any, b: Any) -> bool:
    if a is None or a is M or b is None or b is M:
        return False
    a, b = ordered(a, b)
    return bool(a >= b)


def lt(a: Any, b: Any) -> bool:
    if a is None or a is M or b is None or b is M:
        return False
    a, b = ordered(a, b)
    return bool(a < b)


def lte(a: Any, b: Any) -> bool:
    if a is None or a is M or b is None or b is M:
        return False
    a, b = ordered(a, b)
    return bool(a <= b)


def between(a: Any, b: Any) -> bool:
    return gte(a, b[0]) and lte(a, b[1])


def isin(a: Any, b: Any) -> bool:
    if a is None or a is M:
        return isinstance(b, list) and any(item is None for item in b)
    if not isinstance(b, list):
        return False if b is None or b is M else eq(a, b)
    known = [item for item in b if item is not None]
    found = [item for item in known if family(item) == family(a)]
    return any(eq(a, item) for item in found or known)


def not_in(a: Any, b: Any) -> bool:
    return not isin(a, b)


def _text_operand(a: Any) -> bool:
    if a is None or a is M:
        return False
    if a is POISON:
        raise Poisoned
    if not isinstance(a, str):
        raise DataError("M320", f"{with_article(type_name(a))} is not a text", a)
    return True


def starts_with(a: Any, b: Any) -> bool:
    return _text_operand(a) and _text_operand(b) and a.startswith(b)


def ends_with(a: Any, b: Any) -> bool:
    return _text_operand(a) and _text_operand(b) and a.endswith(b)


def contains(a: Any, b: Any) -> bool:
    if isinstance(a, list):
        return any(family(item) == family(b) and eq(item, b) for item in a)
    if not _text_operand(a) or b is None or b is M:
        return False
    if not isinstance(b, str):
        raise DataError("M320", f"{with_article(type_name(b))} cannot be part of a text", b)
    return b in a


def matches(a: Any, b: re.Pattern[str]) -> bool:
    return _text_operand(a) and b.search(a) is not None


def has_type(a: Any, b: str) -> bool:
    if b == "any":
        return a is not M
    return type(a) in NUMBERS if b == "number" else type_name(a) == b


def truth(value: Any) -> bool:
    """A condition's `expr`: only booleans are truth values, nothing is false."""
    if value is True or value is False:
        return bool(value)
    if value is None or value is M:
        return False
    raise DataError("M320", f"a condition must be true or false, not {with_article(type_name(value))}", value)


OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": eq, "ne": ne, "gt": gt, "gte": gte, "lt": lt, "lte": lte, "between": between, "in": isin, "not_in": not_in,
    "starts_with": starts_with, "ends_with": ends_with, "contains": contains, "matches": matches, "type": has_type,
}  # fmt: skip
