"""The local executor: work on the threads of this process, results in order, a few items ahead at most."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar

from crosswalk import Executor


@dataclass(frozen=True)
class Local(Executor):
    """Works on threads of this process.

    `workers`: how many threads; 0 means as many as there are cores, 1 none beside the run's own. It matters only for
        work that releases Python's lock: mapping records one by one does not, and runs on the run's own thread
        whatever stands here.
    """

    type: ClassVar[str] = "local"
    workers: int = 0

    def check(self) -> list[str]:
        """A number of threads cannot be negative."""
        return ["workers must be 0 or more"] if self.workers < 0 else []

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Results in the order of the items; items are taken on the caller's thread, at most two per worker ahead.

        What `items` or `function` raises comes out at its place in the order. Closing the iterator waits for the work
        that has begun and drops the rest.
        """
        workers = self.workers or _cores()
        return map(function, items) if workers == 1 else _threaded(function, items, workers)


def _threaded(function: Callable[[Any], Any], items: Iterable[Any], workers: int) -> Iterator[Any]:
    pending: deque[Future[Any]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="crosswalk")
    try:
        source = iter(items)
        failure: Exception | None = None
        more = True
        while more or pending:
            while more and len(pending) < 2 * workers:
                try:
                    pending.append(pool.submit(function, next(source)))
                except StopIteration:
                    more = False
                except Exception as error:  # raised behind the results of the items before it
                    more, failure = False, error
            if pending:
                yield pending.popleft().result()
        if failure is not None:
            raise failure
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _cores() -> int:
    """The cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
