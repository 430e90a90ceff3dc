"""Text input as bytes: finds byte order marks, recodes what is not ASCII-compatible, jumps to an offset."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from crosswalk import ArgumentError, ConnectorError

BLOCK = 1 << 18
"""Bytes asked of a stream at a time."""
RAW_LIMIT = 1 << 16
"""A bad record keeps this much of what was read."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SINGLE_BYTE = re.compile(r"ascii|iso8859-\d+|cp125\d|cp437|cp7\d\d|cp8\d\d|koi8-\w|mac-\w+")
_ASCII = bytes(range(128))

# An undecodable sequence becomes one lone surrogate, which no valid text contains and strict UTF-8 refuses.
codecs.register_error("crosswalk-mark", lambda error: ("\udcff", getattr(error, "end", 0)))


class TextBytes:
    """The bytes of a text stream in an encoding whose line breaks and ASCII characters are single bytes.

    `encoding` is utf-8 or a single-byte one; anything else (utf-16, gb18030, ...) is recoded to utf-8 on the way, with
    undecodable sequences kept as invalid utf-8. `offset` counts these bytes, from after the byte order mark, up to what
    was last read; `total` is how much of the underlying stream was read.
    """

    def __init__(self, stream: BinaryIO, encoding: str = "utf-8") -> None:
        self._stream = stream
        self._origin = stream.tell() if stream.seekable() else 0
        held = b""
        while len(held) < 4 and (block := stream.read(4 - len(held))):
            held += block
        self.total = len(held)
        mark, name = next(((m, n) for m, n in _MARKS if held.startswith(m)), (b"", codec_name(encoding)))
        # Without a mark the codecs of these raise; the standard of the web takes little-endian then.
        name = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name)
        self._mark = len(mark)
        self._decoder = None if is_direct(name) else codecs.getincrementaldecoder(name)("crosswalk-mark")
        self.encoding = name if self._decoder is None else "utf-8"
        # A view, as taking small pieces off the front of many bytes must not copy the rest each time.
        self._held = memoryview(self._recode(held[len(mark) :]) if held[len(mark) :] else b"")
        self.offset = 0

    def read(self, size: int) -> bytes:
        """The next bytes, about `size`; b"" only at the end."""
        if self._held:
            block, self._held = bytes(self._held[:size]), self._held[size:]
        else:
            block = self._stream.read(size)
            self.total += len(block)
            # A block may end inside a character: nothing comes out of it until the next one.
            while self._decoder is not None:
                text = self._recode(block)
                if text or not block:
                    block = text
                    break
                block = self._stream.read(size)
                self.total += len(block)
        self.offset += len(block)
        return block

    def _recode(self, block: bytes) -> bytes:
        if self._decoder is None:
            return block
        return self._decoder.decode(block, not block).encode("utf-8", "surrogatepass")

    def unread(self, block: bytes) -> None:
        """Put back the last bytes that were read."""
        self._held = memoryview(block + self._held)
        self.offset -= len(block)

    def jump(self, offset: int) -> None:
        """Go on at `offset`, which lies ahead; raises ConnectorError C205 when the stream ends before it."""
        if self._decoder is None and offset - self.offset > BLOCK and self._stream.seekable():
            self._held = memoryview(b"")
            self._stream.seek(self._origin + self._mark + offset - 1)
            if not self._stream.read(1):
                raise _too_far(offset)
            self.offset = offset
            self.total = self._mark + offset
        while self.offset < offset:
            block = self.read(BLOCK)
            if not block:
                raise _too_far(offset)
            if self.offset > offset:
                self.unread(block[offset - self.offset :])


def codec_name(encoding: str) -> str:
    """The canonical name of a text encoding; raises ArgumentError for an unknown one."""
    try:
        name = codecs.lookup(encoding).name
        "a".encode(name)
    except (LookupError, TypeError, UnicodeError) as error:
        raise ArgumentError(f"unknown encoding {encoding!r}", argument="encoding", fix="for example utf-8") from error
    return "utf-8" if name == "utf-8-sig" else name


def is_direct(name: str) -> bool:
    """Whether text in the encoding can be cut at line breaks and delimiters as it is."""
    if name == "utf-8":
        return True
    return bool(_SINGLE_BYTE.fullmatch(name)) and _ASCII.decode(name, "replace") == _ASCII.decode("ascii")


def cursor_int(cursor: object, name: str) -> int:
    """A whole number of a cursor object; raises ConnectorError C205 when the cursor is not one of this format."""
    value = cursor.get(name) if isinstance(cursor, dict) else None
    if not isinstance(value, int) or value < 0:
        raise ConnectorError("C205", f"the cursor has no {name!r}: it was not written by this format")
    return value


def _too_far(offset: int) -> ConnectorError:
    return ConnectorError("C205", f"the stream ends before byte {offset}, where the cursor resumes")
