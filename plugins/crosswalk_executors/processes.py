"""Worker processes that are Pythons of their own: started in the background when they are wanted."""

from __future__ import annotations

import gc
import json
import logging
import multiprocessing
import multiprocessing.spawn
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Self

from .pool import Pool, WorkerLost
from .worker import Reply, Settings, receive, send, widen

log = logging.getLogger("crosswalk.executors")
_FIRST = 2
"""So many are started at once; more when all are at work and one more is asked for."""
_REPLACED = 3
"""So many that died are replaced."""
_START = (
    "import sys, json; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from crosswalk_executors.worker import main; main()"
)


def possible() -> bool:
    """Whether this process may start others: it is a Python of its own, and no worker itself."""
    frozen = getattr(sys, "frozen", False)
    return bool(_python()) and not frozen and multiprocessing.parent_process() is None


class Processes(Pool):
    """Workers that are Pythons of their own. `function`: pickled. `most`: at most so many processes.

    Each imports what the function needs, and not the main module of this process, so that programs without
    `if __name__ == "__main__"` do not run twice. It ends when its pipe does, so also when this process is killed; as it
    has a session of its own, no Ctrl-C reaches it. One that died is replaced, a few times.
    """

    def __init__(self, function: bytes, most: int) -> None:
        super().__init__(most)
        self._function = function
        self._starting: set[threading.Thread] = set()
        self._left = most + _REPLACED

    def __enter__(self) -> Self:
        for _ in range(min(_FIRST, self.most)):
            self.grow()
        return self

    def grow(self) -> None:
        with self.lock:
            if self.closed or len(self.workers) >= self.most or (self._starting and len(self.workers) >= _FIRST):
                return
            if self._left <= 0:
                return
            self._left -= 1
            worker = _Worker()
            self.workers.append(worker)
            thread = threading.Thread(target=self._start, args=(worker,), name="crosswalk-worker", daemon=True)
            self._starting.add(thread)
            thread.start()

    def settle(self) -> None:
        with self.lock:
            starting = list(self._starting)
        for thread in starting:
            thread.join()

    def _start(self, worker: _Worker) -> None:
        try:
            worker.start(self._function, [area.descriptor for area in self.areas.all])
        except WorkerLost as error:
            if not self.closed:
                log.info("a worker process could not be started: %s", error)
            self.lose(worker, started=False)
        else:
            self.add(worker)
        finally:
            with self.lock:
                self._starting.discard(threading.current_thread())
            if self.closed:
                worker.kill()


class _Worker:
    """One process, or the intent to start one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ended = False

    def start(self, function: bytes, areas: Sequence[int]) -> None:
        """Start, and wait until it is ready. `areas`: their descriptors, which it inherits. Raises WorkerLost."""
        settings = Settings(
            function, tuple(areas), gc.get_threshold(), sys.getrecursionlimit(), sys.get_int_max_str_digits()
        )
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
        try:
            with self._lock:
                if self._ended:
                    raise WorkerLost("it is not wanted any more")
                self._process = process = subprocess.Popen(
                    [_python(), *flags, "-P", "-c", _START], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    start_new_session=True, pass_fds=areas,
                )  # fmt: skip
            if process.stdin is None or process.stdout is None:
                raise WorkerLost("it has no pipes")
            widen(process.stdin, process.stdout)
            process.stdin.write(json.dumps(sys.path).encode() + b"\n")
        except OSError as error:
            raise WorkerLost(str(error)) from error
        reply: Reply = pickle.loads(self.ask(pickle.dumps(settings, 5)))
        if reply.failure:
            raise WorkerLost(reply.failure)

    def ask(self, data: bytes) -> bytes:
        """The answer to a frame. Raises WorkerLost when it ends instead."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise WorkerLost("it was not started")
        try:
            send(process.stdin, data)
            answer = receive(process.stdout)
        except (OSError, ValueError) as error:
            raise WorkerLost(f"its pipe broke: {error}") from error
        if answer is None:
            raise WorkerLost(f"it ended with status {process.wait()}")
        return answer

    def kill(self) -> None:
        """End it at once: it holds nothing that is not asked for again."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()
        self.wait()

    def wait(self) -> None:
        """Reap it."""
        process = self._process
        if process is None:
            return
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except (OSError, ValueError):
                    pass


def _python() -> str:
    """The Python to start; an embedder in another program says so with `multiprocessing.set_executable`."""
    found = multiprocessing.spawn.get_executable() or ""
    return found.decode() if isinstance(found, bytes) else found
