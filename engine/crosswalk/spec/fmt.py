"""`format_document`: one canonical layout for spec files, with every key, number and escape as the author wrote it."""

from __future__ import annotations

import re
from dataclasses import field

from ..lean import lean_dataclass
from .document import parse_document
from .render import display_width

WIDTH = 100
"""Lists and objects that fit this many columns stay on one line."""

_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+)')


@lean_dataclass
class _Node:
    """A scalar as written (`text`), or a list or object (`bracket` its opening) with `key: value` or plain members."""

    text: str = ""
    bracket: str = ""
    members: list[tuple[str, _Node]] = field(default_factory=list)


def format_document(text: str) -> str:
    """The document laid out anew: indented by two spaces, short lists and objects on one line, a line break at the end.

    The order of keys stays, as do the spelling of numbers and the escapes. Formatting twice changes nothing more.
    Raises SpecError M101 when the text is not strict JSON.
    """
    parse_document(text)
    return _layout(_read(text.removeprefix("\ufeff")), 0, 0, 0) + "\n"


def _read(text: str) -> _Node:
    """The tree of a text that is known to be JSON."""
    stack: list[_Node] = [_Node(bracket="[")]
    keys = [""]
    for token in (match[1] for match in _TOKEN.finditer(text)):
        if token in "{[":
            node = _Node(bracket=token)
            stack[-1].members.append((keys[-1], node))
            keys[-1] = ""
            stack.append(node)
            keys.append("")
        elif token in "}]":
            stack.pop()
            keys.pop()
        elif token == ":":
            keys[-1] = stack[-1].members.pop()[1].text
        elif token != ",":
            stack[-1].members.append((keys[-1], _Node(text=token)))
            keys[-1] = ""
    return stack[0].members[0][1]


def _layout(node: _Node, depth: int, before: int, after: int) -> str:
    """`before` and `after`: how many columns stand on the line already, and how many will follow."""
    if not node.bracket:
        return node.text
    close = "}" if node.bracket == "{" else "]"
    if not node.members:
        return node.bracket + close
    flat = _flat(node, WIDTH - before - after) if depth else None
    if flat is not None:
        return flat
    pad = "  " * (depth + 1)
    lines = []
    for i, (key, member) in enumerate(node.members):
        head = f"{pad}{key}: " if key else pad
        comma = 1 if i + 1 < len(node.members) else 0
        lines.append(head + _layout(member, depth + 1, display_width(head), comma))
    return node.bracket + "\n" + ",\n".join(lines) + "\n" + "  " * depth + close


def _flat(node: _Node, room: int) -> str | None:
    """The node on one line, None when it needs more than `room` columns."""
    if not node.bracket:
        return node.text if display_width(node.text) <= room else None
    close = "}" if node.bracket == "{" else "]"
    parts: list[str] = []
    used = 4 if node.bracket == "{" else 2
    for key, member in node.members:
        found = _flat(member, room - used)
        if found is None:
            return None
        parts.append(f"{key}: {found}" if key else found)
        used += display_width(parts[-1]) + 2
    inner = ", ".join(parts)
    line = f"{{ {inner} }}" if node.bracket == "{" and parts else node.bracket + inner + close
    return line if display_width(line) <= room else None
