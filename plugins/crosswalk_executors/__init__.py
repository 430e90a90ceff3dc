"""Executors: where the work of a run is done. The bundled one uses the threads of this process."""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk import Executor, hookimpl


@hookimpl
def crosswalk_executors() -> Iterable[type[Executor]]:
    """The bundled executor."""
    from .local import Local

    return [Local]
