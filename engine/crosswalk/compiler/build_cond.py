"""Conditions: `{path: tests}`, all, any, not, expr."""

from __future__ import annotations

import re
from typing import Any

from ..spec.near import near_name
from .build_path import build_path
from .builder import NOTES, Builder, at
from .casts import CASTS
from .plan_step import AllCond, AnyCond, CallStep, Cond, ExprCond, NotCond, OpTest, PathCond
from .scope import Scope

OPERATORS = (
    "eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", "starts_with", "ends_with", "contains", "matches",
    "present", "missing", "type",
)  # fmt: skip
_LISTS = ("in", "not_in")
_TEXTS = ("starts_with", "ends_with")
_FLAGS = ("present", "missing")


def build_cond(b: Builder, cond: Any, pointer: str, scope: Scope) -> Cond | None:
    """The plan of a condition, None after a problem."""
    if not isinstance(cond, dict) or b.broken(pointer):
        return None
    parts: list[Cond] = []
    for key, value in cond.items():
        place = at(pointer, key)
        if key in NOTES and isinstance(value, str):  # a note; a column of that name is compared with an operator
            continue
        part: Cond | None
        if key in ("all", "any") and isinstance(value, list):
            inner = [build_cond(b, c, at(place, i), scope) for i, c in enumerate(value)]
            known = [c for c in inner if c is not None]
            part = AllCond(known) if key == "all" else AnyCond(known)
        elif key == "not" and isinstance(value, dict):
            inside = build_cond(b, value, place, scope)
            part = NotCond(inside) if inside else None
        elif key == "expr" and isinstance(value, str):
            part = _expression(b, value, place, scope)
        else:
            part = _path_cond(b, key, value, place, scope)
        if part is not None:
            parts.append(part)
    return parts[0] if len(parts) == 1 else AllCond(parts)


def _expression(b: Builder, text: str, pointer: str, scope: Scope) -> Cond:
    inner = scope
    if scope.ctx.language != "jmespath":
        # An expression is always JMESPath, whatever the paths of the mapping are.
        ctx = b.context("jmespath", scope.ctx.parent)
        ctx.local = scope.ctx.local
        inner = scope.child(ctx)
    return ExprCond(build_path(b, text, pointer, inner), pointer)


def _path_cond(b: Builder, text: str, tests: Any, pointer: str, scope: Scope) -> Cond | None:
    if b.broken(pointer):
        return None
    path = build_path(b, text, pointer, scope)
    cast: CallStep | None = None
    if isinstance(tests, dict) and "as" in tests:
        from .build_steps import build_cast

        kind = tests["as"]
        if kind not in CASTS:
            b.unknown("M108", "type", str(kind), CASTS, at(pointer, "as"))
            return None
        cast = build_cast(b, kind, at(pointer, "as"), scope)
        tests = {op: value for op, value in tests.items() if op != "as"}
    return PathCond(path, cast, build_tests(b, tests, pointer, scope, cast), pointer)


def build_tests(b: Builder, tests: Any, pointer: str, scope: Scope, cast: CallStep | None = None) -> list[OpTest]:
    """The comparisons of one value: a literal means `eq`, an object names operators."""
    if not isinstance(tests, dict):
        if isinstance(tests, list):
            b.problem(
                "M108", "a list is compared with in", pointer, label="which operator?",
                fix='{ "in": [...] }',
            )  # fmt: skip
            return []
        return _test(b, "eq", tests, pointer, scope, cast)
    found: list[OpTest] = []
    for op, operand in tests.items():
        if op in NOTES:
            continue
        if op not in OPERATORS:
            near = near_name(op, OPERATORS)
            b.problem(
                "M102", f'unknown operator "{op}"', at(pointer, op), of="key",
                label=f'did you mean "{near}"?' if near else "not an operator",
                notes=("allowed here: " + ", ".join(OPERATORS) + ", as",), fix=f'"{near}"' if near else "",
            )  # fmt: skip
            continue
        found += _test(b, op, operand, at(pointer, op), scope, cast)
    return found


def _test(b: Builder, op: str, operand: Any, pointer: str, scope: Scope, cast: CallStep | None) -> list[OpTest]:
    if isinstance(operand, dict) and set(operand) == {"source"} and isinstance(operand["source"], str):
        return [OpTest(op, None, build_path(b, operand["source"], at(pointer, "source"), scope), pointer)]
    wrong = _operand_problem(op, operand)
    if wrong:
        b.problem("M108", f'"{op}" {wrong}', pointer, label="bad operand")
        return []
    if op == "matches":
        try:
            return [OpTest(op, re.compile(operand), None, pointer)]
        except re.error as error:
            b.problem("M108", f'"matches" needs a regular expression: {error}', pointer, label="does not compile")
            return []
    if cast is not None and op not in (*_FLAGS, "type", *_TEXTS, "contains"):
        try:
            if isinstance(operand, list):
                operand = [cast.bound(item) for item in operand]
            elif operand is not None:
                operand = cast.bound(operand)
        except Exception as error:
            message = getattr(error, "message", str(error))
            b.problem("M108", f"the operand does not fit the type: {message}", pointer, label="bad operand")
            return []
    return [OpTest(op, operand, None, pointer)]


def _operand_problem(op: str, operand: Any) -> str:
    if op in _FLAGS and not isinstance(operand, bool):
        return "takes true or false"
    if op in _LISTS and not isinstance(operand, list):
        return "takes a list"
    if op == "between" and not (isinstance(operand, list) and len(operand) == 2):
        return "takes a list of two: [lowest, highest]"
    if op in (*_TEXTS, "matches") and not isinstance(operand, str):
        return "takes a text"
    if op == "type" and operand not in (*CASTS, "null"):
        return f"takes one of {', '.join((*CASTS, 'null'))}"
    if isinstance(operand, dict):
        return 'takes a value, or { "source": path }'
    return ""
