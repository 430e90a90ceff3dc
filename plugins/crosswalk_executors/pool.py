"""Worker processes that take calls: free ones are given work, lost ones are told of, and all end with the context."""

from __future__ import annotations

import logging
import pickle
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from queue import Empty, LifoQueue
from types import TracebackType
from typing import Any, Protocol, Self

from .areas import Areas, Parcel
from .worker import Reply

log = logging.getLogger("crosswalk.executors")
_SPARE = 2
"""So many areas more than calls that may be at work or waiting to be used."""


class WorkerLost(Exception):
    """A worker ended, or cannot do its work."""


class Process(Protocol):
    """One worker."""

    def ask(self, data: bytes, /) -> bytes:
        """The answer to a frame. Raises WorkerLost when it ends instead."""

    def kill(self) -> None:
        """End it at once: it holds nothing that is not asked for again."""

    def wait(self) -> None:
        """Reap it."""


class Pool(ABC):
    """See `Remote`. `most`: at most so many workers."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.areas = Areas(2 * most + _SPARE)
        self.lock = threading.Lock()
        self.workers: list[Process] = []
        self.closed = False
        self._idle: LifoQueue[Process | None] = LifoQueue()
        self._up = 0

    @abstractmethod
    def __enter__(self) -> Self:
        """Start workers."""

    def grow(self) -> None:
        """Start one more in the background, where that can be done."""
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.lock:
            self.closed = True
            workers = list(self.workers)
        for worker in workers:
            worker.kill()
        self._idle.put(None)
        self.settle()
        for worker in workers:
            worker.wait()
        self.areas.close()

    def settle(self) -> None:
        """Wait for those that are on their way."""
        return

    @property
    def ready(self) -> bool:
        return self._up > 0 and not self.closed

    def __call__(self, item: Any, /) -> Any:
        lease = self.areas.lease()
        answered = False
        try:
            sent = lease.pack(item) if lease is not None else Parcel(pickle.dumps(item, 5), None)
            worker = self._free()
            try:
                answer: Parcel = pickle.loads(worker.ask(pickle.dumps(sent, 5)))
            except WorkerLost:
                self.lose(worker)
                raise
            self._idle.put(worker)
            answered = True
        finally:
            if lease is not None and not answered:
                lease.drop()
        reply: Reply = lease.received(answer) if lease is not None else pickle.loads(answer.data)
        if reply.failure:
            raise WorkerLost(reply.failure)
        return reply.result

    def _free(self) -> Process:
        try:
            worker = self._idle.get_nowait()
        except Empty:
            self.grow()
            worker = self._idle.get()
        if worker is None:
            self._idle.put(None)  # for those that wait too
            raise WorkerLost("there is no worker left")
        return worker

    def add(self, worker: Process) -> None:
        """A worker that is ready."""
        with self.lock:
            self._up += 1
        self._idle.put(worker)

    def lose(self, worker: Process, *, started: bool = True) -> None:
        """Do without a worker; without the last one, nobody is to wait any more."""
        with suppress(OSError):
            worker.kill()
        with self.lock:
            self._up -= started
            if worker in self.workers:
                self.workers.remove(worker)
        if started:
            self.grow()
        if not self.workers:
            self._idle.put(None)
