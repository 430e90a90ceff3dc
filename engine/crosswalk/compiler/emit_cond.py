"""Conditions as code."""

from __future__ import annotations

from .emitter import Emitter
from .ops_calc import NUMBERS
from .ops_compare import OPERATORS
from .plan_step import AllCond, AnyCond, CallStep, Cond, ExprCond, NotCond, OpTest, PathCond

_ORDER = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def emit_cond(e: Emitter, cond: Cond, local: str) -> None:
    """Set `local` to True or False; what cannot be compared raises M320."""
    w = e.w
    if isinstance(cond, PathCond):
        value = w.temp()
        e.path(cond.path, value)
        if cond.path.var is not None and cond.path.var.origin == "let":
            w(f"if {value} is POISON: raise Poisoned")
        _cast(e, cond.cast, value, cond.path.text)
        w.mark(cond.pointer, value, cond.path.text)
        emit_tests(e, cond.tests, value, local, cond.cast)
    elif isinstance(cond, AllCond):
        _chain(e, cond.parts, local, "", "True")
    elif isinstance(cond, AnyCond):
        _chain(e, cond.parts, local, "not ", "False")
    elif isinstance(cond, NotCond):
        emit_cond(e, cond.part, local)
        w(f"{local} = not {local}")
    elif isinstance(cond, ExprCond):
        value = w.temp()
        e.path(cond.path, value)
        w(f"{local} = truth({value})")


def _chain(e: Emitter, parts: list[Cond], local: str, test: str, empty: str) -> None:
    if not parts:
        e.w(f"{local} = {empty}")
        return
    emit_cond(e, parts[0], local)
    for part in parts[1:]:
        with e.w.block(f"if {test}{local}:"):
            emit_cond(e, part, local)


def _cast(e: Emitter, cast: CallStep | None, value: str, path: str) -> None:
    if cast is not None:
        from .emit_steps import emit_steps

        e.w.path = path
        emit_steps(e, [cast], value)
        e.w.path = ""


def emit_tests(e: Emitter, tests: list[OpTest], value: str, local: str, cast: CallStep | None = None) -> None:
    """Set `local` to whether all tests hold for the value; `cast` is for operands that paths give."""
    parts = [_test(e, test, value, cast) for test in tests]
    e.w(f"{local} = {' and '.join(parts) if parts else 'True'}")


def _test(e: Emitter, test: OpTest, value: str, cast: CallStep | None) -> str:
    w = e.w
    if test.op == "present":
        known = f"({value} is not M and {value} is not None)"
        return known if test.operand else f"(not {known})"
    if test.op == "missing":
        return f"({value} is {'' if test.operand else 'not '}M)"
    function = w.const(OPERATORS[test.op], "O")
    if test.path is not None:
        operand = w.temp()
        e.path(test.path, operand)
        _cast(e, cast, operand, test.path.text)
        w.mark(test.pointer, value)
        return f"{function}({value}, {operand})"
    operand = w.const(test.operand)
    slow = f"{function}({value}, {operand})"
    kind = type(test.operand)
    if kind is str and test.op in ("eq", "ne"):
        return f"({value} {'==' if test.op == 'eq' else '!='} {operand} if type({value}) is str else {slow})"
    if kind is bool and test.op == "eq":
        return f"({value} is {operand} if type({value}) is bool else {slow})"
    if kind in NUMBERS and test.op in (*_ORDER, "eq"):
        sign = _ORDER.get(test.op, "==")
        # A float and a decimal compare by their digits, which the function does.
        quick = f"type({value}) in NUMBERS" if kind is int else f"type({value}) is {kind.__name__}"
        return f"({value} {sign} {operand} if {quick} else {slow})"
    if test.op == "in" and all(type(item) is str for item in test.operand):
        members = w.const(frozenset(test.operand))
        return f"({value} in {members} if type({value}) is str else {slow})"
    return slow
