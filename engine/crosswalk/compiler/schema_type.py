"""A JSON Schema as a FieldType: what `target.schema` tells of outputs that pass it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .field_type import ANY, NULL, OBJECT, FieldType, join_all

_OF_SCHEMA: dict[Any, FieldType] = {
    "string": FieldType("string", False),
    "integer": FieldType("integer", False),
    "number": FieldType("number", False),
    "boolean": FieldType("boolean", False),
    "array": FieldType("list", False),
    "object": OBJECT.null(False),
    "null": NULL,
}


def by_schema(known: FieldType, schema: Any) -> FieldType:
    """A type made narrower by the JSON Schema that the value passes; only `type`, `items`, `properties` are looked at.

    `required` keeps a member from being missing.
    """
    if not isinstance(schema, Mapping):
        return known
    given = schema.get("type")
    names = given if isinstance(given, list) else [given]
    said = join_all(_OF_SCHEMA.get(name, ANY) for name in names)
    found = said.null(known.nullable) if known.kind == "any" else known
    if found.kind == "list":
        return replace(found, item=by_schema(found.item or ANY, schema.get("items")))
    if found.kind != "object":
        return found
    properties = schema.get("properties")
    members = dict(found.members)
    for name, inner in (properties if isinstance(properties, Mapping) else {}).items():
        if name in members or found.open:
            members[name] = by_schema(members.get(name, ANY), inner)
            if name in schema.get("required", ()) and not _takes_null(inner):
                members[name] = members[name].null(False)
    return replace(found, members=tuple(members.items()))


def _takes_null(schema: Any) -> bool:
    given = schema.get("type") if isinstance(schema, Mapping) else None
    return given is None or "null" in (given if isinstance(given, list) else [given])
