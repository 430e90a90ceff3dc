"""Worker processes that are copies of this one: up at once, with all that is loaded, compiled and learnt by then."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import IO, Any, Self

from .pool import Pool, WorkerLost
from .worker import listening, receive, send, widen, work

_STILL = frozenset({"crosswalk-signals"})
"""Threads of Python that hold nothing: they only ever wait."""
_STILL_BELOW = "jemalloc_bg_thd"
"""A thread that pyarrow brings; its library knows of forks."""
_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM})


def possible() -> bool:
    """Whether a copy of this process can work: no other thread may hold a lock, which nobody would release there."""
    if not sys.platform.startswith("linux") or threading.current_thread() is not threading.main_thread():
        return False
    others = [each for each in threading.enumerate() if each is not threading.main_thread()]
    if any(each.name not in _STILL for each in others):
        return False
    known = {os.getpid(), *(each.native_id for each in others)}
    try:
        return all(int(task) in known or _name(task) == _STILL_BELOW for task in os.listdir("/proc/self/task"))
    except OSError:
        return False


def _name(task: str) -> str:
    with open(f"/proc/self/task/{task}/comm", encoding="ascii", errors="replace") as file:
        return file.read().rstrip("\n")


class Forks(Pool):
    """Workers for a function as it is now. To be entered where `possible`."""

    def __init__(self, function: Callable[[Any], Any], most: int) -> None:
        super().__init__(most)
        self._function = function

    def __enter__(self) -> Self:
        mine: list[IO[bytes]] = []
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()  # or each copy might write it again
        try:
            for _ in range(self.most):
                worker = self._forked(mine)
                mine += [worker.source, worker.target]
                self.workers.append(worker)
                self.add(worker)
        except OSError:  # no more processes: those that are there must do
            if not self.workers:
                self.areas.close()
                raise
        return self

    def _forked(self, others: list[IO[bytes]]) -> _Fork:
        """One more; it closes the ends of pipes to the `others`, which would hide from them that this process ended."""
        (theirs, to), (back, answers) = os.pipe(), os.pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # for the threads that `possible` knows
                process = os.fork()
            if not process:
                try:
                    os.close(to)
                    os.close(back)
                    for pipe in others:
                        os.close(pipe.fileno())
                    self._work(os.fdopen(theirs, "rb"), os.fdopen(answers, "wb"))
                finally:
                    os._exit(1)
        except OSError:
            for end in (to, back):
                os.close(end)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(theirs)
            os.close(answers)
        worker = _Fork(process, os.fdopen(to, "wb"), os.fdopen(back, "rb"))
        widen(worker.target, worker.source)
        return worker

    def _work(self, source: IO[bytes], target: IO[bytes]) -> None:
        """In the copy."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        # Ctrl-C is for the process that this one is a copy of, which then ends it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        os.dup2(2, 1)  # what is printed goes to stderr
        gc.freeze()  # so that looking for garbage does not copy all memory
        work(self._function, listening(source), target, self.areas.all)


class _Fork:
    def __init__(self, process: int, target: IO[bytes], source: IO[bytes]) -> None:
        self._process = process
        self.target = target
        self.source = source
        self._lock = threading.Lock()
        self._ended = False

    def ask(self, data: bytes) -> bytes:
        try:
            send(self.target, data)
            answer = receive(self.source)
        except (OSError, ValueError) as error:
            raise WorkerLost(f"its pipe broke: {error}") from error
        if answer is None:
            raise WorkerLost("it ended")
        return answer

    def kill(self) -> None:
        with self._lock:
            if not self._ended:
                os.kill(self._process, signal.SIGKILL)

    def wait(self) -> None:
        with self._lock:
            if self._ended:
                return
            self._ended = True
            try:
                os.waitpid(self._process, 0)
            except ChildProcessError:  # someone else reaps all children
                pass
        for pipe in (self.target, self.source):
            try:
                pipe.close()
            except (OSError, ValueError):
                pass
