"""Clocks of zones with rules over columns: what Python's own tables say, asked once for each hour of a year.

Arrow brings a database of zones of its own, which may be of another age; it is never asked.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_DAY = 86_400_000_000
_FIRST, _LAST = 2, 9997
_MOST_YEARS = 100
"""A table of more years than that costs more than it saves."""
_NEVER = 2**62


@lru_cache(maxsize=1000)
def _year(zone: ZoneInfo, year: int) -> tuple[list[int], list[int], list[int]] | None:
    """Of each day of a year in UTC, in microseconds: the offset at its start, the moment when it changes, and the
    offset after that. None for a year that has a day with two changes."""
    start = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    days = (dt.datetime(year + 1, 1, 1, tzinfo=dt.UTC) - start).days
    offsets = [_offset(zone, start + dt.timedelta(hours=hour)) for hour in range(24 * days + 1)]
    befores, changes, afters = offsets[: 24 * days : 24], [_NEVER] * days, offsets[: 24 * days : 24]
    for hour in range(24 * days):
        if offsets[hour] != offsets[hour + 1]:
            day = hour // 24
            if changes[day] != _NEVER:
                return None
            changes[day] = _change(zone, start + dt.timedelta(hours=hour))
            afters[day] = offsets[hour + 1]
    return befores, changes, afters


def _offset(zone: ZoneInfo, moment: dt.datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset // dt.timedelta(microseconds=1)


def _change(zone: ZoneInfo, hour: dt.datetime) -> int:
    """The first moment with another offset than at the start of an hour within which it changes, in microseconds."""
    before = _offset(zone, hour)
    same, other = 0, 3600
    while other - same > 1:
        middle = (same + other) // 2
        if _offset(zone, hour + dt.timedelta(seconds=middle)) == before:
            same = middle
        else:
            other = middle
    return _micros(hour + dt.timedelta(seconds=other))


def _micros(moment: dt.datetime) -> int:
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


class _Table:
    """The days of some years as columns; `start`: the moment at which they begin."""

    def __init__(self, zone: ZoneInfo, first: int, last: int) -> None:
        import pyarrow as pa

        years = [_year(zone, year) for year in range(first, last + 1)]
        known = [year for year in years if year is not None]
        self.is_known = len(known) == len(years)
        self.start = _micros(dt.datetime(first, 1, 1, tzinfo=dt.UTC))
        befores, changes, afters = ([value for year in known for value in year[part]] for part in range(3))
        # By any offset, a time on the clock is of a moment of the same day in UTC, or of one beside it.
        even = [min(changes[max(day - 1, 0) : day + 2]) == _NEVER for day in range(len(changes))]
        self.befores, self.changes, self.afters = (pa.array(part, pa.int64()) for part in (befores, changes, afters))
        self.is_even = pa.array(even, pa.bool_())


@lru_cache(maxsize=100)
def _table(zone: ZoneInfo, first: int, last: int) -> _Table:
    return _Table(zone, first, last)


def _days(data: Any, zone: ZoneInfo) -> tuple[_Table, Any] | None:
    """The table for timestamps, and the day of each; None where there is none, or nothing to look up."""
    import pyarrow as pa
    import pyarrow.compute as pc

    micros = data.cast(pa.timestamp("us")).cast(pa.int64())
    ends = pc.min_max(micros).as_py()
    if ends["min"] is None:
        return None
    epoch, beside = dt.datetime(1970, 1, 1), 2 * _DAY
    try:
        first = (epoch + dt.timedelta(microseconds=ends["min"] - beside)).year
        last = (epoch + dt.timedelta(microseconds=ends["max"] + beside)).year
    except OverflowError:
        return None
    if first < _FIRST or last > _LAST or last - first > _MOST_YEARS:
        return None
    table = _table(zone, first, last)
    days = pc.divide(pc.subtract(micros, pa.scalar(table.start, pa.int64())), pa.scalar(_DAY, pa.int64()))
    return (table, days) if table.is_known else None


def clock_of(data: Any, zone: ZoneInfo) -> Any:
    """What the clock of a zone shows at moments, as timestamps without a zone; None where that is not known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = _days(data, zone)
    if found is None:
        return None
    table, days = found
    micros = data.cast(pa.int64())
    has_changed = pc.greater_equal(micros, table.changes.take(days))
    offset = pc.if_else(has_changed, table.afters.take(days), table.befores.take(days))
    return pc.add(micros, offset).cast(pa.timestamp("us"))


def moments_of(clock: Any, zone: ZoneInfo) -> tuple[Any, Any] | None:
    """The moments at which the clock of a zone shows times, and where that is sure: not within a day of a change, at
    which clocks skip times and show others twice. None where nothing is known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = _days(clock, zone)
    if found is None:
        return None
    table, days = found
    micros = pc.subtract(clock.cast(pa.int64()), table.befores.take(days))
    return micros.cast(pa.timestamp("us", zone.key)), table.is_even.take(days)
