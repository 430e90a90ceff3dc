"""The settings of one component against its own schema, chosen by `type` before: no unions in messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError
from ..plugin.component import Component
from ..plugin.fault import guarded
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


def check_made(walker: Walker, cls: type[Component], config: Mapping[str, Any], pointer: str) -> None:
    """Note what a component itself has against settings that its schema accepts, such as two that clash."""
    notes = {"comment", "description"} - set(cls.config_schema().get("properties", {}))
    settings = {name: value for name, value in config.items() if name != "type" and name not in notes}
    try:
        with guarded(cls, "its making", ArgumentError, TypeError, ValueError):
            made = cls.from_config(settings)
        with guarded(made, "check"):
            problems = [(sentence, "") for sentence in made.check()]
    except ArgumentError as error:
        problems = [(error.message, error.fix)]
        pointer = join(pointer, error.argument) if error.argument and error.argument in config else pointer
    except (TypeError, ValueError) as error:
        problems = [(str(error), "")]
    for message, fix in problems:
        walker.note(walker.codes.wrong, f"{cls.type}: {message}", pointer, label="bad setting", fix=fix)


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
