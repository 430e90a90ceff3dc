"""Calculations and templates as code, the common case (integers, texts) on a path of its own."""

from __future__ import annotations

from . import calc
from .builder import at
from .emitter import Emitter
from .plan import Calc, Field, Template

_FUNCTIONS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod"}


def emit_template(e: Emitter, origin: Template, field: Field, local: str) -> None:
    """Set `local` to the text with its holes filled, or to what `if_missing` says."""
    w = e.w
    shown: list[str] = []
    values: list[str] = []
    for part in origin.parts:
        if isinstance(part, str):
            shown.append(part.replace("{", "{{").replace("}", "}}"))
            continue
        value = w.temp()
        e.path(part, value)
        values.append(value)
        shown.append("{" + value + "}")
    joined = "f" + repr("".join(shown))
    if not values:
        w(f"{local} = {joined}")
        return
    w.mark(field.pointer, local)
    w(f"if {' and '.join(f'type({value}) is str' for value in values)}: {local} = {joined}")
    with w.block("else:"):
        for value, part in zip(values, (p for p in origin.parts if not isinstance(p, str)), strict=True):
            w.mark(part.pointer, value, part.text, "template")
            if origin.if_missing == "empty":
                w(f'if {value} is M or {value} is None: {value} = ""')
            elif origin.if_missing == "error":
                w(f"if {value} is M or {value} is None: required({value})")
            w(f"if {value} is not M and {value} is not None: {value} = text({value})")
        w.mark(field.pointer, local)
        absent = " or ".join(f"{value} is M or {value} is None" for value in values)
        w(f"{local} = None if {absent} else {joined}")


def emit_calc(e: Emitter, origin: Calc, field: Field, local: str) -> None:
    """Set `local` to the result; a missing or null operand makes it missing or null."""
    w = e.w
    names: dict[str, str] = {}
    for name, path in origin.variables.items():
        names[name] = w.temp()
        e.path(path, names[name])
    w.mark(field.pointer, local, "", "calc")
    integral = bool(names) and _is_integral(origin.tree)
    if integral:
        with w.block(f"if {' and '.join(f'type({value}) is int' for value in names.values())}:"):
            w(f"{local} = {_integer(e, origin.tree, names)}")
        w("else:")
        w.indent()
    if names:
        w(f"{local} = M if {' or '.join(f'{v} is M' for v in names.values())} else None")
        with w.block(f"if {' and '.join(f'{v} is not M and {v} is not None' for v in names.values())}:"):
            w(f"{local} = {_operand(e, origin.tree, names)}")
    else:
        w(f"{local} = {_operand(e, origin.tree, names)}")
    if integral:
        w.dedent()
    if w.tracing:
        w(f"T({at(field.pointer, 'calc')!r}, 'calc', {local})")


def _is_integral(node: calc.Node) -> bool:
    """Whether integers give an integer: sums, differences and products without a decimal constant."""
    if isinstance(node, calc.Bin):
        return node.op in "+-*" and _is_integral(node.left) and _is_integral(node.right)
    if isinstance(node, calc.Neg):
        return _is_integral(node.part)
    return not isinstance(node, calc.Num) or isinstance(node.value, int)


def _integer(e: Emitter, node: calc.Node, names: dict[str, str]) -> str:
    """An expression over integers, every operation checked against 64 bits."""
    if isinstance(node, calc.Num):
        return e.w.const(node.value)
    if isinstance(node, calc.Ref):
        return names[node.name]
    if isinstance(node, calc.Neg):
        inner = f"-({_integer(e, node.part, names)})"
    else:
        inner = f"({_integer(e, node.left, names)}) {node.op} ({_integer(e, node.right, names)})"
    result = e.w.temp()
    e.w(f"{result} = {inner}")
    e.w(f"if not INT64_MIN <= {result} <= INT64_MAX: overflow()")
    return result


def _operand(e: Emitter, node: calc.Node, names: dict[str, str]) -> str:
    """An expression over any numbers."""
    if isinstance(node, calc.Num):
        return e.w.const(node.value)
    if isinstance(node, calc.Ref):
        value = names[node.name]
        e.w(f"if type({value}) not in NUMBERS: neg({value})")
        return value
    if isinstance(node, calc.Neg):
        return f"neg({_operand(e, node.part, names)})"
    left, right = _operand(e, node.left, names), _operand(e, node.right, names)
    result = e.w.temp()
    e.w(f"{result} = {_FUNCTIONS[node.op]}({left}, {right})")
    return result
