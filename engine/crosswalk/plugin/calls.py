"""Which call into a plugin each thread is in: what a run that is asked to stop may be waiting for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from .naming import name_of, plugin_of_module

GENERATED = "<crosswalk mapping"
"""How the file names of generated code begin."""
_CHECKS = "crosswalk.compiler.returned"

_calls: dict[int, list[Call]] = {}
"""The calls that each thread is in, the innermost last."""


class Call:
    """One call of a component; `what` names both, as in "the sink 'board' did not come back from write"."""

    __slots__ = ("component", "doing")

    def __init__(self, component: Any, doing: str) -> None:
        self.component = component
        self.doing = doing

    @property
    def what(self) -> str:
        """The subject and the verb of a message."""
        return f"{name_of(self.component)} did not come back from {self.doing}"


class Overdue(BaseException):
    """Raised by a signal into a plugin that does not come back; no plugin may take it for an error of its own."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"{what} in {seconds:g} s; it was left")


@contextmanager
def noted(component: Any, doing: str) -> Iterator[None]:
    """Notes that this thread calls the component."""
    thread = threading.get_ident()
    calls = _calls.setdefault(thread, [])
    calls.append(Call(component, doing))
    try:
        yield
    finally:
        calls.pop()
        if not calls:
            _calls.pop(thread, None)


def held_in(frame: FrameType | None) -> tuple[Any, str] | None:
    """What this thread waits for where `frame` stands: something that is the same as long as it is the same call, and
    its name for a message; None when no plugin is being called."""
    calls = _calls.get(threading.get_ident())
    if not calls:
        found = _plugin_frame(frame)
        return None if found is None else (found, _told(found))
    call = calls[-1]
    beside = _beside() if getattr(call.component, "kind", "") == "executor" else ""
    return call, beside or call.what


def _beside() -> str:
    """What the threads of an executor wait for; "" where none is in a plugin."""
    for thread, frame in sys._current_frames().items():
        if thread == threading.get_ident():
            continue
        calls = _calls.get(thread)
        if calls:
            return calls[-1].what
        found = _plugin_frame(frame)
        if found is not None:
            return _told(found)
    return ""


def _plugin_frame(frame: FrameType | None) -> FrameType | None:
    """The function of a plugin that a mapping has called, where `frame` stands in it or below; such are not noted."""
    found = None
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if frame.f_code.co_filename.startswith(GENERATED) or name == _CHECKS:
            return found
        if name.partition(".")[0] != "crosswalk":
            found = frame
        frame = frame.f_back
    return None


def _told(frame: FrameType) -> str:
    plugin = plugin_of_module(str(frame.f_globals["__name__"]))
    return f"the plugin {plugin} did not come back from {frame.f_code.co_name}"
