"""Equal values as equal numbers: for groups and for what is distinct, with the equality of `hashable`."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from .column import Column, Irregular, repeated, single

_MANY = 2**62


def codes_of(columns: list[Column], count: int) -> Any:
    """A number for each row, equal where the values of all columns are, from 0 in the order of first appearance.

    Null and missing are values like others, and unlike. Raises Irregular for values of which kernels do not say what
    Python would.
    """
    found = repeated(0, count)
    known = 1
    for column in columns:
        for part in _parts(column):
            coded = part.dictionary_encode(null_encoding="encode")
            size = max(1, len(coded.dictionary))
            if known * size >= _MANY:
                found, known = _first_seen(found)
            found = pc.add(pc.multiply(found, single(size)), coded.indices.cast(pa.int64()))
            known *= size
    return _first_seen(found)[0]


def _first_seen(codes: Any) -> tuple[Any, int]:
    coded = codes.dictionary_encode()
    return coded.indices.cast(pa.int64()), max(1, len(coded.dictionary))


def _parts(column: Column) -> list[Any]:
    if column.members is not None or column.items is not None:
        raise Irregular
    data, kind = column.data, column.data.type
    if t.is_float64(kind):
        if pc.any(pc.is_nan(data)).as_py():
            raise Irregular
        data = pc.add(data, single(0.0))  # both zeros are one
    elif not (
        t.is_string(kind)
        or t.is_int64(kind)
        or t.is_boolean(kind)
        or t.is_date32(kind)
        or t.is_decimal128(kind)
        or t.is_binary(kind)
        or t.is_null(kind)
        # Of two times in a zone with rules, Python compares the clocks.
        or (t.is_timestamp(kind) and (kind.tz is None or kind.tz[0] in "+-"))
    ):
        raise Irregular
    if t.is_null(kind):
        data = repeated(False, len(data))
    return [data] if column.missing is None else [data, column.missing]


def first_of_each(codes: Any) -> Any:
    """True at the first row of each code; codes are numbered by first appearance."""
    highest = pc.cumulative_max(codes)
    before = pa.concat_arrays([pa.array([-1], pa.int64()), highest[:-1]]) if len(codes) else highest
    return pc.greater(highest, before)
