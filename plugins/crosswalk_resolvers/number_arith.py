"""Number resolvers that calculate: exact for integers and decimals, an error instead of a wrong result."""

from __future__ import annotations

import math
import operator
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException
from typing import Any

from crosswalk import DataError, Example, Number, Ref, resolver

from . import _number_vectors
from ._exact import EXACT, ROUNDED, as_decimal, checked_int, combine, overflow, quantized, require_number

_QUOTIENT_DIGITS = 38


@resolver(
    "abs",
    vector=_number_vectors.absolute,
    group="number",
    examples=[
        Example(-5, 5),
        Example(Decimal("-1.50"), Decimal("1.50")),
        Example(-(2**63), error="M311"),
        Example("-5", error="M313"),
    ],
)
def abs_(value: Number) -> Number:
    """Drop the sign; M311 when the result does not fit 64 bits."""
    if isinstance(value, int):
        return checked_int(abs(value))
    return value.copy_abs() if isinstance(value, Decimal) else abs(value)


@resolver(
    "negate",
    vector=_number_vectors.negate,
    group="number",
    examples=[Example(5, -5), Example(Decimal("1.50"), Decimal("-1.50")), Example(-(2**63), error="M311")],
)
def negate(value: Number) -> Number:
    """Turn the sign around; M311 when the result does not fit 64 bits."""
    if isinstance(value, int):
        return checked_int(-value)
    if isinstance(value, Decimal):
        return value.copy_negate() if value else value
    return -value if value else value


@resolver(
    "sign",
    vector=_number_vectors.sign,
    group="number",
    examples=[Example(-5, -1), Example(Decimal("0.00"), 0), Example(0.5, 1)],
)
def sign(value: Number) -> int:
    """Give -1 for a negative number, 0 for zero, 1 for a positive one; NaN is M310."""
    if value != value:
        raise DataError("M310", "not a number")
    return (value > 0) - (value < 0)


@resolver(
    "add",
    vector=_number_vectors.add,
    group="number",
    examples=[
        Example(2, 5, 3),
        Example(Decimal("0.10"), Decimal("0.30"), {"x": 0.2}),
        Example(2**63 - 1, error="M311", args=1),
        Example("2", error="M313", args=1),
    ],
)
def add(value: Number, *, x: Ref[Number]) -> Number:
    """Add a number, exactly unless both are floats or integer and float.

    Integers stay integers (M311 beyond 64 bits), a decimal on either side gives a decimal of at most 76 digits.

    `x`: the number, or a variable that holds one; null or text in the variable is M313.
    """
    return combine(value, x, operator.add, EXACT.add, "x")


@resolver(
    "subtract",
    vector=_number_vectors.subtract,
    group="number",
    examples=[
        Example(2, -1, 3),
        Example(Decimal("1.00"), Decimal("0.75"), 0.25),
        Example(-(2**63), error="M311", args=1),
    ],
)
def subtract(value: Number, *, x: Ref[Number]) -> Number:
    """Subtract a number; types and errors as in `add`.

    `x`: the number, or a variable that holds one.
    """
    return combine(value, x, operator.sub, EXACT.subtract, "x")


@resolver(
    "multiply",
    vector=_number_vectors.multiply,
    group="number",
    examples=[
        Example(6, 42, 7),
        Example(Decimal("19.90"), Decimal("59.70"), 3),
        Example(2**62, error="M311", args=2),
        Example(1e308, error="M311", args=10.0),
    ],
)
def multiply(value: Number, *, x: Ref[Number]) -> Number:
    """Multiply by a number; types and errors as in `add`.

    `x`: the number, or a variable that holds one.
    """
    return combine(value, x, operator.mul, EXACT.multiply, "x")


def _exact_quotient(left: Decimal, right: Decimal) -> Decimal:
    """`left / right`; one that does not end is rounded to 38 digits, or to a whole number if that is longer."""
    try:
        return EXACT.divide(left, right)
    except DecimalException:
        digits = max(_QUOTIENT_DIGITS, ROUNDED.divide(left, right).adjusted() + 1)
        return Context(prec=digits, rounding=ROUND_HALF_EVEN).divide(left, right)


def _require_divisor(by: Any) -> type:
    kind = require_number(by, "by")
    if by == 0:
        raise DataError("M317", "division by zero")
    return kind


@resolver(
    "divide",
    vector=_number_vectors.divide,
    group="number",
    examples=[
        Example(7, Decimal("3.5"), 2),
        Example(6, Decimal("3"), 2),
        Example(10, Decimal("3.33"), {"by": 3, "scale": 2}),
        Example(1, Decimal("0." + 38 * "3"), 3),
        Example(1.0, 0.25, 4),
        Example(5, error="M317", args=0),
    ],
)
def divide(value: Number, *, by: Ref[Number], scale: int | None = None) -> Decimal | float:
    """Divide by a number; gives a decimal, or a float when a float is divided or divides and no decimal takes part.

    Zero as divisor is M317. A quotient that does not end is rounded half_even to 38 digits.

    `by`: the divisor, or a variable that holds it.
    `scale`: round half_even to exactly so many fraction digits.
    """
    kind = _require_divisor(by)
    divisor: Any = by
    if float in (kind, type(value)) and Decimal not in (kind, type(value)):
        found = combine(value, divisor, operator.truediv, EXACT.divide, "by")
        return float(found) if scale is None else float(quantized(as_decimal(found), scale, ROUND_HALF_EVEN))
    try:
        if scale is None:
            return _exact_quotient(as_decimal(value), as_decimal(divisor))
        return quantized(ROUNDED.divide(as_decimal(value), as_decimal(divisor)), scale, ROUND_HALF_EVEN)
    except DecimalException as error:
        raise overflow() from error


def _remainder(left: Any, right: Any) -> Any:
    if type(left) is float or type(right) is float:
        return math.fmod(left, right)
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


@resolver(
    "mod",
    group="number",
    examples=[
        Example(7, 1, 3),
        Example(-7, -1, 3),
        Example(7, 1, -3),
        Example(Decimal("-7.5"), Decimal("-1.5"), 3),
        Example(7, error="M317", args=0),
    ],
)
def mod(value: Number, *, by: Ref[Number]) -> Number:
    """Give the remainder of a division, with the sign of the dividend, as `%` in `calc`; types and errors as in `add`.

    `by`: the divisor, or a variable that holds it; zero is M317.
    """
    _require_divisor(by)
    return combine(value, by, _remainder, EXACT.remainder, "by")


RESOLVERS = (abs_, negate, sign, add, subtract, multiply, divide, mod)
