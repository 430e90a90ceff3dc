"""Reads a source outside a pipeline: the engine's `read`, which remembers nothing."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ..batch import Batch
from ..errors import UsageError
from ..plugin.context import Context
from ..plugin.source import Source
from ..registry import Registry
from .components import Secrets, bound, build, format_for_file, format_of
from .guard import checked_batches
from .interpolation import Names, interpolate
from .mapperlike import MapperLike, read_options
from .runs import new_run


def read_batches(
    registry: Registry,
    source: Source | Mapping[str, Any],
    *,
    base: Path,
    cursor: Any = None,
    params: Mapping[str, Any] | None = None,
    mapper: MapperLike | None = None,
) -> Generator[Batch, None, None]:
    """The batches of a source after `cursor`, as `mapper` wants them read. Raises UsageError and ConnectorError."""
    run = new_run()
    names = Names("", run.id, run.started_at, dict(params or {}), os.environ, Secrets(registry).get)
    found = source if isinstance(source, Source) else build(registry, "sources", interpolate(source, names))
    if not isinstance(found, Source):
        raise UsageError("P113", f"{found.type!r} is not a source")
    stated = format_of(registry, getattr(mapper, "source_format", None))
    context = Context(
        base=str(base.absolute()),
        run_id=run.id,
        started_at=run.started_at,
        build=lambda kind, config: build(registry, kind, config),
        find_format=lambda name: stated or format_for_file(registry, name),
    )
    if mapper is not None:
        context = context.with_(read=read_options(mapper))
    batches = checked_batches(found, "read", lambda: bound(found, context).read(cursor))
    with closing(batches):
        yield from batches
