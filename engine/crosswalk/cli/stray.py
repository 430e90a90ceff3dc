"""What plugins print while a command runs: told on stderr, so that it never mixes with records on stdout."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_OURS = ("crosswalk", "click", "rich", "contextlib", "logging", __name__)


class _Stdout(io.TextIOBase):
    """Text that crosswalk itself writes passes; what another module prints goes to stderr with its name."""

    def __init__(self, behind: TextIO) -> None:
        self._behind = behind
        self._told = False

    def write(self, text: str) -> int:
        frame = sys._getframe(1)
        name = str(frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] in _OURS:
            return self._behind.write(text)
        if text.strip():
            sys.stderr.write(f"warning: {name} printed to stdout: {text.rstrip()}\n")
        return len(text)

    def flush(self) -> None:
        self._behind.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)

    def isatty(self) -> bool:
        return self._behind.isatty()

    def fileno(self) -> int:
        return self._behind.fileno()

    @property
    def encoding(self) -> Any:  # type: ignore[override]
        return self._behind.encoding


@contextmanager
def guarded_stdout() -> Iterator[None]:
    """Keep prints of plugins off stdout; the bytes underneath (`sys.stdout.buffer`) stay as they are."""
    before = sys.stdout
    sys.stdout = _Stdout(before)
    try:
        yield
    finally:
        sys.stdout = before
