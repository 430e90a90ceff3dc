"""What a field's `type` stands for: the resolver of that name, or a plain check of the value's type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from ..errors import DataError
from ..plugin.declare import resolver
from ..plugin.resolver import Resolver
from ..values import type_name


@resolver("type list", group="language")
def as_list(value: list[Any]) -> list[Any]:
    """A list, unchanged."""
    return value


@resolver("type object", group="language")
def as_object(value: dict[str, Any]) -> dict[str, Any]:
    """An object, unchanged."""
    return value


@resolver("type time", group="language")
def as_time(value: str | dt.time) -> dt.time:
    """A time of day: ISO 8601 text or a time."""
    if isinstance(value, dt.time):
        return value
    try:
        return dt.time.fromisoformat(value)
    except ValueError as error:
        raise DataError("M310", "not an ISO 8601 time", value) from error


CASTS: dict[str, str | Resolver | None] = {
    "string": "string",
    "integer": "int",
    "decimal": "decimal",
    "float": "float",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "time": as_time,
    "list": as_list,
    "object": as_object,
    "any": None,
}

_FITS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "decimal": (int, Decimal, float, str),
    "float": (int, float),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "date": (str,),
    "datetime": (str,),
    "time": (str,),
    "list": (list,),
    "object": (dict,),
}


def default_fits(kind: str, value: Any) -> bool:
    """Whether a JSON constant may stand as the `default` of a field of that type."""
    if value is None or kind == "any":
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _FITS[kind])


def typed_default(kind: str, value: Any) -> Any:
    """The default as a value of the type: JSON writes dates, times and exact decimals as text. Raises ValueError."""
    if not isinstance(value, str):
        return value
    if kind == "date":
        return dt.date.fromisoformat(value)
    if kind == "datetime":
        return dt.datetime.fromisoformat(value)
    if kind == "time":
        return dt.time.fromisoformat(value)
    if kind == "decimal":
        try:
            return Decimal(value)
        except InvalidOperation as error:
            raise ValueError("not a number") from error
    return value


def default_hint(kind: str, value: Any) -> str:
    """The sentence for a default that does not fit."""
    return f"the default is {type_name(value)}, the field's type is {kind}"
