"""Sinks: where records go."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol, runtime_checkable

from ..batch import Batch
from .component import Component


class Writer(Protocol):
    """A session on a sink. Leaving its context without an error publishes; with one, nothing unflushed appears."""

    def write(self, batch: Batch) -> None:
        """Take the records; they need not be durable yet."""

    def flush(self) -> None:
        """Return only when everything written so far is durable."""


@runtime_checkable
class SupportsCommit(Protocol):
    """A writer that stores the cursor in the same transaction as the records: effectively once."""

    def commit(self, cursor: Any) -> None:
        """Make all that was written and the cursor durable, both or neither."""


class Sink(Component):
    """Takes batches of records through a writer."""

    kind: ClassVar[str] = "sink"

    @abstractmethod
    def open(self) -> AbstractContextManager[Writer]:
        """Start a session."""
