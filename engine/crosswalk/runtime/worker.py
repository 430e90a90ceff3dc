"""Worker: a thread of its own for blocking work, so that an event loop never waits for a source or a sink."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger("crosswalk.run")
T = TypeVar("T")

GRACE = 30.0
"""Seconds that a cancelled task waits for its thread to come to a good end."""
READ_GRACE = 5.0
"""The same where nothing is to be committed: the seconds after which a command leaves a source that blocks."""


class Worker:
    """Runs calls one after another on one thread: connections of SQLite, for one, must stay on theirs.

    The thread is a daemon: a source that blocks for ever keeps no process alive.
    """

    def __init__(self, name: str) -> None:
        self.left_behind: bool = False
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._name = name
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    async def call(
        self, work: Callable[[], T], *, cancel: Callable[[], None] = lambda: None, grace: float = GRACE
    ) -> T:
        """The result of `work()`. When the task is cancelled: `cancel()`, up to `grace` seconds for work to end, then
        CancelledError; a thread that does not end by then is left behind, with a warning in the log."""
        import asyncio  # costs 30 ms, and few programs that map need it

        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        context = copy_context()

        def settle(give: Callable[[Any], None], what: Any) -> None:
            if not future.done():
                give(what)

        def job() -> None:
            try:
                found = context.run(work)
                outcome: tuple[Callable[[Any], None], Any] = (future.set_result, found)
            except BaseException as error:
                outcome = (future.set_exception, error)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, *outcome)

        self._jobs.put(job)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            cancel()
            await asyncio.wait([future], timeout=grace)
            if not future.done():
                future.cancel()
                self.left_behind = True
                log.warning(
                    "%s was cancelled and did not end within %g s; its thread is left behind", self._name, grace
                )
            elif not future.cancelled():
                future.exception()  # seen, and the cancellation counts
            raise

    def later(self, work: Callable[[], object]) -> None:
        """Do `work` once the thread comes back, if ever; nobody waits for it."""

        def job() -> None:
            with suppress(Exception):
                work()

        self._jobs.put(job)

    def close(self) -> None:
        """Let the thread end after what it was given."""
        self._jobs.put(None)


async def drained(name: str, start: Callable[[], Iterator[T]], grace: float = READ_GRACE) -> AsyncGenerator[T, None]:
    """The items of `start()`, each made on a thread of its own; the iterator is closed there too.

    When the task is cancelled, up to `grace` seconds are waited for the item that is being made.
    """
    worker = Worker(name)
    end: Any = object()
    stream: Iterator[T] | None = None
    try:
        stream = await worker.call(lambda: iter(start()), grace=grace)
        source = stream
        while (item := await worker.call(lambda: next(source, end), grace=grace)) is not end:
            yield item
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            if worker.left_behind:
                worker.later(close)
            else:
                await worker.call(close, grace=grace)
        worker.close()
