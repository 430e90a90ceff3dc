"""What plugins print while a command runs: told on stderr, so that it never mixes with records on stdout."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

_OURS = ("crosswalk", "click", "rich", "contextlib", "logging", __name__)
_MOST = 20
"""How many lines of one module are shown: a resolver that prints does so for every record."""


class _Stdout(io.TextIOBase):
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
    """Keep what plugins and the programs they start print off stdout; `sys.stdout.buffer` is still the records' way."""
    before: TextIO | None = sys.stdout
    if before is None:
        raise OSError(errno.EBADF, "the standard output is closed; to see nothing, send it to /dev/null")
    with _own_descriptor(before) as behind:
        guard = _Stdout(behind)
        sys.stdout = guard
        try:
            yield
        finally:
            sys.stdout = before
            guard.finish()


@contextmanager
def _own_descriptor(stdout: TextIO) -> Iterator[TextIO]:
    """A stream to where stdout leads, while descriptor 1 leads to stderr: C code and child processes write there."""
    try:
        if stdout.fileno() != 1:
            raise OSError("not the process's own")
        held = os.dup(1)
    except (OSError, ValueError):
        yield stdout
        return
    stdout.flush()
    buffered = getattr(stdout, "line_buffering", False)
    raw = io.BufferedWriter(io.FileIO(os.dup(held), "wb"))
    stream = io.TextIOWrapper(raw, stdout.encoding, stdout.errors, line_buffering=buffered)
    with suppress(OSError):  # without a stderr it stays as it is
        os.dup2(2, 1)
    try:
        yield stream
    except BaseException:
        with suppress(OSError):
            stream.close()
        raise
    else:
        stream.close()
    finally:
        os.dup2(held, 1)
        os.close(held)
