"""State backends: the one key-value contract that pipelines keep their position in."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, NamedTuple, Protocol, Self

from .component import Component
from .context import Context

Key = tuple[str, ...]


class Entry(NamedTuple):
    """A stored JSON value and its version, which changes with every put."""

    value: Any
    version: int


class Put(NamedTuple):
    """One write of a transaction; `ttl` in seconds, None for ever."""

    key: Key
    value: Any
    ttl: float | None = None


class Store(Protocol):
    """An open state backend. Every failure raises StateError; an outage is never read as "absent"."""

    def get(self, key: Key) -> Entry | None:
        """The entry, or None when there is none (or it expired)."""

    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        """Store a JSON value; returns the new version."""

    def delete(self, key: Key) -> None:
        """Remove the entry if there is one."""

    def scan(
        self, prefix: Key = (), *, after: Key | None = None, limit: int | None = None
    ) -> Iterator[tuple[Key, Entry]]:
        """Entries whose key starts with the parts of `prefix`, in key order, after `after`, at most `limit`."""

    def transact(
        self,
        checks: Sequence[tuple[Key, int | None]] = (),
        puts: Sequence[Put] = (),
        deletes: Sequence[Key] = (),
    ) -> bool:
        """All or nothing: when every check holds (the version, or None for "must not exist") write; else False."""


class StateBackend(Component):
    """Opens a store. A field `retention` (seconds), if any, says how long finished things are remembered."""

    kind: ClassVar[str] = "state backend"

    def bind(self, context: Context) -> Self:
        """The backend with its relative paths resolved."""
        return self

    @abstractmethod
    def open(self) -> AbstractContextManager[Store]:
        """Connect. Raises StateError when the backend cannot be reached or is damaged."""
