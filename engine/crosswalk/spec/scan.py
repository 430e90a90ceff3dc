"""A JSON scanner that knows where everything stands: spans by JSON Pointer, and the first syntax error in words."""

from __future__ import annotations

import json
import re
from dataclasses import field
from typing import NamedTuple

from ..lean import lean_dataclass
from .pointer import join
from .syntax_help import explain_syntax

MAX_DEPTH = 200

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z_.+])")
_WORD = re.compile(r"(?:true|false|null)(?![0-9A-Za-z_])")


class Span(NamedTuple):
    """Character offsets of a key (-1: an item of a list or the root) and of its value; ends are exclusive."""

    key_start: int
    key_end: int
    start: int
    end: int


class Fault(Exception):
    """The text is not JSON at `offset` (`length` characters are marked); the rest as in `Diagnostic`."""

    def __init__(self, offset: int, length: int, message: str, *, pointer: str = "", label: str = "", fix: str = ""):
        super().__init__(message)
        self.offset, self.length, self.message = offset, length, message
        self.pointer, self.label, self.fix = pointer, label, fix


class Duplicate(NamedTuple):
    """A key written twice in one object: where it stands again, and where it stood first."""

    pointer: str
    key: str
    start: int
    end: int
    first_start: int


@lean_dataclass
class Index:
    """All spans of a document by JSON Pointer, and its duplicate keys."""

    spans: dict[str, Span] = field(default_factory=dict)
    duplicates: list[Duplicate] = field(default_factory=list)


@lean_dataclass
class _Frame:
    pointer: str
    is_object: bool
    start: int
    key_start: int
    key_end: int
    count: int = 0
    keys: dict[str, int] = field(default_factory=dict)


def scan(text: str) -> Index:
    """Read a whole document; raises Fault at the first syntax error or at nesting deeper than `MAX_DEPTH`."""
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.index = Index()
        self.stack: list[_Frame] = []

    def run(self) -> Index:
        self.space()
        pointer, key = "", (-1, -1)
        while True:
            if self.value(pointer, key):
                if not self.stack:
                    break
            elif self.peek() in "]}" and self.peek():
                self.close_ended()
            else:
                pointer, key = self.member()
                continue
            while self.stack and self.after():
                self.close()
            if not self.stack:
                break
            pointer, key = self.member()
        self.space()
        if self.pos < len(self.text):
            raise self.fault("end")
        return self.index

    def peek(self) -> str:
        return self.text[self.pos : self.pos + 1]

    def space(self) -> None:
        match = _SPACE.match(self.text, self.pos)
        self.pos = match.end() if match else self.pos

    def fault(self, expected: str) -> Fault:
        frame = self.stack[-1] if self.stack else None
        found = explain_syntax(self.text, self.pos, expected, frame.start if frame else -1)
        return Fault(found[0], found[1], found[2], pointer=frame.pointer if frame else "", label=found[3], fix=found[4])

    def value(self, pointer: str, key: tuple[int, int]) -> bool:
        """Read a scalar whole (True), or open a list or object (False)."""
        char, start = self.peek(), self.pos
        if char in "{[" and char:
            if len(self.stack) >= MAX_DEPTH:
                raise Fault(start, 1, f"the document is nested deeper than {MAX_DEPTH} levels")
            self.stack.append(_Frame(pointer, char == "{", start, *key))
            self.pos += 1
            self.space()
            return False
        match = _STRING.match(self.text, start) or _NUMBER.match(self.text, start) or _WORD.match(self.text, start)
        if match is None:
            raise self.fault("value")
        if char == '"' and "\\u" in match[0]:
            self.refuse_lone_surrogates(match[0], start, pointer)
        self.pos = match.end()
        self.index.spans[pointer] = Span(*key, start, self.pos)
        return True

    def refuse_lone_surrogates(self, literal: str, start: int, pointer: str) -> None:
        try:
            json.loads(literal).encode("utf-8")
        except UnicodeEncodeError:
            message = "half of a surrogate pair in a string"
            raise Fault(start, len(literal), message, pointer=pointer, label="not a character") from None

    def member(self) -> tuple[str, tuple[int, int]]:
        """Move to the next value of the open list or object; its pointer and the span of its key."""
        frame = self.stack[-1]
        if not frame.is_object:
            frame.count += 1
            return f"{frame.pointer}/{frame.count - 1}", (-1, -1)
        match = _STRING.match(self.text, self.pos)
        if match is None:
            raise self.fault("key")
        key, start = json.loads(match[0]), self.pos
        pointer = join(frame.pointer, key)
        if "\\u" in match[0]:
            self.refuse_lone_surrogates(match[0], start, frame.pointer)
        if key in frame.keys:
            self.index.duplicates.append(Duplicate(pointer, key, start, match.end(), frame.keys[key]))
        else:
            frame.keys[key] = start
        self.pos = match.end()
        self.space()
        if self.peek() != ":":
            raise self.fault("colon")
        self.pos += 1
        self.space()
        return pointer, (start, match.end())

    def after(self) -> bool:
        """Behind a value: True when the open list or object ends here, False when another member follows."""
        self.space()
        frame, char = self.stack[-1], self.peek()
        if char == ("}" if frame.is_object else "]"):
            return True
        if char != ",":
            raise self.fault("comma")
        self.pos += 1
        self.space()
        if self.peek() in "]}" and self.peek():
            raise self.fault("key" if frame.is_object else "value")
        return False

    def close_ended(self) -> None:
        """Close the list or object that was opened just now and is empty."""
        frame = self.stack[-1]
        if self.peek() != ("}" if frame.is_object else "]"):
            raise self.fault("key" if frame.is_object else "value")
        self.close()

    def close(self) -> None:
        frame = self.stack.pop()
        self.pos += 1
        self.index.spans[frame.pointer] = Span(frame.key_start, frame.key_end, frame.start, self.pos)
