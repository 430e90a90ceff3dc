"""`Walker` checks a document against a JSON Schema part by part, so that every message is about one thing.

Unions are decided first (by JSON type, or by a function in `special`), then only the branch that was meant is checked.
It knows the keywords that crosswalk's own schemas and those of components use; for a component schema with other
keywords see `component_check`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from .complaints import Codes, Complaints, Schema
from .near import near_name
from .pointer import join
from .words import (
    either,
    json_kind,
    quoted,
    short_json,
    spot,
    with_article,
)

Check = Callable[[Any, str], None]


class Walker(Complaints):
    """Checks values against the schema and notes problems through `note` (the signature of `Spec.problem`).

    `special`: by definition name, the function that checks it in place of the schema. `synonyms`: words that authors
    bring from elsewhere, with the key that is meant. `lenient`: which texts stand for a value that is not known yet.
    """

    def __init__(self, note: Callable[..., None], schema: Schema, codes: Codes | None = None) -> None:
        super().__init__(note, schema, codes)
        self.special: dict[str, Check] = {}
        self.lenient: Callable[[Any], bool] = lambda value: False

    def check(self, schema: Schema, value: Any, pointer: str) -> None:
        """Note everything that is wrong with the value at `pointer`."""
        if isinstance(schema, bool) or self.lenient(value):
            return
        name = schema.get("$ref")
        if name is not None:
            name = name.removeprefix("#/$defs/")
            if name in self.special:
                self.special[name](value, pointer)
                return
            self.check(self.defs[name], value, pointer)
            return
        if "anyOf" in schema and not _only_required(schema["anyOf"]):
            self.union(schema, value, pointer)
            return
        if not self.typed(schema, value, pointer):
            return
        if isinstance(value, dict):
            self.object(schema, value, pointer)
        elif isinstance(value, list):
            self.array(schema, value, pointer)
        elif isinstance(value, str):
            self.string(schema, value, pointer)
        elif not isinstance(value, bool) and value is not None:
            self.number(schema, value, pointer)

    def define(self, name: str, value: Any, pointer: str) -> None:
        """Check against a definition itself, past its special function."""
        self.check(self.defs[name], value, pointer)

    def union(self, schema: Schema, value: Any, pointer: str) -> None:
        """`anyOf`: the branches that take the value's JSON type are the ones that can be meant."""
        kind = json_kind(value)
        branches = schema["anyOf"]
        fitting = [branch for branch in branches if _takes(self.kinds(branch), kind)]
        if len(fitting) == 1:
            # The union's own words explain the branch better than the branch's keywords do.
            about = {key: schema[key] for key in ("description", "examples") if key in schema}
            self.check(fitting[0] if "$ref" in fitting[0] else {**about, **fitting[0]}, value, pointer)
        elif not fitting:
            wanted = [k for branch in branches for k in self.kinds(branch) or ()]
            self.wrong_type(wanted, value, pointer)
        else:
            self.tagged_branch(fitting, value, pointer)

    def tagged_branch(self, branches: list[Schema], value: Any, pointer: str) -> None:
        """Objects told apart by a constant `type`: the one that is named, or what is wrong with the name."""
        parts = {branch.get("properties", {}).get("type", {}).get("const"): branch for branch in branches}
        if not isinstance(value, dict) or None in parts or len(parts) < len(branches):
            self.best_branch(branches, value, pointer)
        elif "type" not in value:
            self.missing_key("type", {"enum": list(parts)}, pointer, "object")
        elif isinstance(value["type"], str) and value["type"] in parts:
            self.check(parts[value["type"]], value, pointer)
        else:
            self.not_one_of(list(parts), value["type"], join(pointer, "type"))

    def best_branch(self, branches: list[Schema], value: Any, pointer: str) -> None:
        """Several branches of one type: none may complain, or the one with the fewest complaints speaks."""
        found: list[list[tuple[tuple[Any, ...], dict[str, Any]]]] = []
        note = self.note
        for branch in branches:
            complaints: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
            self.note = lambda *args, _to=complaints, **more: _to.append((args, more))
            try:
                self.check(branch, value, pointer)
            finally:
                self.note = note
            found.append(complaints)
        for args, more in min(found, key=len):
            note(*args, **more)

    def kinds(self, schema: Schema) -> list[str] | None:
        """The JSON types a schema takes, None for any."""
        if isinstance(schema, bool):
            return None
        if "$ref" in schema:
            return self.kinds(self.defs[schema["$ref"].removeprefix("#/$defs/")])
        if "type" in schema:
            return [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
        if "enum" in schema or "const" in schema:
            return list(dict.fromkeys(json_kind(v) for v in schema.get("enum", [schema.get("const")])))
        if "anyOf" in schema:
            parts = [self.kinds(branch) for branch in schema["anyOf"]]
            return None if None in parts else [kind for part in parts for kind in part or ()]
        return ["object"] if "properties" in schema else None

    def typed(self, schema: Schema, value: Any, pointer: str) -> bool:
        """`type`, `enum` and `const`."""
        if "const" in schema or "enum" in schema:
            allowed = schema["enum"] if "enum" in schema else [schema["const"]]
            if any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in allowed):
                return True
            self.not_one_of(allowed, value, pointer)
            return False
        kinds = self.kinds(schema)
        if _takes(kinds, json_kind(value)):
            return True
        self.wrong_type(kinds or [], value, pointer)
        return False

    def object(self, schema: Schema, value: dict[str, Any], pointer: str) -> None:
        """Keys: unknown, missing, alternatives; then each member's value."""
        properties: Mapping[str, Any] = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        names = schema.get("propertyNames", {}).get("pattern")
        title = schema.get("title", "object")
        self.choices(schema, value, pointer, title)
        if len(value) < schema.get("minProperties", 0):
            self.note(self.codes.wrong, f"{spot(pointer)} must not be empty", pointer, label="empty")
        for key, item in value.items():
            there = join(pointer, key)
            if key in properties:
                self.check(properties[key], item, there)
            elif rest is False:
                self.unknown_key(key, item, list(properties), there, title)
            else:
                if names and not re.search(names, key):
                    label = "letters, digits and _, not starting with a digit"
                    self.note(self.codes.wrong, f'"{key}" is not a valid name', there, of="key", label=label)
                if isinstance(rest, Mapping):
                    self.check(rest, item, there)

    def choices(self, schema: Schema, value: dict[str, Any], pointer: str, title: str) -> None:
        """`required`, and `oneOf`, `anyOf`, `not`, `dependentRequired` that speak of keys only."""
        properties: Mapping[str, Any] = schema.get("properties", {})
        closed = schema.get("additionalProperties", True) is False
        misspelt = self.misspelt(value, properties) if closed else set()
        for key in schema.get("required", ()):
            if key not in value and key not in misspelt:
                self.missing_key(key, properties.get(key, {}), pointer, title)
        if _only_required(schema.get("oneOf", [])):
            names = [part["required"][0] for part in schema["oneOf"]]
            if not misspelt.intersection(names):
                self.one_of(names, value, pointer, title)
        if "anyOf" in schema:
            names = [part["required"][0] for part in schema["anyOf"]]
            if not any(name in value or name in misspelt for name in names):
                message = f"{with_article(title)} needs {either(quoted(names))}"
                fix = f'"{names[0]}": ...'
                self.note(self.codes.absent, message, pointer, label="none of them is here", fix=fix)
        forbidden = schema.get("not", {}).get("required", [])
        if forbidden and all(key in value for key in forbidden):
            self.one_of(forbidden, value, pointer, title)
        for key, needed in schema.get("dependentRequired", {}).items():
            for other in needed:
                if key in value and other not in value:
                    message = f'"{key}" goes with "{other}", which is not here'
                    there = join(pointer, key)
                    label, fix = f'needs "{other}"', f'"{other}": ...'
                    self.note(self.codes.absent, message, there, of="key", label=label, fix=fix)

    def misspelt(self, value: dict[str, Any], properties: Mapping[str, Any]) -> set[str]:
        """The keys that unknown keys of the value probably mean: they are not told to be missing too."""
        unknown = [key for key in value if key not in properties]
        return {found for key in unknown if (found := near_name(key, properties) or self.synonyms.get(key))}

    def one_of(self, names: list[str], value: dict[str, Any], pointer: str, title: str) -> None:
        """Exactly one of the keys must be there."""
        found = [name for name in value if name in names]
        if not found:
            message = f"{with_article(title)} needs one of {either(quoted(names))}"
            fix = f'"{names[0]}": ...'
            self.note(self.codes.choice, message, pointer, label="none of them is here", fix=fix)
        for extra in found[1:]:
            message = f"{with_article(title)} takes only one of {either(quoted(names))}"
            label = f'"{found[0]}" is here already'
            there = join(pointer, extra)
            self.note(self.codes.choice, message, there, of="key", label=label, fix=f'remove "{extra}"')

    def array(self, schema: Schema, value: list[Any], pointer: str) -> None:
        """Items and their number."""
        prefix = schema.get("prefixItems", [])
        for i, item in enumerate(value):
            part = prefix[i] if i < len(prefix) else schema.get("items", {})
            self.check(part, item, f"{pointer}/{i}")
        low, high = schema.get("minItems", 0), schema.get("maxItems", len(value))
        if not low <= len(value) <= high:
            wanted = (
                f"exactly {low}" if low == schema.get("maxItems") else f"at least {low}" if low else f"at most {high}"
            )
            message = f"{spot(pointer)} needs {wanted} item{'' if wanted.endswith(' 1') else 's'}"
            label = f"{len(value)} item{'' if len(value) == 1 else 's'}" if value else "empty"
            self.note(self.codes.wrong, message, pointer, label=label)
        if schema.get("uniqueItems"):
            for i, item in enumerate(value):
                if item in value[:i]:
                    self.note(self.codes.wrong, f"{short_json(item)} stands twice in the list", f"{pointer}/{i}")

    def string(self, schema: Schema, value: str, pointer: str) -> None:
        """Length and pattern."""
        if len(value) < schema.get("minLength", 0):
            self.note(self.codes.wrong, f"{spot(pointer)} must not be empty", pointer, label="empty text")
        elif ("pattern" in schema and not re.search(schema["pattern"], value)) or (
            schema.get("format") in _FORMATS and not _is_date(value, schema["format"])
        ):
            self.not_matching(schema, value, pointer)

    def number(self, schema: Schema, value: float, pointer: str) -> None:
        """Bounds."""
        for key, good, words in (
            ("minimum", value >= schema.get("minimum", value), "at least"),
            ("maximum", value <= schema.get("maximum", value), "at most"),
            # Of a large float, one more or less is the same number.
            ("exclusiveMinimum", "exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"], "more than"),
            ("exclusiveMaximum", "exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"], "less than"),
        ):
            if not good:
                message = f"{spot(pointer)} must be {words} {schema[key]}"
                self.note(self.codes.wrong, message, pointer, label="out of range", fix=short_json(schema[key]))


_FORMATS = {"date": dt.date, "date-time": dt.datetime}


def _is_date(text: str, form: str) -> bool:
    """Whether the text is of the format; any text is of one that is not known."""
    try:
        if form in _FORMATS:
            _FORMATS[form].fromisoformat(text)
    except ValueError:
        return False
    return True


def _only_required(parts: list[Schema]) -> bool:
    return bool(parts) and all(set(part) == {"required"} and len(part["required"]) == 1 for part in parts)


def _takes(kinds: list[str] | None, kind: str) -> bool:
    return kinds is None or kind in kinds or (kind == "integer" and "number" in kinds)
