"""JMESPath as a path language; what it takes is loaded with the first path, so that csv and xml start sooner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from crosswalk import CompiledPath, PathLanguage, PathWarning

if TYPE_CHECKING:
    from .jmespath_parser import Node

_TEXT_ARGUMENTS = {"contains": (1,), "starts_with": (1,), "ends_with": (1,), "join": (0,)}


class JmesPath(PathLanguage):
    """JMESPath, the whole specification; scope variables may only start a path."""

    name = "jmespath"

    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        """Compile one path; `segments` is set for names and indexes (`()` for `@`)."""
        from .jmespath_compiled import compiled

        return compiled(text)

    def reads(self, text: str, namespaces: Mapping[str, str]) -> list[tuple[str, bool]]:
        """The plain paths in an expression: `items[?on].sku` reads `items[].sku`, and `items[].on` to decide."""
        from .jmespath_parser import parse
        from .jmespath_reads import reads

        return reads(parse(text))

    def lint(self, text: str, namespaces: Mapping[str, str]) -> list[PathWarning]:
        """M411: double quotes where a text was probably meant. M412: projections side by side that may misalign."""
        from .jmespath_parser import parse

        return [warning for node in _walk(parse(text)) for warning in (*_quotes(node, text), *_misaligned(node))]


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
