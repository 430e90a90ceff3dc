"""Columnar forms of the resolvers of dates and times; see _vectors.

Of an offset, or without a zone, the clock is the moment and a constant; of a zone with rules, only Python's own tables
say what its clock shows.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
_MOST_SURE = 0.9
"""With more texts than that of another offset or form, the function reads all."""
_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")
_FIRST, _BEYOND = "0002", "9998"
_LEAST = -62_135_596_800_000_000 + 366 * 86_400_000_000
_MOST = 253_402_300_800_000_000 - 366 * 86_400_000_000
_MICROS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_PARTS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week": "iso_week",
    "day": "day",
    "day_of_year": "day_of_year",
}
_CLOCK = {"hour": "hour", "minute": "minute", "second": "second"}
_NUMBERS = frozenset(("%Y", "%m", "%d", "%j"))
_CLOCK_NUMBERS = frozenset(("%H", "%M", "%S"))


def _text(value: str) -> Any:
    import pyarrow as pa

    return pa.scalar(value, pa.string())


def iso_datetime(data: Any, *, format: Any = None, zone: dt.tzinfo | None = None) -> Any:
    """ISO 8601 texts with seconds; of several offsets only the commonest is sure."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(data.type) and (data.type.tz is not None or zone is None):
        return (data, None) if data.type.unit == "us" else NotImplemented
    if format is not None or not pa.types.is_string(data.type):
        return NotImplemented
    offset = _commonest_offset(data)
    if offset is None:
        return NotImplemented
    sure = pc.match_substring_regex(data, f"{_ISO}{re.escape(offset)}$")
    sure = pc.and_(sure, pc.and_(pc.greater_equal(data, _text(_FIRST)), pc.less(data, _text(_BEYOND))))
    if sure.true_count < _MOST_SURE * (len(data) - data.null_count):
        return NotImplemented
    clock = pc.utf8_slice_codeunits(data, 0, -len(offset)) if offset else data
    try:
        found = pc.if_else(sure, clock, pa.scalar(None, pa.string())).cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return NotImplemented  # a day or an hour that does not exist: the function finds which
    if offset:
        return _at_offset(found, "+00:00" if offset == "Z" else offset), sure
    if zone is None:
        return found, sure
    moments = assume_zone(found, zone=zone)
    return moments if moments is NotImplemented else (moments[0], pc.and_(sure, moments[1]))


def _commonest_offset(data: Any) -> str | None:
    """The offset of most of the first texts, "" for none; None where that is not sure."""
    import pyarrow.compute as pc

    found: dict[str, int] = {}
    for text in pc.drop_null(data.slice(0, 200)).to_pylist():
        match = re.search(r"[T ][0-9:.]*(Z|[+-][0-9]{2}:[0-9]{2}|)$", text)
        if match:
            found[match[1]] = found.get(match[1], 0) + 1
    if not found:
        return None
    return max(found, key=lambda offset: found[offset])


def _minutes(kind: Any) -> int | None:
    """The offset of a timestamp type in minutes, 0 for none; None for a zone with rules."""
    if kind.tz is None:
        return 0
    if kind.tz == "UTC":
        return 0
    if not _OFFSET.fullmatch(kind.tz):
        return None
    size = int(kind.tz[1:3]) * 60 + int(kind.tz[4:])
    return -size if kind.tz[0] == "-" else size


def _moved(data: Any, micros: int) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.add(data.cast(pa.int64()), pa.scalar(micros, pa.int64())) if micros else data.cast(pa.int64())


def _clock(data: Any) -> Any:
    """The times as their own clock shows them, without a zone; None where that is not known, and for other types."""
    import pyarrow as pa

    if not pa.types.is_timestamp(data.type) or data.type.unit != "us":
        return None
    minutes = _minutes(data.type)
    if minutes is None:
        from zoneinfo import ZoneInfo

        from ._zone_tables import clock_of

        return clock_of(data, ZoneInfo(data.type.tz))
    return _moved(data, minutes * 60_000_000).cast(pa.timestamp("us"))


