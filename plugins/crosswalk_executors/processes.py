"""Worker processes for one function: started when they are wanted, ended with the context, never waited for in vain."""

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
from queue import Empty, LifoQueue
from types import TracebackType
from typing import IO, Any, Self

from .worker import Reply, Settings, receive, send

log = logging.getLogger("crosswalk.executors")
_FIRST = 2
"""So many are started at once; more when all are at work and one more is asked for."""
_PIPE = 1 << 20
_START = (
    "import sys, json; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from crosswalk_executors.worker import main; main()"
)


class WorkerLost(Exception):
    """A worker ended, or cannot do its work."""


def possible() -> bool:
    """Whether this process may start others: it is a Python of its own, and no worker itself."""
    frozen = getattr(sys, "frozen", False)
    return bool(_python()) and not frozen and multiprocessing.parent_process() is None


class Processes:
    """See `Remote`. `function`: pickled. `most`: at most so many processes.

    Each is a Python that imports what the function needs, and not the main module of this process, so that programs
    without `if __name__ == "__main__"` do not run twice. It ends when its pipe does, so also when this process is
    killed; as it has a session of its own, no Ctrl-C reaches it.
    """

    def __init__(self, function: bytes, most: int) -> None:
        settings = Settings(function, gc.get_threshold(), sys.getrecursionlimit(), sys.get_int_max_str_digits())
        self._settings = pickle.dumps(settings, 5)
        self._most = most
        self._lock = threading.Lock()
        self._idle: LifoQueue[_Worker | None] = LifoQueue()
        self._workers: list[_Worker] = []
        self._starting: set[threading.Thread] = set()
        self._up = 0
        self._closed = False

    def __enter__(self) -> Self:
        for _ in range(min(_FIRST, self._most)):
            self._grow()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            workers, starting = list(self._workers), list(self._starting)
        for worker in workers:
            worker.kill()
        self._idle.put(None)
        for thread in starting:
            thread.join()
        for worker in workers:
            worker.wait()

    @property
    def ready(self) -> bool:
        return self._up > 0 and not self._closed

    def __call__(self, item: Any, /) -> Any:
        data = pickle.dumps(item, 5)
        worker = self._free()
        try:
            answer = worker.ask(data)
        except WorkerLost:
            self._lose(worker)
            raise
        self._idle.put(worker)
        reply: Reply = pickle.loads(answer)
        if reply.failure:
            raise WorkerLost(reply.failure)
        return reply.result

    def _free(self) -> _Worker:
        try:
            worker = self._idle.get_nowait()
        except Empty:
            self._grow()
            worker = self._idle.get()
        if worker is None:
            self._idle.put(None)  # for those that wait too
            raise WorkerLost("there is no worker left")
        return worker

    def _grow(self) -> None:
        """Start one more in the background, unless there are enough or one is on its way."""
        with self._lock:
            if self._closed or len(self._workers) >= self._most or (self._starting and len(self._workers) >= _FIRST):
                return
            worker = _Worker()
            self._workers.append(worker)
            thread = threading.Thread(target=self._start, args=(worker,), name="crosswalk-worker", daemon=True)
            self._starting.add(thread)
            thread.start()

    def _start(self, worker: _Worker) -> None:
        try:
            worker.start(self._settings)
        except WorkerLost as error:
            if not self._closed:
                log.info("a worker process could not be started: %s", error)
            self._lose(worker, started=False)
        else:
            with self._lock:
                self._up += 1
            self._idle.put(worker)
        finally:
            with self._lock:
                self._starting.discard(threading.current_thread())
            if self._closed:
                worker.kill()

    def _lose(self, worker: _Worker, *, started: bool = True) -> None:
        """Do without a worker; without the last one, nobody is to wait any more."""
        worker.kill()
        with self._lock:
            self._up -= started
            worker.lost = True
            none_left = all(each.lost for each in self._workers)
        if none_left:
            self._idle.put(None)


class _Worker:
    """One process, or the intent to start one."""

    def __init__(self) -> None:
        self.lost = False
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ended = False

    def start(self, settings: bytes) -> None:
        """Start, and wait until it is ready. Raises WorkerLost."""
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
        try:
            with self._lock:
                if self._ended:
                    raise WorkerLost("it is not wanted any more")
                self._process = process = subprocess.Popen(
                    [_python(), *flags, "-P", "-c", _START], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    start_new_session=True,
                )  # fmt: skip
            if process.stdin is None or process.stdout is None:
                raise WorkerLost("it has no pipes")
            _widen(process.stdin, process.stdout)
            process.stdin.write(json.dumps(sys.path).encode() + b"\n")
        except OSError as error:
            raise WorkerLost(str(error)) from error
        reply: Reply = pickle.loads(self.ask(settings))
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


def _widen(*pipes: IO[bytes]) -> None:
    """Let pipes hold more, where they can: fewer changes between two processes that wait for each other."""
    for pipe in pipes:
        try:
            import fcntl

            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
        except (ImportError, AttributeError, OSError):
            return


def _python() -> str:
    """The Python to start; an embedder in another program says so with `multiprocessing.set_executable`."""
    found = multiprocessing.spawn.get_executable() or ""
    return found.decode() if isinstance(found, bytes) else found
