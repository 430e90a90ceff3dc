"""The registry: which plugins are installed and what each offers, found lazily and without globals."""

from __future__ import annotations

import importlib.metadata
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import pluggy

from .errors import PluginError
from .plugin.component import Component
from .plugin.format import Format
from .plugin.hooks import API_VERSION, PROJECT, Hooks
from .plugin.path import PathLanguage
from .plugin.resolver import Resolver

T = TypeVar("T")


class Registry:
    """Plugins of one engine. `discover` reads the entry points of group `crosswalk`; `modules` are added as they are.

    A plugin that fails to import is noted in `broken` (name to traceback) and spares the rest.
    """

    def __init__(self, *modules: Any, discover: bool = True) -> None:
        self._modules = modules
        self._discover = discover
        self.broken: dict[str, str] = {}

    @cached_property
    def _manager(self) -> pluggy.PluginManager:
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(Hooks)
        if self._discover:
            for entry in sorted(importlib.metadata.entry_points(group=PROJECT), key=lambda e: e.name):
                try:
                    self._register(manager, entry.load(), entry.name)
                except Exception:
                    self.broken[entry.name] = traceback.format_exc()
        for module in self._modules:
            self._register(manager, module, getattr(module, "__name__", None))
        manager.check_pending()
        return manager

    @staticmethod
    def _register(manager: pluggy.PluginManager, module: Any, name: str | None) -> None:
        wanted = getattr(module, "crosswalk_api", API_VERSION)
        if wanted != API_VERSION:
            raise PluginError(
                "X104",
                f"plugin {name!r} was written for plugin contract {wanted}, this crosswalk has {API_VERSION}",
                fix="install a version of the plugin for this crosswalk, or the other way round",
            )
        manager.register(module, name=name)

    def _gather(self, hook: str, key: Callable[[T], str]) -> dict[str, T]:
        found: dict[str, T] = {}
        owners: dict[str, str] = {}
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            try:
                offered: Iterable[T] = implementation.function()
                items = [(key(item), item) for item in offered]
            except Exception:
                self.broken[implementation.plugin_name] = traceback.format_exc()
                continue
            for name, item in items:
                if name in found:
                    raise PluginError(
                        "X103",
                        f"two plugins offer {name!r}: {owners[name]} and {implementation.plugin_name}",
                        fix="uninstall one of them, or deny one with CROSSWALK_PLUGINS",
                    )
                found[name] = item
                owners[name] = implementation.plugin_name
        return found

    @cached_property
    def resolvers(self) -> Mapping[str, Resolver]:
        """Resolvers by name."""
        return self._gather("crosswalk_resolvers", lambda r: r.name)

    @cached_property
    def path_languages(self) -> Mapping[str, type[PathLanguage]]:
        """Path languages by name."""
        return self._gather("crosswalk_path_languages", lambda c: c.name)

    @cached_property
    def formats(self) -> Mapping[str, type[Format]]:
        """Formats by type."""
        return self._gather("crosswalk_formats", lambda c: c.type)

    def components(self, kind: str) -> Mapping[str, type[Component]]:
        """Components of one kind by type: sources, sinks, formats, state_backends, executors, secret_providers."""
        if kind == "formats":
            return self.formats
        cache: dict[str, Mapping[str, type[Component]]] = self.__dict__.setdefault("_components", {})
        if kind not in cache:
            cache[kind] = self._gather(f"crosswalk_{kind}", lambda c: c.type)
        return cache[kind]

    @cached_property
    def commands(self) -> list[Any]:
        """Extra click commands."""
        return list(self._gather("crosswalk_commands", lambda c: str(c.name)).values())

    def format_for_file(self, name: str) -> type[Format] | None:
        """The format that claims the file's ending, looking below a compression ending (`orders.csv.gz`)."""
        parts = name.lower().rsplit("/", 1)[-1].split(".")[1:]
        while parts and parts[-1] in COMPRESSION_ENDINGS:
            parts.pop()
        for cls in self.formats.values():
            if parts and parts[-1] in cls.extensions:
                return cls
        return None


COMPRESSION_ENDINGS = ("gz", "bz2", "xz", "zst")
