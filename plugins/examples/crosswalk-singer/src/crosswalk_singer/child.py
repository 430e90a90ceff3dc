"""A running tap or target: its pipes, what it says on stderr, and its end, by itself or by ours."""

from __future__ import annotations

import logging
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO

from .command import Command
from .errors import ended, not_started, overdue
from .leash import Leash

log = logging.getLogger("crosswalk.singer")
TAIL = 20
"""Lines of stderr that an error shows."""
LINE = 2_000
"""Characters of such a line."""
GRACE = 5.0
"""Seconds between asking a tap to end and killing it."""


@contextmanager
def running(
    command: Command,
    files: Mapping[str, str],
    *arguments: str,
    stdin: bool = False,
    on_line: Callable[[bytes], None] | None = None,
) -> Iterator[Child]:
    """The program, ended and cleared away when the context is left, or when this process dies.

    `files`: the texts of files that it is given, by option: `{"--config": "{}"}`. `stdin`: whether it is to be written
    to. `on_line` is called, on a thread of its own, for each line of its stdout; without, read `Child.stdout`.
    Raises ConnectorError C901 when the program is not there.
    """
    with Leash() as leash:
        options = [part for option, text in files.items() for part in (option, leash.write(f"{option[2:]}.json", text))]
        child = Child(command, leash, [*arguments, *options], stdin, on_line)
        try:
            yield child
        finally:
            child.kill()


class Child:
    """See `running`."""

    def __init__(
        self, command: Command, leash: Leash, arguments: list[str], stdin: bool, on_line: Callable[[bytes], None] | None
    ) -> None:
        self.command = command
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._leash = leash
        found = command.found()
        if found is None:
            raise not_started(command.program, command.role, "there is no such program")
        try:
            self._process = subprocess.Popen(
                [found, *command.words[1:], *arguments],
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=command.base,
                env=command.environment(),
                process_group=leash.group,  # also for Ctrl-C, which is for us: we end it in order
            )
        except OSError as error:
            raise not_started(command.program, command.role, error.strerror or str(error)) from error
        self._listeners = [_listening(self._process.stderr, self._said)]
        if on_line is not None:
            self._listeners.append(_listening(self._process.stdout, on_line))

    @property
    def stdin(self) -> IO[bytes]:
        """What it reads."""
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """What it writes."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def wait(self, seconds: float, fix: str) -> int:
        """Its exit status, negative for a signal; all that it wrote is heard by then. ConnectorError C903 if late."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise overdue(self.command.program, self.command.role, seconds, self.tail, "end", fix) from None
        self.kill()  # what it may have started and left behind, so that its pipes end
        return status

    def finish(self, seconds: float, fix: str, doing: str = "") -> None:
        """Wait for its end. Raises ConnectorError C902 when that was no good one, C903 when it does not come."""
        status = self.wait(seconds, fix)
        if status:
            raise ended(self.command.program, self.command.role, status, self.tail, doing)

    def stop(self) -> None:
        """Ask a tap to end, and see to it that it does."""
        self.stdout.close()  # so that it does not wait for us to read
        with suppress(subprocess.TimeoutExpired):
            self._process.terminate()
            self._process.wait(GRACE)
        self.kill()

    def kill(self) -> None:
        """End it and all that it has started, now, remove its files, and close its pipes."""
        self._leash.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for listener in self._listeners:
            listener.join(GRACE)  # longer only where something that left the group still holds the pipe
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(OSError):  # what a dead program did not take
                    pipe.close()

    def _said(self, line: bytes) -> None:
        text = self.command.masked(line.decode("utf-8", "replace").rstrip())
        if text:
            self.tail.append(text)
            log.info("%s: %s", self.command.program, text)


def _listening(pipe: IO[bytes] | None, on_line: Callable[[bytes], None]) -> threading.Thread:
    assert pipe is not None

    def listen() -> None:
        while line := pipe.readline(LINE):
            on_line(line)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    return thread
