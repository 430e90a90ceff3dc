"""JSON Schema from type annotations, and JSON values converted to them: one declaration gives both."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime as dt
import enum
import re
import types
import typing
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, NewType, Union, get_args, get_origin

from ..errors import ArgumentError
from .held import held_kind, held_schema

Size = NewType("Size", int)
"""A number of bytes; written `64MB`, `1.5GiB` or a plain integer."""
Duration = NewType("Duration", float)
"""Seconds; written `10s`, `5m`, `1h30m`, `250ms` or a plain number."""

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kKMGT]i?)?B?")
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {"ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}

BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
SIZE_SCHEMA: dict[str, Any] = {
    "type": ["integer", "string"],
    "minimum": 0,
    "pattern": r"^\d+(\.\d+)? ?([kKMGT]i?)?B?$",
    "examples": ["64MB"],
}
DURATION_SCHEMA: dict[str, Any] = {
    "type": ["number", "string"],
    "minimum": 0,
    "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d))+$",
    "examples": ["10s"],
}
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


def size(text: str | int) -> int:
    """Bytes of `64MB` (10^6) or `64MiB` (2^20); raises ArgumentError."""
    if isinstance(text, int):
        return text
    match = _SIZE.fullmatch(text)
    if not match:
        raise ArgumentError(f"{text!r} is not a size", fix='write bytes, or a size such as "64MB"')
    unit = (match[2] or "").replace("K", "k")
    return int(Decimal(match[1]) * _UNITS[unit])


def duration(text: str | float) -> float:
    """Seconds of `1h30m`, `10s`, `250ms` or a number; raises ArgumentError."""
    if isinstance(text, int | float):
        return float(text)
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ArgumentError(f"{text!r} is not a duration", fix='write seconds, or a duration such as "10s" or "1h30m"')
    return float(sum(float(number) * _SECONDS[unit] for number, unit in parts))


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
            shown = _plain_value(field.default)
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


def _plain_value(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, Decimal | dt.date) else NotImplemented


def convert(annotation: Any, value: Any) -> Any:
    """A JSON value as the annotated type (already checked against `type_schema`); raises ArgumentError."""
    if annotation is Size:
        return size(value)
    if annotation is Duration:
        return duration(value)
    build = getattr(annotation, "__from_json__", None)
    if build is not None:
        return build(value)
    if (kind := held_kind(annotation)) is not None:
        if isinstance(value, annotation):
            return value
        raise ArgumentError(f"{type(value).__name__} is no {kind}")
    if annotation in _FROM_TEXT and isinstance(value, str):
        return _from_text(annotation, value)
    if annotation is Decimal:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    if annotation is float and isinstance(value, int):
        return float(value)
    if annotation is bytes:
        return _base64(value)
    if annotation is dt.datetime or annotation is dt.date:
        try:
            return annotation.fromisoformat(value)
        except ValueError as error:
            raise ArgumentError(f"{value!r} is not an ISO 8601 {annotation.__name__}") from error
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return convert(args[0], value)
    if origin in (list, Sequence) and args:
        return [convert(args[0], item) for item in value]
    if origin in (set, frozenset) and args:
        return origin(convert(args[0], item) for item in value)
    if origin is tuple and args and Ellipsis not in args:
        return tuple(convert(arg, item) for arg, item in zip(args, value, strict=True))
    if origin is tuple and args:
        return tuple(convert(args[0], item) for item in value)
    if origin in (dict, Mapping) and args:
        return {key: convert(args[1], item) for key, item in value.items()}
    if origin in (Union, types.UnionType):
        return _convert_union(args, value)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _member(annotation, value)
    if dataclasses.is_dataclass(annotation) and isinstance(value, Mapping):
        return build_dataclass(typing.cast("type[Any]", annotation), value)
    return value


_FROM_TEXT: dict[Any, str] = {int: "a whole number", float: "a number", Decimal: "a number", bool: "true or false"}


def _from_text(annotation: Any, text: str) -> Any:
    """A number or truth value out of a text: what `${...}` stood for is always a text."""
    try:
        if annotation is bool:
            return {"true": True, "false": False}[text.strip().lower()]
        return annotation(text.strip())
    except (ValueError, KeyError, ArithmeticError) as error:
        raise ArgumentError(f"{text!r} is not {_FROM_TEXT[annotation]}") from error


def _member(annotation: type[enum.Enum], value: Any) -> enum.Enum:
    try:
        return annotation(value)
    except ValueError as error:
        known = ", ".join(str(member.value) for member in annotation)
        raise ArgumentError(f"{value!r} is none of {known}") from error


def _base64(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ArgumentError("not base64") from error


def _convert_union(args: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in args:
        return None
    rest = [arg for arg in args if arg is not type(None)]
    for arg in rest:
        if isinstance(arg, type) and type(value) is arg:
            return value
        tag = tag_of(arg)
        if tag is not None and isinstance(value, Mapping) and value.get("type") == tag:
            return build_dataclass(arg, {name: item for name, item in value.items() if name != "type"})
    problem: Exception | None = None
    for arg in rest:
        try:
            return convert(arg, value)
        except (ArgumentError, ValueError, TypeError) as error:
            problem = error
    raise problem or ArgumentError(f"{value!r} fits none of the types")


def build_dataclass(cls: type[Any], config: Mapping[str, Any]) -> Any:
    """An instance of the dataclass from checked JSON members."""
    hints = typing.get_type_hints(cls, include_extras=True)
    found = {}
    for field in dataclasses.fields(cls):
        name = json_name(field.name)
        if field.init and name in config:
            found[field.name] = convert(hints[field.name], config[name])
    return cls(**found)
