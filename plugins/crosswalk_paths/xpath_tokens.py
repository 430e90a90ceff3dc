"""XPath 1.0 text to tokens: enough to know variables, prefixes, functions and steps before libxml2 sees the text.

Follows section 3.7 of the XPath 1.0 recommendation, whose rules tell names from operators.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "variable", "axis", "function", "node_type", "name", "operator", "other"]

_NC = r"[^\W\d][\w.\-·]*"
_TOKEN = re.compile(
    rf"""\s*(?:(?P<text>"[^"]*"|'[^']*')
    |(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<variable>\$(?:{_NC}|\d+))
    |(?P<name>(?:{_NC}:)?\*|{_NC}(?::(?!:){_NC})?)
    |(?P<other>::|\.\.|//|!=|<=|>=|[()\[\].@,/|+\-=<>]))""",
    re.VERBOSE,
)
_NODE_TYPES = {"comment", "text", "processing-instruction", "node"}
# After these (or at the start) a name is a name, elsewhere it is an operator such as `and`.
_BEFORE_NAME = {"@", "::", "(", "[", ",", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">="}


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `attribute` marks a name test of the attribute axis."""

    kind: Kind
    text: str
    offset: int
    attribute: bool = False

    @property
    def prefix(self) -> str:
        """The namespace prefix of a name, "" without one."""
        return self.text.partition(":")[0] if ":" in self.text else ""


def tokens(text: str) -> tuple[list[Token], int | None]:
    """The tokens, and the offset of the first character that cannot stand in XPath (None: all can)."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            rest = len(text) - len(text[at:].lstrip())
            return found, rest if rest < len(text) else None
        group = str(match.lastgroup)
        word, start = match[group], match.start(group)
        at = match.end()
        kind: Kind = _name_kind(found, text, at, word) if group == "name" else group  # type: ignore[assignment]
        found.append(Token(kind, word, start, kind == "name" and _on_attribute_axis(found)))
    return found, None


def _name_kind(before: list[Token], text: str, at: int, word: str) -> Kind:
    last = before[-1] if before else None
    if last is not None and last.kind != "operator" and not (last.kind == "other" and last.text in _BEFORE_NAME):
        return "operator"
    follows = text[at:].lstrip()
    if follows.startswith("("):
        return "node_type" if word in _NODE_TYPES else "function"
    return "axis" if follows.startswith("::") else "name"


def _on_attribute_axis(before: list[Token]) -> bool:
    if not before:
        return False
    if before[-1].text == "@":
        return True
    return before[-1].text == "::" and len(before) > 1 and before[-2].text in ("attribute", "namespace")
