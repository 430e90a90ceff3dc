"""Columnar forms of the commonest resolvers: kernels where their answer is surely the function's, for whole arrays.

Each takes an Arrow array and the resolver's arguments and returns the array of results with a mask of the values it is
sure of (None: all), or NotImplemented for types it does not do. Values that it is not sure of go to the function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crosswalk import text_buffer

BLANKS = "".join(
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
_ASCII_BLANKS = "".join(char for char in BLANKS if char.isascii())
_SURE_DIGITS = 18
_LOOK = 200
_PLAIN_SCALE = 6
"""Decimals with more fraction digits can have an exponent in Arrow's text."""
ROUND_MODES = {
    "half_even": "half_to_even",
    "half_up": "half_towards_infinity",
    "half_down": "half_towards_zero",
    "up": "towards_infinity",
    "down": "towards_zero",
    "floor": "down",
    "ceiling": "up",
}
"""Arrow's names of the ways to round."""
_WHOLE = rf"^[+-]?[0-9]{{1,{_SURE_DIGITS}}}$"
_FRACTION = r"^[+-]?(?:[0-9]{1,200}(?:\.[0-9]{1,200})?|\.[0-9]{1,200})$"


def raw_bytes(data: Any) -> bytes:
    """The bytes of all texts of an array, one after the other."""
    found: bytes = text_buffer(data).to_pybytes()
    return found


def by_alphabet(data: Any, ascii_kernel: Callable[[Any], Any], function: Callable[[str], str]) -> Any:
    """The kernel for ASCII texts, the function for the others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if raw_bytes(data).isascii():
        return ascii_kernel(data)
    other = pc.invert(pc.string_is_ascii(data).fill_null(True))
    made = pa.array([function(text) for text in data.filter(other).to_pylist()], pa.string())
    return pc.replace_with_mask(ascii_kernel(pc.if_else(other, "", data)), other, made)


def upper(data: Any) -> Any:
    """`str.upper`."""
    import pyarrow.compute as pc

    return by_alphabet(data, pc.ascii_upper, str.upper), None


def lower(data: Any) -> Any:
    """`str.lower`."""
    import pyarrow.compute as pc

    return by_alphabet(data, pc.ascii_lower, str.lower), None


def _trimmed(kernel: str, data: Any) -> Any:
    import pyarrow.compute as pc

    if raw_bytes(data).isascii():
        return getattr(pc, f"ascii_{kernel}")(data, _ASCII_BLANKS), None
    return getattr(pc, f"utf8_{kernel}")(data, BLANKS), None


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
    if not raw_bytes(data).translate(None, b"0123456789-"):
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
    if not raw_bytes(data).translate(None, b"0123456789.-"):
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
    """Texts and integers as decimals of a fixed scale: they lose nothing by it, or are rounded."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if scale is None:
        scale = _commonest_scale(data)
    if scale is None or scale > _SURE_DIGITS:
        return NotImplemented
    kind = pa.decimal128(38, scale)
    if pa.types.is_decimal128(data.type) and data.type.scale == scale:
        return data.cast(kind), None
    if pa.types.is_int64(data.type):
        return data.cast(pa.decimal128(19, 0)).cast(kind), None
    if not pa.types.is_string(data.type):
        return NotImplemented
    digits = scale if rounding is None else _SURE_DIGITS
    fraction = rf"(?:\.[0-9]{{1,{digits}}})?" if digits else ""
    # A negative zero keeps its sign as a decimal number, and has none in Arrow.
    sure = pc.and_(
        pc.match_substring_regex(data, rf"^-?[0-9]{{1,18}}{fraction}$"),
        pc.invert(pc.match_substring_regex(data, r"^-[0.]*$")),
    )
    known = pc.if_else(sure, data, None)
    if rounding is None:
        return known.cast(kind), sure
    exact = known.cast(pa.decimal128(38, _SURE_DIGITS))
    return pc.round(exact, scale, round_mode=ROUND_MODES[rounding]).cast(kind), sure


def _commonest_scale(data: Any) -> int | None:
    """The number of fraction digits that the first texts have; None for several, of which a column has but one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_int64(data.type):
        return 0
    if pa.types.is_decimal128(data.type):
        return int(data.type.scale)
    if not pa.types.is_string(data.type):
        return None
    scales = {len(text.partition(".")[2]) for text in pc.drop_null(data.slice(0, _LOOK)).to_pylist()}
    return scales.pop() if len(scales) == 1 else None


def text(data: Any, *, float: str = "json") -> Any:
    """Texts as they are, integers, decimals, truth values and dates by their usual text."""
    import pyarrow as pa

    if pa.types.is_string(data.type):
        return data, None
    kind = data.type
    if (
        pa.types.is_int64(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_date32(kind)
        or (pa.types.is_decimal128(kind) and 0 <= kind.scale <= _PLAIN_SCALE)
    ):
        return data.cast(pa.string()), None
    return NotImplemented


def length(data: Any) -> Any:
    """The number of items of lists, of other values 1, of nothing 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_list(data.type):
        return pc.list_value_length(data).cast(pa.int64()).fill_null(0), None
    return data.is_valid().cast(pa.int64()), None
