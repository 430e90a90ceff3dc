"""The columnar form of a resolver: the types that columns work with, and what is wrong with an answer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .resolver import Resolver

_PYTHON: list[tuple[Any, type, str]] = [
    (pa.types.is_string, str, "string"),
    (pa.types.is_int64, int, "int64"),
    (pa.types.is_float64, float, "float64"),
    (pa.types.is_boolean, bool, "bool"),
    (pa.types.is_date32, dt.date, "date32"),
    (pa.types.is_decimal, Decimal, "decimal128"),
    (pa.types.is_list, list, "list"),
    (pa.types.is_struct, dict, "struct"),
    (lambda kind: pa.types.is_timestamp(kind) and kind.unit != "ns", dt.datetime, "timestamp"),
    (lambda kind: kind == pa.time64("us"), dt.time, "time64"),
    (lambda kind: kind == pa.duration("us"), dt.timedelta, "duration"),
    (pa.types.is_binary, bytes, "binary"),
]
_ALSO: dict[type, type] = {float: int, int: bool}
"""What Python takes for another type: `-> float` may give 7."""


def python_type(kind: Any) -> type | None:
    """The Python type of an Arrow type's values; None for those that columns do not work with."""
    return next((found for test, found, _ in _PYTHON if test(kind)), None)


def vector_fault(resolver: Resolver, array: Any, answer: Any) -> str:
    """What is wrong with the answer of a columnar form (other than NotImplemented) to an array; "" when nothing is."""
    if not isinstance(answer, tuple) or len(answer) not in (2, 3):
        return f"gave a value of type {type(answer).__name__}, not (array, mask)"
    found, sure, *more = answer
    if not isinstance(found, pa.Array):
        return f"gave a value of type {type(found).__name__}, not a pyarrow.Array"
    if len(found) != len(array):
        return f"gave {len(found)} values for {len(array)}"
    if not pa.types.is_null(found.type) and not _fits(found.type, _fitting(resolver)):
        known = " or ".join(name for _, kind, name in _PYTHON if resolver.returns is None or kind in resolver.returns)
        return f"gave an array of {found.type}, not of {known or 'a type that columns work with'}"
    for mask in (sure, *more):
        if mask is not None and not (isinstance(mask, pa.BooleanArray) and len(mask) == len(array)):
            is_array = isinstance(mask, pa.Array)
            kind = f"{len(mask)} of {mask.type}" if is_array else f"a value of type {type(mask).__name__}"
            return f"gave a mask that is {kind}, not {len(array)} of bool or None"
    if more and more[0] is not None and pc.and_(found.is_valid(), more[0]).true_count:
        return "gave a value where it says that there is none"
    return _nulls_fault(resolver, array, found, sure)


def _fitting(resolver: Resolver) -> set[type] | None:
    if resolver.returns is None:
        return None
    return {kind for said in resolver.returns for kind in (said, _ALSO.get(said, said))}


def _fits(kind: Any, wanted: set[type] | None) -> bool:
    found = python_type(kind)
    if found is None or (wanted is not None and found not in wanted):
        return False
    return all(
        pa.types.is_null(part.type) or _fits(part.type, None) for part in map(kind.field, range(kind.num_fields))
    )


def _nulls_fault(resolver: Resolver, array: Any, found: Any, sure: Any) -> str:
    if resolver.null == "aware":
        return ""
    if array.null_count and pc.and_(array.is_null(), found.is_valid()).true_count:
        return "gave a value where it was given null"
    if resolver.optional or found.null_count <= array.null_count:
        return ""
    empty = pc.and_(array.is_valid(), found.is_null())
    if sure is not None:
        empty = pc.and_(empty, sure.fill_null(False))
    return "gave null, which it does not declare, and is sure of it" if empty.true_count else ""
