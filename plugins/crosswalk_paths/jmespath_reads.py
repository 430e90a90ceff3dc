"""What a JMESPath expression reads: the plain paths in it, for lineage."""

from __future__ import annotations

import re

from .jmespath_parser import Node

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def reads(tree: Node) -> list[tuple[str, bool]]:
    """Each path once, in the order of the text, with whether the value is made of it (else it only decides)."""
    reader = _Reader()
    made = reader.of(tree, [""])
    found = dict.fromkeys((path or "@", True) for path in made)
    found.update(dict.fromkeys((path or "@", path in made) for path in reader.deciding))
    return list(found)


class _Reader:
    def __init__(self) -> None:
        self.deciding: list[str] = []

    def of(self, node: Node, bases: list[str]) -> list[str]:
        """The paths that the result of a node is made of, where it starts at one of `bases`."""
        kind, children = node["type"], node["children"]
        if kind in ("identity", "current"):
            return bases
        if kind == "literal":
            return []
        if kind == "field":
            return [_joined(base, node["value"]) for base in bases]
        if kind == "index":
            # The n-th of what a projection found is not the n-th of any list.
            return [base if "*" in base or "[]" in base else f"{base}[{node['value']}]" for base in bases]
        if kind == "slice":
            return bases
        if kind in ("subexpression", "index_expression", "pipe"):
            for child in children:
                bases = self.of(child, bases)
            return bases
        if kind in ("projection", "value_projection", "filter_projection"):
            suffix = ".*" if kind == "value_projection" else "[]"
            items = [f"{base}{suffix}" if base else suffix.lstrip(".") for base in self.of(children[0], bases)]
            if kind == "filter_projection":
                self.deciding += self.of(children[2], items)
            return self.of(children[1], items)
        if kind == "flatten":
            # The projection around it adds the brackets.
            return [base.removesuffix("[]") for base in self.of(children[0], bases)]
        if kind == "function_expression":
            return self._call(node["value"], children, bases)
        return [path for child in children for path in self.of(child, bases)]

    def _call(self, name: str, arguments: list[Node], bases: list[str]) -> list[str]:
        plain = [a for a in arguments if a["type"] != "expref"]
        found = [path for argument in plain for path in self.of(argument, bases)]
        for argument in arguments:
            if argument["type"] == "expref":
                inner = self.of(argument["children"][0], [f"{path}[]" for path in found])
                if name == "map":
                    return inner
                self.deciding += inner
        return found


def _joined(base: str, name: str) -> str:
    shown = name if _PLAIN_NAME.fullmatch(name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{base}.{shown}" if base else shown
