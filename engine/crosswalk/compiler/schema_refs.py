"""References of a JSON Schema that lead nowhere, or back to where they stand without looking into the value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from ..spec.pointer import join

_REFERENCES = ("$ref", "$dynamicRef")
_SAME = frozenset(("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"))
"""Keywords whose schemas hold for the same value."""
_PARTS = frozenset(
    (
        "items", "prefixItems", "contains", "unevaluatedItems", "properties", "patternProperties",
        "additionalProperties", "unevaluatedProperties", "propertyNames",
    )
)  # fmt: skip
"""Keywords whose schemas hold for parts of the value."""
_BY_NAME = frozenset(("properties", "patternProperties", "dependentSchemas"))


class BadRef(NamedTuple):
    """A reference that cannot be followed: where in the schema it stands, and why."""

    pointer: str
    message: str
    fix: str = ""


def bad_refs(schema: Any) -> list[BadRef]:
    """Of the references that a value may come to: those that lead out of the schema, nowhere, or round in a circle."""
    from jsonschema_specifications import REGISTRY
    from referencing.jsonschema import DRAFT202012

    search = _Search()
    search.waiting.append((schema, "", "", REGISTRY.resolver_with_root(DRAFT202012.create_resource(schema))))
    while search.waiting:
        search.visit(*search.waiting.pop())
    return search.found


class _Search:
    def __init__(self) -> None:
        self.found: list[BadRef] = []
        self.waiting: list[tuple[Any, str, str, Any]] = []
        """Schemas of parts of a value, where they stand, where the schema begins that has their `$id`, its resolver."""
        self._done: set[int] = set()
        self._around: set[int] = set()
        """The schemas that hold for the same value as the one at hand, and led to it."""

    def visit(self, schema: Any, pointer: str, home: str, resolver: Any) -> None:
        if not isinstance(schema, dict) or id(schema) in self._done:
            return
        if "$id" in schema and pointer:
            from referencing.jsonschema import DRAFT202012

            home, resolver = pointer, resolver.in_subresource(DRAFT202012.create_resource(schema))
        self._around.add(id(schema))
        for keyword in _REFERENCES:
            if isinstance(schema.get(keyword), str):
                self._follow(schema[keyword], join(pointer, keyword), home, resolver)
        for part, place in _schemas(schema, _SAME, pointer):
            self.visit(part, place, home, resolver)
        self._around.discard(id(schema))
        self._done.add(id(schema))
        self.waiting += [(part, place, home, resolver) for part, place in _schemas(schema, _PARTS, pointer)]

    def _follow(self, ref: str, pointer: str, home: str, resolver: Any) -> None:
        from referencing.exceptions import Unresolvable

        try:
            there = resolver.lookup(ref)
        except Unresolvable:
            out = not ref.startswith("#")
            why = "leads out of the schema" if out else "names nothing in the schema"
            self.found.append(BadRef(pointer, f'"{ref}" {why}', 'copy what it names into "$defs"' if out else ""))
            return
        if id(there.contents) in self._around:
            message = f'"{ref}" leads back to where it stands, so that no value can be checked'
            self.found.append(BadRef(pointer, message, "refer to it from a member or an item"))
        elif not isinstance(there.contents, dict | bool):
            self.found.append(BadRef(pointer, f'"{ref}" does not name a schema'))
        else:
            within = ref == "#" or ref.startswith("#/")
            self.visit(there.contents, home + unquote(ref[1:]) if within else pointer, home, there.resolver)


def _schemas(schema: dict[str, Any], keywords: frozenset[str], pointer: str) -> Iterator[tuple[Any, str]]:
    for keyword, held in schema.items():
        if keyword not in keywords:
            continue
        place = join(pointer, keyword)
        if isinstance(held, list):
            yield from ((part, join(place, at)) for at, part in enumerate(held))
        elif keyword in _BY_NAME:
            yield from ((part, join(place, name)) for name, part in held.items())
        else:
            yield held, place
