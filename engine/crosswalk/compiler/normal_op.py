"""`Op`: one operation of a normal form; equal when it means the same, with a text for people beside."""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from typing import Any

from ..lean import lean_dataclass

WORDS = {"first": "first of", "at": "found at", "rule": "check", "on_error": "on_error", "keys": "keys"}
"""What an operation is called where its kind is no word."""

LONGEST = 400
"""Longer texts are cut."""


@lean_dataclass(eq=False, frozen=True)
class Op:
    """One operation: its kind, its constant part, and the values it works on (each a way of operations of its own).

    `text` and `labels` (of the parts) are for people and do not count in comparisons, which go by `digest`: variables
    that use each other share their parts, and to write them out could take a time without end.
    """

    kind: str
    value: str = ""
    parts: tuple[tuple[Op, ...], ...] = ()
    text: str = ""
    labels: tuple[str, ...] = ()
    digest: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        whole = hashlib.sha256(f"{self.kind}\0{self.value}\0{len(self.parts)}".encode("utf-8", "surrogatepass"))
        for part in self.parts:
            whole.update(b"(" + b"".join(op.digest for op in part))
        object.__setattr__(self, "digest", whole.digest())
        if not self.text:
            inner = ", ".join(joined(part) for part in self.parts)
            object.__setattr__(self, "text", _cut(" ".join(part for part in (self.value, inner) if part)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Op) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __str__(self) -> str:
        if self.kind in ("path", "step", "template", "calc", "test", "all", "any", "not", "expr", "const"):
            return self.text
        if self.kind == "switch":
            return f"switch of {len(self.parts) // 2} cases"
        if self.kind == "object":
            return f"object of {', '.join(self.labels)}" if self.labels else "object"
        return f"{WORDS.get(self.kind, self.kind)} {self.text}".rstrip()


Ops = tuple[Op, ...]


def joined(ops: Ops) -> str:
    """Operations as one line."""
    return _cut(" | ".join(str(op) for op in ops)) or "nothing"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def constant(value: Any) -> str:
    """A value as text that tells 1, 1.0, true and "1" apart."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_other)


def _other(value: Any) -> str:
    return f"{type(value).__name__} {getattr(value, 'pattern', value)}"
