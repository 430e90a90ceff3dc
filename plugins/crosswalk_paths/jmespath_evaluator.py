"""JMESPath syntax tree to nested Python closures: compiled once, then one call per record, no interpreter.

The meaning is that of the specification (and of `jmespath.visitor.TreeInterpreter`), with strict booleans, exact
decimals, and ordering defined on numbers only. `None` stands for null throughout.
"""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable
from typing import Any

from crosswalk import DataError, PathError

from .jmespath_functions import EXPRESSION, FUNCTIONS, Function
from .jmespath_parser import Node
from .jmespath_values import equal, is_number, ordered, truthy

Evaluate = Callable[[Any], Any]


def build(node: Node) -> Evaluate:
    """A function from the context to the result; raises PathError for calls that can never succeed."""
    kind = node["type"]
    maker = _MAKERS.get(kind)
    if maker is None:
        raise PathError("& gives an expression to a function such as sort_by(); it has no value of its own")
    return maker(node)


def _identity(node: Node) -> Evaluate:
    return _itself


def _itself(value: Any) -> Any:
    return value


def _field(node: Node) -> Evaluate:
    name = node["value"]
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _index(node: Node) -> Evaluate:
    at = node["value"]

    def evaluate(value: Any) -> Any:
        return value[at] if isinstance(value, list) and -len(value) <= at < len(value) else None

    return evaluate


def _slice(node: Node) -> Evaluate:
    if node["children"][2] == 0:
        raise PathError("the step of a slice cannot be 0")
    cut = slice(*node["children"])
    return lambda value: value[cut] if isinstance(value, list) else None


def _literal(node: Node) -> Evaluate:
    found = node["value"]
    return lambda value: found


def _chain(node: Node) -> Evaluate:
    children = node["children"]
    if all(child["type"] == "field" for child in children):
        return _fields(tuple(child["value"] for child in children))
    steps = [build(child) for child in children]
    if len(steps) == 2:
        first, second = steps
        return lambda value: second(first(value))

    def evaluate(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return evaluate


def _fields(names: tuple[str, ...]) -> Evaluate:
    def evaluate(value: Any) -> Any:
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return evaluate


def _projection(node: Node) -> Evaluate:
    base, each = build(node["children"][0]), build(node["children"][1])

    def evaluate(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [one for item in found if (one := each(item)) is not None]

    return evaluate


def _value_projection(node: Node) -> Evaluate:
    base, each = build(node["children"][0]), build(node["children"][1])

    def evaluate(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, dict):
            return None
        return [one for item in found.values() if (one := each(item)) is not None]

    return evaluate


def _filter_projection(node: Node) -> Evaluate:
    base, each, test = (build(child) for child in node["children"])

    def evaluate(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [one for item in found if truthy(test(item)) and (one := each(item)) is not None]

    return evaluate


def _flatten(node: Node) -> Evaluate:
    base = build(node["children"][0])

    def evaluate(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        flat: list[Any] = []
        for item in found:
            if isinstance(item, list):
                flat.extend(item)
            else:
                flat.append(item)
        return flat

    return evaluate


def _comparator(node: Node) -> Evaluate:
    sign = node["value"]
    left, right = (build(child) for child in node["children"])
    literal = node["children"][1]
    if sign == "eq" and literal["type"] == "literal" and isinstance(literal["value"], str):
        text = literal["value"]
        return lambda value: left(value) == text
    if sign == "eq":
        return lambda value: equal(left(value), right(value))
    if sign == "ne":
        return lambda value: not equal(left(value), right(value))
    compare = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}[sign]

    def evaluate(value: Any) -> Any:
        one, other = left(value), right(value)
        if not is_number(one) or not is_number(other):
            return None
        return compare(*ordered(one, other))

    return evaluate


def _or(node: Node) -> Evaluate:
    left, right = (build(child) for child in node["children"])
    return lambda value: found if truthy(found := left(value)) else right(value)


def _and(node: Node) -> Evaluate:
    left, right = (build(child) for child in node["children"])
    return lambda value: right(value) if truthy(found := left(value)) else found


def _not(node: Node) -> Evaluate:
    inner = build(node["children"][0])
    return lambda value: not truthy(inner(value))


def _multi_select_list(node: Node) -> Evaluate:
    members = [build(child) for child in node["children"]]
    return lambda value: None if value is None else [member(value) for member in members]


def _multi_select_dict(node: Node) -> Evaluate:
    members = [(child["value"], build(child["children"][0])) for child in node["children"]]
    return lambda value: None if value is None else {name: member(value) for name, member in members}


def _call(node: Node) -> Evaluate:
    function = _function(node)
    arguments = [_argument(function, index, child, node) for index, child in enumerate(node["children"])]
    call, refusal = function.call, function.refusal
    if len(arguments) == 1:
        (only,) = arguments

        def single(value: Any) -> Any:
            found = only(value)
            if problem := refusal(0, found):
                raise DataError("M313", problem, found)
            return call(found)

        return single
    expressions = {i for i, child in enumerate(node["children"]) if child["type"] == "expref"}

    def evaluate(value: Any) -> Any:
        found = [argument(value) for argument in arguments]
        for index, each in enumerate(found):
            if index not in expressions and (problem := refusal(index, each)):
                raise DataError("M313", problem, each)
        return call(*found)

    return evaluate


def _refused(call: Node, message: str, fix: str = "") -> PathError:
    return PathError(message, offset=call["start"], length=call["end"] - call["start"], fix=fix)


def _function(node: Node) -> Function:
    name, given = node["value"], len(node["children"])
    function = FUNCTIONS.get(name)
    if function is None:
        near = difflib.get_close_matches(name, FUNCTIONS, 1)
        fix = f"did you mean {near[0]}()?" if near else "functions: " + ", ".join(FUNCTIONS)
        raise _refused(node, f"{name}() is not a JMESPath function", fix)
    wanted = len(function.takes)
    if given < wanted or (given > wanted and not function.variadic):
        least = "at least " if function.variadic else ""
        plural = "" if wanted == 1 else "s"
        raise _refused(node, f"{name}() takes {least}{wanted} argument{plural}, here are {given}")
    return function


def _argument(function: Function, index: int, node: Node, call: Node) -> Evaluate:
    wanted = function.takes[min(index, len(function.takes) - 1)]
    if wanted == EXPRESSION:
        if node["type"] != "expref":
            fix = "put & before the argument"
            raise _refused(call, f"argument {index + 1} of {function.name}() is {EXPRESSION}", fix)
        inner = build(node["children"][0])
        return lambda value: inner
    if node["type"] == "expref":
        raise _refused(call, f"argument {index + 1} of {function.name}() is {wanted}, not an expression")
    if node["type"] == "literal" and (problem := function.refusal(index, node["value"])):
        raise _refused(call, problem)
    return build(node)


_MAKERS: dict[str, Callable[[Node], Evaluate]] = {
    "identity": _identity,
    "current": _identity,
    "field": _field,
    "index": _index,
    "slice": _slice,
    "literal": _literal,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "projection": _projection,
    "value_projection": _value_projection,
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "comparator": _comparator,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
    "multi_select_list": _multi_select_list,
    "multi_select_dict": _multi_select_dict,
    "function_expression": _call,
}
