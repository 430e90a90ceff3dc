"""The units of dates and clocks, and the two errors that every calculation with them can meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal, TypeVar

from crosswalk import DataError

D = TypeVar("D", dt.date, dt.datetime)
CalendarUnit = Literal["year", "quarter", "month", "week", "day"]
Unit = Literal["year", "quarter", "month", "week", "day", "hour", "minute", "second"]
CLOCK = {"hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000}
"""The units that only a datetime has, in microseconds."""


def in_range(compute: Callable[[], D], value: D) -> D:
    """The computed date; raises DataError M311 where it leaves the years 1 to 9999."""
    try:
        return compute()
    except (OverflowError, ValueError):
        raise DataError("M311", "outside the years 1 to 9999", value) from None


def no_time(value: dt.date) -> DataError:
    """The error for a clock unit asked of a plain date."""
    return DataError("M313", "a date has no time of day", value)
