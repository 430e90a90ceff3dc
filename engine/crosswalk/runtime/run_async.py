"""A run for asyncio: on a thread of its own, its events on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from .on_event import OnEvent, ignore
from .signals import CancelToken
from .worker import Worker

if TYPE_CHECKING:
    from .events import Event
    from .report import Report


async def run_async(
    run: Callable[[OnEvent, CancelToken], Report], on_event: OnEvent, cancel: CancelToken | None, grace: float
) -> Report:
    """The report of a run, which is given what to call with events, and what stops it.

    When the task is cancelled the run is stopped, and left behind after `grace` seconds. What `on_event` raises stops
    it as well, and is raised.
    """
    token = CancelToken(*([cancel] if cancel else []))  # of this run only: `cancel` may serve others, too
    loop = asyncio.get_running_loop()
    told: Callable[[Event], None] = ignore
    failed: list[Exception] = []
    if on_event is not ignore:

        def tell(event: Event) -> None:
            try:
                if not failed:
                    on_event(event)
            except Exception as error:
                failed.append(error)
                token.cancel()

        def told(event: Event) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(tell, event)

    worker = Worker("crosswalk-run")
    try:
        report = await worker.call(lambda: run(told, token), cancel=token.cancel, grace=grace)
    finally:
        worker.close()
    if failed:
        raise failed[0]
    return report
