"""JSON text of any value of the language, with exact numbers: `json` and `orjson` alone would lose decimals."""

from __future__ import annotations

from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from crosswalk import MISSING, DataError, text_of

MAX_DEPTH = 200
"""How deeply lists and objects may be nested before writing is refused."""


def json_text(value: Any, *, sort_keys: bool = False) -> str:
    """The value as compact JSON: exact digits, dates in ISO 8601, bytes in base64, missing members left out.

    A missing item of a list is null. Raises DataError M310 for NaN, infinities and nesting beyond 200 levels, M313
    for keys and values that JSON cannot carry.
    """
    parts: list[str] = []
    _write(value, parts, sort_keys, MAX_DEPTH)
    return "".join(parts)


def _write(value: Any, parts: list[str], sort_keys: bool, depth: int) -> None:
    kind = type(value)
    if kind is str:
        parts.append(encode_basestring(value))
    elif value is None or value is MISSING:
        parts.append("null")
    elif kind is bool or kind is int or kind is float or kind is Decimal:
        parts.append(text_of(value))
    elif isinstance(value, dict | list) and depth == 0:
        raise DataError("M310", f"nested more than {MAX_DEPTH} levels deep")
    elif isinstance(value, dict):
        _write_object(value, parts, sort_keys, depth - 1)
    elif isinstance(value, list):
        opening = "["
        for item in value:
            parts.append(opening)
            opening = ","
            _write(item, parts, sort_keys, depth - 1)
        parts.append("]" if value else "[]")
    else:
        parts.append(encode_basestring(text_of(value)))


def _write_object(value: dict[Any, Any], parts: list[str], sort_keys: bool, depth: int) -> None:
    members = {key: item for key, item in value.items() if item is not MISSING}
    if not all(isinstance(key, str) for key in members):
        raise DataError("M313", "the keys of a JSON object are strings")
    opening = "{"
    for key in sorted(members) if sort_keys else members:
        parts.append(f"{opening}{encode_basestring(key)}:")
        opening = ","
        _write(members[key], parts, sort_keys, depth)
    parts.append("}" if members else "{}")
