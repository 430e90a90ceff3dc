"""Columnar forms of the resolvers that calculate and round, on 64-bit integers, floats and decimals; see _vectors."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from crosswalk import exact_decimals, exact_scalar, rounded_quotients

from ._vectors import ROUND_MODES

_EXACT = 2**53
"""Up to this, every integer is a float."""


def absolute(data: Any) -> Any:
    """`abs`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_int64(data.type):
        return _checked(pc.abs_checked, data)
    return pc.abs(data), None


def negate(data: Any) -> Any:
    """The sign turned around, but of zero."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_int64(data.type):
        return _checked(pc.negate_checked, data)
    if pa.types.is_decimal(data.type):
        return pc.negate(data), None
    return pc.if_else(pc.equal(data, pa.scalar(0.0)), data, pc.negate(data)), None


def sign(data: Any) -> Any:
    """-1, 0 or 1 of integers and floats; NaN is not sure."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_int64(data.type):
        return pc.sign(data).cast(pa.int64()), None
    if not pa.types.is_float64(data.type):
        return NotImplemented
    sure = pc.invert(pc.is_nan(data))
    return pc.sign(pc.if_else(sure, data, pa.scalar(0.0))).cast(pa.int64()), sure


def _checked(kernel: Any, *given: Any) -> Any:
    """The result of integers; where one is beyond 64 bits the function finds which."""
    import pyarrow as pa

    try:
        return kernel(*given), None
    except pa.ArrowInvalid:
        return NotImplemented


def _combined(data: Any, x: Any, op: str, whole: str, floats: str) -> Any:
    """Integer and integer, float and either, or decimals."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_int64(data.type) and type(x) is int and -(2**63) <= x < 2**63:
        return _checked(getattr(pc, whole), data, pa.scalar(x, pa.int64()))
    if pa.types.is_float64(data.type) and type(x) in (int, float) and abs(x) < _EXACT:
        found = getattr(pc, floats)(data, pa.scalar(float(x)))
        return found, pc.is_finite(found)
    return _of_decimals(data, x, op)


def _of_decimals(data: Any, x: Any, op: str) -> Any:
    """Decimal and any number, or integer and decimal: in decimals, floats by their shortest digits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_decimal128(data.type) and not (pa.types.is_int64(data.type) and type(x) is Decimal):
        return NotImplemented
    constant = exact_scalar(Decimal(repr(x)) if type(x) is float and math.isfinite(x) else x)
    made = None if constant is None else exact_decimals(op, data, constant)
    if made is None:
        return NotImplemented
    found, unsure = made
    return found.cast(pa.decimal128(38, found.type.scale)), None if unsure is None else pc.invert(unsure)


def add(data: Any, *, x: Any) -> Any:
    """The sum with a constant."""
    return _combined(data, x, "+", "add_checked", "add")


def subtract(data: Any, *, x: Any) -> Any:
    """The difference to a constant."""
    return _combined(data, x, "-", "subtract_checked", "subtract")


def multiply(data: Any, *, x: Any) -> Any:
    """The product with a constant."""
    return _combined(data, x, "*", "multiply_checked", "multiply")


def divide(data: Any, *, by: Any, scale: int | None = None) -> Any:
    """Integers and decimals divided by a constant, to so many fraction digits: of unlike numbers of them, as quotients
    have, there is no column."""
    import pyarrow as pa

    if scale is None or not by or (type(by) is float and not math.isfinite(by)):
        return NotImplemented
    if not pa.types.is_decimal128(data.type) and (not pa.types.is_int64(data.type) or type(by) is float):
        return NotImplemented
    found = rounded_quotients(data, Decimal(repr(by)) if type(by) is float else by, scale)
    return NotImplemented if found is None else (found, None)


def rounded(data: Any, *, scale: int = 0, mode: str = "half_even") -> Any:
    """Integers as they are; decimals of a column, which have one number of fraction digits, with another one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if scale < 0 or scale > 18:
        return NotImplemented
    if pa.types.is_int64(data.type):
        return data, None
    if not pa.types.is_decimal128(data.type) or not 0 <= data.type.scale <= 18:
        return NotImplemented
    kind = pa.decimal128(38, scale)
    try:
        wide = data.cast(pa.decimal128(38, data.type.scale))
        if scale < data.type.scale:
            wide = pc.round(wide, scale, round_mode=ROUND_MODES[mode])
        return wide.cast(kind), None
    except pa.ArrowInvalid:
        return NotImplemented


def floor(data: Any) -> Any:
    """The next whole number below or equal."""
    return _whole(data, "floor")


def ceil(data: Any) -> Any:
    """The next whole number above or equal."""
    return _whole(data, "ceil")


def _whole(data: Any, kernel: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_int64(data.type):
        return data, None
    if pa.types.is_float64(data.type):
        sure = pc.less(pc.abs(data), pa.scalar(float(_EXACT))).fill_null(True)
        return getattr(pc, kernel)(pc.if_else(sure, data, pa.scalar(0.0))).cast(pa.int64()), sure
    if not pa.types.is_decimal128(data.type):
        return NotImplemented
    try:
        return getattr(pc, kernel)(data).cast(pa.int64()), None
    except pa.ArrowInvalid:
        return NotImplemented


def range_map(data: Any, *, ranges: list[Any]) -> Any:
    """The value of the range of integers, and of decimals; what lies beyond the last one is not sure."""
    import pyarrow as pa
    import pyarrow.compute as pc

    results = [part.value for part in ranges]
    kinds = {type(value) for value in results if value is not None}
    known = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), float: pa.float64()}
    if len(kinds) != 1 or not kinds <= set(known) or not pa.types.is_int64(data.type):
        return NotImplemented
    bounds = [(part.lt, True) if part.lt is not None else (part.lte, False) for part in ranges]
    place = pa.repeat(pa.scalar(0, pa.int64()), len(data))
    for bound, open_ in bounds:
        if bound is None:
            continue
        limit = Decimal(repr(bound)) if type(bound) is float else Decimal(bound)
        if not abs(limit) < _EXACT:
            return NotImplemented
        whole = int(limit)
        # Integers beyond the bound, which may lie between two of them.
        if whole == limit:
            beyond = pc.greater_equal(data, whole) if open_ else pc.greater(data, whole)
        else:
            beyond = pc.greater(data, whole if limit > 0 else whole - 1)
        place = pc.add(place, beyond.cast(pa.int64()))
    try:
        values = pa.array(results, known[kinds.pop()])
    except (pa.ArrowInvalid, OverflowError):
        return NotImplemented
    inside = pc.less(place, len(results))
    return values.take(pc.if_else(inside, place, pa.scalar(None, pa.int64()))), inside.fill_null(True)
