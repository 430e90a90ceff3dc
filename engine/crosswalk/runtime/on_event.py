"""Who is told of events; apart from the events themselves, which take their time to load."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .events import Event

OnEvent = Callable[["Event"], None]
"""Called on the thread of the run, between batches; it should return soon. What it raises ends the run."""


def ignore(event: Event) -> None:
    """The listener of those who do not listen."""
