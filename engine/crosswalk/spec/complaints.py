"""Says what is wrong with a value that a JSON Schema does not take: the sentence, a label, notes, and a fix.

The words are made from the schema: its titles, enums, descriptions, examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..lean import lean_dataclass
from .near import near_name
from .words import converted, either, given, kind_words, listing, member, short_json, spot, with_article

Schema = Mapping[str, Any]


@lean_dataclass(frozen=True)
class Codes:
    """The codes of one family of documents: unknown key, wrong value, missing key, wrong choice of keys."""

    unknown: str = "M102"
    wrong: str = "M108"
    absent: str = "M111"
    choice: str = "M103"


class Complaints:
    """Notes problems through `note` (the signature of `Spec.problem`).

    `synonyms`: words that authors bring from elsewhere, with the key that is meant.
    """

    def __init__(self, note: Callable[..., None], schema: Schema, codes: Codes | None = None) -> None:
        self.note = note
        self.schema = schema
        self.defs: Mapping[str, Any] = schema.get("$defs", {})
        self.codes = codes or Codes()
        self.synonyms: dict[str, str] = {}

    def not_one_of(self, allowed: list[Any], value: Any, pointer: str) -> None:
        """The value is none of an enum's."""
        shown = [short_json(one) for one in allowed]
        near = near_name(value, [one for one in allowed if isinstance(one, str)]) if isinstance(value, str) else None
        if isinstance(value, str) and near is None:
            near = self.synonyms.get(value) if self.synonyms.get(value) in allowed else None
        best = near if near is not None else allowed[0] if len(allowed) == 1 else None
        label = f'did you mean "{near}"?' if near else f"this is {given(value)}" if not isinstance(value, str) else ""
        message = f"{spot(pointer)} must be {either(shown)}"
        fix = short_json(best) if best is not None else ""
        self.note(self.codes.wrong, message, pointer, label=label or "not one of these", fix=fix)

    def wrong_type(self, kinds: list[str], value: Any, pointer: str) -> None:
        """The value has a JSON type that is not taken here."""
        message = f"{spot(pointer)} must be {kind_words(kinds)}"
        label = f"this is {given(value)}"
        self.note(self.codes.wrong, message, pointer, label=label, fix=converted(kinds, value))

    def missing_key(self, key: str, schema: Schema, pointer: str, title: str) -> None:
        """A required key is not there."""
        about = self.resolved(schema)
        examples = schema.get("examples") or about.get("examples") or about.get("enum") or [about.get("const", ...)]
        text = schema.get("description") or about.get("description", "")
        shown = "..." if examples[0] is ... else short_json(examples[0]) or "..."
        notes = (f"{key}: {text}",) if text else ()
        message = f'{with_article(title)} needs "{key}"'
        self.note(
            self.codes.absent, message, pointer, label=f'"{key}" is missing', notes=notes, fix=f'"{key}": {shown}'
        )

    def unknown_key(self, key: str, value: Any, allowed: list[str], pointer: str, title: str, hint: str = "") -> None:
        """A key that is not taken here."""
        near = near_name(key, allowed) or (self.synonyms.get(key) if self.synonyms.get(key) in allowed else None)
        end = f'; did you mean "{near}"?' if near else f"; {hint}" if hint else ""
        label = f"not {with_article(title)} key{end}"
        notes = (f"allowed here: {listing(name for name in allowed if name not in ('comment', 'description'))}",)
        fix = member(near, value) if near else f'remove "{key}"'
        self.note(self.codes.unknown, f'unknown key "{key}"', pointer, of="key", label=label, notes=notes, fix=fix)

    def not_matching(self, schema: Schema, value: str, pointer: str) -> None:
        """A text that is not written as it must be."""
        examples = schema.get("examples", [])
        notes = (f"for example: {', '.join(short_json(one) for one in examples)}",) if examples else ()
        message = f"{spot(pointer)} is not written as it must be"
        wanted = f"must match {schema['pattern']}" if "pattern" in schema else f"not a {schema['format']} (ISO 8601)"
        label = schema.get("description") or wanted
        self.note(self.codes.wrong, message, pointer, label=label.rstrip("."), notes=notes)

    def resolved(self, schema: Schema) -> Schema:
        """The schema that a reference leads to."""
        while "$ref" in schema:
            schema = self.defs[schema["$ref"].removeprefix("#/$defs/")]
        return schema
