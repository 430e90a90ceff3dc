"""Equality and order of mapping values: 1 is 1.0 but not true and not "1"; unlike types have no order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from typing import Any

from crosswalk import MISSING, DataError, type_name

from ._exact import as_decimal

MAX_DEPTH = 100
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NUMBERS = (int, float, Decimal)
_ORDERED = (str, bool, dt.datetime, dt.date, dt.time, dt.timedelta, bytes)


def key_of(value: Any, depth: int = 0) -> Hashable:
    """A hashable stand-in, equal for equal values; numbers compare exactly across types, a float by its digits.

    Raises DataError M315 for values nested deeper than 100 levels.
    """
    kind = type(value)
    if kind is str or kind is int:
        return value  # type: ignore[no-any-return]
    if kind is bool:
        return (bool, value)
    if kind is float:
        return Decimal(repr(value)) if value - value == 0 else (float, repr(value))
    if kind is list or kind is dict:
        if depth >= MAX_DEPTH:
            raise DataError("M315", f"nested deeper than {MAX_DEPTH} levels")
        if kind is list:
            return (list, *[key_of(item, depth + 1) for item in value])
        return (dict, frozenset([(name, key_of(item, depth + 1)) for name, item in value.items()]))
    if kind is dt.datetime and value.tzinfo is not None:
        return (dt.datetime, moment(value))
    return value  # type: ignore[no-any-return]


def moment(value: dt.datetime) -> dt.timedelta:
    """The time since 1970 in UTC of a datetime with a zone, to compare and hash it by.

    Python itself compares two datetimes of one zone by wall clock, and finds a repeated hour equal to nothing.
    """
    return value - _EPOCH


def sort_key(values: Sequence[Any]) -> Callable[[Any], Any] | None:
    """What to compare such values by (None: themselves), after checking that they have one order.

    All are numbers, or all are of one type: strings (by code point), booleans, dates, datetimes (all with a zone or
    none), times, durations, bytes. Raises DataError M320 for a mix and for null, M313 for lists and objects.
    """
    kinds = set(map(type, values))
    for kind in kinds:
        if kind in (list, dict):
            raise DataError("M313", f"{type_name(kind())}s have no order")
    if kinds <= set(_NUMBERS):
        return as_decimal if float in kinds else None
    if len(kinds) > 1 or not kinds <= set(_ORDERED):
        names = sorted({type_name(value) for value in values})
        raise DataError("M320", f"no order between {' and '.join(names)}")
    if kinds <= {dt.datetime, dt.time} and len({value.tzinfo is None for value in values}) > 1:
        raise DataError("M320", "no order between times with and without a zone")
    return moment if kinds == {dt.datetime} and values[0].tzinfo is not None else None


def present(values: list[Any]) -> list[Any]:
    """The elements that are neither null nor missing."""
    return [value for value in values if value is not None and value is not MISSING]
