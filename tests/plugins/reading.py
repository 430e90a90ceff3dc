"""What the tests of formats share: the rows of batches, and a stream that cannot seek."""

from __future__ import annotations

import io
from typing import Any

from crosswalk import Batch


def rows(batches: list[Batch]) -> list[Any]:
    return [row for batch in batches for row in batch.rows]


class Pipe(io.RawIOBase):
    """A stream that cannot seek."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._inner.read(size)
