"""`calc` and `template` over columns: checked kernels for plain numbers and texts, else the row engine's functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import DataError
from ...values import text_of
from .. import calc, ops_calc
from ..plan import Calc, Template
from .column import Column, Frame, Irregular, either, repeated, single, some
from .exact_arithmetic import exact_numbers
from .notes import Eval
from .odd_values import column_beside
from .values import texts_of, values_of

_CHECKED = {"+": pc.add_checked, "-": pc.subtract_checked, "*": pc.multiply_checked}
_FLOAT = {"+": pc.add, "-": pc.subtract, "*": pc.multiply}
_EXACT = {"+": ops_calc.add, "-": ops_calc.sub, "*": ops_calc.mul, "/": ops_calc.div, "%": ops_calc.mod}


def calc_eval(origin: Calc, path: Callable[[Any], Eval]) -> Eval:
    """The result; missing or null where an operand is."""
    reads = {name: path(plan) for name, plan in origin.variables.items()}
    tree, plain = origin.tree, _folded(origin.tree)

    def compute(frame: Frame) -> Column:
        columns = {name: read(frame) for name, read in reads.items()}
        missing = None
        present = repeated(True, frame.count)
        for column in columns.values():
            missing = either(missing, column.missing)
            present = pc.and_(present, column.data.is_valid())
        if any(pa.types.is_null(column.data.type) for column in columns.values()):
            return Column(pa.nulls(frame.count), missing)
        data = None
        if plain is not None:
            held = {name: column.data for name, column in columns.items()}
            data = _by_kernels(plain, held, frame.count)
            exact = exact_numbers(plain, held) if data is None else None
            if exact is not None:
                frame.doubt(exact[1])
                return Column(exact[0], missing)
        if data is None:
            return Column(_by_functions(frame, tree, columns, present), missing)
        bad = pc.and_(present, data.is_null()) if data.null_count else None
        if pa.types.is_float64(data.type):
            bad = either(bad, pc.invert(pc.is_finite(data).fill_null(True)))
        if some(bad):
            frame.doubt(bad)
        return Column(data, missing)

    return compute


def kernel_of(op: str) -> Callable[[Any, Any], tuple[Any, Any] | None]:
    """What calculates two arrays: the results, null where a value is, and a mask of those that are not sure (None: all
    are); None in place of both where kernels do not suffice."""
    tree = calc.Bin(op, calc.Ref("left", 0), calc.Ref("right", 0))

    def calculate(left: Any, right: Any) -> tuple[Any, Any] | None:
        held = {"left": left, "right": right}
        data = _by_kernels(tree, held, len(left))
        if data is None:
            return exact_numbers(tree, held)
        return data, pc.invert(pc.is_finite(data).fill_null(True)) if pa.types.is_float64(data.type) else None

    return calculate


def _folded(node: calc.Node) -> calc.Node | None:
    """The tree with the parts without variables worked out: whole numbers stay such, also beside floats, where a zero
    has no sign and sums have 64 bits. None where a part has no result."""
    if isinstance(node, calc.Neg):
        part = _folded(node.part)
        made: calc.Node | None = part and calc.Neg(part)
        parts = [part]
    elif isinstance(node, calc.Bin):
        left, right = _folded(node.left), _folded(node.right)
        made = left and right and calc.Bin(node.op, left, right)
        parts = [left, right]
    else:
        return node
    if made is None or not all(isinstance(part, calc.Num) for part in parts):
        return made
    try:
        return calc.Num(_exact(made, {}))
    except DataError:
        return None


def _by_kernels(tree: calc.Node, columns: dict[str, Any], count: int) -> Any:
    """The numbers, when integers or floats suffice; None when they do not."""
    kinds = {data.type for data in columns.values()}
    if not kinds or any(column.num_fields for column in kinds):
        return None
    if kinds <= {pa.int64()} and _whole(tree):
        operations = _CHECKED
    elif kinds == {pa.float64()} and _whole(tree):
        operations = _FLOAT
    else:
        return None
    try:
        made = _value(tree, columns, operations)
    except pa.ArrowInvalid:
        return None  # some result is beyond 64 bits: the functions find which
    return made if isinstance(made, pa.Array) else repeated(made.as_py(), count, made.type)


def _whole(node: calc.Node) -> bool:
    if isinstance(node, calc.Bin):
        return node.op in _CHECKED and _whole(node.left) and _whole(node.right)
    if isinstance(node, calc.Neg):
        return _whole(node.part)
    return not isinstance(node, calc.Num) or (isinstance(node.value, int) and abs(node.value) < 2**53)


def _value(node: calc.Node, columns: dict[str, Any], operations: dict[str, Any]) -> Any:
    if isinstance(node, calc.Num):
        return pa.scalar(node.value, pa.int64() if operations is _CHECKED else pa.float64())
    if isinstance(node, calc.Ref):
        return columns[node.name]
    if isinstance(node, calc.Neg):
        inner = _value(node.part, columns, operations)
        return pc.negate_checked(inner) if operations is _CHECKED else pc.negate(inner)
    return operations[node.op](_value(node.left, columns, operations), _value(node.right, columns, operations))


def _by_functions(frame: Frame, tree: calc.Node, columns: dict[str, Column], present: Any) -> Any:
    names = list(columns)
    lists = [values_of(frame.env, column) for column in columns.values()]
    rows = zip(*lists, strict=True) if lists else (() for _ in range(frame.count))
    found: list[Any] = []
    failed: list[int] = []
    for row, (values, there) in enumerate(zip(rows, present.to_pylist(), strict=True)):
        if not there:
            found.append(None)
            continue
        try:
            found.append(_exact(tree, dict(zip(names, values, strict=True))))
        except Exception:
            found.append(None)
            failed.append(row)
    return column_beside(frame, found, failed).data


def _exact(node: calc.Node, values: dict[str, Any]) -> Any:
    if isinstance(node, calc.Num):
        return node.value
    if isinstance(node, calc.Ref):
        value = values[node.name]
        if type(value) not in ops_calc.NUMBERS:
            ops_calc.neg(value)
        return value
    if isinstance(node, calc.Neg):
        return ops_calc.neg(_exact(node.part, values))
    return _EXACT[node.op](_exact(node.left, values), _exact(node.right, values))


def template_eval(origin: Template, path: Callable[[Any], Eval]) -> Eval:
    """The text with its holes filled; null where a value is absent, unless `if_missing` says otherwise."""
    parts = [single(part) if isinstance(part, str) else path(part) for part in origin.parts]
    nothing = single("")
    mode = origin.if_missing

    def compute(frame: Frame) -> Column:
        shown: list[Any] = []
        for part in parts:
            if isinstance(part, pa.Scalar):
                shown.append(part)
                continue
            column = part(frame)
            data = _texts(frame, column)
            if data.null_count:
                if mode == "empty":
                    data = data.fill_null(nothing)
                elif mode == "error":
                    frame.doubt(column.data.is_null())
            shown.append(data)
        if all(not isinstance(part, pa.Array) for part in shown):
            return Column(repeated("".join(part.as_py() for part in shown), frame.count, pa.string()))
        return Column(pc.binary_join_element_wise(*shown, nothing))

    return compute


def _texts(frame: Frame, column: Column) -> Any:
    data = column.data
    if column.members is not None or column.items is not None:
        raise Irregular
    if pa.types.is_string(data.type):
        return data
    if pa.types.is_null(data.type) or pa.types.is_int64(data.type) or pa.types.is_date32(data.type):
        return data.cast(pa.string())
    return texts_of(frame, column, text_of)
