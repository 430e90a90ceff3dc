"""`calc` with decimals over columns: kernels where every result surely fits them, with the digits that Python gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import calc
from .column import either, single

_CHECKED = {"+": pc.add_checked, "-": pc.subtract_checked, "*": pc.multiply_checked}
_PLAIN = {"+": pc.add, "-": pc.subtract, "*": pc.multiply}
_WIDE = Context(prec=100)
_MOST_DIGITS = 38
"""Of a decimal in a column; Python's results have up to 76."""


class _NotHere(Exception):
    """Something that these kernels do not do."""


@dataclass(slots=True)
class _Operand:
    """An array or scalar of integers or decimals; `unsure`: where Python's result is a negative zero, which a column
    does not hold."""

    data: Any
    unsure: Any = None


def exact_numbers(tree: calc.Node, columns: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """The results as decimals of 38 digits and a mask of those that are not sure; None where kernels do not suffice."""
    try:
        made = _value(tree, columns)
        if not isinstance(made.data, pa.Array) or not pa.types.is_decimal128(made.data.type):
            return None
        return made.data.cast(pa.decimal128(_MOST_DIGITS, made.data.type.scale)), made.unsure
    except (_NotHere, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _value(node: calc.Node, columns: Mapping[str, Any]) -> _Operand:
    if isinstance(node, calc.Num):
        return _Operand(_constant(node.value))
    if isinstance(node, calc.Ref):
        data = columns[node.name]
        if not pa.types.is_int64(data.type) and not pa.types.is_decimal128(data.type):
            raise _NotHere
        return _Operand(data)
    if isinstance(node, calc.Neg):
        part = _value(node.part, columns)
        return _Operand((pc.negate_checked if _is_whole(part) else pc.negate)(part.data), part.unsure)
    if node.op not in _PLAIN:
        raise _NotHere
    left, right = _value(node.left, columns), _value(node.right, columns)
    unsure = either(left.unsure, right.unsure)
    if _is_whole(left) and _is_whole(right):
        return _Operand(_CHECKED[node.op](left.data, right.data), unsure)
    one, other = _narrow(left.data), _narrow(right.data)
    _check_digits(node.op, one.type, other.type)
    made = _PLAIN[node.op](one, other)
    if node.op == "*":
        negative = pc.xor(_is_negative(one), _is_negative(other))
        zero = pc.and_(pc.equal(made, _zero(made.type)), negative)
        if isinstance(zero, pa.Array):
            zero = zero.fill_null(single(False))
            unsure = either(unsure, zero if zero.true_count else None)
    return _Operand(made, unsure)


def _constant(value: Any) -> Any:
    if type(value) is int and -(2**63) <= value < 2**63:
        return pa.scalar(value, pa.int64())
    if not isinstance(value, Decimal):
        raise _NotHere
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or exponent > 0 or not value or max(len(digits), -exponent) > _MOST_DIGITS:
        raise _NotHere
    scale = -exponent
    return pa.scalar(value, pa.decimal128(max(len(digits), scale, 1), scale))


def _is_whole(operand: _Operand) -> bool:
    return bool(pa.types.is_int64(operand.data.type))


def _narrow(data: Any) -> Any:
    """The numbers as decimals of no more digits than the largest has: of wider ones, results would be too wide."""
    scale = 0 if pa.types.is_int64(data.type) else data.type.scale
    if isinstance(data, pa.Scalar):
        value = data.as_py()
        return data if scale or not isinstance(value, int) else pa.scalar(value, pa.decimal128(len(str(abs(value))), 0))
    ends = pc.min_max(data).as_py()
    largest = max((abs(int(Decimal(end).scaleb(scale, _WIDE))) for end in ends.values() if end is not None), default=0)
    digits = max(len(str(largest)), scale, 1)
    if digits > _MOST_DIGITS:
        raise _NotHere
    wide = data.cast(pa.decimal128(19, 0)) if pa.types.is_int64(data.type) else data
    return wide.cast(pa.decimal128(digits, scale))


def _check_digits(op: str, one: Any, other: Any) -> None:
    if op == "*":
        digits = one.precision + other.precision + 1
    else:
        scale = max(one.scale, other.scale)
        digits = max(one.precision - one.scale, other.precision - other.scale) + scale + 1
    if digits > _MOST_DIGITS:
        raise _NotHere


def _is_negative(data: Any) -> Any:
    return pc.less(data, _zero(data.type))


def _zero(kind: Any) -> Any:
    return pa.scalar(Decimal(0).scaleb(-kind.scale), kind)
