"""A process group and a private folder that do not outlive this process, not even when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from types import TracebackType
from typing import Self

# Leads the group. Its input ends when this process does, however that comes about: then it removes the folder and
# kills everything in the group, itself last. A target that went on alone would write beside the one of the next run.
_WATCH = """trap '' HUP INT TERM; read -r line; rm -rf -- "$1"; kill -KILL 0"""


class Leash:
    """Programs started in `group` end, and files in `path` are gone, when it is closed or this process dies.

    The folder is for this user alone, as are the files in it. Where there are no process groups (Windows), `group` is
    None, and a killed process leaves both behind.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="crosswalk-singer-", ignore_cleanup_errors=True)
        self._closed = False
        self.path = self._folder.name
        self._watch: subprocess.Popen[bytes] | None = None
        if os.name == "posix":
            self._watch = subprocess.Popen(
                ["/bin/sh", "-c", _WATCH, "crosswalk-singer", self.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                process_group=0,
            )

    @property
    def group(self) -> int | None:
        """The process group."""
        return self._watch.pid if self._watch is not None else None

    def write(self, name: str, text: str) -> str:
        """The path of a new file of mode 0600 with the text."""
        path = os.path.join(self.path, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def close(self) -> None:
        """Remove the folder and end everything in the group, now; again, it does nothing."""
        if self._closed:
            return
        self._closed = True
        self._folder.cleanup()  # first: were we killed in between, the rest would still be seen to
        if self._watch is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._watch.pid, signal.SIGKILL)  # it is ours until its leader is waited for
            self._watch.wait()
            assert self._watch.stdin is not None
            self._watch.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
