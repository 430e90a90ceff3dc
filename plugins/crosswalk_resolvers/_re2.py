"""Which regular expressions mean the same in Python and in RE2, which Arrow uses, on texts of printable ASCII."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import lru_cache

_PLAIN = frozenset(string.ascii_letters + string.digits + " !\"#%&',-/:;<=>@_`~")
_CLASSES = "dDwWsS"
_PUNCTUATION = frozenset(string.punctuation) - {"_"}
_COUNT = re.compile(r"\{([0-9]{1,3})(,[0-9]{0,3})?\}")


class _Differs(Exception):
    """The expression has something that the two read in their own way, or that is not looked into here."""


@dataclass(frozen=True)
class Shared:
    """An expression that both read alike: the fewest characters that it matches, where its capturing groups begin,
    whether each takes part in every match, and whether parts of matches are the same, not only that there is one."""

    least: int
    groups: tuple[tuple[int, bool], ...]
    parts: bool


@lru_cache(256)
def shared(pattern: str) -> Shared | None:
    """What both read alike; None where they may differ."""
    parser = _Parser(pattern)
    try:
        least = parser.alternatives(sure=True)
        if parser.place < len(pattern):
            raise _Differs
    except (_Differs, IndexError, RecursionError):
        return None
    return Shared(least, tuple(parser.groups), parser.parts)


def named(pattern: str, name: str) -> str | None:
    """The expression with a name for its one group, or for the whole without any; None where a match may lack it."""
    found = shared(pattern)
    if found is None or not found.parts or len(found.groups) > 1 or not all(sure for _, sure in found.groups):
        return None
    if not found.groups:
        return f"(?P<{name}>{pattern})"
    start = found.groups[0][0]
    rest = pattern[start + 1 :]
    if rest.startswith("?P<"):
        rest = rest[rest.index(">") + 1 :]
    return f"{pattern[:start]}(?P<{name}>{rest}"


def template_in_re2(template: str) -> str | None:
    r"""The replacement as RE2 reads it; None for any escape but `\1` to `\9`."""
    for found in re.finditer(r"\\(.?.?)", template, re.DOTALL):
        if not re.fullmatch(r"[1-9][^0-9]?", found[1], re.DOTALL):
            return None
    return template


class _Parser:
    """Reads an expression; raises _Differs, or IndexError at its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.place = 0
        self.groups: list[tuple[int, bool]] = []
        self.parts = True

    def alternatives(self, *, sure: bool) -> int:
        before = len(self.groups)
        least = [self._sequence(sure)]
        while self._next() == "|":
            self.place += 1
            least.append(self._sequence(sure=False))
        if len(least) > 1:
            self.groups[before:] = [(start, False) for start, _ in self.groups[before:]]
        return min(least)

    def _next(self) -> str:
        return self._text[self.place] if self.place < len(self._text) else ""

    def _sequence(self, sure: bool) -> int:
        least = 0
        while self._next() not in ("", "|", ")"):
            group = self._next() == "("
            held = len(self.groups)
            width, repeats = self._atom(sure)
            times = self._times()
            if times is not None:
                if not repeats:
                    raise _Differs
                if group:
                    # Which turn of a repeated group counts, and what an empty turn gives, are their own.
                    self.parts = False
                    self.groups[held:] = [(start, False) for start, _ in self.groups[held:]]
            least += width * (1 if times is None else times)
        return least

    def _atom(self, sure: bool) -> tuple[int, bool]:
        """The fewest characters, and whether it may be repeated."""
        char = self._next()
        start = self.place
        self.place += 1
        if char == "(":
            capturing = True
            if self._next() == "?":
                head = re.compile(r"\?(?::|P<[A-Za-z_][A-Za-z0-9_]*>)").match(self._text, self.place)
                if head is None:
                    raise _Differs
                capturing = head[0] != "?:"
                self.place = head.end()
            if capturing:
                self.groups.append((start, sure))
            least = self.alternatives(sure=sure)
            if self._next() != ")":
                raise _Differs
            self.place += 1
            return least, True
        if char == "[":
            self._class()
            return 1, True
        if char in "^$":
            return 0, False
        if char == "\\":
            escaped = self._text[self.place]
            self.place += 1
            if escaped in "bB":
                return 0, False
            if escaped not in _CLASSES and escaped not in _PUNCTUATION:
                raise _Differs
            return 1, True
        if char != "." and char not in _PLAIN:
            raise _Differs
        return 1, True

    def _class(self) -> None:
        if self._next() == "^":
            self.place += 1
        first = True
        while (char := self._text[self.place]) != "]" or first:
            self.place += 1
            follows = self._text[self.place]
            if char == "\\":
                if follows not in _CLASSES and follows not in _PUNCTUATION:
                    raise _Differs
                self.place += 1
            elif char == "-":
                if not first and follows != "]":
                    raise _Differs
            elif char in "[]&|~" or not char.isprintable() or not char.isascii():
                raise _Differs
            elif follows == "-" and self._text[self.place + 1] != "]":
                last = self._text[self.place + 1]
                if not (char.isalnum() and last.isascii() and last.isalnum()):
                    raise _Differs
                self.place += 2
            first = False
        self.place += 1

    def _times(self) -> int | None:
        """The fewest turns, None where nothing is repeated."""
        char = self._next()
        if char and char in "*+?":
            least = 1 if char == "+" else 0
            self.place += 1
        elif found := _COUNT.match(self._text, self.place):
            least = int(found[1])
            self.place = found.end()
        else:
            return None
        if self._next() == "?":
            self.place += 1
        if self._next() in ("*", "+", "?", "{"):
            raise _Differs
        return least
