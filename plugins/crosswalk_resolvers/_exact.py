"""Exact arithmetic on mixed numbers: use these helpers wherever a resolver adds, rounds or converts numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import (
    ROUND_05UP,
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from typing import Any, Literal

from crosswalk import ArgumentError, DataError, Number, type_name

Rounding = Literal["half_even", "half_up", "half_down", "up", "down", "floor", "ceiling"]
"""How to drop digits: `half_up` rounds a tie away from zero, `up` is away from zero, `down` towards it."""

ROUNDINGS: dict[str, str] = {
    "half_even": ROUND_HALF_EVEN,
    "half_up": ROUND_HALF_UP,
    "half_down": ROUND_HALF_DOWN,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
}

MAX_SCALE = 76
"""The most fraction digits an author may ask for; 76 digits are also what Arrow's widest decimal holds."""

MAX_DIGITS = 400
"""The most digits of a decimal that is read, in plain notation: room for every float."""

_FAULTS = [InvalidOperation, DivisionByZero, Overflow]
EXACT = Context(prec=76, Emin=-999, Emax=999, traps=[*_FAULTS, Inexact])
"""Operations that either have an exact result of at most 76 digits or raise."""
ROUNDED = Context(prec=76, rounding=ROUND_05UP, Emin=-999, Emax=999, traps=_FAULTS)
"""Division: ROUND_05UP keeps the result fit for one more rounding to fewer digits."""
_WIDE = Context(prec=2000, Emin=-9999, Emax=9999, traps=_FAULTS)
_WIDE_EXACT = Context(prec=2000, Emin=-9999, Emax=9999, traps=[*_FAULTS, Inexact])

_INT64 = 2**63


def overflow() -> DataError:
    """The error for a result that is too large for its type."""
    return DataError("M311", "the result is out of range: integers have 64 bits, decimals 76 digits")


def checked_int(value: int) -> int:
    """The integer if it fits 64 bits; raises M311."""
    if -_INT64 <= value < _INT64:
        return value
    raise overflow()


def as_decimal(value: Number) -> Decimal:
    """The number as a decimal, a float by its shortest digits; raises M310 for NaN and infinities."""
    if type(value) is float:
        if not math.isfinite(value):
            raise DataError("M310", "not a finite number")
        return Decimal(repr(value))
    return Decimal(value)


def combine(
    left: Number,
    right: Any,
    plain: Callable[[Any, Any], Any],
    exact: Callable[[Decimal, Decimal], Decimal],
    argument: str,
) -> Number:
    """`left op right`: int op int by `plain`, with a decimal on either side by `exact`, else as floats.

    Raises M311 for a result out of range and M313, naming the argument, when `right` is not a number.
    """
    kind = require_number(right, argument)
    if type(left) is int and kind is int:
        return checked_int(plain(left, right))
    try:
        if kind is Decimal or type(left) is Decimal:
            return exact(as_decimal(left), as_decimal(right))
        found: float = plain(left, right)
    except (DecimalException, OverflowError) as error:
        raise overflow() from error
    if math.isinf(found) and not (math.isinf(left) or math.isinf(right)):
        raise overflow()
    return found


def require_number(value: Any, argument: str) -> type:
    """The type of an argument that must be a number; raises M313."""
    kind = type(value)
    if kind is int or kind is float or kind is Decimal:
        return kind
    raise DataError("M313", f"the argument {argument} needs a number, not {type_name(value)}")


def quantized(value: Decimal, scale: int, rounding: str | None) -> Decimal:
    """The decimal with exactly `scale` fraction digits (0 if negative, rounded to tens and so on).

    `rounding` is one of ROUNDINGS' values; with None, digits other than zero that would go are M314.
    """
    unit = Decimal((0, (1,), -scale))
    try:
        if rounding is None:
            found = value.quantize(unit, context=_WIDE_EXACT)
        else:
            found = value.quantize(unit, rounding=rounding, context=_WIDE)
        if scale < 0:
            found = found.quantize(Decimal(1), context=_WIDE)
    except Inexact as error:
        raise DataError("M314", f"more than {scale} fraction digits, and no rounding is given") from error
    except DecimalException as error:
        raise overflow() from error
    return found if found else found.copy_abs()


def checked_scale(scale: int, *, least: int = 0) -> None:
    """Raise ArgumentError for a number of fraction digits that is out of bounds."""
    if not least <= scale <= MAX_SCALE:
        raise ArgumentError(f"a scale from {least} to {MAX_SCALE} is needed", argument="scale")
