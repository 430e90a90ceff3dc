"""Templates: `{path}` holes in a text, `{{` and `}}` for braces."""

from __future__ import annotations

from ..errors import PathError


def parse_template(text: str) -> list[str | tuple[str, int]]:
    """Text parts (str) and holes (path text, offset of the path in `text`), in order; raises PathError."""
    parts: list[str | tuple[str, int]] = []
    literal: list[str] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char in "{}" and text[place : place + 2] == char * 2:
            literal.append(char)
            place += 2
        elif char == "{":
            end = _hole_end(text, place)
            if literal:
                parts.append("".join(literal))
                literal = []
            parts.append((text[place + 1 : end], place + 1))
            place = end + 1
        elif char == "}":
            raise PathError("a single } outside a hole", offset=place, fix="write }} for a literal brace")
        else:
            literal.append(char)
            place += 1
    if literal:
        parts.append("".join(literal))
    return parts


def _hole_end(text: str, start: int) -> int:
    depth, quote, place = 0, "", start
    while place < len(text):
        char = text[place]
        if quote:
            if char == "\\":
                place += 1
            elif char == quote:
                quote = ""
        elif char in "'\"`":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return place
        place += 1
    raise PathError("this { is not closed", offset=start, fix="close the hole with }, or write {{ for a literal brace")
