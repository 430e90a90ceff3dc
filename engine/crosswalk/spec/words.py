"""JSON values and JSON Schemas in plain words, for messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from .pointer import split

_KINDS = {
    "string": "text",
    "object": "an object",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}


def json_kind(value: Any) -> str:
    """The JSON Schema type of a parsed JSON value; whole numbers are integer."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "array" if isinstance(value, list) else "object"


def kind_words(kinds: Iterable[str]) -> str:
    """Schema types as words: `text, a whole number or a list`."""
    return either([_KINDS.get(kind, kind) for kind in kinds])


def given(value: Any) -> str:
    """What a value is, in words: `a number`, `true`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "a number" if isinstance(value, int | float) else _KINDS[json_kind(value)]


def either(words: list[str], link: str = "or") -> str:
    """`a, b or c`."""
    unique = list(dict.fromkeys(words))
    return f" {link} ".join(part for part in (", ".join(unique[:-1]), unique[-1] if unique else "") if part)


def with_article(noun: str) -> str:
    """`a table`, `an iteration`."""
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"


def listing(names: Iterable[str], limit: int = 24) -> str:
    """Names with commas, cut after `limit` with an ellipsis."""
    known = list(names)
    return ", ".join(known[:limit]) + (", ..." if len(known) > limit else "")


def short_json(value: Any, limit: int = 60) -> str:
    """A value as compact JSON, "" when it is longer than `limit`."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else ""


def member(key: str, value: Any) -> str:
    """`"key": value` to paste; `...` where the value is long."""
    return f"{json.dumps(key, ensure_ascii=False)}: {short_json(value) or '...'}"


def spot(pointer: str) -> str:
    """What a pointer points at: `"limit"`, `item 2 of "include"`, `the document`."""
    parts = split(pointer)
    if not parts:
        return "the document"
    if not parts[-1].isdigit():
        return f'"{parts[-1]}"'
    items = [part for part in parts if not part.isdigit()]
    return f'item {int(parts[-1]) + 1} of "{items[-1]}"' if items else f"item {int(parts[-1]) + 1}"


def quoted(names: list[str]) -> list[str]:
    """Names in double quotes."""
    return [f'"{name}"' for name in names]


def converted(kinds: list[str], value: Any) -> str:
    """The value as one of the types, where that is plain to see."""
    if isinstance(value, str):
        if ("integer" in kinds or "number" in kinds) and re.fullmatch(r"-?(0|[1-9]\d*)", value):
            return value
        if "boolean" in kinds and value.lower() in ("true", "false"):
            return value.lower()
    if kinds == ["string"] and isinstance(value, int | float) and not isinstance(value, bool):
        return f'"{short_json(value)}"'
    if "array" in kinds and not isinstance(value, dict | list) and value is not None:
        return short_json([value])
    return ""
