"""`Op`: one operation of a normal form; equal when it means the same, with a text for people beside."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

WORDS = {"first": "first of", "at": "found at", "rule": "check", "on_error": "on_error", "keys": "keys"}
"""What an operation is called where its kind is no word."""


@dataclass(frozen=True, slots=True)
class Op:
    """One operation: its kind, its constant part, and the values it works on (each a way of operations of its own).

    `text` and `labels` (of the parts) are for people and do not count in comparisons.
    """

    kind: str
    value: str = ""
    parts: tuple[tuple[Op, ...], ...] = ()
    text: str = field(default="", compare=False, repr=False)
    labels: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def shown(self) -> str:
        """The operation without its kind."""
        inner = ", ".join(joined(part) for part in self.parts)
        return self.text or " ".join(part for part in (self.value, inner) if part)

    def __str__(self) -> str:
        if self.kind in ("path", "step", "template", "calc", "test", "all", "any", "not", "expr", "const"):
            return self.shown
        if self.kind == "switch":
            return f"switch of {len(self.parts) // 2} cases"
        if self.kind == "object":
            return f"object of {', '.join(self.labels)}" if self.labels else "object"
        return f"{WORDS.get(self.kind, self.kind)} {self.shown}".rstrip()


Ops = tuple[Op, ...]


def joined(ops: Ops) -> str:
    """Operations as one line."""
    return " | ".join(str(op) for op in ops) or "nothing"


def constant(value: Any) -> str:
    """A value as text that tells 1, 1.0, true and "1" apart."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_other)


def _other(value: Any) -> str:
    return f"{type(value).__name__} {getattr(value, 'pattern', value)}"