def _at_offset(clock: Any, offset: str) -> Any:
    """The moments at which a clock with an offset shows these times."""
    import pyarrow as pa

    kind = pa.timestamp("us", offset)
    minutes = _minutes(kind)
    assert minutes is not None
    return _moved(clock, -minutes * 60_000_000).cast(kind)


def _like(clock: Any, kind: Any) -> Any:
    """The moments of times on the clock of a type's offset."""
    return clock if kind.tz is None else _at_offset(clock, "+00:00" if kind.tz == "UTC" else kind.tz).cast(kind)


def from_epoch(data: Any, *, unit: str = "s") -> Any:
    """Integers as moments in UTC, well within the years that there are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_int64(data.type) or unit not in _MICROS:
        return NotImplemented
    size = _MICROS[unit]
    sure = pc.and_(pc.greater(data, _LEAST // size), pc.less(data, _MOST // size))
    micros = pc.multiply(pc.if_else(sure, data, pa.scalar(0, pa.int64())), pa.scalar(size, pa.int64()))
    found = micros if not data.null_count else pc.if_else(data.is_valid(), micros, pa.scalar(None, pa.int64()))
    return found.cast(pa.timestamp("us", "+00:00")), sure


def to_epoch(data: Any, *, unit: str = "s") -> Any:
    """Moments as integers, parts of a unit rounded down."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_timestamp(data.type) or data.type.tz is None or data.type.unit != "us" or unit not in _MICROS:
        return NotImplemented
    micros = data.cast(pa.int64())
    size = pa.scalar(_MICROS[unit], pa.int64())
    whole = pc.divide(micros, size)
    below = pc.and_(pc.less(micros, pa.scalar(0, pa.int64())), pc.not_equal(pc.multiply(whole, size), micros))
    return pc.subtract(whole, below.cast(pa.int64())), None


def date_part(data: Any, *, unit: str) -> Any:
    """A part of dates, or of times on their own clock."""
    import pyarrow as pa
    import pyarrow.compute as pc

    clock = data if pa.types.is_date32(data.type) else _clock(data)
    kernels = _PARTS if pa.types.is_date32(data.type) else _PARTS | _CLOCK
    if clock is None or (unit not in kernels and unit != "weekday"):
        return NotImplemented
    if unit == "weekday":
        return weekday(data)
    return getattr(pc, kernels[unit])(clock).cast(pa.int64()), None


def weekday(data: Any) -> Any:
    """1 for Monday to 7."""
    import pyarrow as pa
    import pyarrow.compute as pc

    clock = data if pa.types.is_date32(data.type) else _clock(data)
    if clock is None:
        return NotImplemented
    return pc.day_of_week(clock, count_from_zero=False, week_start=1).cast(pa.int64()), None


def quarter(data: Any) -> Any:
    """1 to 4."""
    return date_part(data, unit="quarter")


def calendar_date(data: Any, *, format: Any = None) -> Any:
    """The date on the clock of times; dates as they are."""
    import pyarrow as pa

    if pa.types.is_date32(data.type):
        return data, None
    clock = _clock(data)
    return NotImplemented if clock is None else (clock.cast(pa.date32(), safe=False), None)


def start_of(data: Any, *, unit: str) -> Any:
    """The first day of a unit of the calendar."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date32(data.type):
        return pc.floor_temporal(data, unit=unit, week_starts_monday=True).cast(pa.date32()), None
    clock = _clock(data)
    if clock is None:
        return NotImplemented
    return pc.floor_temporal(clock, unit=unit, week_starts_monday=True).cast(pa.date32(), safe=False), None


def truncate_date(data: Any, *, unit: str) -> Any:
    """Dates and times cut down to a unit on their own clock."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date32(data.type):
        return start_of(data, unit=unit) if unit not in _CLOCK else NotImplemented
    clock = _clock(data)
    if clock is None or _minutes(data.type) is None:
        return NotImplemented
    return _like(pc.floor_temporal(clock, unit=unit, week_starts_monday=True), data.type), None


