"""Settings of components and arguments of resolvers as people read them: name, type, default, meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..lean import lean_dataclass

Schema = Mapping[str, Any]


@lean_dataclass(frozen=True)
class Setting:
    """`name` with dots for members of objects, `[]` for items of a list, `*` for any name; `kind` in words, values of
    a choice in backticks; `need`: "required", the default as JSON, or ""; `text`: what it means."""

    name: str
    kind: str
    need: str
    text: str


def settings_of(schema: Schema, prefix: str = "", about: str = "") -> Iterator[Setting]:
    """The settings of an object, each before its members. The type of a component itself is none."""
    for name, found in schema.get("properties", {}).items():
        if name == "type" and "const" in found:
            continue
        inner = list(_inner(found))
        plain = "default" in found and not (inner and inner[0][0] == "" and found.get("properties"))
        need = "required" if name in schema.get("required", ()) else _default(found) if plain else ""
        yield Setting(f"{prefix}{name}", kind_of(found), need, about + found.get("description", ""))
        for place, tag, part in inner:
            yield from settings_of(part, f"{prefix}{name}{place}.", f'`"{tag}"`: ' if tag else "")


def _inner(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    """The objects that a setting holds: their place below it, the type by which they are told apart, the schema."""
    for part in schema.get("anyOf", [schema]):
        if "properties" in part and not _is_held(part):
            yield "", part["properties"].get("type", {}).get("const", ""), part
        elif isinstance(part.get("items"), Mapping):
            yield from ((f"[]{place}", tag, held) for place, tag, held in _inner(part["items"]))
        elif isinstance(part.get("additionalProperties"), Mapping):
            yield from ((f".*{place}", tag, held) for place, tag, held in _inner(part["additionalProperties"]))


def _is_held(schema: Schema) -> bool:
    """Whether it is any component of a kind; its settings are known when its type is."""
    return list(schema.get("properties", ())) == ["type"] and "const" not in schema["properties"]["type"]


def kind_of(schema: Schema) -> str:
    """The type of a value in words: "list of integer", "`a`, `b` or null", "size"."""
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value, ensure_ascii=False)}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'], ensure_ascii=False)}`"
    if "anyOf" in schema:
        kinds = " or ".join(kind_of(part) for part in schema["anyOf"]).split(" or ")
        less = {"integer", "decimal"} if "number" in kinds else set()
        return " or ".join(kind for kind in dict.fromkeys(kinds) if kind not in less)
    special = _special(schema)
    if special:
        return special
    kind = schema.get("type", "any")
    if kind == "array":
        items = kind_of(schema["items"]) if schema.get("items") else "any"
        return "list" if items == "any" or " or " in items or "," in items else f"list of {items}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {kind_of(schema['additionalProperties'])}".removesuffix(" of any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _special(schema: Schema) -> str:
    """Types that JSON has no word for, by what their schemas look like; "" for the others."""
    tag = schema.get("properties", {}).get("type", {}).get("const")
    if tag:
        return f'`"{tag}"` object'
    if _is_held(schema):
        return str(schema["title"])
    if schema.get("pattern", "").startswith(r"^\$"):
        return "`$variable`"
    if schema.get("examples") in (["64MB"], ["10s"]):
        return _with_null("size" if schema["examples"] == ["64MB"] else "duration", schema)
    if schema.get("type") == ["number", "string"] and "pattern" in schema:
        return "decimal"
    if schema.get("contentEncoding") == "base64":
        return "base64"
    return {"password": "secret", "date": "date", "date-time": "datetime"}.get(schema.get("format", ""), "")


def _with_null(kind: str, schema: Schema) -> str:
    return f"{kind} or null" if "null" in schema["type"] else kind


def _default(schema: Schema) -> str:
    value = schema["default"]
    if kind_of(schema).startswith("duration") and isinstance(value, int | float):
        units = (("d", 86400), ("h", 3600), ("m", 60))
        value = next((f"{value / n:g}{unit}" for unit, n in units if value >= n), f"{value:g}s")
    return json.dumps(value, ensure_ascii=False)


def plainly(kind: str) -> str:
    """A kind for the terminal."""
    return kind.replace("`", "")
