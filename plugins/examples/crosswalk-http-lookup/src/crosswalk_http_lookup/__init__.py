"""crosswalk-http-lookup: what a web service knows about a key, as resolvers for crosswalk."""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk import Resolver, hookimpl

from .lookup import known, lookup

crosswalk_api = 1


@hookimpl
def crosswalk_resolvers() -> Iterable[Resolver]:
    """What this plugin adds to crosswalk."""
    return [lookup, known]
