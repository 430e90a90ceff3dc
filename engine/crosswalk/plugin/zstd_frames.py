"""Knows whether a zstd stream ended at the end of a frame: the library itself takes a cut-off file for a whole one."""

from __future__ import annotations

import struct
from typing import BinaryIO

_FRAME = 0xFD2FB528
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)


class FrameWatch:
    """A readable that passes a stream through and follows its frames (RFC 8878, section 3).

    `complete` is true when everything read so far is a whole number of frames.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held = b""
        self._skip = 0
        self._inside = False
        self._checksum = 0

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._follow(block)
        return block

    @property
    def complete(self) -> bool:
        return not self._inside and not self._skip and not self._held

    def _follow(self, block: bytes) -> None:
        data = self._held + block if self._held else block
        place = 0
        while place < len(data):
            if self._skip:
                step = min(self._skip, len(data) - place)
                self._skip -= step
                place += step
                continue
            used = self._block_header(data, place) if self._inside else self._frame_header(data, place)
            if not used:
                break
            place += used
        self._held = data[place:]

    def _frame_header(self, data: bytes, place: int) -> int:
        """Bytes of the frame header at `place`; 0 when more input is needed."""
        if len(data) - place < 8:
            return 0
        magic, size = struct.unpack_from("<II", data, place)
        if magic in _SKIPPABLE:
            self._skip = size
            return 8
        if magic != _FRAME:
            return len(data) - place  # not zstd: the library reports it
        flags = data[place + 4]
        single = flags >> 5 & 1
        content = (1 if single else 0, 2, 4, 8)[flags >> 6]
        self._checksum = 4 if flags & 4 else 0
        self._inside = True
        # The shortest frame is 9 bytes: 5 of header, 1 of window or size, 3 of block.
        header = 5 + (not single) + (0, 1, 2, 4)[flags & 3] + content
        self._skip = max(0, header - 8)
        return min(header, 8)

    def _block_header(self, data: bytes, place: int) -> int:
        if len(data) - place < 3:
            return 0
        header = int.from_bytes(data[place : place + 3], "little")
        kind = header >> 1 & 3
        self._skip = 1 if kind == 1 else header >> 3  # a run-length block holds one byte whatever its size says
        if header & 1:
            self._inside = False
            self._skip += self._checksum
        return 3
