"""What plugins print while a command runs: told on stderr, so that it never mixes with records on stdout."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from ..plugin.stray import StrayText


@contextmanager
def guarded_stdout() -> Iterator[None]:
    """Keep what plugins and the programs they start print off stdout; `sys.stdout.buffer` is still the records' way."""
    before: TextIO | None = sys.stdout
    if before is None:
        raise OSError(errno.EBADF, "the standard output is closed; to see nothing, send it to /dev/null")
    with _own_descriptor(before) as behind:
        guard = StrayText(behind)
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
