"""The registry: what the plugins of one engine offer, found lazily and without globals."""

from __future__ import annotations

import importlib
import logging
import sys
import threading
from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from types import ModuleType
from typing import Any

from . import __version__
from .discovery import HANDED, Broken, Plugins, installed, package_of
from .errors import PluginError
from .plugin.choice import VARIABLE, Choice
from .plugin.component import Component
from .plugin.entry_points import EntryPoint
from .plugin.format import Format
from .plugin.offers import named_offers, word_of
from .plugin.path import PathLanguage
from .plugin.resolver import Resolver

logging.getLogger("crosswalk").addHandler(logging.NullHandler())


class Registry:
    """Plugins of one engine. `discover` reads the entry points of group `crosswalk`; `modules` are added as they are.

    `plugins`: which of the installed ones may be used, see `Choice`; the environment variable CROSSWALK_PLUGINS
    narrows them further. Nothing is imported before the first question. An installed plugin that fails to import, or
    whose hook fails, is noted in `broken`, logged, and spares the rest; a handed one raises PluginError. `owners`: by
    kind and name of what was asked for, the name of the plugin that offers it.
    """

    def __init__(
        self, *modules: Any, discover: bool = True, plugins: str | Iterable[str] | Iterable[Choice] | None = None
    ) -> None:
        self._modules = modules
        self._discover = discover
        self._choices = tuple(_choices(plugins))
        self.broken: dict[str, Broken] = {}
        self.owners: dict[tuple[str, str], str] = {}
        self._lock = threading.RLock()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by its settings: the other process finds its plugins itself."""
        return _rebuild, (tuple(map(_reference, self._modules)), self._discover, self._choices)

    def limited(self, plugins: str | Iterable[str], home: str) -> Registry:
        """A registry of the same plugins, narrowed by one more list; `home` says where it stands."""
        choice = Choice.parse(plugins, home)
        return Registry(*self._modules, discover=self._discover, plugins=(*self._choices, choice))

    # ---- finding ------------------------------------------------------------------------------------------------

    @cached_property
    def entries(self) -> list[EntryPoint]:
        """The entry points that the lists let in, by name. Raises UsageError X106 for a name that nothing has."""
        return installed(self._choices) if self._discover else []

    @cached_property
    def _plugins(self) -> Plugins:
        with self._lock:
            if "_plugins" in self.__dict__:  # another thread was first
                found: Plugins = self.__dict__["_plugins"]
                return found
            plugins = Plugins(self.broken)
            for entry in self.entries:
                plugins.add(entry.name, package_of(entry), entry.load)
            for module in self._modules:
                name = str(getattr(module, "__name__", type(module).__name__))
                plugins.add(name, HANDED, partial(_itself, module))
            return plugins

    # ---- what they offer ----------------------------------------------------------------------------------------

    def _gather(self, kind: str) -> dict[str, Any]:
        with self._lock:
            found: dict[str, Any] = {}
            owners: dict[str, str] = {}
            for owner, package, items in self._plugins.offers(kind, named_offers):
                for name, item in items:
                    if name in found and found[name] is not item:
                        raise _clash(kind, name, owners[name], f"{owner} ({package})")
                    found[name] = item
                    owners[name] = f"{owner} ({package})"
                    self.owners[kind, name] = owner
            return found

    @cached_property
    def resolvers(self) -> Mapping[str, Resolver]:
        """Resolvers by name."""
        return self._gather("resolvers")

    @cached_property
    def path_languages(self) -> Mapping[str, type[PathLanguage]]:
        """Path languages by name."""
        return self._gather("path_languages")

    @cached_property
    def formats(self) -> Mapping[str, type[Format]]:
        """Formats by type."""
        return self._gather("formats")

    def components(self, kind: str) -> Mapping[str, type[Component]]:
        """Components of one kind by type: sources, sinks, formats, state_backends, executors, secret_providers."""
        if kind == "formats":
            return self.formats
        cache: dict[str, Mapping[str, type[Component]]] = self.__dict__.setdefault("_components", {})
        if kind not in cache:
            cache[kind] = self._gather(kind)
        return cache[kind]

    @cached_property
    def commands(self) -> Mapping[str, Any]:
        """Extra click commands by name."""
        return self._gather("commands")

    def notes(self) -> tuple[str, ...]:
        """A line for each broken plugin, to stand below an error about something unknown: it may have offered it."""
        return tuple(f"left out: {broken}" for broken in self.broken.values())

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


def _choices(given: str | Iterable[str] | Iterable[Choice] | None) -> Iterable[Choice]:
    if given is None:
        return ()
    if isinstance(given, str):
        return (Choice.parse(given, "plugins"),)
    words: list[Any] = list(given)
    if words and all(isinstance(word, Choice) for word in words):
        return [word for word in words if isinstance(word, Choice)]
    return (Choice.parse([word for word in words if not isinstance(word, Choice)], "plugins"),)


def _itself(module: Any) -> Any:
    return module


def _clash(kind: str, name: str, one: str, other: str) -> PluginError:
    # What comes with crosswalk is not to be left out.
    deny = (one if other.endswith(f"(crosswalk {__version__})") else other).partition(" ")[0]
    return PluginError(
        "X103",
        f"two plugins offer the {word_of(kind)} {name!r}: {one} and {other}",
        fix=f"uninstall one of them, or leave one out: {VARIABLE}=-{deny}",
    )


def _reference(module: Any) -> Any:
    """A module as its name, to be imported again; anything else as it is."""
    if not isinstance(module, ModuleType):
        return module
    if sys.modules.get(module.__name__) is not module:
        raise PluginError(
            "X107", f"plugin {module.__name__} cannot go to another process: it cannot be imported by its name",
            fix="put it into a file on the import path",
        )  # fmt: skip
    return _ModuleName(module.__name__)


class _ModuleName(str):
    __slots__ = ()


def _rebuild(modules: tuple[Any, ...], discover: bool, choices: tuple[Choice, ...]) -> Registry:
    found = [importlib.import_module(m) if isinstance(m, _ModuleName) else m for m in modules]
    return Registry(*found, discover=discover, plugins=choices or None)
