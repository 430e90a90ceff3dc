"""Python values as Arrow arrays, only where that changes nothing: one exact type, or the batch is irregular."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ...values import MISSING
from .column import Column, Irregular

_TYPES: dict[type, Any] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    dt.date: pa.date32(),
    bytes: pa.binary(),
}
_LONGEST = dt.timedelta(days=100_000_000)
"""Well within what 64 bits of microseconds hold."""


def column_of(values: list[Any]) -> Column:
    """A column of Python values, None and MISSING among them; raises Irregular where they are of several types."""
    kinds = set(map(type, values))
    missing = None
    if type(MISSING) in kinds:
        kinds.discard(type(MISSING))
        missing = pa.array([value is MISSING for value in values], pa.bool_())
        values = [None if value is MISSING else value for value in values]
    return Column(pa.array(values, _type_of(values, kinds)), missing)


def objects_of(values: list[Any]) -> Column:
    """The same; objects have a column for each member, which some of them may lack, in an order that all have."""
    there = [value for value in values if value is not None and value is not MISSING]
    if not there or not all(type(value) is dict for value in there):
        return column_of(values)
    names = list(dict.fromkeys(name for value in there for name in value))
    for value in there:
        if list(value) != [name for name in names if name in value] or not all(type(name) is str for name in value):
            raise Irregular
    if not names:
        raise Irregular
    members = [
        (name, objects_of([value.get(name, MISSING) if type(value) is dict else MISSING for value in values]))
        for name in names
    ]
    data = pa.array([True if type(value) is dict else None for value in values], pa.bool_())
    missing = pa.array([value is MISSING for value in values], pa.bool_())
    return Column(data, missing if missing.true_count else None, members)


def type_of(value: Any) -> Any:
    """The Arrow type of the column that holds a value; raises Irregular when none does."""
    return _type_of([value], {type(value)})


def _type_of(values: list[Any], kinds: set[type]) -> Any:
    kinds = kinds - {type(None)}
    if not kinds:
        return pa.null()
    if len(kinds) > 1:
        raise Irregular
    (kind,) = kinds
    if kind is int and any(value is not None and not -(2**63) <= value < 2**63 for value in values):
        raise Irregular
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in _TEMPORAL:
        return _TEMPORAL[kind]([value for value in values if value is not None])
    if kind is Decimal:
        return _decimal_type([value for value in values if value is not None])
    if kind is list:
        items = [item for value in values if value is not None for item in value]
        if type(MISSING) in map(type, items):
            raise Irregular
        return pa.list_(_type_of(items, set(map(type, items))))
    if kind is dict:
        return _struct_type([value for value in values if value is not None])
    raise Irregular


def _struct_type(values: list[dict[str, Any]]) -> Any:
    names = list(values[0])
    if not names:
        raise Irregular
    fields = []
    for value in values:
        # A member that one object has and another has not would come back as null.
        if list(value) != names:
            raise Irregular
    for name in names:
        if not isinstance(name, str):
            raise Irregular
        column = [value[name] for value in values]
        fields.append(pa.field(name, _type_of(column, set(map(type, column)))))
    return pa.struct(fields)


def _decimal_type(values: list[Decimal]) -> Any:
    places = set()
    digits = 1
    for value in values:
        _, figures, exponent = value.as_tuple()
        if not isinstance(exponent, int) or exponent > 0 or (value.is_zero() and value.is_signed()):
            raise Irregular
        places.add(-exponent)
        if len(places) > 1:
            raise Irregular
        digits = max(digits, len(figures))
    if max(digits, *places) > 38:
        raise Irregular
    return pa.decimal128(38, places.pop())


def _datetime_type(values: list[dt.datetime]) -> Any:
    """A timestamp in the one zone or offset that all have, so that its values come back as they were."""
    from zoneinfo import ZoneInfo

    zones = {(type(value.tzinfo), value.tzinfo) for value in values}
    if len(zones) > 1:
        raise Irregular
    if any(not 1 < value.year < 9999 for value in values):
        raise Irregular
    ((_, zone),) = zones
    if isinstance(zone, ZoneInfo) and zone.key:
        for value in values:
            again = value.astimezone(dt.UTC).astimezone(zone)
            if (again.replace(tzinfo=None), again.fold) != (value.replace(tzinfo=None), value.fold):
                raise Irregular
        return pa.timestamp("us", zone.key)
    # Without the rules of a zone, a column does not keep which of two equal times on the clock was meant.
    if any(value.fold for value in values):
        raise Irregular
    if zone is None:
        return pa.timestamp("us")
    if type(zone) is not dt.timezone or repr(zone) != repr(dt.timezone(zone.utcoffset(None))):
        raise Irregular
    minutes, rest = divmod(zone.utcoffset(None), dt.timedelta(minutes=1))
    if rest:
        raise Irregular
    return pa.timestamp("us", f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}")


def _time_type(values: list[dt.time]) -> Any:
    if any(value.tzinfo is not None or value.fold for value in values):
        raise Irregular
    return pa.time64("us")


def _duration_type(values: list[dt.timedelta]) -> Any:
    if any(abs(value) > _LONGEST for value in values):
        raise Irregular
    return pa.duration("us")


_TEMPORAL: dict[type, Callable[[list[Any]], Any]] = {
    dt.datetime: _datetime_type,
    dt.time: _time_type,
    dt.timedelta: _duration_type,
}
