"""Settings that hold another component, whichever is installed: a field annotated `Source`, `Format`, `list[Sink]`."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any


def held_kind(annotation: Any) -> str | None:
    """The kind (`source`, `state backend`) when the annotation is a base class of components, not one component."""
    if not isinstance(annotation, type) or not hasattr(annotation, "config_schema"):
        return None
    return None if isinstance(getattr(annotation, "type", None), str) else str(getattr(annotation, "kind", "component"))


def held_schema(kind: str) -> dict[str, Any]:
    """JSON Schema of any component of a kind; its own settings are checked when its `type` is known."""
    described = {"type": "string", "description": f"Which {kind}; any that is installed."}
    return {"type": "object", "title": kind, "properties": {"type": described}, "required": ["type"]}


def family_of(kind: str) -> str:
    """What the registry calls all components of a kind: `state_backends`."""
    return f"{kind.replace(' ', '_')}s"


def held_fields(cls: type[Any]) -> dict[str, str]:
    """By JSON name, the kind that a field holds: alone, or None, or a list of them."""
    hints = typing.get_type_hints(cls, include_extras=True)
    found = {}
    for field in dataclasses.fields(cls):
        kind = _kind_within(hints[field.name])
        if field.init and kind is not None:
            found[field.name.rstrip("_")] = kind
    return found


def _kind_within(annotation: Any) -> str | None:
    kinds = (_kind_within(arg) for arg in typing.get_args(annotation))
    return held_kind(annotation) or next((kind for kind in kinds if kind), None)
