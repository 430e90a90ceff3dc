"""ISO 8601 durations of fixed length: annotate an argument `FixedDuration` to have it checked at compile time."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from crosswalk import ArgumentError, DataError, type_name

_DURATION = re.compile(
    r"([+-]?)P(?=.)(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?"
    r"(?:T(?=.)(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]{1,6}))?S)?)?"
)


class FixedDuration:
    """The annotation of an ISO 8601 duration without years and months; the resolver gets a `timedelta`."""

    __json_schema__ = {"type": "string", "pattern": "^[+-]?P"}

    @staticmethod
    def __from_json__(text: str) -> dt.timedelta:
        return fixed_duration(text)


def fixed_duration(text: str) -> dt.timedelta:
    """The timedelta of `P1DT2H`, `-PT30M`, `P2W`, `PT0.5S`; raises ArgumentError, also for years and months."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ArgumentError(f"{text!r} is not an ISO 8601 duration", argument="duration", fix='such as "P1DT12H"')
    sign, years, months, weeks, days, hours, minutes, seconds, fraction = match.groups()
    if years or months:
        raise ArgumentError("years and months have no fixed length", argument="duration", fix='use {"add_months": 1}')
    try:
        length = dt.timedelta(
            weeks=int(weeks or 0),
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=int((fraction or "").ljust(6, "0")),
        )
    except (OverflowError, ValueError) as error:
        raise ArgumentError(f"the duration {text!r} is too long", argument="duration") from error
    return -length if sign == "-" else length


def given_duration(duration: Any) -> dt.timedelta:
    """The length an argument or a `$variable` gave; raises DataError M313 for no text and M310 for a wrong one."""
    if isinstance(duration, dt.timedelta):
        return duration
    if not isinstance(duration, str):
        raise DataError("M313", f"the argument duration needs a string, not {type_name(duration)}", duration)
    try:
        return fixed_duration(duration)
    except ArgumentError as error:
        raise DataError("M310", "the duration to add is not ISO 8601 weeks, days and time", duration) from error