def format_date(data: Any, *, pattern: str) -> Any:
    """Dates and times of the years from 1000 on by a pattern of numbers; fractions of seconds are not written."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = _NUMBERS | _CLOCK_NUMBERS if pa.types.is_timestamp(data.type) else _NUMBERS
    clock = data if pa.types.is_date32(data.type) else _clock(data)
    if clock is None or not pattern.isascii() or not set(re.findall("%.?", pattern, re.DOTALL)) <= known:
        return NotImplemented
    sure = pc.greater_equal(pc.year(clock), pa.scalar(1000, pa.int64()))
    if pa.types.is_timestamp(clock.type):
        # Of microseconds, the kernel would write a fraction of the second; a cast alone rounds towards 1970.
        clock = pc.floor_temporal(clock, unit="second").cast(pa.timestamp("s"))
    return pc.strftime(clock, format=pattern), sure


def to_utc(data: Any) -> Any:
    """The same moments in UTC."""
    import pyarrow as pa

    if not pa.types.is_timestamp(data.type) or data.type.tz is None or data.type.unit != "us":
        return NotImplemented
    return data.cast(pa.timestamp("us", "+00:00")), _is_sure(data)


def to_zone(data: Any, *, zone: dt.tzinfo) -> Any:
    """The same moments at an offset, or in a zone with rules."""
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    offset = zone.key if isinstance(zone, ZoneInfo) else offset_of(zone)
    if offset is None or not pa.types.is_timestamp(data.type) or data.type.tz is None or data.type.unit != "us":
        return NotImplemented
    return data.cast(pa.timestamp("us", offset)), _is_sure(data)


def assume_zone(data: Any, *, zone: dt.tzinfo, gap: str = "error", ambiguous: str = "error") -> Any:
    """The moments at which a clock shows these times."""
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from ._zone_tables import moments_of

    if data.type != pa.timestamp("us"):
        return NotImplemented
    if isinstance(zone, ZoneInfo):
        found = moments_of(data, zone)
        # Where clocks change in most of the times, the function reads all.
        few = found is None or found[1].false_count > (1 - _MOST_SURE) * (len(data) - data.null_count)
        return NotImplemented if found is None or few else found
    offset = offset_of(zone)
    return NotImplemented if offset is None else (_at_offset(data, offset), _is_sure(data))


def offset_of(zone: dt.tzinfo) -> str | None:
    """An offset of whole minutes as Arrow writes it; None for zones with rules."""
    if type(zone) is not dt.timezone:
        return None
    minutes, rest = divmod(zone.utcoffset(None), dt.timedelta(minutes=1))
    return None if rest else f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def add_time(data: Any, *, duration: dt.timedelta) -> Any:
    """A fixed length of time added, of days to dates."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(duration, dt.timedelta) or abs(duration) > dt.timedelta(days=3_660_000):
        return NotImplemented
    if pa.types.is_date32(data.type):
        days, rest = divmod(duration, dt.timedelta(days=1))
        if rest:
            return NotImplemented
        found = pc.add(data.cast(pa.int32()), pa.scalar(days, pa.int32()))
        sure = pc.and_(
            pc.greater(found, pa.scalar(_LEAST // 86_400_000_000, pa.int32())),
            pc.less(found, pa.scalar(_MOST // 86_400_000_000, pa.int32())),
        )
        return pc.if_else(sure, found, pa.scalar(0, pa.int32())).cast(pa.date32()), sure
    if not pa.types.is_timestamp(data.type) or data.type.unit != "us" or _minutes(data.type) is None:
        return NotImplemented
    moved = _moved(data, duration // dt.timedelta(microseconds=1)).cast(data.type)
    return moved, _is_sure(moved)


def _is_sure(data: Any) -> Any:
    """Where times are so far within the years that there are that no offset leads out of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    micros = data.cast(pa.int64())
    return pc.and_(pc.greater(micros, pa.scalar(_LEAST, pa.int64())), pc.less(micros, pa.scalar(_MOST, pa.int64())))
