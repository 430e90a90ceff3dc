"""The SCHEMA of what goes to a target: declared, or from what the mapping tells of its fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crosswalk import Context

from .errors import schema_wrong

# Many targets make columns of `type` and fail without one, so that even "any" names types. Whatever a mapping says of a
# field, it may be null or missing in a record.
_ANY = {"type": ["null", "boolean", "integer", "number", "string", "array", "object"]}
_OF_KIND: dict[str, dict[str, Any]] = {
    "string": {"type": ["null", "string"]},
    "integer": {"type": ["null", "integer"]},
    "decimal": {"type": ["null", "number"]},
    "float": {"type": ["null", "number"]},
    "number": {"type": ["null", "number"]},
    "boolean": {"type": ["null", "boolean"]},
    "date": {"type": ["null", "string"], "format": "date"},
    "datetime": {"type": ["null", "string"], "format": "date-time"},
    "time": {"type": ["null", "string"], "format": "time"},
    "bytes": {"type": ["null", "string"]},
    "null": {"type": ["null", "string"]},
    "list": {"type": ["null", "array"], "items": _ANY},
    "object": {"type": ["null", "object"]},
}


def schema_of(program: str, declared: dict[str, Any] | str | None, key: list[str], context: Context) -> dict[str, Any]:
    """The JSON Schema of the records: the one that the settings have, or else one made of the mapping's fields.

    What the mapping's `target.schema` says of a field is kept, unless it refers to other places. Fields of the key are
    never null. Raises ConnectorError C908 where nothing is known, or the key is not in it.
    """
    found = _declared(program, declared, context) if declared is not None else _of_types(context, key)
    properties = found.get("properties")
    if not isinstance(properties, dict) or not properties:
        what = "the schema has no properties" if declared is not None else "nothing tells what fields the records have"
        fix = 'use a mapping with fields, or declare them: "schema": {"properties": {"id": {"type": "integer"}}}'
        raise schema_wrong(program, what, fix)
    for name in key:
        if name not in properties:
            raise schema_wrong(program, f"the records have no field {name!r}, which is in the key", "see key")
    return {"type": "object", **found}


def _declared(program: str, declared: dict[str, Any] | str, context: Context) -> dict[str, Any]:
    if not isinstance(declared, str):
        return dict(declared)
    path = context.path(declared)
    try:
        found = json.loads(Path(path).read_bytes())
    except ValueError as error:
        raise schema_wrong(program, f"the schema {path} is no JSON: {error}", "see schema") from None
    return dict(found) if isinstance(found, dict) else {}


def _of_types(context: Context, key: list[str]) -> dict[str, Any]:
    stated = (context.write.schema or {}).get("properties", {})
    properties = {}
    for name, kind in context.types.items():
        said = stated.get(name)
        of_kind = _OF_KIND.get(kind, _ANY)
        if isinstance(said, Mapping) and "type" in said and "$ref" not in json.dumps(said):
            of_kind = dict(said)
        elif name in key:
            of_kind = of_kind | {"type": [part for part in of_kind["type"] if part != "null"]}
        properties[name] = of_kind
    return {"properties": properties} | ({"required": list(key)} if key else {})
