"""A worker process: applies one function to what comes through a pipe, until the pipe ends. `main` is where it starts.

What comes and goes are frames of pickle: first the `Settings`, answered by a `Reply` when the worker is ready, then
items, each answered by a `Reply`. Only the process that started the worker holds the other ends.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO, Any

_HEAD = 8


@dataclass(frozen=True)
class Settings:
    """What a worker is told at first: the function, pickled, and the interpreter's settings."""

    function: bytes
    garbage: tuple[int, int, int]
    recursion: int
    digits: int


@dataclass(frozen=True)
class Reply:
    """A result, or why there is none."""

    result: Any = None
    failure: str = ""


def send(stream: IO[bytes], data: bytes) -> None:
    """Write a frame."""
    stream.write(len(data).to_bytes(_HEAD, "big"))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The next frame, None at the end; also where the other side died in the middle of one."""
    head = stream.read(_HEAD)
    size = int.from_bytes(head, "big")
    data = stream.read(size) if len(head) == _HEAD else b""
    return data if len(head) == _HEAD and len(data) == size else None


def main() -> None:
    """Work until the pipe ends."""
    # Ctrl-C is for the process that started this one, which then ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, _own_target()
    first = receive(source)
    if first is None:
        return
    items: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(source, items), daemon=True).start()
    try:
        function = _started(pickle.loads(first))
    except BaseException as error:
        _reply(target, Reply(failure=_told(error)))
        return
    _reply(target, Reply())
    while True:
        data = items.get()
        try:
            reply = Reply(function(pickle.loads(data)))
            answer = pickle.dumps(reply, 5)
        except Exception as error:
            answer = pickle.dumps(Reply(failure=_told(error)))
        send(target, answer)


def _own_target() -> IO[bytes]:
    """Where replies go; what else is written to stdout goes to stderr."""
    target = os.fdopen(os.dup(1), "wb")
    try:
        os.dup2(2, 1)
    except OSError:  # there is no stderr
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return target


def _listen(source: IO[bytes], items: SimpleQueue[bytes]) -> None:
    """Take what comes; the end of the pipe is the end of the process, whatever it does then."""
    while (data := receive(source)) is not None:
        items.put(data)
    os._exit(0)


def _started(settings: Settings) -> Any:
    import gc

    gc.set_threshold(*settings.garbage)
    sys.setrecursionlimit(settings.recursion)
    sys.set_int_max_str_digits(settings.digits)
    return pickle.loads(settings.function)


def _reply(target: IO[bytes], reply: Reply) -> None:
    send(target, pickle.dumps(reply, 5))


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
