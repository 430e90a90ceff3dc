"""SQLite as a source (a query with an ordering column) and as a sink (insert, upsert, position in the transaction).

On the standard library's sqlite3, not sqlite-utils: rows and position belong in one transaction, and its import alone
costs 0.3 s.
"""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk import Sink, Source, hookimpl


@hookimpl
def crosswalk_sources() -> Iterable[type[Source]]:
    """The bundled source."""
    from .source_sqlite import SqliteSource

    return [SqliteSource]


@hookimpl
def crosswalk_sinks() -> Iterable[type[Sink]]:
    """The bundled sink."""
    from .sink_sqlite import SqliteSink

    return [SqliteSink]
