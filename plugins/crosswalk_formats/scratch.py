"""Memory to encode into, used again: the pages of a fresh buffer cost more than the encoding itself."""

from __future__ import annotations

import io
from collections import deque

_KEPT = 4
"""How many buffers wait for their next use; further ones are dropped."""
_spare: deque[bytearray] = deque(maxlen=_KEPT)


class Scratch(io.RawIOBase):
    """A file in a buffer from the store of used ones, for one encoding on one thread."""

    def __init__(self) -> None:
        try:
            self._held = _spare.pop()
        except IndexError:
            self._held = bytearray(1 << 20)
        self._end = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        size = len(data)
        end = self._end + size
        if end > len(self._held):
            self._held.extend(bytes(max(size, len(self._held))))
        self._held[self._end : end] = data
        self._end = end
        return size

    def taken(self) -> memoryview:
        """What was written. Whoever has done with it calls `give_back`, then its memory is used again."""
        return memoryview(self._held)[: self._end]


def give_back(data: bytes | memoryview) -> None:
    """Let the memory of a `taken` view be used again; the view is void. Of other data nothing comes."""
    if isinstance(data, memoryview) and isinstance(data.obj, bytearray):
        held = data.obj
        data.release()
        _spare.append(held)
