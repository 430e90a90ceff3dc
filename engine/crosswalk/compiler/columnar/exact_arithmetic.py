"""`calc` with decimals over columns: kernels where every result surely fits them, with the digits that Python gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...arrow_decimals import MOST_DIGITS, exact_decimals, exact_scalar
from ...lean import lean_dataclass
from .. import calc
from .column import either

_CHECKED = {"+": pc.add_checked, "-": pc.subtract_checked, "*": pc.multiply_checked}


class _NotHere(Exception):
    """Something that these kernels do not do."""


@lean_dataclass
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
        return made.data.cast(pa.decimal128(MOST_DIGITS, made.data.type.scale)), made.unsure
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
    if node.op not in _CHECKED:
        raise _NotHere
    left, right = _value(node.left, columns), _value(node.right, columns)
    unsure = either(left.unsure, right.unsure)
    if _is_whole(left) and _is_whole(right):
        return _Operand(_CHECKED[node.op](left.data, right.data), unsure)
    found = exact_decimals(node.op, left.data, right.data)
    if found is None:
        raise _NotHere
    return _Operand(found[0], either(unsure, found[1]))


def _constant(value: Any) -> Any:
    made = exact_scalar(value)
    if made is None:
        raise _NotHere
    return made


def _is_whole(operand: _Operand) -> bool:
    return bool(pa.types.is_int64(operand.data.type))
