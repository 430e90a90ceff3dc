"""The settings of one component against its own schema, chosen by `type` before: no unions in messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin.component import Component
from .pointer import join
from .walk import Walker

_KNOWN = frozenset({
    "type", "enum", "const", "properties", "required", "additionalProperties", "items", "anyOf", "oneOf", "minimum",
    "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems", "minLength", "pattern",
    "minProperties", "propertyNames", "dependentRequired", "prefixItems", "title", "description", "default", "examples",
    "format", "contentEncoding", "$comment", "deprecated", "not",
})  # fmt: skip


def check_component(walker: Walker, cls: type[Component] | None, config: Mapping[str, Any], pointer: str) -> None:
    """Note every bad setting of a component; `cls` None (an unknown type, told elsewhere) notes nothing."""
    if cls is None:
        return
    schema = dict(cls.config_schema())
    schema.setdefault("title", f"{cls.type} {cls.kind}")
    schema["properties"] = {"comment": {}, "description": {}, **schema.get("properties", {})}
    if _is_plain(schema):
        part = Walker(walker.note, schema, walker.codes)
        part.synonyms, part.lenient = walker.synonyms, walker.lenient
        part.check(schema, config, pointer)
        return
    _by_library(walker, schema, config, pointer)


def _is_plain(schema: Any) -> bool:
    """Whether `Walker` knows every keyword of the schema."""
    if not isinstance(schema, Mapping) or not schema:
        return True
    if not set(schema) <= _KNOWN:
        return False
    below = [*schema.get("properties", {}).values(), schema.get("items", {}), schema.get("additionalProperties", {})]
    return all(_is_plain(part) for part in [*below, *schema.get("anyOf", []), *schema.get("prefixItems", [])])


def _by_library(walker: Walker, schema: Mapping[str, Any], config: Mapping[str, Any], pointer: str) -> None:
    from jsonschema import Draft202012Validator  # costs 0.1 s to import; few plugins need it

    for error in Draft202012Validator(schema).iter_errors(config):
        place = join(pointer, *error.absolute_path)
        if walker.lenient(error.instance):
            continue
        walker.note(walker.codes.wrong, error.message[:1].lower() + error.message[1:], place, label="bad setting")
