"""Arithmetic of `calc`: exact decimals, 64-bit integers, no silent infinities."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import Any, Final, NoReturn

from ..errors import DataError
from ..values import INT64_MAX, INT64_MIN, type_name
from .ops_value import with_article
from .poison import POISON, Poisoned

NUMBERS: Final = frozenset((int, float, Decimal))
EXACT: Final = Context(prec=76, rounding=ROUND_HALF_EVEN, traps=[Inexact, InvalidOperation, Overflow])
QUOTIENT: Final = Context(prec=38, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])


def overflow() -> NoReturn:
    raise DataError("M311", "the result does not fit 64 bits")


def _operands(a: Any, b: Any) -> tuple[Any, Any]:
    for value in (a, b):
        if value is POISON:
            raise Poisoned
        if type(value) not in NUMBERS:
            raise DataError("M313", f"calc needs numbers, not {with_article(type_name(value))}", value)
    if isinstance(a, Decimal) and isinstance(b, float):
        return a, exact_decimal(b)
    if isinstance(b, Decimal) and isinstance(a, float):
        return exact_decimal(a), b
    return a, b


def exact_decimal(value: float) -> Decimal:
    if not math.isfinite(value):
        raise DataError("M310", "not a finite number", value)
    return Decimal(repr(value))


def _finish(value: Any) -> Any:
    if type(value) is int:
        if not INT64_MIN <= value <= INT64_MAX:
            overflow()
    elif type(value) is float and not math.isfinite(value):
        raise DataError("M311", "the result is too large")
    return value


def _exact(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    try:
        return operation(a, b)
    except Inexact as error:
        raise DataError("M311", "the result needs more than 76 digits") from error
    except (InvalidOperation, Overflow) as error:
        raise DataError("M311", "the result is too large") from error


def add(a: Any, b: Any) -> Any:
    a, b = _operands(a, b)
    return _exact(EXACT.add, a, b) if Decimal in (type(a), type(b)) else _finish(a + b)


def sub(a: Any, b: Any) -> Any:
    a, b = _operands(a, b)
    return _exact(EXACT.subtract, a, b) if Decimal in (type(a), type(b)) else _finish(a - b)


def mul(a: Any, b: Any) -> Any:
    a, b = _operands(a, b)
    return _exact(EXACT.multiply, a, b) if Decimal in (type(a), type(b)) else _finish(a * b)


def div(a: Any, b: Any) -> Any:
    """True division of decimals or floats; two integers are refused (M313): say which you mean."""
    a, b = _operands(a, b)
    if b == 0:
        raise DataError("M317", "division by zero")
    if Decimal in (type(a), type(b)):
        return _exact(QUOTIENT.divide, a, b)
    if type(a) is int and type(b) is int:
        raise DataError("M313", '"/" needs a decimal or a float: make one operand a decimal')
    return _finish(a / b)


def mod(a: Any, b: Any) -> Any:
    """The remainder with the sign of the dividend, for every number type."""
    a, b = _operands(a, b)
    if b == 0:
        raise DataError("M317", "division by zero")
    if Decimal in (type(a), type(b)):
        return _exact(EXACT.remainder, a, b)
    if type(a) is float or type(b) is float:
        return _finish(math.fmod(a, b))
    rest = abs(a) % abs(b)
    return -rest if a < 0 else rest


def neg(a: Any) -> Any:
    _operands(a, 0)
    return EXACT.minus(a) if isinstance(a, Decimal) else _finish(-a)
