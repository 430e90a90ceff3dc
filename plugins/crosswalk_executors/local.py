"""The local executor: threads of this process, and worker processes; results in order, a few items ahead at most."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any, ClassVar

from crosswalk import Executor, Remote

from .cores import cores

_PATIENCE = 1.0
"""Seconds that work which has begun gets to end when the run is stopped at once."""


@dataclass(frozen=True)
class Local(Executor):
    """Works on this machine: columns on threads of this process, rows in processes of their own once there are many.

    `workers`: how many threads, and how many processes at most; 0 means as many as there are cores, 1 none of either:
        all is done on the run's own thread.
    """

    type: ClassVar[str] = "local"
    workers: int = 0

    def check(self) -> list[str]:
        """A number of threads cannot be negative."""
        return ["workers must be 0 or more"] if self.workers < 0 else []

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Results in the order of the items; items are taken on the caller's thread, at most two per worker ahead.

        What `items` or `function` raises comes out at its place in the order. Closing the iterator waits for the work
        that has begun and drops the rest; an interruption (Ctrl-C) waits for it a second only.
        """
        workers = self.workers or cores()
        return map(function, items) if workers == 1 else _threaded(function, items, workers)

    def remote(self, function: Callable[[Any], Any], /) -> AbstractContextManager[Remote] | None:
        """Worker processes for the function; see SupportsRemote. None with one worker, and in a worker process."""
        from .processes import Processes, possible

        workers = self.workers or cores()
        return Processes(pickle.dumps(function, 5), workers) if workers > 1 and possible() else None

    def forks(self, function: Callable[[Any], Any], /) -> AbstractContextManager[Remote] | None:
        """Copies of this process, on Linux and while it has no threads; see SupportsForks. None with one worker."""
        from .forks import Forks, possible

        workers = self.workers or cores()
        return Forks(function, workers) if workers > 1 and possible() else None


def _threaded(function: Callable[[Any], Any], items: Iterable[Any], workers: int) -> Iterator[Any]:
    pending: deque[Future[Any]] = deque()
    crew = _Crew(function, workers)
    patience: float | None = _PATIENCE
    try:
        source = iter(items)
        failure: Exception | None = None
        more = True
        while more or pending:
            while more and len(pending) < 2 * workers:
                try:
                    pending.append(crew.give(next(source)))
                except StopIteration:
                    more = False
                except Exception as error:  # raised behind the results of the items before it
                    more, failure = False, error
            if pending:
                yield pending.popleft().result()
        if failure is not None:
            raise failure
        patience = None
    except (Exception, GeneratorExit):
        patience = None
        raise
    finally:
        for future in pending:
            future.cancel()
        crew.leave(patience)


class _Crew:
    """Threads that work on items. They are daemons: work that never ends keeps no process alive."""

    def __init__(self, function: Callable[[Any], Any], workers: int) -> None:
        self._function = function
        self._jobs: SimpleQueue[tuple[Future[Any], Any] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"crosswalk {n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def give(self, item: Any) -> Future[Any]:
        """The result to come."""
        future: Future[Any] = Future()
        self._jobs.put((future, item))
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, item = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._function(item))
            except BaseException as error:
                future.set_exception(error)
            del job, future, item  # a block of records is not kept until the next one comes

    def leave(self, patience: float | None) -> None:
        """Let the threads end, and wait for each, `patience` seconds at most."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(patience)
