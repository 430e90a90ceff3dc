"""Moving datetimes between time zones: look here for `assume_zone`, `to_zone` and `to_utc`."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from crosswalk import DataError, Example, Ref, Resolver, resolver

from . import _date_vectors
from ._zone import Zone, given_zone, put_zone

UTC = dt.UTC
_CEST = dt.timezone(dt.timedelta(hours=2))
_CET = dt.timezone(dt.timedelta(hours=1))


@resolver(
    "assume_zone",
    vector=_date_vectors.assume_zone,
    group="date",
    examples=[
        Example(dt.datetime(2024, 7, 1, 12), dt.datetime(2024, 7, 1, 12, tzinfo=_CEST), args="Europe/Paris"),
        Example(dt.datetime(2024, 3, 31, 2, 30), args="Europe/Paris", error="M319"),
        Example(
            dt.datetime(2024, 3, 31, 2, 30),
            dt.datetime(2024, 3, 31, 3, 30, tzinfo=_CEST),
            args={"zone": "Europe/Paris", "gap": "forward"},
        ),
        Example(
            dt.datetime(2024, 10, 27, 2, 30),
            dt.datetime(2024, 10, 27, 2, 30, tzinfo=_CET),
            args={"zone": "Europe/Paris", "ambiguous": "later"},
        ),
        Example(dt.datetime(2024, 7, 1, 12, tzinfo=UTC), args="Europe/Paris", error="M313"),
    ],
)
def assume_zone(
    value: dt.datetime,
    *,
    zone: Ref[Zone],
    gap: Literal["error", "forward", "backward"] = "error",
    ambiguous: Literal["error", "earlier", "later"] = "error",
) -> dt.datetime:
    """Say in which zone a datetime without one was read off the clock; the wall-clock time stays.

    `zone`: an IANA name, an offset such as `+10:00`, or a `$variable` holding one (M313 if that is null).
    Where the clock went forward over the time, `gap` refuses it (M319) or moves it by the gap's length (02:30 in a
    gap of an hour: 03:30 or 01:30); where the clock went back and showed it twice, `ambiguous` refuses it (M319)
    or takes the earlier or the later moment. A datetime that has a zone is M313: use `to_zone`.
    """
    if value.tzinfo is not None:
        raise DataError("M313", "this date and time has a zone already", value)
    return put_zone(value, given_zone(zone), gap, ambiguous)


@resolver(
    "to_zone",
    vector=_date_vectors.to_zone,
    group="date",
    examples=[
        Example(
            dt.datetime(2024, 7, 1, 12, tzinfo=UTC), dt.datetime(2024, 7, 1, 14, tzinfo=_CEST), args="Europe/Paris"
        ),
        Example(dt.datetime(2024, 7, 1, 12), args="Europe/Paris", error="M313"),
    ],
)
def to_zone(value: dt.datetime, *, zone: Ref[Zone]) -> dt.datetime:
    """Show the same moment on the clock of another zone.

    `zone` as for `assume_zone`. A datetime without a zone is M313; M311 outside the years 1 to 9999.
    """
    return _convert(value, given_zone(zone))


@resolver(
    "to_utc",
    vector=_date_vectors.to_utc,
    group="date",
    examples=[
        Example(dt.datetime(2024, 7, 1, 14, tzinfo=_CEST), dt.datetime(2024, 7, 1, 12, tzinfo=UTC)),
        Example(dt.datetime(2024, 7, 1, 12), error="M313"),
    ],
)
def to_utc(value: dt.datetime) -> dt.datetime:
    """Show the same moment in UTC.

    A datetime without a zone is M313: give it one with `assume_zone`. M311 outside the years 1 to 9999.
    """
    return _convert(value, UTC)


def _convert(value: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    if value.tzinfo is None:
        raise DataError("M313", "a date and time without a zone is no moment", value)
    try:
        return value.astimezone(zone)
    except OverflowError:
        raise DataError("M311", "outside the years 1 to 9999", value) from None


RESOLVERS: tuple[Resolver, ...] = (assume_zone, to_zone, to_utc)
