"""State backends: memory for tests and one-off runs, sqlite for everything on one machine."""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk import StateBackend, hookimpl


@hookimpl
def crosswalk_state_backends() -> Iterable[type[StateBackend]]:
    """The bundled backends."""
    from .memory import MemoryBackend
    from .sqlite import SqliteBackend

    return [MemoryBackend, SqliteBackend]
