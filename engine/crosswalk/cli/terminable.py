"""Ends a command at SIGTERM and Ctrl-C, also where Python alone would not: in a read that waits for nobody."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .command import Terminated

_PATIENCE = 0.2
"""Seconds that Python gets to notice a signal by itself."""


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM raises Terminated here as Ctrl-C raises KeyboardInterrupt: what is open is closed, half outputs go."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noticed = threading.Event()

    def terminate(number: int, frame: FrameType | None) -> None:
        noticed.set()
        raise Terminated

    def interrupt(number: int, frame: FrameType | None) -> None:
        noticed.set()
        raise KeyboardInterrupt

    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, terminate)}
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a job in the background has it ignored
        before[signal.SIGINT] = signal.signal(signal.SIGINT, interrupt)
    try:
        with _insisting(frozenset(before), noticed):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _insisting(numbers: frozenset[signal.Signals], noticed: threading.Event) -> Iterator[None]:
    """Send a signal on to the main thread until it is noticed.

    One that arrives just before the thread begins to wait in the system, or that another thread gets, would only be
    seen once that wait is over.
    """
    if not hasattr(signal, "pthread_kill"):
        yield
        return
    main = threading.get_ident()
    source, target = os.pipe()
    os.set_blocking(target, False)

    def insist() -> None:
        while data := os.read(source, 1):
            if data[0] in numbers and not noticed.wait(_PATIENCE):
                signal.pthread_kill(main, data[0])  # which tells of itself through the pipe again

    before = signal.set_wakeup_fd(target, warn_on_full_buffer=False)
    thread = threading.Thread(target=insist, name="crosswalk-signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(target)
        thread.join()
        os.close(source)
