"""What the kits measure: handles and threads left open, and the memory that a loop holds at most."""

from __future__ import annotations

import gc
import threading
import tracemalloc
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ..plugin.handles import open_handles


@contextmanager
def nothing_left_open(when: str) -> Iterator[None]:
    """Fail when the block leaves a file, socket or thread behind, or leaves closing to the garbage collector."""
    gc.collect()
    handles, threads = open_handles(), set(threading.enumerate())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        yield
        left = open_handles() - handles
        started = [thread.name for thread in threading.enumerate() if thread not in threads]
        gc.collect()
    forgotten = [str(warning.message) for warning in caught if issubclass(warning.category, ResourceWarning)]
    assert not left, f"{when}, these handles were still open: {sorted(what for _, what in left)}"
    assert not started, f"{when}, these threads were still running: {started}"
    assert not forgotten, f"{when}, something was left to the garbage collector: {forgotten}"


def peak_memory(batches: Callable[[], Iterable[Any]]) -> int:
    """The most bytes that Python objects take while the batches are drained one by one and dropped."""
    gc.collect()
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        for _ in batches():
            pass
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not tracing:
            tracemalloc.stop()


def check_bounded(measure: Callable[[int], int], sizes: tuple[int, int], slack: int) -> None:
    """Fail when the peak for the larger input is more than `slack` bytes above the one for the smaller."""
    small, large = (measure(size) for size in sizes)
    assert large <= small + slack, (
        f"memory grows with the input: {small:,} bytes for {sizes[0]:,} records, {large:,} for {sizes[1]:,}; "
        "yield batches as you read, and keep none"
    )
