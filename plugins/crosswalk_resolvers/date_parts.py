"""Asking dates: look here for parts of a date, weekday, quarter and the units between two dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal

from crosswalk import ArgumentError, DataError, Example, Ref, Resolver, resolver, type_name

from . import _date_vectors
from ._date_unit import CLOCK, Unit, in_range, no_time
from .dates import iso_date, iso_datetime

Part = Literal[
    "year", "quarter", "month", "week", "day", "weekday", "day_of_year", "hour", "minute", "second", "microsecond"
]
_ZERO = dt.timedelta(0)


class IsoDate:
    """The annotation of an argument that is an ISO 8601 date or datetime; the resolver gets a date or datetime."""

    __json_schema__ = {"type": "string"}

    @staticmethod
    def __from_json__(text: str) -> dt.date | dt.datetime:
        try:
            return _read(text)
        except (ValueError, DataError) as error:
            raise ArgumentError(f"{text!r} is not an ISO 8601 date or datetime", argument="other") from error


_PARTS: dict[str, Callable[[Any], int]] = {
    "quarter": lambda v: (v.month + 2) // 3,
    "week": lambda v: int(v.isocalendar().week),
    "weekday": lambda v: int(v.isoweekday()),
    "day_of_year": lambda v: int(v.timetuple().tm_yday),
}


@resolver(
    "date_part",
    vector=_date_vectors.date_part,
    group="date",
    examples=[
        Example(dt.date(2024, 5, 31), 2024, args="year"),
        Example(dt.datetime(2024, 12, 30, 9, 45), 1, args={"unit": "week"}),
        Example(dt.datetime(2024, 5, 31, 9, 45), 9, args="hour"),
        Example(dt.date(2024, 5, 31), args="minute", error="M313"),
    ],
)
def date_part(value: dt.date | dt.datetime, *, unit: Part) -> int:
    """Give one part of a date or datetime as a number, read on its own clock.

    `week` is the ISO week (1 to 53), `weekday` runs from 1 (Monday) to 7. A part of the clock of a date is M313.
    """
    compute = _PARTS.get(unit)
    if compute is not None:
        return compute(value)
    found = getattr(value, unit, None)
    if found is None:
        raise no_time(value)
    return int(found)


@resolver(
    "weekday",
    vector=_date_vectors.weekday,
    group="date",
    inline="{v}.isoweekday()",
    examples=[Example(dt.date(2024, 5, 27), 1), Example(dt.datetime(2024, 6, 2, 12), 7)],
)
def weekday(value: dt.date | dt.datetime) -> int:
    """Give the ISO day of the week: 1 is Monday, 7 is Sunday."""
    return value.isoweekday()


@resolver(
    "quarter",
    vector=_date_vectors.quarter,
    group="date",
    inline="({v}.month + 2) // 3",
    examples=[Example(dt.date(2024, 3, 31), 1), Example(dt.datetime(2024, 10, 1), 4)],
)
def quarter(value: dt.date | dt.datetime) -> int:
    """Give the quarter of the year, 1 to 4."""
    return (value.month + 2) // 3


@resolver(
    "date_diff",
    group="date",
    examples=[
        Example(dt.date(2024, 3, 1), 2, args="2024-02-28"),
        Example(dt.date(2024, 1, 1), 1, args={"other": "2023-12-31", "unit": "year"}),
        Example(dt.datetime(2024, 5, 31, 9), -1, args={"other": "2024-05-31T10:30:00", "unit": "hour"}),
        Example(dt.date(2024, 5, 31), args={"other": "2024-05-30", "unit": "hour"}, error="M313"),
        Example(dt.date(2024, 5, 31), args="yesterday", error="M106"),
    ],
)
def date_diff(value: dt.date | dt.datetime, *, other: Ref[IsoDate], unit: Unit = "day") -> int:
    """Count the units from `other` to the value: positive when the value is the later one.

    Day, week (Monday), month, quarter and year count the boundaries crossed on the calendar, so that from
    31 December to 1 January is one year; hour, minute and second count whole elapsed units. `other` is an ISO 8601
    date or datetime, or a `$variable` holding one (M313 if that is null). A datetime in another zone is
    first read on the value's clock. M313 if only one of two datetimes has a zone, and for clock units of a date.
    """
    second = _given(other)
    if isinstance(value, dt.datetime) and isinstance(second, dt.datetime):
        if (value.tzinfo is None) != (second.tzinfo is None):
            raise DataError("M313", "only one of the two has a time zone", value)
        if unit in CLOCK:
            return _elapsed(value, second, CLOCK[unit])
        if value.tzinfo is not None:
            start, zone = second, value.tzinfo
            second = in_range(lambda: start.astimezone(zone), start)
    elif unit in CLOCK:
        raise no_time(value)
    return _boundaries(value, unit) - _boundaries(second, unit)


def _given(other: Any) -> dt.date | dt.datetime:
    """The date an argument or a `$variable` gave; raises DataError."""
    if isinstance(other, dt.date):
        return other
    if not isinstance(other, str):
        raise DataError("M313", f"the argument other needs a date, not {type_name(other)}", other)
    try:
        return _read(other)
    except ValueError:
        raise DataError("M310", "the other date is not an ISO 8601 date or datetime", other) from None


def _read(text: str) -> dt.date | dt.datetime:
    return iso_date(text) if len(text) == 10 else iso_datetime(text)


def _elapsed(value: dt.datetime, other: dt.datetime, micros: int) -> int:
    # Two datetimes that share a zone object subtract by wall clock, so count the offsets here.
    passed = value.replace(tzinfo=None) - other.replace(tzinfo=None)
    passed -= (value.utcoffset() or _ZERO) - (other.utcoffset() or _ZERO)
    total = passed // dt.timedelta(microseconds=1)
    return total // micros if total >= 0 else -(-total // micros)


def _boundaries(value: dt.date, unit: str) -> int:
    """How many boundaries of the unit lie before the day, from a fixed start."""
    if unit == "day":
        return value.toordinal()
    if unit == "week":
        return (value.toordinal() - 1) // 7  # 1 January of year 1 is a Monday
    months = value.year * 12 + value.month - 1
    return months // {"month": 1, "quarter": 3, "year": 12}[unit]


RESOLVERS: tuple[Resolver, ...] = (date_part, weekday, quarter, date_diff)
