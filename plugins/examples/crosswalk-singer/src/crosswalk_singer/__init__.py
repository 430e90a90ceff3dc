"""crosswalk-singer: any Singer tap as a source of crosswalk, any Singer target as a sink."""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk import Sink, Source, hookimpl

from .sink import SingerTarget
from .source import SingerTap

crosswalk_api = 1


@hookimpl
def crosswalk_sources() -> Iterable[type[Source]]:
    """Singer taps."""
    return [SingerTap]


@hookimpl
def crosswalk_sinks() -> Iterable[type[Sink]]:
    """Singer targets."""
    return [SingerTarget]
