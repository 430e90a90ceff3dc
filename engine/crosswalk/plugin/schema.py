"""JSON Schema from type annotations; `convert` makes values of these types from what the schema lets in."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import enum
import re
import types
import typing
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from .held import held_kind, held_schema
from .units import DURATION_SCHEMA, SIZE_SCHEMA, Duration, Size

TYPES = (
    "types that have one: str int float bool bytes Decimal date datetime list dict tuple set Literal Enum, "
    "dataclasses, components, Size, Duration, Secret, and unions of them"
)
"""What settings and arguments may be, for messages."""
BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Decimal: {"type": ["number", "string"], "pattern": r"^[+-]?\d+(\.\d+)?$"},
    bytes: {"type": "string", "contentEncoding": "base64", "pattern": BASE64, "examples": ["aGVsbG8="]},
    dt.date: {"type": "string", "format": "date", "examples": ["2024-02-29"]},
    dt.datetime: {"type": "string", "format": "date-time", "examples": ["2024-02-29T12:00:00Z"]},
    type(None): {"type": "null"},
    Size: SIZE_SCHEMA,
    Duration: DURATION_SCHEMA,
    Any: {},
    object: {},
    dict: {"type": "object"},
    list: {"type": "array"},
}


def type_schema(annotation: Any) -> dict[str, Any]:
    """The JSON Schema of a type annotation; raises TypeError for a type that JSON cannot carry."""
    try:
        plain = _PLAIN.get(annotation)
    except TypeError:
        plain = None
    if plain is not None:
        return dict(plain)
    special = getattr(annotation, "__json_schema__", None)
    if special is not None:
        return dict(special)
    if (kind := held_kind(annotation)) is not None:
        return held_schema(kind)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return type_schema(args[0])
    if origin is Literal:
        return {"enum": list(args)}
    if origin is tuple and args and Ellipsis not in args:
        parts = [type_schema(arg) for arg in args]
        return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
    if origin in (list, Sequence, tuple, set, frozenset):
        unique = {"uniqueItems": True} if origin in (set, frozenset) else {}
        return {"type": "array", "items": type_schema(args[0])} | unique
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": type_schema(args[1])}
    if origin in (Union, types.UnionType):
        return _union_schema(args)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return {"enum": [member.value for member in annotation]}
    if dataclasses.is_dataclass(annotation):
        found = typing.cast("type[Any]", annotation)
        tag = tag_of(found)
        return ({"title": tag} if tag else {}) | dataclass_schema(found, tag=tag)
    raise TypeError(f"no JSON form for {annotation!r}")


def tag_of(annotation: Any) -> str | None:
    """The `type` by which a nested object is told apart in a union: a class attribute of its dataclass, else None."""
    found = getattr(annotation, "type", None) if dataclasses.is_dataclass(annotation) else None
    is_field = any(field.name == "type" for field in dataclasses.fields(annotation)) if found is not None else False
    return found if isinstance(found, str) and not is_field else None


def _union_schema(args: tuple[Any, ...]) -> dict[str, Any]:
    parts = [type_schema(arg) for arg in args]
    if all(set(part) == {"type"} for part in parts):
        names: list[str] = []
        for part in parts:
            kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
            names += [kind for kind in kinds if kind not in names]
        if "number" in names and "integer" in names:
            names.remove("integer")
        return {"type": names}
    return {"anyOf": parts}


def field_docs(cls: type[Any]) -> dict[str, str]:
    """Descriptions of dataclass fields: metadata `doc`, else the lines `` `name`: text `` of the docstring."""
    docs: dict[str, str] = {}
    for owner in reversed(cls.__mro__):
        for name, text in re.findall(r"^\s*`(\w+)`:\s+(.+?)(?=^\s*`\w+`:|^\s*$|\Z)", owner.__doc__ or "", re.M | re.S):
            docs[name] = " ".join(text.split())
    for field in dataclasses.fields(cls):
        if "doc" in field.metadata:
            docs[field.name] = field.metadata["doc"]
    return docs


def dataclass_schema(cls: type[Any], *, tag: str | None = None) -> dict[str, Any]:
    """The JSON Schema of a dataclass: one property per init field; `tag` adds a required constant `type`."""
    hints = typing.get_type_hints(cls, include_extras=True)
    docs = field_docs(cls)
    properties: dict[str, Any] = {}
    required = []
    if tag is not None:
        properties["type"] = {"const": tag, "description": (cls.__doc__ or tag).strip().split("\n")[0]}
        required.append("type")
    for field in dataclasses.fields(cls):
        if not field.init or field.name.startswith("_"):
            continue
        name = json_name(field.name)
        try:
            schema = type_schema(hints[field.name])
        except TypeError as error:
            raise TypeError(f"the field {field.name!r} has a type without a JSON form: {error}") from error
        schema["description"] = docs.get(field.name) or docs.get(
            name, f"The {name.replace('_', ' ')} of the {tag or cls.__name__}."
        )
        if field.default is not dataclasses.MISSING:
            shown = plain_value(field.default)
            if shown is not NotImplemented:
                schema["default"] = shown
        elif field.default_factory is dataclasses.MISSING:
            required.append(name)
        elif field.default_factory in (list, dict, set, frozenset, tuple):
            schema["default"] = {} if field.default_factory is dict else []
        properties[name] = schema
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def json_name(name: str) -> str:
    """The JSON spelling of a Python name: a trailing underscore (`with_`) is dropped."""
    return name.rstrip("_")


def plain_value(value: Any) -> Any:
    """A default as JSON has it; NotImplemented where JSON has no form for it."""
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, tuple | set | frozenset | list):
        items = [plain_value(item) for item in value]
        return NotImplemented if NotImplemented in items else items
    if isinstance(value, dict):
        members = {name: plain_value(item) for name, item in value.items()}
        return NotImplemented if NotImplemented in members.values() else members
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else NotImplemented
