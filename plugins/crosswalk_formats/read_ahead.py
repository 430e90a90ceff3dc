"""Reads one item ahead on a thread, for decoders that let other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, the next one made while the caller works on this one.

    What making them raises comes out in its place. Closing waits for the item that has begun.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="crosswalk-read")
    try:
        waiting = pool.submit(next, items, _END)
        while (item := waiting.result()) is not _END:
            waiting = pool.submit(next, items, _END)
            yield item  # type: ignore[misc]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
