"""One value from a whole list: look here for count, sum, avg, min, max, any and all."""

from __future__ import annotations

import math
from decimal import Context, Decimal, DecimalException
from typing import Any

from crosswalk import MISSING, DataError, Example, Number, Resolver, resolver, type_name

from . import _list_part_vectors, _list_vectors, _vectors
from ._equal import present, sort_key
from ._exact import EXACT, as_decimal, checked_int, overflow

_QUOTIENT = Context(prec=28)
_NUMBERS = {int, float, Decimal}


@resolver(
    "count",
    vector=_vectors.length,
    shallow=True,
    group="list",
    null="aware",
    inline="(len({v}) if type({v}) is list else {f}({v}))",
    examples=[
        Example(["a", None], 2),
        Example([], 0),
        Example(None, 0),
        Example(MISSING, 0),
        Example("abc", 1),
        Example({"a": 1, "b": 2}, 1),
    ],
)
def count(value: Any) -> int:
    """Count the elements of a list, nulls included; missing and null count 0, any other single value 1."""
    if type(value) is list:
        return len(value)
    return 0 if value is None or value is MISSING else 1


def _numbers(value: list[Any]) -> list[Any]:
    found = present(value)
    for kind in set(map(type, found)) - _NUMBERS:
        wrong = next(item for item in found if type(item) is kind)
        raise DataError("M313", f"the list must hold numbers only, not {type_name(wrong)}", wrong)
    return found


def _total(numbers: list[Any]) -> Number:
    kinds = set(map(type, numbers))
    try:
        if Decimal in kinds:
            total = Decimal(0)
            for number in numbers:
                total = EXACT.add(total, as_decimal(number))
            return total
        if float in kinds:
            return math.fsum(numbers)
    except (DecimalException, OverflowError, ValueError) as error:
        raise overflow() from error
    return checked_int(sum(numbers))


@resolver(
    "sum",
    vector=_list_vectors.total,
    group="list",
    examples=[
        Example([1, 2, None], 3),
        Example([Decimal("0.10"), 0.2, 1], Decimal("1.30")),
        Example([0.1] * 10, 1.0),
        Example([], 0),
        Example(["1"], error="M313"),
        Example([True], error="M313"),
        Example([2**63 - 1, 1], error="M311"),
    ],
)
def sum_(value: list[Any]) -> Number:
    """Add up the numbers of a list, nulls left out; an empty list gives 0.

    Integers give an integer (M311 beyond 64 bits); one decimal makes the sum an exact decimal of at most 76 digits;
    floats are added without loss and rounded once. Anything but a number is M313.
    """
    return _total(_numbers(value))


@resolver(
    "avg",
    group="list",
    examples=[
        Example([1, 2], Decimal("1.5")),
        Example([1.0, 2.0, None], 1.5),
        Example([1, 1, 2], Decimal("1.333333333333333333333333333")),
        Example([], None),
        Example(["1"], error="M313"),
    ],
)
def avg(value: list[Any]) -> Decimal | float | None:
    """Give the mean of the numbers of a list, nulls left out; null if there are none.

    A decimal, rounded half_even to 28 digits if it does not end sooner; a float where floats and no decimals are
    in the list. Anything but a number is M313.
    """
    numbers = _numbers(value)
    if not numbers:
        return None
    if all(type(number) is int for number in numbers):
        return _QUOTIENT.divide(Decimal(sum(numbers)), Decimal(len(numbers)))
    total = _total(numbers)
    if isinstance(total, Decimal):
        return _QUOTIENT.divide(total, Decimal(len(numbers)))
    return total / len(numbers)


def _extreme(value: list[Any], largest: bool) -> Any:
    found = present(value)
    if not found:
        return None
    key = sort_key(found)
    return max(found, key=key) if largest else min(found, key=key)


@resolver(
    "min",
    vector=_list_vectors.smallest,
    group="list",
    examples=[
        Example([2, 1.5, None], 1.5),
        Example(["b", "a"], "a"),
        Example([], None),
        Example([1, "a"], error="M320"),
        Example([True], error="M313"),
    ],
)
def min_(value: list[Any]) -> Any:
    """Give the smallest element, nulls left out; null if there is none.

    The elements are all numbers, or all texts, dates, datetimes, times or durations. A mix is M320; booleans, lists
    and objects are M313.
    """
    return _extreme(_no_booleans(value), False)


@resolver(
    "max",
    vector=_list_vectors.largest,
    group="list",
    examples=[
        Example([2, Decimal("2.5"), None], Decimal("2.5")),
        Example(["b", "a"], "b"),
        Example([], None),
        Example([1, "a"], error="M320"),
        Example([{}], error="M313"),
    ],
)
def max_(value: list[Any]) -> Any:
    """Give the largest element, nulls left out; null if there is none.

    The elements are all numbers, or all texts, dates, datetimes, times or durations. A mix is M320; booleans, lists
    and objects are M313.
    """
    return _extreme(_no_booleans(value), True)


def _no_booleans(value: list[Any]) -> list[Any]:
    if bool in map(type, value):
        raise DataError("M313", "booleans have no smallest or largest; use any or all", value)
    return value


def _booleans(value: list[Any]) -> list[bool]:
    found = present(value)
    for item in found:
        if type(item) is not bool:
            raise DataError("M313", f"the list must hold booleans only, not {type_name(item)}", item)
    return found


@resolver(
    "any",
    vector=_list_part_vectors.any_of,
    group="list",
    examples=[
        Example([False, True], True),
        Example([], False),
        Example([None, False], False),
        Example([1], error="M313"),
    ],
)
def any_(value: list[Any]) -> bool:
    """Tell whether at least one boolean of a list is true, nulls left out; false for an empty list.

    Anything but a boolean is M313.
    """
    return any(_booleans(value))


@resolver(
    "all",
    vector=_list_part_vectors.all_of,
    group="list",
    examples=[
        Example([True, True], True),
        Example([True, False], False),
        Example([], True),
        Example(["a"], error="M313"),
    ],
)
def all_(value: list[Any]) -> bool:
    """Tell whether every boolean of a list is true, nulls left out; true for an empty list.

    Anything but a boolean is M313.
    """
    return all(_booleans(value))


RESOLVERS: tuple[Resolver, ...] = (count, sum_, avg, min_, max_, any_, all_)
