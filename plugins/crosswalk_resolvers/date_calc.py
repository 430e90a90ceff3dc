"""Moving dates: look here for adding time and months and for cutting a date down to its unit."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any, cast

from crosswalk import DataError, Example, Ref, Resolver, resolver, type_name

from . import _date_vectors
from ._date_unit import CLOCK, CalendarUnit, Unit, in_range, no_time
from ._duration import FixedDuration, given_duration
from ._zone import settle

UTC = dt.UTC


@resolver(
    "add_time",
    vector=_date_vectors.add_time,
    group="date",
    examples=[
        Example(dt.datetime(2024, 5, 31, 23, 0), dt.datetime(2024, 6, 1, 1, 30), args="PT2H30M"),
        Example(dt.date(2024, 2, 28), dt.date(2024, 3, 6), args="P1W"),
        Example(dt.date(2024, 2, 28), dt.date(2024, 2, 27), args={"duration": "-P1D"}),
        Example(dt.date(2024, 2, 28), args="PT1H", error="M313"),
        Example(dt.date(9999, 12, 31), args="P1D", error="M311"),
    ],
)
def add_time(value: dt.date | dt.datetime, *, duration: Ref[FixedDuration]) -> dt.date | dt.datetime:
    """Add an ISO 8601 duration of weeks, days, hours, minutes and seconds; a sign in front subtracts.

    The time that passes is exact: a day is 24 hours also where the zone's clock changes. A date takes whole days
    only (M313). Years and months vary in length: use `add_months`. A `$variable` may give the duration
    (M313 if it is null). M311 outside the years 1 to 9999.
    """
    length = given_duration(duration)
    if not isinstance(value, dt.datetime):
        if length % dt.timedelta(days=1):
            raise no_time(value)
        return in_range(lambda: value + length, value)
    if value.tzinfo is None:
        return in_range(lambda: value + length, value)
    return in_range(lambda: (value.astimezone(UTC) + length).astimezone(value.tzinfo), value)


@resolver(
    "add_months",
    group="date",
    examples=[
        Example(dt.date(2024, 1, 31), dt.date(2024, 2, 29), args=1),
        Example(dt.date(2024, 3, 31), dt.date(2023, 2, 28), args={"n": -13}),
        Example(dt.datetime(2024, 2, 29, 8, 0), dt.datetime(2025, 2, 28, 8, 0), args=12),
        Example(dt.date(9999, 12, 1), args=1, error="M311"),
    ],
)
def add_months(value: dt.date | dt.datetime, *, n: Ref[int]) -> dt.date | dt.datetime:
    """Add calendar months; a day that the month does not have becomes its last day.

    The time of day stays; one that the zone's clock skips that day moves forward by the gap. A `$variable` may give
    `n` (M313 if it is null). M311 outside the years 1 to 9999.
    """
    months = cast("Any", n)
    if type(months) is not int:
        raise DataError("M313", f"the argument n needs an integer, not {type_name(months)}", months)
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise DataError("M311", "outside the years 1 to 9999", value)
    day = min(value.day, calendar.monthrange(year, month + 1)[1])
    moved = value.replace(year=year, month=month + 1, day=day)
    return in_range(lambda: settle(moved), value) if isinstance(moved, dt.datetime) else moved


def _first_day(value: dt.date, unit: str) -> dt.date:
    """The first day of the calendar unit around a plain date; weeks start on Monday."""
    if unit == "day":
        return value
    if unit == "week":
        return value - dt.timedelta(value.weekday())
    month = {"month": value.month, "quarter": value.month - (value.month - 1) % 3}.get(unit, 1)
    return value.replace(month=month, day=1)


@resolver(
    "truncate_date",
    vector=_date_vectors.truncate_date,
    group="date",
    examples=[
        Example(dt.datetime(2024, 5, 31, 9, 45, 30), dt.datetime(2024, 5, 31, 9, 0), args="hour"),
        Example(dt.datetime(2024, 5, 31, 9, 45, 30), dt.datetime(2024, 4, 1), args={"unit": "quarter"}),
        Example(dt.date(2024, 5, 31), dt.date(2024, 5, 27), args="week"),
        Example(dt.date(2024, 5, 31), args="hour", error="M313"),
    ],
)
def truncate_date(value: dt.date | dt.datetime, *, unit: Unit) -> dt.date | dt.datetime:
    """Cut a date or datetime down to the start of its unit on its own clock; the type and the zone stay.

    Weeks start on Monday. A start that the zone's clock skips gives the first moment after it. A date cut to a
    unit of the clock is M313.
    """
    if not isinstance(value, dt.datetime):
        if unit in CLOCK:
            raise no_time(value)
        return _first_day(value, unit)
    if unit in CLOCK:
        kept = value.replace(microsecond=0, second=value.second if unit == "second" else 0)
        cut = kept.replace(minute=0) if unit == "hour" else kept
    else:
        first = _first_day(value.date(), unit)
        cut = dt.datetime(first.year, first.month, first.day, tzinfo=value.tzinfo)
    return in_range(lambda: settle(cut), value)


@resolver(
    "start_of",
    vector=_date_vectors.start_of,
    group="date",
    examples=[
        Example(dt.datetime(2024, 5, 31, 9, 45), dt.date(2024, 5, 1), args="month"),
        Example(dt.date(2024, 2, 29), dt.date(2024, 1, 1), args={"unit": "year"}),
    ],
)
def start_of(value: dt.date | dt.datetime, *, unit: CalendarUnit) -> dt.date:
    """Give the date of the first day of the week, month, quarter or year, on the value's own clock.

    Weeks start on Monday. The result is a date also for a datetime; `truncate_date` keeps the datetime.
    """
    return _first_day(value.date() if isinstance(value, dt.datetime) else value, unit)


RESOLVERS: tuple[Resolver, ...] = (add_time, add_months, truncate_date, start_of)
