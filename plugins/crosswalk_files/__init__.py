"""Files, standard input and output, and tee: the sources and sinks of one machine (and of fsspec's file systems)."""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk import Sink, Source, hookimpl


@hookimpl
def crosswalk_sources() -> Iterable[type[Source]]:
    """The bundled sources; imported here, as in all hooks, so that what is not asked for costs nothing."""
    from .source_files import FilesSource
    from .source_stdin import StdinSource

    return [FilesSource, StdinSource]


@hookimpl
def crosswalk_sinks() -> Iterable[type[Sink]]:
    """The bundled sinks."""
    from .sink_files import FilesSink
    from .sink_stdout import StdoutSink
    from .sink_tee import TeeSink

    return [FilesSink, StdoutSink, TeeSink]
