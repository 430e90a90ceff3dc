"""Arithmetic of decimals in Arrow, with the digits that Python's exact decimals give; for columnar forms."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

_KERNELS = {"+": "add", "-": "subtract", "*": "multiply"}
_WIDE = Context(prec=100)
MOST_DIGITS = 38
"""Of a decimal in a column; Python's results have up to 76."""


def exact_decimals(op: str, left: Any, right: Any) -> tuple[Any, Any] | None:
    """The exact results of `+`, `-` or `*` for arrays or scalars of decimals and 64-bit integers, of which one at least
    has decimals.

    With them comes a mask of the results that Python gives as a negative zero, which a column does not hold (None:
    there is none). None in place of both where some result may have more than 38 digits.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    one, other = _narrow(left), _narrow(right)
    if one is None or other is None or _digits_of(op, one.type, other.type) > MOST_DIGITS:
        return None
    made = getattr(pc, _KERNELS[op])(one, other)
    if op != "*":
        return made, None
    zero = pc.and_(pc.equal(made, _zero(made.type)), pc.xor(_is_negative(one), _is_negative(other)))
    if not isinstance(zero, pa.Array):
        return made, None
    zero = zero.fill_null(pa.scalar(False))
    return made, zero if zero.true_count else None


def exact_scalar(value: Any) -> Any:
    """A 64-bit integer, or a decimal with its digits, as a scalar; None for others, and for decimals of which a column
    does not keep all: with a positive exponent, zeros with digits or a sign, more than 38 digits."""
    import pyarrow as pa

    if type(value) is int and -(2**63) <= value < 2**63:
        return pa.scalar(value, pa.int64())
    if not isinstance(value, Decimal):
        return None
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or exponent > 0 or not value or max(len(digits), -exponent) > MOST_DIGITS:
        return None
    return pa.scalar(value, pa.decimal128(max(len(digits), -exponent, 1), -exponent))


def rounded_quotients(data: Any, divisor: int | Decimal, scale: int) -> Any:
    """The integers or decimals of an array divided by a number other than zero, rounded half to even to so many
    fraction digits, as decimals of 38 digits; None where there may be too many digits on the way."""
    import pyarrow as pa
    import pyarrow.compute as pc

    by, values = exact_scalar(divisor), _narrow(data)
    if by is None or values is None or not 0 <= scale <= 18:
        return None
    fraction = 0 if pa.types.is_int64(by.type) else by.type.scale
    shift = scale + fraction - values.type.scale
    below = _whole(abs(int(Decimal(divisor).scaleb(fraction, _WIDE))) * 10 ** max(-shift, 0))
    negative = pc.xor(_is_negative(values), pa.scalar(divisor < 0))
    try:
        # In whole numbers: a quotient, cut off, and what remains.
        above = pc.multiply(pc.abs(_without_point(values)), _whole(10 ** max(shift, 0)))
        quotient = _cut(pc.divide(above, below))
        rest = pc.subtract(above, pc.multiply(quotient, below))
        half = pc.subtract(pc.add(rest, rest), below)
        odd = pc.not_equal(quotient, pc.multiply(_cut(pc.divide(quotient, _whole(2))), _whole(2)))
        up = pc.or_(pc.greater(half, _whole(0)), pc.and_(pc.equal(half, _whole(0)), odd))
        quotient = pc.add(quotient, pc.if_else(up, _whole(1), _whole(0))).cast(pa.decimal128(MOST_DIGITS, 0))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    signed = pc.if_else(negative, pc.negate(quotient), quotient)
    return pa.Array.from_buffers(
        pa.decimal128(MOST_DIGITS, scale), len(signed), signed.buffers(), signed.null_count, signed.offset
    )


def _narrow(data: Any) -> Any:
    """The numbers as decimals of no more digits than the largest has, since results of wider ones would be too wide;
    None for those with too many."""
    import pyarrow as pa
    import pyarrow.compute as pc

    scale = 0 if pa.types.is_int64(data.type) else data.type.scale
    if isinstance(data, pa.Scalar):
        return _whole(data.as_py()) if pa.types.is_int64(data.type) else data
    ends = pc.min_max(data).as_py()
    largest = max((abs(int(Decimal(end).scaleb(scale, _WIDE))) for end in ends.values() if end is not None), default=0)
    digits = max(len(str(largest)), scale, 1)
    if digits > MOST_DIGITS:
        return None
    wide = data.cast(pa.decimal128(19, 0)) if pa.types.is_int64(data.type) else data
    return wide.cast(pa.decimal128(digits, scale))


def _digits_of(op: str, one: Any, other: Any) -> int:
    """The most digits that a result may have."""
    if op == "*":
        return int(one.precision + other.precision + 1)
    scale = max(one.scale, other.scale)
    return int(max(one.precision - one.scale, other.precision - other.scale) + scale + 1)


def _is_negative(data: Any) -> Any:
    import pyarrow.compute as pc

    return pc.less(data, _zero(data.type))


def _zero(kind: Any) -> Any:
    import pyarrow as pa

    return pa.scalar(Decimal(0).scaleb(-kind.scale), kind)


def _whole(value: int) -> Any:
    """A whole number as a scalar of as many digits as it has."""
    import pyarrow as pa

    return pa.scalar(Decimal(value), pa.decimal128(len(str(abs(value))), 0))


def _without_point(data: Any) -> Any:
    """Decimals as the whole numbers of their digits."""
    import pyarrow as pa

    kind = pa.decimal128(data.type.precision, 0)
    return pa.Array.from_buffers(kind, len(data), data.buffers(), data.null_count, data.offset)


def _cut(data: Any) -> Any:
    """Decimals cut off to whole numbers of no more digits than they have."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return _narrow(pc.trunc(data).cast(pa.decimal128(max(1, data.type.precision - data.type.scale), 0)))
