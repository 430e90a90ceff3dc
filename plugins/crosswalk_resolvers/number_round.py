"""Number resolvers that round, and the one that writes a number for people."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal, localcontext

from crosswalk import ArgumentError, DataError, Example, Number, resolver

from . import _number_vectors
from ._exact import ROUNDINGS, Rounding, as_decimal, checked_scale, quantized

_PART = r"[^#0-9.,@;]*(?=[#0])[#,]*[0,]*(?:\.0*#*)?(?:E\+?0+)?[^#0-9.,@;]*"
_CLDR_PATTERN = re.compile(f"{_PART}(?:;{_PART})?")


@resolver(
    "round",
    vector=_number_vectors.rounded,
    factory=True,
    group="number",
    examples=[
        Example(2.5, 2.0),
        Example(2.675, 2.68, 2),
        Example(Decimal("2.345"), Decimal("2.34"), 2),
        Example(Decimal("2.345"), Decimal("2.35"), {"scale": 2, "mode": "half_up"}),
        Example(Decimal("-2.5"), Decimal("-3"), {"mode": "half_up"}),
        Example(Decimal("1.5"), Decimal("1.50"), 2),
        Example(1250, 1200, {"scale": -2}),
        Example(7, 7, 2),
        Example(float("inf"), error="M310"),
        Example("2.5", error="M313"),
        Example(1, error="M106", args=99),
    ],
)
def round_(*, scale: int = 0, mode: Rounding = "half_even") -> Callable[[Number], Number]:
    """Round to a number of fraction digits, by the digits one sees: 2.675 to two digits is 2.68, float or not.

    The type stays: a decimal gets exactly `scale` fraction digits, a float stays a float, an integer an integer.

    `scale`: fraction digits, -76 to 76; -2 rounds to hundreds.
    `mode`: half_even (ties to the even digit), half_up (ties away from zero), half_down (ties towards zero), up (away
    from zero), down (towards zero), floor, ceiling.
    """
    checked_scale(scale, least=-76)
    rounding = ROUNDINGS[mode]

    def to_scale(value: Number) -> Number:
        if isinstance(value, int):
            return value if scale >= 0 else int(quantized(Decimal(value), scale, rounding))
        found = quantized(as_decimal(value), scale, rounding)
        return float(found) if isinstance(value, float) else found

    return to_scale


def _finite(value: Number) -> Number:
    if isinstance(value, int) or math.isfinite(value):
        return value
    raise DataError("M310", "not a finite number")


@resolver(
    "floor",
    vector=_number_vectors.floor,
    group="number",
    examples=[Example(2.7, 2), Example(Decimal("-2.1"), -3), Example(float("nan"), error="M310")],
)
def floor(value: Number) -> int:
    """Give the next whole number below or equal."""
    return math.floor(_finite(value))


@resolver(
    "ceil",
    vector=_number_vectors.ceil,
    group="number",
    examples=[Example(2.1, 3), Example(Decimal("-2.9"), -2), Example(5, 5)],
)
def ceil(value: Number) -> int:
    """Give the next whole number above or equal."""
    return math.ceil(_finite(value))


@resolver(
    "format_number",
    factory=True,
    group="number",
    examples=[
        Example(Decimal("1234567.5"), "1,234,567.50", "#,##0.00"),
        Example(1234.5, "1.234,50", {"pattern": "#,##0.00", "locale": "de_DE"}),
        Example(0.25, "25%", "0%"),
        Example(7, "007", "000"),
        Example(7, error="M106", args={"pattern": "0", "locale": "xx_YY"}),
    ],
)
def format_number(*, pattern: str, locale: str = "en_US") -> Callable[[Number], str]:
    """Write a number for people, by a CLDR number pattern; digits that the pattern drops are rounded half_even.

    Needs the extra `babel`. Raises M310 for NaN and infinities.

    `pattern`: `0` a digit, `#` a digit if there is one, `,` and `.` where the locale's separators go, `%` per cent
    (UTS 35, Number Format Patterns).
    `locale`: whose separators; `en_US` unless given, never the machine's.
    """
    try:
        from babel import Locale, UnknownLocaleError
        from babel.numbers import format_decimal, parse_pattern
    except ImportError as error:
        raise ArgumentError("format_number needs babel", fix="pip install 'crosswalk[babel]'") from error
    try:
        known = Locale.parse(locale)
    except (UnknownLocaleError, ValueError) as error:
        raise ArgumentError(f"unknown locale {locale!r}", argument="locale") from error
    # babel takes nearly any text for a pattern, and would drop the number where it holds no digits.
    if not _CLDR_PATTERN.fullmatch(re.sub("'[^']*'", "", pattern)):
        raise ArgumentError(f"{pattern!r} is not a number pattern", argument="pattern", fix='such as "#,##0.00"')
    parsed = parse_pattern(pattern)

    def write(value: Number) -> str:
        with localcontext(prec=1000):  # babel quantizes in the context of the thread
            return str(format_decimal(as_decimal(_finite(value)), format=parsed, locale=known))

    return write


RESOLVERS = (round_, floor, ceil, format_number)
