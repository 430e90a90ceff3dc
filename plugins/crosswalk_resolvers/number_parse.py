"""Number resolvers that read text as a number, strictly: the whole string or an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from crosswalk import ArgumentError, DataError, Example, Number, resolver

from . import _vectors
from ._exact import MAX_DIGITS, ROUNDINGS, Rounding, as_decimal, checked_scale, quantized

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_SPACES = "[ \u00a0\u202f]"


def _int_of_text(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise DataError("M310", "not a whole number: int accepts digits with an optional sign", text)
    try:
        return int(text)
    except ValueError as error:  # Python's guard against quadratic time
        raise DataError("M310", "too many digits for a number") from error


def _decimal_of_text(text: str) -> Decimal:
    if _DECIMAL.fullmatch(text) is None:
        raise DataError("M310", "not a decimal number", text)
    if len(text) <= MAX_DIGITS:
        found = Decimal(text)
        exponent = found.as_tuple().exponent
        if abs(found.adjusted()) < MAX_DIGITS and isinstance(exponent, int) and abs(exponent) <= MAX_DIGITS:
            return found
    raise DataError("M310", f"more than {MAX_DIGITS} digits", text)


@resolver(
    "int",
    inline="(int({v}) if type({v}) is str and {v}.isascii() and {v}.isdigit() and len({v}) < 19 else {f}({v}))",
    vector=_vectors.whole_number,
    group="number",
    examples=[
        Example("42", 42),
        Example("-007", -7),
        Example("+5", 5),
        Example(Decimal("12.00"), 12),
        Example(3.0, 3),
        Example("12.0", error="M310"),
        Example(2.5, error="M310"),
        Example("1,200", error="M310"),
        Example(" 1", error="M310"),
        Example("1_000", error="M310"),
        Example("0x1F", error="M310"),
        Example("٣", error="M310"),
        Example("", error="M310"),
        Example(True, error="M313"),
    ],
)
def int_(value: str | int | float | Decimal) -> int:
    """Read a whole number: ASCII digits with an optional sign, and nothing else.

    Numbers pass when they have no fraction. Anything else is M310: spaces, separators, `12.0` as text, `0x1F`.
    """
    if isinstance(value, str):
        return _int_of_text(value)
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        if value.is_finite() and value.adjusted() <= MAX_DIGITS and value == (whole := int(value)):
            return whole
    elif value.is_integer():
        return int(value)
    raise DataError("M310", "not a whole number: int does not round", value)


@resolver(
    "decimal",
    factory=True,
    vector=_vectors.exact_decimal,
    group="number",
    examples=[
        Example("19.00", Decimal("19.00")),
        Example("19", Decimal("19.00"), 2),
        Example("19.500", Decimal("19.50"), {"scale": 2}),
        Example("1.2e3", Decimal("1200.0"), 1),
        Example(0.1, Decimal("0.1")),
        Example("2.345", error="M314", args=2),
        Example("2.345", Decimal("2.34"), {"scale": 2, "rounding": "half_even"}),
        Example("2.345", Decimal("2.35"), {"scale": 2, "rounding": "half_up"}),
        Example("-2.5", Decimal("-3"), {"scale": 0, "rounding": "half_up"}),
        Example("1,200.00", error="M310"),
        Example("nan", error="M310"),
        Example(False, error="M313"),
        Example("1", error="M106", args=-1),
    ],
)
def decimal(
    *, scale: int | None = None, rounding: Rounding | None = None
) -> Callable[[str | int | float | Decimal], Decimal]:
    """Read an exact decimal number: digits with an optional sign, fraction and exponent.

    Nothing is lost silently: more fraction digits than `scale` are M314 unless they are zeros or `rounding` is given.
    A float counts by its shortest digits. Raises M310 for other text, NaN, infinities and more than 400 digits.

    `scale`: the result has exactly so many fraction digits, 0 to 76; without it the digits stay as they are.
    `rounding`: how to drop digits: half_even, half_up (ties away from zero), half_down, up, down, floor, ceiling.
    """
    if scale is not None:
        checked_scale(scale)
    elif rounding is not None:
        raise ArgumentError("rounding needs a scale to round to", argument="rounding")
    mode = ROUNDINGS[rounding] if rounding else None

    def parse(value: str | int | float | Decimal) -> Decimal:
        if isinstance(value, str):
            found = _decimal_of_text(value)
        else:
            found = as_decimal(value)
            if not found.is_finite():
                raise DataError("M310", "not a finite number")
        return found if scale is None else quantized(found, scale, mode)

    return parse


@resolver(
    "float",
    vector=_vectors.floating,
    group="number",
    inline="(float({v}) if type({v}) is str and {v}.isascii() and {v}.replace('.', '', 1).isdigit() "
    "and {v}[0] != '.' != {v}[-1] and len({v}) < 300 else {f}({v}))",
    examples=[
        Example("1.5", 1.5),
        Example("-2e3", -2000.0),
        Example(3, 3.0),
        Example(Decimal("0.1"), 0.1),
        Example("nan", error="M310"),
        Example("-inf", float("-inf"), {"allow_nan": True}),
        Example("1e999", error="M310"),
        Example("1_0.0", error="M310"),
        Example(" 1.5", error="M310"),
        Example(True, error="M313"),
    ],
)
def float_(value: str | int | float | Decimal, *, allow_nan: bool = False) -> float:
    """Read a binary floating-point number; for money use `decimal`.

    Raises M310 for other text, for NaN and infinities, and for numbers beyond a float's range.

    `allow_nan`: let NaN and infinities pass, as numbers and as the texts nan, inf and infinity.
    """
    if isinstance(value, str) and _FLOAT.fullmatch(value) is None and not (allow_nan and _NOT_FINITE.fullmatch(value)):
        raise DataError("M310", "not a number", value)
    try:
        found = float(value)
    except OverflowError as error:
        raise DataError("M310", "too large for a float") from error
    if not allow_nan and (found != found or found in (float("inf"), float("-inf"))):
        raise DataError("M310", "not a finite number", value)
    return found


@resolver(
    "number",
    group="number",
    examples=[
        Example("42", 42),
        Example("42.50", Decimal("42.50")),
        Example(1.5, 1.5),
        Example("4,2", error="M310"),
        Example(float("nan"), error="M310"),
    ],
)
def number(value: str | int | float | Decimal) -> Number:
    """Read an integer when the text is one, else an exact decimal; numbers stay as they are.

    Raises M310 for other text, NaN and infinities.
    """
    if isinstance(value, str):
        return _int_of_text(value) if _INTEGER.fullmatch(value) else _decimal_of_text(value)
    if not isinstance(value, int):
        as_decimal(value)
        if isinstance(value, Decimal) and not value.is_finite():
            raise DataError("M310", "not a finite number")
    return value


@resolver(
    "parse_number",
    factory=True,
    group="number",
    examples=[
        Example("1,200", 1200),
        Example("-1,234,567.50", Decimal("-1234567.50")),
        Example("1200", 1200),
        Example("1.234,5", Decimal("1234.5"), {"decimal": ",", "group": "."}),
        Example("1 234,5", Decimal("1234.5"), {"decimal": ",", "group": " "}),
        Example("12,34,567", 1234567, {"grouping": "indian"}),
        Example(7, 7),
        Example("12,34", error="M310"),
        Example("1,2345", error="M310"),
        Example(",200", error="M310"),
        Example("1,200.", error="M310"),
        Example("1", error="M106", args={"decimal": ",", "group": ","}),
    ],
)
def parse_number(
    *, decimal: str = ".", group: str = ",", grouping: Literal["thousands", "indian"] = "thousands"
) -> Callable[[str | int | float | Decimal], Number]:
    """Read a number with group separators; gives an integer, or an exact decimal when there is a fraction.

    The separators are optional, but where one stands all must stand, at the right places: `12,34` is M310. Numbers
    stay as they are.

    `decimal`: the one character before the fraction.
    `group`: the one character between groups, `""` for none; a space also means the no-break spaces of printed numbers.
    `grouping`: `thousands` for groups of three digits, `indian` for a last group of three and groups of two before.
    """
    if len(decimal) != 1 or decimal in "+-0123456789":
        raise ArgumentError("the decimal sign is one character, neither digit nor sign", argument="decimal")
    if len(group) > 1 or (group and group in "+-0123456789" + decimal):
        raise ArgumentError("the group separator is one other character, neither digit nor sign", argument="group")
    gap = _SPACES if group == " " else re.escape(group)
    whole = "[0-9]+"
    if group:
        grouped = f"[0-9]{{1,3}}(?:{gap}[0-9]{{3}})+"
        if grouping == "indian":
            grouped = f"[0-9]{{1,2}}(?:{gap}[0-9]{{2}})*{gap}[0-9]{{3}}"
        whole += f"|{grouped}"
    expression = re.compile(f"([+-]?)({whole})(?:{re.escape(decimal)}([0-9]+))?")
    gaps = re.compile(gap) if group else None

    def parse(value: str | int | float | Decimal) -> Number:
        if not isinstance(value, str):
            return value
        match = expression.fullmatch(value)
        if match is None:
            raise DataError("M310", "not a number with these separators, or a group has the wrong length", value)
        sign, digits, fraction = match.groups()
        digits = sign + (gaps.sub("", digits) if gaps else digits)
        return _int_of_text(digits) if fraction is None else _decimal_of_text(f"{digits}.{fraction}")

    return parse


RESOLVERS = (int_, decimal, float_, number, parse_number)
