"""Keywords of a JSON Schema on columns of single values: masks of those that do not fit, NotImplemented without one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from .column import repeated, single

_DIGITS = Context(prec=1000)
_EXACT = 2**53
_MOST = 10**37


def type_of(data: Any, wanted: Any) -> Any:
    """`type`: what is no number or truth value is a text in JSON."""
    kinds = {wanted} if isinstance(wanted, str) else set(wanted)
    kind = data.type
    if t.is_boolean(kind):
        fits = "boolean" in kinds
    elif t.is_int64(kind):
        fits = bool(kinds & {"integer", "number"})
    elif t.is_decimal(kind):
        fits = "number" in kinds
    elif t.is_float64(kind):
        if "integer" in kinds and "number" not in kinds:
            return pc.invert(pc.and_(pc.is_finite(data), pc.equal(pc.floor(data), data)))
        fits = "number" in kinds
    else:
        fits = "string" in kinds
    return None if fits else repeated(True, len(data))


def enum(data: Any, values: list[Any]) -> Any:
    """`enum` of texts, integers, floats and truth values."""
    kind = data.type
    if t.is_string(kind):
        known: list[Any] = [value for value in values if type(value) is str]
    elif t.is_boolean(kind):
        known = [value for value in values if type(value) is bool]
    elif t.is_int64(kind):
        numbers = [value for value in values if type(value) in (int, float) and value == value // 1]
        known = [int(value) for value in numbers if abs(value) < 2**63]
    elif t.is_float64(kind) and all(type(value) not in (int, float) or abs(value) < _EXACT for value in values):
        known = [float(value) for value in values if type(value) in (int, float)]
    else:
        return NotImplemented
    return pc.invert(pc.is_in(data, value_set=pa.array(known, kind)))


def const(data: Any, value: Any) -> Any:
    """`const`."""
    return enum(data, [value])


def _bound(lower: bool, exclusive: bool) -> Callable[[Any, Any], Any]:
    compare = (pc.less_equal if exclusive else pc.less) if lower else pc.greater_equal if exclusive else pc.greater
    # What compares alike with the bound and with the next number that the column can hold.
    upwards = lower != exclusive

    def bad(data: Any, bound: Any) -> Any:
        kind = data.type
        if t.is_int64(kind):
            whole = math.ceil(bound) if upwards else math.floor(bound)
            if not -(2**63) <= whole < 2**63:
                return NotImplemented
            return compare(data, single(whole))
        if t.is_float64(kind):
            return compare(data, single(float(bound))) if abs(bound) < _EXACT else NotImplemented
        if t.is_decimal128(kind):
            rounding = ROUND_CEILING if upwards else ROUND_FLOOR
            limit = Decimal(bound).quantize(Decimal(1).scaleb(-kind.scale), rounding, _DIGITS)
            if abs(limit.scaleb(kind.scale, _DIGITS)) >= _MOST:
                return NotImplemented
            return compare(data, pa.scalar(limit, pa.decimal128(38, kind.scale)))
        return NotImplemented if t.is_decimal(kind) else None

    return bad


def _length(compare: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def bad(data: Any, bound: Any) -> Any:
        if t.is_string(data.type):
            return compare(pc.utf8_length(data), single(int(bound), pa.int32())) if bound < 2**31 else NotImplemented
        return None if is_number(data.type) else NotImplemented

    return bad


def is_number(kind: Any) -> bool:
    """Whether values are numbers or truth values in JSON, not texts."""
    return bool(t.is_boolean(kind) or t.is_int64(kind) or t.is_float64(kind) or t.is_decimal(kind))


KEYWORDS: Mapping[str, Callable[[Any, Any], Any]] = {
    "type": type_of,
    "enum": enum,
    "const": const,
    "minimum": _bound(True, False),
    "exclusiveMinimum": _bound(True, True),
    "maximum": _bound(False, False),
    "exclusiveMaximum": _bound(False, True),
    "minLength": _length(pc.less),
    "maxLength": _length(pc.greater),
}
"""By keyword: of an array without nulls and the keyword's value the mask of what does not fit (None: all fits)."""
