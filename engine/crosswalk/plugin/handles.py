"""Files, sockets and threads that plugins leave open: counted around each call while the log is at debug level."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .naming import name_of, plugin_of

log = logging.getLogger("crosswalk.plugins")
_FOLDERS = ("/proc/self/fd", "/dev/fd")
Handle = tuple[str, str]

_opened: dict[int, set[Handle]] = {}
"""What came during the calls of each component (by id) whose session has not ended."""


def open_handles() -> set[Handle]:
    """The file descriptors of this process as (number, what it is); empty where the system does not tell."""
    folder = next((name for name in _FOLDERS if os.path.isdir(name)), None)
    if folder is None:
        return set()
    found = set()
    for number in os.listdir(folder):
        try:
            found.add((number, os.readlink(f"{folder}/{number}")))
        except OSError:  # the listing's own, closed by now
            continue
    return found


def _all() -> set[Handle]:
    threads = {(str(thread.ident), f"the thread {thread.name}") for thread in threading.enumerate()}
    return open_handles() | threads


@contextmanager
def counted(component: Any) -> Iterator[None]:
    """Around a call of a component: what it opens is noted, when anybody wants to know."""
    if not log.isEnabledFor(logging.DEBUG):
        yield
        return
    before = _all()
    try:
        yield
    finally:
        came = _all() - before
        if came:
            _opened.setdefault(id(component), set()).update(came)


def ended(component: Any) -> None:
    """The session of the component is over: warn of what it opened and left."""
    left = _opened.pop(id(component), set())
    if left:
        left &= _all()
    if left:
        told = ", ".join(sorted(what for _, what in left))
        log.warning("%s left open: %s; plugin: %s", name_of(component), told, plugin_of(component))
