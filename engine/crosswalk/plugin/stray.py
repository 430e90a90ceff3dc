"""What a plugin prints while it is loaded: caught, so that it neither spoils output nor goes unnoticed."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_lock = threading.RLock()


class _Catcher(io.TextIOBase):
    """Keeps what this thread prints; other threads print as ever, and so does whoever takes the bytes underneath."""

    def __init__(self, behind: TextIO) -> None:
        self._behind = behind
        self._thread = threading.get_ident()
        self.found: list[str] = []

    def write(self, text: str) -> int:
        if threading.get_ident() == self._thread:
            self.found.append(text)
            return len(text)
        return self._behind.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)


@contextmanager
def caught_prints() -> Iterator[list[str]]:
    """The texts that this thread prints to stdout inside the context."""
    with _lock:
        before = sys.stdout
        catcher = _Catcher(before)
        sys.stdout = catcher
        try:
            yield catcher.found
        finally:
            sys.stdout = before
