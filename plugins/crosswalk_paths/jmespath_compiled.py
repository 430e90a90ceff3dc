"""Compiled JMESPath: plain paths are names and indexes, everything else is an evaluator and what it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crosswalk import MISSING, Comparison, CompiledPath, Extreme, Projection

from .jmespath_evaluator import build
from .jmespath_needs import needs_of
from .jmespath_parser import Node, parse
from .jmespath_values import truthy


class PlainPath(CompiledPath):
    """Names and indexes only: a null that is there is None, anything that is not there is MISSING."""

    def __init__(self, segments: tuple[str | int, ...]) -> None:
        self.segments = segments

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """The value at the end of the path; MISSING where a name, an index or an object on the way is not there."""
        assert self.segments is not None
        for segment in self.segments:
            if type(segment) is str:
                if not isinstance(context, dict):
                    return MISSING
                context = context.get(segment, MISSING)
            elif isinstance(context, list) and -len(context) <= segment < len(context):  # type: ignore[operator]
                context = context[segment]  # type: ignore[index]
            else:
                return MISSING
        return context


class Expression(CompiledPath):
    """Any other JMESPath: a null result counts as missing."""

    definite = False

    def __init__(self, tree: Node) -> None:
        self._evaluate = build(tree)
        self.projection = projection_of(tree)
        self.needs = needs_of(tree)

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """The result, MISSING for null. Raises DataError M313 when a function gets a value of another type."""
        found = self._evaluate(None if context is MISSING else context)
        return MISSING if found is None else found


class Test(CompiledPath):
    """The condition of a filter: whether its value counts as true."""

    def __init__(self, tree: Node) -> None:
        self._evaluate = build(tree)
        self.needs = needs_of(tree, test=True)

    def value(self, context: Any, variables: Mapping[str, Any]) -> bool:
        """True or False. Raises DataError M313 when a function gets a value of another type."""
        return truthy(self._evaluate(None if context is MISSING else context))


def compiled(text: str) -> CompiledPath:
    """The path of a text; `segments` is set for names and indexes (`()` for `@`)."""
    tree = parse(text)
    segments = plain_segments(tree)
    return PlainPath(segments) if segments is not None else Expression(tree)


def plain_segments(node: Node) -> tuple[str | int, ...] | None:
    """The names and indexes of a tree that holds nothing else, else None."""
    kind = node["type"]
    if kind in ("identity", "current"):
        return ()
    if kind in ("field", "index"):
        return (node["value"],)
    if kind not in ("subexpression", "index_expression"):
        return None
    found: tuple[str | int, ...] = ()
    for child in node["children"]:
        part = plain_segments(child)
        if part is None:
            return None
        found += part
    return found


def projection_of(node: Node) -> Projection | None:
    """The tree as names through lists, None when there is more to it."""
    kind, children = node["type"], node["children"]
    if kind in ("subexpression", "index_expression", "pipe") and len(children) > 1:
        before, last = {**node, "children": children[:-1]}, children[-1]
        lead, inner = plain_segments(before), projection_of(last)
        if lead is not None:
            return _after(lead, inner) if inner is not None else None
        rest = before if len(children) > 2 else children[0]
        then, listed = plain_segments(last), projection_of(rest) or _by_key(rest)
        on_item = listed is not None and (listed.extreme is not None or bool(listed.then))
        if inner is not None and listed is not None and (on_item or kind == "pipe"):
            return _below(listed, inner)
        if listed is None or then is None or (listed.extreme is not None and not (then or listed.then)):
            return None
        return replace(listed, then=(*listed.then, *then))
    if kind == "function_expression":
        found_by = _by_key(node)
        return found_by if found_by is not None and found_by.extreme is None else None
    if kind not in ("projection", "filter_projection"):
        return None
    first, each = children[0], plain_segments(children[1])
    flat = kind == "projection" and first["type"] == "flatten"
    base = first["children"][0] if flat else first
    found = plain_segments(base)
    from_, below = projection_of(base) if found is None else found, projection_of(children[1]) if each is None else each
    if from_ is None or below is None:
        return None
    if kind == "projection":
        return Projection(from_, below, flat)
    return Projection(from_, below, False, Test(children[2]), comparison_of(children[2]))


def _by_key(node: Node) -> Projection | None:
    """The tree as a list in order of a plain key, forwards or backwards, or as one item of it, of use where no more
    than members of that are asked for."""
    if node["type"] == "function_expression" and node["value"] == "reverse":
        turned = _by_key(node["children"][0])
        plain = turned is not None and turned.order is not None and turned.extreme is None and not turned.backwards
        return replace(turned, backwards=True) if turned is not None and plain else None
    if node["type"] != "function_expression" or node["value"] not in ("max_by", "min_by", "sort_by"):
        return None
    over, by = node["children"]
    base, key = plain_segments(over), plain_segments(by["children"][0])
    listed = Projection(base, ()) if base is not None else projection_of(over)
    if listed is None or listed.then or key is None:
        return None
    if node["value"] == "sort_by":
        return replace(listed, order=key) if listed.order is None else Projection(listed, (), order=key)
    return replace(listed, extreme=Extreme(key, node["value"] == "max_by"))


def comparison_of(node: Node) -> Comparison | None:
    """The condition of a filter as a comparison with a text or a whole number, None when it is anything else."""
    if node["type"] != "comparator":
        return None
    left, right = node["children"]
    path, constant = plain_segments(left), right.get("value")
    if path is None or right["type"] != "literal" or type(constant) not in (str, int):
        return None
    return Comparison(path, node["value"], constant)


def _below(item: Projection, inner: Projection) -> Projection:
    """A path through lists that starts at what another finds."""
    if isinstance(inner.base, Projection):
        return replace(inner, base=_below(item, inner.base))
    return replace(inner, base=replace(item, then=(*item.then, *inner.base)))


def _after(lead: tuple[str | int, ...], inner: Projection) -> Projection:
    base = (*lead, *inner.base) if isinstance(inner.base, tuple) else _after(lead, inner.base)
    return replace(inner, base=base)
