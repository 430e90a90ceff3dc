"""JSON values as the types that fields and parameters are annotated with; `schema` says which values these are."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime as dt
import enum
import types
import typing
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Union, get_args, get_origin

from ..errors import ArgumentError
from .held import held_kind
from .schema import json_name, tag_of
from .units import Duration, Size, duration, size


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
