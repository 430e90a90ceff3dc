"""Time zones: annotate an argument `Zone` to have its name checked when the mapping compiles."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from crosswalk import ArgumentError, DataError, type_name

_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])")
# Files of the system's database that stand for this machine's own zone or for nothing.
_AMBIENT = ("localtime", "posixrules", "Factory")


class Zone:
    """The annotation of a zone argument: authors give its name, the resolver gets the `tzinfo`."""

    __json_schema__ = {"type": "string"}

    @staticmethod
    def __from_json__(name: str) -> dt.tzinfo:
        return find_zone(name)


def find_zone(name: str) -> dt.tzinfo:
    """The zone of an IANA name (`Australia/Sydney`, `UTC`) or an offset (`+10:00`); raises ArgumentError."""
    if name in ("UTC", "Z"):
        return dt.UTC
    fixed = _OFFSET.fullmatch(name)
    if fixed:
        offset = dt.timedelta(hours=int(fixed[2]), minutes=int(fixed[3]))
        return dt.timezone(-offset if fixed[1] == "-" else offset)
    from zoneinfo import ZoneInfo

    try:
        if name in _AMBIENT:
            raise KeyError(name)
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ArgumentError(
            f"unknown time zone {name!r}", argument="zone", fix='use an IANA name such as "Australia/Sydney", or "UTC"'
        ) from error


def given_zone(zone: Any) -> dt.tzinfo:
    """The zone an argument or a `$variable` gave; raises DataError M313 for no text and M310 for no zone."""
    if isinstance(zone, dt.tzinfo):
        return zone
    if not isinstance(zone, str):
        raise DataError("M313", f"the argument zone needs a string, not {type_name(zone)}", zone)
    try:
        return find_zone(zone)
    except ArgumentError as error:
        raise DataError("M310", "the zone given is not a time zone", zone) from error


def settle(value: dt.datetime) -> dt.datetime:
    """The same moment with a wall clock that exists: a time inside a gap moves forward by the gap's length."""
    from zoneinfo import ZoneInfo

    if isinstance(value.tzinfo, ZoneInfo):
        return value.astimezone(dt.UTC).astimezone(value.tzinfo)
    return value


def put_zone(value: dt.datetime, zone: dt.tzinfo, gap: str = "error", ambiguous: str = "error") -> dt.datetime:
    """The naive wall-clock time as a moment in the zone; raises DataError M319 where the clock jumps.

    `gap` and `ambiguous`: what to do with times that the clock skips or shows twice, see `assume_zone`.
    """
    first = value.replace(tzinfo=zone, fold=0)
    second = value.replace(tzinfo=zone, fold=1)
    early, late = first.utcoffset(), second.utcoffset()
    if early == late or early is None or late is None:
        return first
    if early < late:
        if gap == "error":
            raise DataError("M319", "this time was skipped when the clock of the zone went forward", value)
        # PEP 495: fold=0 counts with the offset before the gap, so it lands behind it, and fold=1 before it.
        return settle(first if gap == "forward" else second)
    if ambiguous == "error":
        raise DataError("M319", "this time came twice when the clock of the zone went back", value)
    return first if ambiguous == "earlier" else second
