"""Columnar forms of the commonest resolvers: kernels where their answer is surely the function's, for whole arrays.

Each takes an Arrow array and the resolver's arguments and returns the array of results with a mask of the values it is
sure of (None: all), or NotImplemented for types it does not do. Values that it is not sure of go to the function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crosswalk import text_buffer

_BLANKS = "".join(
    map(
        chr,
        [
            *range(9, 14),
            *range(28, 33),
            0x85,
            0xA0,
            0x1680,
            *range(0x2000, 0x200B),
            0x2028,
            0x2029,
            0x202F,
            0x205F,
            0x3000,
        ],
    )
)
"""What str.strip removes; Arrow's own notion of white space is another one."""
_ASCII_BLANKS = "".join(char for char in _BLANKS if char.isascii())
_SURE_DIGITS = 18
_WHOLE = rf"^[+-]?[0-9]{{1,{_SURE_DIGITS}}}$"
_FRACTION = r"^[+-]?(?:[0-9]{1,200}(?:\.[0-9]{1,200})?|\.[0-9]{1,200})$"


def _raw(data: Any) -> bytes:
    """The text of an array, with the methods of bytes."""
    found: bytes = text_buffer(data).to_pybytes()
    return found


def _by_alphabet(data: Any, ascii_kernel: Callable[[Any], Any], function: Callable[[str], str]) -> Any:
    """The kernel for ASCII texts, the function for the others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if _raw(data).isascii():
        return ascii_kernel(data)
    other = pc.invert(pc.string_is_ascii(data).fill_null(True))
    made = pa.array([function(text) for text in data.filter(other).to_pylist()], pa.string())
    return pc.replace_with_mask(ascii_kernel(pc.if_else(other, "", data)), other, made)


def upper(data: Any) -> Any:
    """`str.upper`."""
    import pyarrow.compute as pc

    return _by_alphabet(data, pc.ascii_upper, str.upper), None


def lower(data: Any) -> Any:
    """`str.lower`."""
    import pyarrow.compute as pc

    return _by_alphabet(data, pc.ascii_lower, str.lower), None


def _trimmed(kernel: str, data: Any) -> Any:
    import pyarrow.compute as pc

    if _raw(data).isascii():
        return getattr(pc, f"ascii_{kernel}")(data, _ASCII_BLANKS), None
    return getattr(pc, f"utf8_{kernel}")(data, _BLANKS), None


def trim(data: Any) -> Any:
    """`str.strip`."""
    return _trimmed("trim", data)


def trim_start(data: Any) -> Any:
    """`str.lstrip`."""
    return _trimmed("ltrim", data)


def trim_end(data: Any) -> Any:
    """`str.rstrip`."""
    return _trimmed("rtrim", data)


def whole_number(data: Any) -> Any:
    """Texts as 64-bit integers; longer ones are not sure."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_int64(data.type):
        return data, None
    if not pa.types.is_string(data.type):
        return NotImplemented
    # Arrow takes digits with a minus sign, and hexadecimal numbers, which have an x.
    if not _raw(data).translate(None, b"0123456789-"):
        try:
            return data.cast(pa.int64()), None
        except pa.ArrowInvalid:
            pass
    sure = pc.match_substring_regex(data, _WHOLE)
    plain = pc.utf8_ltrim(pc.if_else(sure, data, None), "+")
    return plain.cast(pa.int64()), sure


def floating(data: Any, *, allow_nan: bool = False) -> Any:
    """Texts as floats, rounded correctly as `float` does."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_float64(data.type):
        return data, None if allow_nan else pc.is_finite(data)
    if not pa.types.is_string(data.type):
        return NotImplemented
    if not _raw(data).translate(None, b"0123456789.-"):
        try:
            found = data.cast(pa.float64())
        except pa.ArrowInvalid:
            pass
        else:
            return found, pc.and_(pc.is_finite(found), pc.invert(pc.ends_with(data, ".")))
    sure = pc.match_substring_regex(data, _FRACTION)
    plain = pc.utf8_ltrim(pc.if_else(sure, data, None), "+")
    return plain.cast(pa.float64()), sure


def exact_decimal(data: Any, *, scale: int | None = None, rounding: str | None = None) -> Any:
    """Texts and integers as decimals of a fixed scale that lose nothing by it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if scale is None or rounding is not None or scale > 18:
        return NotImplemented
    kind = pa.decimal128(38, scale)
    if pa.types.is_decimal128(data.type) and data.type.scale == scale:
        return data.cast(kind), None
    if pa.types.is_int64(data.type):
        return data.cast(pa.decimal128(19, 0)).cast(kind), None
    if not pa.types.is_string(data.type):
        return NotImplemented
    fraction = rf"(?:\.[0-9]{{1,{scale}}})?" if scale else ""
    # A negative zero keeps its sign as a decimal number, and has none in Arrow.
    sure = pc.and_(
        pc.match_substring_regex(data, rf"^-?[0-9]{{1,18}}{fraction}$"),
        pc.invert(pc.match_substring_regex(data, r"^-[0.]*$")),
    )
    return pc.if_else(sure, data, None).cast(kind), sure


def text(data: Any, *, float: str = "json") -> Any:
    """Texts as they are, integers by their digits; the way of writing floats matters to neither."""
    import pyarrow as pa

    if pa.types.is_string(data.type):
        return data, None
    if pa.types.is_int64(data.type):
        return data.cast(pa.string()), None
    return NotImplemented


def length(data: Any) -> Any:
    """The number of items of lists, of other values 1, of nothing 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_list(data.type):
        return pc.list_value_length(data).cast(pa.int64()).fill_null(0), None
    return data.is_valid().cast(pa.int64()), None
