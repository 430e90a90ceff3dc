"""JMESPath as a path language: plain paths become names and indexes, everything else a compiled evaluator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from crosswalk import MISSING, Comparison, CompiledPath, PathLanguage, PathWarning, Projection

from .jmespath_evaluator import build
from .jmespath_needs import needs_of
from .jmespath_parser import Node, parse
from .jmespath_reads import reads
from .jmespath_values import truthy

_TEXT_ARGUMENTS = {"contains": (1,), "starts_with": (1,), "ends_with": (1,), "join": (0,)}


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


class JmesPath(PathLanguage):
    """JMESPath, the whole specification; scope variables may only start a path."""

    name = "jmespath"

    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        """Compile one path; `segments` is set for names and indexes (`()` for `@`)."""
        tree = parse(text)
        segments = plain_segments(tree)
        return PlainPath(segments) if segments is not None else Expression(tree)

    def reads(self, text: str, namespaces: Mapping[str, str]) -> list[tuple[str, bool]]:
        """The plain paths in an expression: `items[?on].sku` reads `items[].sku`, and `items[].on` to decide."""
        return reads(parse(text))

    def lint(self, text: str, namespaces: Mapping[str, str]) -> list[PathWarning]:
        """M411: double quotes where a text was probably meant. M412: projections side by side that may misalign."""
        return [warning for node in _walk(parse(text)) for warning in (*_quotes(node, text), *_misaligned(node))]


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
        then, listed = plain_segments(last), projection_of(before if len(children) > 2 else children[0])
        return replace(listed, then=(*listed.then, *then)) if listed is not None and then is not None else None
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


def comparison_of(node: Node) -> Comparison | None:
    """The condition of a filter as a comparison with a text or a whole number, None when it is anything else."""
    if node["type"] != "comparator":
        return None
    left, right = node["children"]
    path, constant = plain_segments(left), right.get("value")
    if path is None or right["type"] != "literal" or type(constant) not in (str, int):
        return None
    return Comparison(path, node["value"], constant)


def _after(lead: tuple[str | int, ...], inner: Projection) -> Projection:
    base = (*lead, *inner.base) if isinstance(inner.base, tuple) else _after(lead, inner.base)
    return replace(inner, base=base)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _walk(child)


def _quotes(node: Node, text: str) -> Iterator[PathWarning]:
    suspects: list[Node] = []
    if node["type"] == "comparator":
        left, right = node["children"]
        suspects = [right] if right.get("quoted") else [left] if right["type"] != "literal" else []
    elif node["type"] == "function_expression":
        suspects = [node["children"][i] for i in _TEXT_ARGUMENTS.get(node["value"], ())]
    for suspect in suspects:
        if suspect.get("quoted"):
            start, end, name = suspect["start"], suspect["end"], suspect["value"]
            literal = "'" + name.replace("'", "\\'") + "'"
            yield PathWarning(
                "M411",
                f'"{name}" in double quotes is a field of this name, not a text',
                offset=start,
                length=end - start,
                fix=text[:start] + literal + text[end:],
            )


def _misaligned(node: Node) -> Iterator[PathWarning]:
    if node["type"] not in ("multi_select_list", "multi_select_dict"):
        return
    members = [child["children"][0] if child["type"] == "key_val_pair" else child for child in node["children"]]
    lists = [member for member in members if member["type"] in ("projection", "filter_projection")]
    if len(lists) > 1:
        yield PathWarning(
            "M412",
            f"{len(lists)} projections side by side: each drops its own nulls, so members may not belong together",
            offset=node["start"],
            length=node["end"] - node["start"],
            fix='project once (items[*].{a: a, b: b}), or walk the list with "each"',
        )
