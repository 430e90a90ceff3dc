"""JSON Schemas with what is installed in them: resolvers, formats and components, for completion in editors."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from .schemas import load_schema

if TYPE_CHECKING:
    from ..plugin.component import Component
    from ..plugin.resolver import Resolver
    from ..registry import Registry

_NOTES: dict[str, Any] = {
    "comment": {"description": "A note for readers; not used."},
    "description": {"description": "What this part is for."},
}
_REMOVED: dict[str, Any] = {"type": "null", "description": "Removes what the base that `extends` names has here."}
_FAMILIES = ("params", "tables", "pipelines", "fragments", "let", "let_each", "fields")


def compose_mapping_schema(registry: Registry) -> dict[str, Any]:
    """The mapping schema (2020-12) with the names and arguments of every installed resolver, format and source."""
    schema = copy.deepcopy(load_schema("mapping"))
    defs = schema["$defs"]
    resolvers = dict(sorted(registry.resolvers.items()))
    bare = [
        {"const": name, "description": found.summary or name}
        for name, found in resolvers.items()
        if not any(param.required for param in found.params)
    ]
    # A text may also be a pipeline of the mapping, which no schema can know.
    name = {"anyOf": [*bare, {"type": "string", "minLength": 1, "description": "A pipeline of this mapping."}]}
    defs["resolver_name"] = {"title": "resolver", "description": "A resolver without arguments, or a pipeline.", **name}
    for place in ("step", "steps"):
        defs[place]["anyOf"][0] = {"$ref": "#/$defs/resolver_name"}
    steps = defs["step_object"]["properties"]
    for key, found in resolvers.items():
        if key not in steps:
            steps[key] = _arguments(found)
    defs["format_object"] = _one_of_types(registry.formats, "A format with options.")
    defs["format"]["anyOf"][0] = _names(registry.formats, "A format by name.")
    source = defs["table"]["properties"]["source"]
    source.clear()
    source |= _one_of_types(registry.components("sources"), "A source component that reads the rows.")
    defs["source"]["properties"]["paths"]["enum"] = sorted(registry.path_languages)
    _allow_removals(schema)
    return schema


def _allow_removals(schema: dict[str, Any]) -> None:
    """Let null stand where it removes what a base has: as a key of the mapping, and as a member of an object there.

    Only beside `extends`; what is read by the engine is merged, and has no such null any more.
    """
    families = [schema["properties"][name] for name in ("params", "tables", "pipelines", "fragments")]
    for family in (*families, schema["$defs"]["let"], schema["$defs"]["fields"]):
        family["additionalProperties"] = {"anyOf": [family["additionalProperties"], _REMOVED]}
    keys = [name for name in schema["properties"] if name not in ("mapping", "$schema", "kind", "extends", *_NOTES)]
    for name in keys:
        part = schema["properties"][name]
        about = {"description": part["description"]}
        schema["properties"][name] = about | {"anyOf": [part, _REMOVED]}
    members = {"not": {"type": "null"}, "additionalProperties": {"not": {"type": "null"}}}
    whole = {name: members if name in _FAMILIES else {"not": {"type": "null"}} for name in keys}
    schema["allOf"] = [*schema["allOf"], {"if": {"not": {"required": ["extends"]}}, "then": {"properties": whole}}]


def compose_pipeline_schema(registry: Registry) -> dict[str, Any]:
    """The pipeline schema (2020-12) with the settings of every installed component."""
    schema = copy.deepcopy(load_schema("pipeline"))
    defs = schema["$defs"]
    for name, family in (
        ("sink", "sinks"),
        ("state_backend", "state_backends"),
        ("executor", "executors"),
        ("secret_provider", "secret_providers"),
    ):
        defs[name] = _one_of_types(registry.components(family), defs[name]["description"])
    entry = {key: defs["source_entry"]["properties"][key] for key in ("name", "mapping", "optional")}
    defs["source_entry"] = _one_of_types(registry.components("sources"), defs["source_entry"]["description"], entry)
    defs.pop("source", None)
    return schema


def _arguments(resolver: Resolver) -> dict[str, Any]:
    """The arguments of a step: the object, or the first argument on its own."""
    schema = resolver.args_schema()
    for name, part in schema["properties"].items():
        part.setdefault("description", f"The argument {name} of {resolver.name}.")
    forms: list[dict[str, Any]] = [schema]
    first = resolver.takes_bare
    if first is not None and [p.name for p in resolver.params if p.required] in ([], [first.name]):
        forms.append(schema["properties"][first.name])
    if not schema["required"]:
        forms.append({"type": "null"})
    about = {"description": resolver.summary or resolver.name}
    return about | ({"anyOf": forms} if len(forms) > 1 else schema)


def _names(known: Any, description: str) -> dict[str, Any]:
    return {"enum": sorted(known), "description": description}


def _one_of_types(known: Any, description: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """One branch per component, told apart by `type`; every setting may also be a text with `${...}`."""
    branches = [_component(cls, extra or {}) for _, cls in sorted(known.items())]
    if not branches:
        return {"type": "object", "description": description, "required": ["type"]}
    return {"description": description, "type": "object", "required": ["type"], "oneOf": branches}


def _component(cls: type[Component], extra: dict[str, Any]) -> dict[str, Any]:
    schema = copy.deepcopy(cls.config_schema())
    properties = {}
    for name, part in schema.get("properties", {}).items():
        if name == "type" or "string" in _kinds(part):
            properties[name] = part
            continue
        about = {"description": part.get("description", f"The {name} of the {cls.kind}.")}
        place = {"type": "string", "pattern": r"\$\{[^{}]+\}"}
        properties[name] = about | {"anyOf": [part, place]}
    schema["properties"] = {
        **properties,
        **{key: part for key, part in (_NOTES | extra).items() if key not in properties},
    }
    schema["title"] = f"{cls.type} {cls.kind}"
    return schema


def _kinds(schema: Any) -> list[str]:
    """The JSON types that a part plainly takes; text that must match a pattern does not count."""
    if "pattern" in schema:
        return []
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)
