"""Python values as Arrow arrays, only where that changes nothing: one exact type, or the batch is irregular."""

from __future__ import annotations

import datetime as dt
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
}


def column_of(values: list[Any]) -> Column:
    """A column of Python values, None and MISSING among them; raises Irregular where they are of several types."""
    kinds = set(map(type, values))
    missing = None
    if type(MISSING) in kinds:
        kinds.discard(type(MISSING))
        missing = pa.array([value is MISSING for value in values], pa.bool_())
        values = [None if value is MISSING else value for value in values]
    return Column(pa.array(values, _type_of(values, kinds)), missing)


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
        digits = max(digits, len(figures))
    if len(places) != 1 or max(digits, *places) > 38:
        raise Irregular
    return pa.decimal128(38, places.pop())
