"""What plugins print: caught or told on stderr, so that it neither spoils output nor goes unnoticed."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_lock = threading.RLock()
_OURS = ("crosswalk", "click", "rich", "contextlib", "logging")
_MOST = 20
"""How many lines of one module are shown: a resolver that prints does so for every record."""


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


class StrayText(io.TextIOBase):
    """Text that crosswalk itself writes passes; what another module prints goes to stderr, by line, with its name."""

    def __init__(self, behind: TextIO) -> None:
        self._behind = behind
        self._begun: dict[str, str] = {}
        self._told: dict[str, int] = {}

    def write(self, text: str) -> int:
        frame = sys._getframe(1)
        name = str(frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] in _OURS:
            return self._behind.write(text)
        *lines, self._begun[name] = (self._begun.get(name, "") + text).split("\n")
        for line in lines:
            self._tell(name, line)
        return len(text)

    def _tell(self, name: str, line: str) -> None:
        if not line.strip():
            return
        self._told[name] = self._told.get(name, 0) + 1
        if self._told[name] <= _MOST:
            sys.stderr.write(f"warning: {name} printed to stdout: {line.rstrip()}\n")

    def finish(self) -> None:
        """Tell what was printed without a line's end, and how much was not shown."""
        for name, text in self._begun.items():
            self._tell(name, text)
        for name, lines in self._told.items():
            if lines > _MOST:
                sys.stderr.write(f"warning: {name} printed {lines - _MOST:,} more lines to stdout\n")

    def flush(self) -> None:
        self._behind.flush()

    def close(self) -> None:
        """What is behind is not ours to close, nor to flush when this goes away after it: Python 3.13 would tell."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)

    def isatty(self) -> bool:
        return self._behind.isatty()

    def fileno(self) -> int:
        return self._behind.fileno()

    @property
    def encoding(self) -> Any:  # type: ignore[override]
        return self._behind.encoding
