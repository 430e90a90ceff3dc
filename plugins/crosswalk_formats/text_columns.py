"""Text of Arrow values, the same that `text_of` gives for their Python values: by kernels where that is proven."""

from __future__ import annotations

import re
from typing import Any

from crosswalk import text_of

_MICROSECONDS = 1_000_000
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")


class NotAsText(Exception):
    """Values of a type that only their rows are written from."""


def is_text_kind(kind: Any) -> bool:
    """Whether `as_texts` knows the Arrow type: decimals, dates, times, durations and binary."""
    import pyarrow.types as t

    return bool(
        t.is_decimal(kind)
        or t.is_date(kind)
        or t.is_time(kind)
        or t.is_timestamp(kind)
        or t.is_duration(kind)
        or t.is_binary(kind)
        or t.is_large_binary(kind)
        or t.is_fixed_size_binary(kind)
        or t.is_binary_view(kind)
    )


def as_texts(array: Any) -> Any:
    """The texts as a string array; nulls stay. Raises NotAsText for values that have no Python form.

    Those are nanoseconds and dates beyond the years 1 to 9999.
    """
    import pyarrow as pa
    import pyarrow.types as t

    kind = array.type
    if t.is_timestamp(kind) and (kind.tz in (None, "UTC") or _OFFSET.fullmatch(kind.tz)):
        return _timestamps(array)
    if t.is_date32(kind):
        _check_days(array.cast(pa.int32()), 1)
        return array.cast(pa.string())
    return _by_value(array)


def _timestamps(array: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if array.type.unit == "ns":
        raise NotAsText
    suffix = {None: "", "UTC": "+00:00"}.get(array.type.tz, array.type.tz)
    if array.type.unit == "s":
        _check_days(array.cast(pa.int64()), 86_400)
    numbers = _microseconds(array)
    _check_days(numbers, 86_400 * _MICROSECONDS)
    if offset := _OFFSET.fullmatch(suffix):
        minutes = int(offset[1] + "1") * (int(offset[2]) * 60 + int(offset[3]))
        if minutes:
            numbers = pc.add(numbers, minutes * 60 * _MICROSECONDS)
            _check_days(numbers, 86_400 * _MICROSECONDS)
        suffix = suffix if minutes else "+00:00"
    texts = numbers.cast(pa.timestamp("us")).cast(pa.string())
    texts = pc.binary_replace_slice(texts, 10, 11, "T")
    whole = pc.utf8_slice_codeunits(texts, 0, 19)
    fraction = pc.utf8_slice_codeunits(texts, 19, 26)
    texts = pc.if_else(pc.equal(fraction, ".000000"), whole, texts)
    return pc.binary_join_element_wise(texts, suffix, "") if suffix else texts


def _microseconds(array: Any) -> Any:
    import pyarrow as pa

    try:
        return array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64())
    except pa.ArrowInvalid:
        raise NotAsText from None


def _check_days(numbers: Any, unit: int) -> None:
    import pyarrow.compute as pc

    found = pc.min_max(numbers).as_py()
    # 0001-01-01 and 9999-12-31
    if found["min"] is not None and not (-719_162 * unit <= found["min"] and found["max"] < 2_932_897 * unit):
        raise NotAsText


def _by_value(array: Any) -> Any:
    """The texts of the distinct values, put where they belong."""
    import pyarrow as pa

    try:
        coded = array.dictionary_encode()
        values = coded.dictionary.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError):
        raise NotAsText from None
    return pa.array([text_of(value) for value in values], pa.string()).take(coded.indices)
