"""Finds where JSON values begin and end in a byte stream, holding no more than one block or one value of it."""

from __future__ import annotations

import re

import orjson

from crosswalk import ConnectorError

from .byte_input import TextBytes
from .exact_numbers import is_only_unusual, loads, reason, risky

OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, QUOTE, COMMA, COLON = b'[]{}",:'
END = -1

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"(?>[^"\\]++|\\.)*+"', re.S)
_STRING_PART = re.compile(rb'(?>[^"\\]++|\\.)*+', re.S)
_SCALAR = re.compile(rb'[^ \t\r\n,:"\[\]{}]*+')
_MARK = re.compile(rb'["\[\]{}]')
_CANDIDATES = 64
_CHECKED = 1_000_000
_CONTINUATION = bytes(range(0x80, 0xC0))


class Scanner:
    """A window on the stream. `buffer[place:]` is what was read and not used yet; `place` may be moved forward.

    `bulk` says that `several` is worth trying; whoever finds that its answer does not parse sets it to false until the
    window moves. `plain` says that orjson alone reads the window exactly. All errors are ConnectorError C202 with line
    and column.
    """

    def __init__(self, source: TextBytes, block: int, limit: int) -> None:
        self._source = source
        self._block = block
        self._limit = limit
        self._lines = 0
        self._column = 0
        self._ended = False
        self.buffer = b""
        self.place = 0
        self.bulk = True
        self.plain = True

    @property
    def offset(self) -> int:
        """The bytes of the text before `place`."""
        return self._source.offset - len(self.buffer) + self.place

    def more(self) -> bool:
        """Forget what lies before `place` and read on; false at the end of the stream."""
        rest = self.buffer[self.place :]
        block = b"" if self._ended else self._source.read(min(max(self._block, len(rest)), self._limit + 1))
        if not block:
            self._ended = True
            return False
        self._moved(rest + block)
        return True

    def _moved(self, window: bytes) -> None:
        """The window begins at `place` from now on, and has more behind."""
        newline = self.buffer.rfind(b"\n", 0, self.place)
        self._lines += self.buffer.count(b"\n", 0, self.place)
        shown = _characters(self.buffer[newline + 1 : self.place])
        self._column = shown if newline >= 0 else self._column + shown
        self.buffer = window
        self.place = 0
        self.bulk = True
        self.plain = not risky(self.buffer)

    def fill(self, size: int) -> None:
        """Read on until so many bytes are at hand, if there are as many."""
        blocks = [self.buffer[self.place :]]
        held = len(blocks[0])
        while held < size and not self._ended:
            block = self._source.read(min(size - held, self._limit + 1))
            self._ended = not block
            blocks.append(block)
            held += len(block)
        if len(blocks) > 1:
            self._moved(b"".join(blocks))

    def narrow(self, block: int) -> None:
        """Read no more than so many bytes at a time from now on, where that is enough."""
        self._block = block

    def peek(self) -> int:
        """The next byte that is no white space, `place` on it; END at the end."""
        while True:
            space = _SPACE.match(self.buffer, self.place)
            self.place = space.end() if space else self.place
            if self.place < len(self.buffer):
                return self.buffer[self.place]
            if not self.more():
                return END

    def take(self, byte: int, what: str) -> None:
        """Step over the byte; an error that names `what` was expected when another one comes."""
        if self.peek() != byte:
            raise self.fail(f"{what} expected")
        self.place += 1

    def whole(self, limit: int = 0) -> bytes | None:
        """The text of the value at `place`, stepped over; None, and nothing has moved, when it is beyond the limit."""
        limit = limit or self._limit
        while True:
            end = self._value_end()
            size = (len(self.buffer) if end is None else end) - self.place
            if size > limit:
                return None
            if end is not None:
                if not size:
                    raise self.fail("a value expected")
                text = self.buffer[self.place : end]
                self.place = end
                return text
            if not self.more() and self._value_end() is None:
                raise self.fail("the document ends inside this value")

    def several(self) -> bytes | None:
        """The text of probably complete list items from `place` on, as far as the window goes; `place` does not move.

        If that text between brackets is JSON, then it is exactly these items, since no JSON value is the beginning of
        another object or list. If not (brackets inside strings mislead this count), the items must be taken singly.
        """
        buffer, start, end = self.buffer, self.place, len(self.buffer)
        close = {OPEN_OBJECT: b"}", OPEN_LIST: b"]"}.get(buffer[start])
        if not self.bulk or close is None:
            return None
        braces, brackets = _balance(buffer, start, end)
        for _ in range(_CANDIDATES):
            found = buffer.rfind(close, start, end) + 1
            if not found or end <= start:
                break
            less_braces, less_brackets = _balance(buffer, found, end)
            braces, brackets, end = braces - less_braces, brackets - less_brackets, found
            if braces == brackets == 0 and end - start <= self._limit:
                return buffer[start:end]
            end -= 1
            braces, brackets = (braces + 1, brackets) if close == b"}" else (braces, brackets + 1)
        self.bulk = False
        return None

    def skip(self) -> None:
        """Step over the value at `place`, whatever its size. Up to 1 MB its grammar is checked, beyond only its end."""
        first = self.peek()
        if first == END:
            raise self.fail("the document ends where a value is expected")
        text = self.whole(_CHECKED)
        if text is None and first not in (QUOTE, OPEN_LIST, OPEN_OBJECT):
            raise self.fail("a number or word without end")
        if text is None:
            self._skip_far()
            return
        try:
            loads(text)
        except ValueError as error:
            if not is_only_unusual(text):
                raise self.syntax_error(text, self.place - len(text), error) from None

    def _skip_far(self) -> None:
        depth = 0
        while True:
            mark = _MARK.search(self.buffer, self.place)
            if mark is None:
                self.place = len(self.buffer)
                if not self.more():
                    raise self.fail("the document ends inside a value")
                continue
            self.place = mark.end()
            if mark[0] == b'"':
                self._skip_string()
            else:
                depth += 1 if mark[0] in b"[{" else -1
            if depth == 0:
                return

    def _skip_string(self) -> None:
        while True:
            part = _STRING_PART.match(self.buffer, self.place)
            self.place = part.end() if part else self.place
            if self.place < len(self.buffer) and self.buffer[self.place] == QUOTE:
                self.place += 1
                return
            if not self.more():
                raise self.fail("the document ends inside a string")

    def _value_end(self) -> int | None:
        """Where the value at `place` ends; None when the window does not tell."""
        buffer, place = self.buffer, self.place
        first = buffer[place] if place < len(buffer) else END
        if first == QUOTE:
            string = _STRING.match(buffer, place)
            return string.end() if string else None
        if first not in (OPEN_LIST, OPEN_OBJECT):
            scalar = _SCALAR.match(buffer, place)
            end = scalar.end() if scalar else place
            return end if end < len(buffer) or self._ended else None
        depth = 0
        while mark := _MARK.search(buffer, place):
            place = mark.end()
            if mark[0] == b'"':
                string = _STRING.match(buffer, mark.start())
                if string is None:
                    return None
                place = string.end()
                continue
            depth += 1 if mark[0] in b"[{" else -1
            if depth == 0:
                return place
        return None

    def syntax_error(self, text: bytes, start: int, error: ValueError) -> ConnectorError:
        """The error for a value that is no JSON, which began at `buffer[start]`."""
        at = start
        if isinstance(error, orjson.JSONDecodeError):
            at += len(error.doc[: error.pos].encode("utf-8", "surrogatepass"))
        return self.fail(reason(error).partition(" at character")[0], at)

    def fail(self, message: str, at: int | None = None) -> ConnectorError:
        """The error for a broken document, with the line and column of `buffer[at]`, else of `place`."""
        line, column = self.position(self.place if at is None else at)
        return ConnectorError("C202", f"{message} (line {line}, column {column})", fix="correct the document")

    def position(self, at: int) -> tuple[int, int]:
        """Line and column, from 1, of `buffer[at]`."""
        newline = self.buffer.rfind(b"\n", 0, at)
        before = _characters(self.buffer[newline + 1 : at])
        column = before + 1 if newline >= 0 else self._column + before + 1
        return self._lines + self.buffer.count(b"\n", 0, at) + 1, column


def _characters(text: bytes) -> int:
    return len(text.translate(None, _CONTINUATION))


def _balance(buffer: bytes, start: int, end: int) -> tuple[int, int]:
    braces = buffer.count(b"{", start, end) - buffer.count(b"}", start, end)
    return braces, buffer.count(b"[", start, end) - buffer.count(b"]", start, end)
