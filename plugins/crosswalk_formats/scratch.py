"""Memory to encode into, used again: the pages of a fresh buffer cost more than the encoding itself."""

from __future__ import annotations

import io
from collections import deque

_KEPT = 4
"""How many buffers wait for their next use; further ones are dropped."""
_spare: deque[bytearray] = deque(maxlen=_KEPT)


class Scratch(io.RawIOBase):
    """A file in a buffer from the store of used ones, for one encoding on one thread. `end`: of what was written."""

    def __init__(self) -> None:
        try:
            self._held = _spare.pop()
        except IndexError:
            self._held = bytearray(1 << 20)
        self.end = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        size = len(data)
        end = self.end + size
        if end > len(self._held):
            self.grow(size)
        self._held[self.end : end] = data
        self.end = end
        return size

    @property
    def memory(self) -> bytearray:
        """All of the buffer, to write into from `end` on."""
        return self._held

    def grow(self, least: int = 0) -> None:
        """Make the buffer twice as large, or larger by so many bytes."""
        self._held.extend(bytes(max(least, len(self._held))))

    def taken(self) -> memoryview:
        """What was written. Whoever has done with it calls `give_back`, then its memory is used again."""
        return memoryview(self._held)[: self.end]


def give_back(data: bytes | memoryview) -> None:
    """Let the memory of a `taken` view be used again; the view is void. Of other data nothing comes."""
    if isinstance(data, memoryview) and isinstance(data.obj, bytearray):
        held = data.obj
        data.release()
        _spare.append(held)
