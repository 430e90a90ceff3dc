"""Python values that are nearly all of one type: those as a column, the few others left to their rows."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from ...values import MISSING
from .column import Column, Frame, Irregular, rows_mask
from .from_python import column_of, type_of

_NESTED = (list, dict)
_SAMPLE = 1_000
_MOST_ODD = 0.2
_FEW = 16
"""With more odd values than a few, and above that share of all, the whole batch is quicker by rows."""
_NO_TYPE = "none"
"""The type of a value that no column holds, such as an integer of more than 64 bits."""


def column_beside(frame: Frame, values: list[Any], failed: list[int]) -> Column:
    """The values as a column; those at `failed`, and those of another type than most, are left to their rows.

    Raises Irregular where many are of another type, and for lists and objects that do not fit each other.
    """
    try:
        column = column_of(values)
    except Irregular:
        column, odd = _of_most(values)
        failed = failed + odd
    if failed:
        frame.doubt(rows_mask(failed, frame.count))
    return column


def _of_most(values: list[Any]) -> tuple[Column, list[int]]:
    """A column of the values, null where one is of another type than most, and those places."""
    if any(isinstance(value, _NESTED) for value in values):
        raise Irregular
    there = [row for row, value in enumerate(values) if value is not None and value is not MISSING]
    sample = Counter(_kind(values[row]) for row in there[:_SAMPLE])
    sample.pop(_NO_TYPE, None)
    most = max(sample, key=sample.__getitem__, default=None)
    odd = [row for row in there if _kind(values[row]) != most]
    if len(odd) > _FEW + _MOST_ODD * len(values):
        raise Irregular
    held = list(values)
    for row in odd:
        held[row] = None
    return column_of(held), odd


def _kind(value: Any) -> Any:
    if type(value) is Decimal:
        sign, digits, exponent = value.as_tuple()
        small = isinstance(exponent, int) and exponent <= 0 and len(digits) <= 38 and exponent >= -38
        return exponent if small and not (sign and digits == (0,)) else _NO_TYPE
    try:
        return type_of(value)
    except Irregular:
        return _NO_TYPE
