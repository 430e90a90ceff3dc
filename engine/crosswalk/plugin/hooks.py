"""The pluggy hooks: a plugin implements those it has something for, each returning classes or resolvers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from .executor import Executor
    from .format import Format
    from .path import PathLanguage
    from .resolver import Resolver
    from .secret import SecretProvider
    from .sink import Sink
    from .source import Source
    from .state import StateBackend

PROJECT = "crosswalk"
API_VERSION = 1
"""The plugin contract's version; a plugin module may state `crosswalk_api = 1` and is refused when they differ."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl: pluggy.HookimplMarker = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """Called once per registry, on first use of the kind."""

    @hookspec
    def crosswalk_sources(self) -> Iterable[type[Source]]:  # type: ignore[empty-body]
        """Source classes."""

    @hookspec
    def crosswalk_sinks(self) -> Iterable[type[Sink]]:  # type: ignore[empty-body]
        """Sink classes."""

    @hookspec
    def crosswalk_formats(self) -> Iterable[type[Format]]:  # type: ignore[empty-body]
        """Format classes."""

    @hookspec
    def crosswalk_resolvers(self) -> Iterable[Resolver]:  # type: ignore[empty-body]
        """Resolvers, as the `@resolver` decorator made them."""

    @hookspec
    def crosswalk_path_languages(self) -> Iterable[type[PathLanguage]]:  # type: ignore[empty-body]
        """Path language classes."""

    @hookspec
    def crosswalk_state_backends(self) -> Iterable[type[StateBackend]]:  # type: ignore[empty-body]
        """State backend classes."""

    @hookspec
    def crosswalk_executors(self) -> Iterable[type[Executor]]:  # type: ignore[empty-body]
        """Executor classes."""

    @hookspec
    def crosswalk_secret_providers(self) -> Iterable[type[SecretProvider]]:  # type: ignore[empty-body]
        """Secret provider classes."""

    @hookspec
    def crosswalk_commands(self) -> Iterable[Any]:  # type: ignore[empty-body]
        """click commands to add below `crosswalk`."""
