"""A worker process: applies one function to what comes through a pipe, until the pipe ends. `main` is where it starts.

What comes and goes are frames of pickle: first the `Settings`, answered by a `Reply` when the worker is ready, then
parcels of items, each answered by the parcel of a `Reply`. Only the process that started the worker holds the other
ends.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO, Any

from .areas import Area, Parcel

_HEAD = 8
_PIPE = 1 << 20


@dataclass(frozen=True)
class Settings:
    """What a worker is told at first: the function, pickled, and the interpreter's settings."""

    function: bytes
    areas: tuple[int, ...]
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


def widen(*pipes: IO[bytes]) -> None:
    """Let pipes hold more, where they can: fewer changes between two processes that wait for each other."""
    for pipe in pipes:
        try:
            import fcntl

            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
        except (ImportError, AttributeError, OSError):
            return


def main() -> None:
    """Work until the pipe ends."""
    # Ctrl-C is for the process that started this one, which then ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, own_target()
    first = receive(source)
    if first is None:
        return
    items = listening(source)
    try:
        settings: Settings = pickle.loads(first)
        function = _started(settings)
    except BaseException as error:
        send(target, pickle.dumps(Reply(failure=_told(error)), 5))
        return
    send(target, pickle.dumps(Reply(), 5))
    work(function, items, target, [Area(number, place) for number, place in enumerate(settings.areas)])


def work(function: Callable[[Any], Any], items: SimpleQueue[bytes], target: IO[bytes], areas: Sequence[Area]) -> None:
    """Answer what comes, for ever."""
    while True:
        sent: Parcel = pickle.loads(items.get())
        area = areas[sent.area] if sent.area is not None else None
        answer = _answer(function, sent, area)
        del sent
        send(target, pickle.dumps(answer, 5))


def _answer(function: Callable[[Any], Any], sent: Parcel, area: Area | None) -> Parcel:
    try:
        item = area.copied(sent) if area is not None else pickle.loads(sent.data)
        reply = Reply(function(item))
        return area.pack(reply) if area is not None else Parcel(pickle.dumps(reply, 5), None)
    except Exception as error:
        return Parcel(pickle.dumps(Reply(failure=_told(error)), 5), None)


def own_target() -> IO[bytes]:
    """Where replies go; what else is written to stdout goes to stderr."""
    target = os.fdopen(os.dup(1), "wb")
    try:
        os.dup2(2, 1)
    except OSError:  # there is no stderr
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return target


def listening(source: IO[bytes]) -> SimpleQueue[bytes]:
    """The frames that come, from a thread of its own, so that the end of the pipe is seen in the middle of work."""
    items: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(source, items), daemon=True).start()
    return items


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


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
