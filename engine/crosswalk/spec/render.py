"""Diagnostics as text for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ..errors import Diagnostic

WIDTH = 160
"""Excerpts longer than this are cut around the marked part."""

_RED, _YELLOW, _BLUE, _BOLD, _OFF = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"


def render(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """All diagnostics, an empty line between them; ends with a line break unless there are none."""
    blocks = [_block(diagnostic, color) for diagnostic in diagnostics]
    return "\n\n".join(blocks) + ("\n" if blocks else "")


def _block(d: Diagnostic, color: bool) -> str:
    paint = _paint if color else _plain
    tone = _RED if d.level == "error" else _YELLOW
    lines = [f"{paint(f'{d.level}[{d.code}]', tone)}: {paint(_printable(d.message), _BOLD)}"]
    place = ":".join(str(part) for part in (d.file, d.line or None, d.column or None) if part is not None)
    if place or d.pointer:
        lines.append(f"  {paint('-->', _BLUE)} {'   '.join(part for part in (place, _printable(d.pointer)) if part)}")
    if d.excerpt and d.line:
        lines += _excerpt(d, color)
    elif d.label:
        lines.append(f"  = {_printable(d.label)}")
    lines += [f"  = {_printable(note)}" for note in d.notes]
    for i, part in enumerate(d.fix.split("\n") if d.fix else ()):
        lines.append(f"  = {paint('fix: ' if i == 0 else '     ', _BOLD)}{_printable(part)}")
    return "\n".join(lines)


def _excerpt(d: Diagnostic, color: bool) -> list[str]:
    """The line of the document, and below it the carets with the label."""
    paint = _paint if color else _plain
    text, start, end = _window(d.excerpt, d.column - 1, max(d.end_column, d.column + 1) - 1)
    before, marked = _shown(text[:start]), _shown(text[start:end])
    gutter = f"{d.line} | "
    carets = "^" * max(display_width(marked), 1)
    tone = _RED if d.level == "error" else _YELLOW
    label = f" {_printable(d.label)}" if d.label else ""
    under = " " * (len(gutter) - 2) + "| " + " " * display_width(before) + paint(carets + label, tone)
    return [paint(gutter, _BLUE) + _shown(text).rstrip(), under]


def _window(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a long line around the marked range, and the range in it."""
    start, end = min(start, len(text)), min(max(end, start + 1), len(text) + 1)
    if len(text) <= WIDTH:
        return text, start, end
    first = max(0, min(start - WIDTH // 3, len(text) - WIDTH))
    last = min(len(text), first + WIDTH)
    end = min(end, last)
    head, tail = "…" if first else "", "…" if last < len(text) else ""
    return head + text[first:last] + tail, start - first + len(head), end - first + len(head)


def _shown(text: str) -> str:
    """A part of a line as it is printed: tabs as two spaces, control characters visible."""
    return _printable(text.replace("\t", "  "))


def _printable(text: str) -> str:
    """Text that cannot steer a terminal: control and direction characters are written as their number."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == " " else f"<U+{ord(c):04X}>" for c in text)


def display_width(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _paint(text: str, code: str) -> str:
    return f"{code}{text}{_OFF}"


def _plain(text: str, code: str) -> str:
    return text
