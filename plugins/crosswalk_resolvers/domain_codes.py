"""Domain resolvers on shipped tables: countries, currencies, and amounts in minor units."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from functools import cache
from typing import Any, Literal

from crosswalk import DataError, Example, Number, Ref, resolver, type_name

from ._exact import EXACT, as_decimal, checked_int, overflow
from ._iso4217 import MINOR_UNITS

CountryForm = Literal["alpha2", "alpha3", "numeric", "name"]
_FORMS = ("alpha2", "alpha3", "numeric", "name")


@cache
def _countries(to: str) -> dict[str, str]:
    """Every code and name of every country, case-folded, to one of its forms."""
    from ._iso3166 import ALIASES, COUNTRIES

    column = _FORMS.index(to)
    found: dict[str, str] = {}
    for line in COUNTRIES.splitlines():
        row = line.split(" ", 3)
        for key in row:
            found[key.casefold()] = row[column]
    for alias, alpha2 in ALIASES.items():
        found[alias] = found[alpha2.casefold()]
    return found


@resolver(
    "country",
    factory=True,
    group="domain",
    examples=[
        Example("Australia", "AU"),
        Example("aus", "AU"),
        Example("036", "AU"),
        Example("NZ", "NZL", "alpha3"),
        Example("Côte d'Ivoire", "384", {"to": "numeric"}),
        Example("KOR", "South Korea", "name"),
        Example("Korea, Republic of", "KR"),
        Example("Atlantis", error="M330"),
        Example("36", error="M330"),
        Example("AU ", error="M330"),
    ],
)
def country(*, to: CountryForm = "alpha2") -> Callable[[str], str]:
    """Translate a country's code or English name, whatever its letter case, to a code or name (ISO 3166-1).

    Takes alpha-2, alpha-3 and three-digit numeric codes, common short names and the standard's own; M330 for others.

    `to`: alpha2 (`AU`), alpha3 (`AUS`), numeric (`036`, a text) or name (`Australia`).
    """
    table = _countries(to)

    def translate(value: str) -> str:
        found = table.get(value.casefold())
        if found is None:
            raise DataError("M330", "not a country's code or English name", value)
        return found

    return translate


@resolver(
    "currency_code",
    group="domain",
    examples=[Example("aud", "AUD"), Example("EUR", "EUR"), Example("A$", error="M330"), Example("EURO", error="M330")],
)
def currency_code(value: str) -> str:
    """Check a currency's alphabetic code (ISO 4217), whatever its letter case, and write it in capitals; else M330."""
    code = value.upper()
    if code not in MINOR_UNITS:
        raise DataError("M330", "not a currency code", value)
    return code


def _minor_units(currency: Any) -> int:
    if type(currency) is not str:
        raise DataError("M313", f"the argument currency needs a string, not {type_name(currency)}")
    units = MINOR_UNITS.get(currency.upper())
    if units is None:
        raise DataError("M330", "the argument currency is not the code of a currency with minor units")
    return units


@resolver(
    "minor_units",
    group="domain",
    examples=[
        Example(Decimal("12.34"), 1234, "AUD"),
        Example(Decimal("12.3400"), 1234, "AUD"),
        Example(500, 500, {"currency": "JPY"}),
        Example(1.005, 1005, "KWD"),
        Example(Decimal("12.345"), error="M314", args="AUD"),
        Example(1, error="M330", args="XAU"),
        Example("12.34", error="M313", args="AUD"),
    ],
)
def minor_units(value: Number, *, currency: Ref[str]) -> int:
    """Give an amount of money as a whole number of the currency's smallest unit, such as cents (ISO 4217).

    Raises M314 for more fraction digits than the currency has, unless they are zeros, M330 for an unknown currency
    or one without minor units, M311 for a result beyond 64 bits.

    `currency`: the alphabetic code, or a variable that holds it.
    """
    units = _minor_units(currency)
    try:
        found = EXACT.scaleb(as_decimal(value), units)
    except DecimalException as error:
        raise overflow() from error
    if not found.is_finite() or found.adjusted() > 20:
        raise overflow()
    whole = int(found)
    if whole != found:
        raise DataError("M314", f"more than {units} fraction digits, which the currency does not have", value)
    return checked_int(whole)


@resolver(
    "from_minor_units",
    group="domain",
    examples=[
        Example(1234, Decimal("12.34"), "AUD"),
        Example(-5, Decimal("-0.05"), {"currency": "eur"}),
        Example(500, Decimal("500"), "JPY"),
        Example(1500, Decimal("1.500"), "KWD"),
        Example(1, error="M330", args="ZZZ"),
        Example(12.5, error="M313", args="AUD"),
    ],
)
def from_minor_units(value: int, *, currency: Ref[str]) -> Decimal:
    """Turn a whole number of a currency's smallest unit, such as cents, into an amount with its fraction digits.

    Raises M330 for an unknown currency or one without minor units, M311 for more than 76 digits.

    `currency`: the alphabetic code, or a variable that holds it.
    """
    try:
        return EXACT.scaleb(Decimal(value), -_minor_units(currency))
    except DecimalException as error:
        raise overflow() from error


RESOLVERS = (country, currency_code, minor_units, from_minor_units)
