"""Columnar forms of the resolvers about states, truth values and lists of allowed values; see _vectors."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ._vectors import BLANKS, raw_bytes


def _is_nested(data: Any) -> bool:
    return bool(data.type.num_fields)


def is_present(data: Any) -> Any:
    """Whether there is a value."""
    return data.is_valid(), None


def is_null(data: Any) -> Any:
    """Whether there is none."""
    return data.is_null(), None


def is_blank(data: Any) -> Any:
    """Whether there is no value, or a text of white space."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(data.type):
        return data.is_null(), None
    return pc.equal(pc.utf8_ltrim(data, BLANKS), pa.scalar("", pa.string())).fill_null(True), None


def blank_to_null(data: Any) -> Any:
    """Texts of white space as null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(data.type):
        return NotImplemented if _is_nested(data) else (data, None)
    blank = pc.equal(pc.utf8_ltrim(data, BLANKS), pa.scalar("", pa.string()))
    return (pc.if_else(blank, pa.scalar(None, pa.string()), data), None) if blank.true_count else (data, None)


def null_if(data: Any, *, values: Any) -> Any:
    """Certain texts or integers as null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = _among(data, values if isinstance(values, list) else [values])
    if known is None:
        return NotImplemented
    found = pc.is_in(data, value_set=known)
    return (pc.if_else(found, pa.scalar(None, data.type), data) if found.true_count else data), None


def one_of(data: Any, *, values: list[Any]) -> Any:
    """Texts or integers; those that are not allowed are not sure."""
    import pyarrow.compute as pc

    known = _among(data, values)
    return NotImplemented if known is None else (data, pc.is_in(data, value_set=known))


def _among(data: Any, values: list[Any]) -> Any:
    """The values that are of the type of a column; None where equality with others is not that of kernels."""
    import pyarrow as pa

    if pa.types.is_string(data.type):
        return pa.array([value for value in values if type(value) is str], pa.string())
    if not pa.types.is_int64(data.type):
        return None
    numbers = [value for value in values if type(value) in (int, float, Decimal) and value - value == 0]
    whole = [int(value) for value in numbers if value == int(value) and abs(value) < 2**53]
    if len(whole) < len(numbers):
        return None
    return pa.array(whole, pa.int64())


def boolean(
    data: Any, *, true: Sequence[str] = ("true", "yes", "y", "1"), false: Sequence[str] = ("false", "no", "n", "0")
) -> Any:
    """Words for true and false, of ASCII; others are not sure."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(data.type):
        return data, None
    if pa.types.is_int64(data.type):
        data = data.cast(pa.string())
    elif not pa.types.is_string(data.type) or not raw_bytes(data).isascii():
        return NotImplemented
    folded = pc.ascii_lower(data)
    yes = pc.is_in(folded, value_set=pa.array([word.casefold() for word in true], pa.string()))
    no = pc.is_in(folded, value_set=pa.array([word.casefold() for word in false], pa.string()))
    return pc.if_else(data.is_valid(), yes, pa.scalar(None, pa.bool_())), pc.or_(yes, no)


def inverted(data: Any) -> Any:
    """Truth values turned around."""
    import pyarrow.compute as pc

    return pc.invert(data), None


def default(data: Any, *, value: Any) -> Any:
    """A value of the column's own type in place of what is not there."""
    return _filled(data, value)


def coalesce(data: Any, *, values: list[Any]) -> Any:
    """The same with the first of several constants that is no null."""
    known = [value for value in values if value is not None]
    return _filled(data, known[0]) if known else NotImplemented


def _filled(data: Any, value: Any) -> Any:
    import pyarrow as pa

    kinds = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), float: pa.float64()}
    kind = kinds.get(type(value))
    if kind is None or (type(value) is int and not -(2**63) <= value < 2**63):
        return NotImplemented
    if pa.types.is_null(data.type):
        return pa.repeat(pa.scalar(value, kind), len(data)), None
    if not data.null_count:
        return NotImplemented if _is_nested(data) else (data, None)
    return (data.fill_null(pa.scalar(value, kind)), None) if data.type == kind else NotImplemented


def fail(data: Any, *, message: str) -> Any:
    """Sure of nothing: the function raises."""
    import pyarrow as pa

    return pa.nulls(len(data)), pa.repeat(pa.scalar(False), len(data))
