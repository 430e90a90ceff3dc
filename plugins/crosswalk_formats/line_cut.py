"""Cuts a byte stream into pieces of whole lines or csv records, by line ends and the parity of quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .byte_input import RAW_LIMIT, TextBytes

_ANY_LINE_END = re.compile(rb"\r\n?|\n")
_LINE_FEED = re.compile(rb"\n")


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line beyond the limit, passed over: its first bytes, its size with the line end, and its number of quotes."""

    head: bytes
    size: int
    quotes: int


def first_lines(text: bytes, size: int, most: int) -> tuple[bytes, int]:
    """The first whole lines: at most so many bytes, if one fits, and so many lines; and how many these are."""
    end = len(text)
    if end > size:
        end = text.rfind(b"\n", 0, size) + 1 or text.find(b"\n") + 1 or end
    found = text[:end]
    count = found.count(b"\n") + (not found.endswith(b"\n"))
    if count > most:
        found = found[: end - len(found.split(b"\n", most)[-1])]
    return found, min(count, most)


class Cutter:
    """Hands out pieces of about `block` bytes that end at a line end, most probably at a record end.

    `final` is true once the last piece was handed out. A piece may still end inside a quoted field, as only parsing
    tells; what is left of it then goes back through `next(left)`. Without a `quote` every line is a record. Only line
    feeds end lines, unless `returns` is set. `block` may be set
    anew between pieces, and `fill`: to read on where the stream gives less at a time.
    """

    def __init__(self, source: TextBytes, block: int, limit: int, *, quote: bytes = b"", returns: bool = False) -> None:
        self._source = source
        self._quote = quote
        self.block = block
        self._limit = limit
        self._returns = returns
        self._line_end = _ANY_LINE_END if returns else _LINE_FEED
        self._tail = b""
        self.fill = False
        self.final = False

    def next(self, left: bytes = b"") -> bytes | LongLine | None:
        """`left` and more, at least one more line; None at the end. A LongLine when no line end comes in `limit`."""
        buffer = left + self._tail
        size = max(self.block, len(left))
        while True:
            block = self._source.read(size)
            while self.fill and 0 < len(block) < size and (more := self._source.read(size - len(block))):
                block += more
            if not block:
                self.final = True
                self._tail = b""
                return buffer or None
            # Large blocks have a line end, and are copied once up to it.
            feed = block.rfind(b"\n") + 1 or len(block)
            buffer = b"".join((buffer, memoryview(block)[:feed]))
            rest = block[feed:]
            cut = self._last_line_end(buffer)
            if cut > len(left):
                even = self._even(buffer, cut)
                cut = even if even > len(left) else cut
                self._tail = buffer[cut:] + rest
                return buffer[:cut]
            if len(buffer) > self._limit:
                return self._pass_line(buffer, len(left))
            size = min(max(size, len(buffer)), self._limit + 1)

    def _even(self, buffer: bytes, cut: int) -> int:
        """The last line end up to `cut` with an even number of quotes before it; 0 when there is none."""
        if not self._quote or buffer.find(self._quote, 0, cut) < 0:
            return cut
        odd = buffer.count(self._quote, 0, cut) & 1
        while odd and cut:
            line = buffer.rfind(b"\n", 0, buffer.rfind(self._quote, 0, cut)) + 1
            odd ^= buffer.count(self._quote, line, cut) & 1
            cut = line
        return cut

    def _pass_line(self, buffer: bytes, start: int) -> LongLine:
        head = buffer[: start + RAW_LIMIT]
        size = quotes = 0
        while True:
            end = self._line_end.search(buffer, start)
            if end and end[0] == b"\r" and end.end() == len(buffer) and (more := self._source.read(self.block)):
                buffer, start = buffer + more, end.start()
                continue
            cut = end.end() if end else len(buffer)
            size += cut
            quotes += buffer.count(self._quote, 0, cut) if self._quote else 0
            self._tail = buffer[cut:]
            if end:
                return LongLine(head, size, quotes)
            buffer, start = self._source.read(self.block), 0
            if not buffer:
                return LongLine(head, size, quotes)

    def skip_lines(self, count: int) -> int:
        """Pass over whole lines at the very start; how many bytes they were."""
        size = 0
        while count:
            line = self.next()
            if line is None:
                break
            if isinstance(line, LongLine):
                size, count = size + line.size, count - 1
                continue
            place = 0
            while count and (end := self._line_end.search(line, place)):
                place, count = end.end(), count - 1
            if count:
                place = len(line)
            size += place
            self._tail = line[place:] + self._tail
        return size

    def jump(self, offset: int, left: bytes) -> None:
        """Go on at a byte offset of the text, which is ahead of `left`, the bytes handed out and not used."""
        self._source.unread(left + self._tail)
        self._tail = b""
        self.final = False
        self._source.jump(offset)

    def _last_line_end(self, buffer: bytes) -> int:
        feed = buffer.rfind(b"\n") + 1
        if feed or not self._returns:
            return feed
        # A carriage return at the very end may be the first half of \r\n.
        return buffer.rfind(b"\r", 0, max(0, len(buffer) - 1)) + 1
