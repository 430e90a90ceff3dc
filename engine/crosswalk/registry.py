"""The registry: which plugins are installed and what each offers, found lazily and without globals."""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from types import ModuleType
from typing import Any

import pluggy

from .errors import CrosswalkError, PluginError, UsageError
from .plugin.choice import VARIABLE, Choice
from .plugin.component import Component
from .plugin.format import Format
from .plugin.hooks import API_VERSION, PROJECT, Hooks
from .plugin.offers import KINDS, named_offers, word_of
from .plugin.path import PathLanguage
from .plugin.resolver import Resolver
from .plugin.stray import caught_prints

log = logging.getLogger("crosswalk.plugins")
logging.getLogger("crosswalk").addHandler(logging.NullHandler())
_HANDED = "handed to the engine"


@dataclass(frozen=True)
class Broken:
    """A plugin that does not work: `package` with its version, what is wrong in a sentence, and the traceback."""

    name: str
    package: str
    message: str
    traceback: str

    def __str__(self) -> str:
        return f"plugin {self.name} ({self.package}): {self.message}"


class Registry:
    """Plugins of one engine. `discover` reads the entry points of group `crosswalk`; `modules` are added as they are.

    `plugins`: which of the installed ones may be used, see `Choice`; the environment variable CROSSWALK_PLUGINS
    narrows them further. Nothing is imported before the first question. An installed plugin that fails to import, or
    whose hook fails, is noted in `broken`, logged, and spares the rest; a handed one raises PluginError.
    """

    def __init__(
        self, *modules: Any, discover: bool = True, plugins: str | Iterable[str] | Iterable[Choice] | None = None
    ) -> None:
        self._modules = modules
        self._discover = discover
        self._choices = tuple(_choices(plugins))
        self.broken: dict[str, Broken] = {}
        self._packages: dict[str, str] = {}
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
    def entries(self) -> list[importlib.metadata.EntryPoint]:
        """The entry points that the lists let in, by name. Raises UsageError X106 for a name that nothing has."""
        if not self._discover:
            return []
        found = sorted(importlib.metadata.entry_points(group=PROJECT), key=lambda e: e.name)
        names = [name for entry in found for name in _names(entry)]
        for choice in self._all_choices():
            self._check_names(choice, names)
            found = [entry for entry in found if choice.takes(*_names(entry))]
        return found

    def _all_choices(self) -> Iterable[Choice]:
        said = os.environ.get(VARIABLE, "")
        return (*self._choices, *([Choice.parse(said, VARIABLE)] if said else []))

    @staticmethod
    def _check_names(choice: Choice, names: list[str]) -> None:
        for name in choice.unknown(names):
            from .spec.near import near_name

            near = near_name(name, names)
            raise UsageError(
                "X106",
                f'{choice.home}: no plugin "{name}" is installed',
                fix=f'did you mean "{near}"?' if near else "",
                notes=(f"installed: {', '.join(dict.fromkeys(names)) or 'none'}",),
            )

    @cached_property
    def _manager(self) -> pluggy.PluginManager:
        with self._lock:
            if "_manager" in self.__dict__:  # another thread was first
                found: pluggy.PluginManager = self.__dict__["_manager"]
                return found
            manager = pluggy.PluginManager(PROJECT)
            manager.add_hookspecs(Hooks)
            for entry in self.entries:
                self._add(manager, entry.name, _package(entry), entry.load)
            for module in self._modules:
                name = str(getattr(module, "__name__", type(module).__name__))
                self._add(manager, name, _HANDED, partial(_itself, module))
            return manager

    def _add(self, manager: pluggy.PluginManager, name: str, package: str, load: Callable[[], Any]) -> None:
        if package != _HANDED and name in self._packages:
            self._clash(f"are called {name!r}", self._packages[name], package)
        self._packages.setdefault(name, package)
        log.debug("loading plugin %s (%s)", name, package)
        try:
            with caught_prints() as printed:
                module = load()
                self._register(manager, module, name, package)
        except (Exception, SystemExit) as error:
            self._break(name, package, error, "cannot be loaded")
        else:
            _warn_of_prints(printed, name, package)

    def _register(self, manager: pluggy.PluginManager, module: Any, name: str, package: str) -> None:
        if manager.is_registered(module):
            return  # handed over and installed too
        _check_contract(module, name, package)
        if manager.has_plugin(name):
            self._clash(f"are called {name!r}", self._packages[name], package)
        try:
            manager.register(module, name=name)
            callers = manager.get_hookcallers(module) or []
            for caller in callers:
                if caller.spec is None:
                    raise _unknown_hook(caller.name)
            if not callers:
                raise PluginError("X107", "it has no hooks", fix="put @hookimpl above its crosswalk_... functions")
        except BaseException:
            if manager.has_plugin(name):
                manager.unregister(module)
            raise

    @staticmethod
    def _clash(what: str, one: str, other: str) -> None:
        deny = other.split(" ")[0]
        fix = f"uninstall one of them, or leave one out: {VARIABLE}=-{deny}"
        raise PluginError("X103", f"two plugins {what}: one of {one}, one of {other}", fix=fix)

    def _break(self, name: str, package: str, error: BaseException, doing: str) -> None:
        """Note a failure of an installed plugin; raise that of a handed one, and clashes."""
        if isinstance(error, PluginError) and error.code == "X103":
            raise error
        why = error.message if isinstance(error, CrosswalkError) else f"{type(error).__name__}: {error}"
        if package == _HANDED:
            if isinstance(error, PluginError) and error.code == "X104":
                raise error
            code = error.code if isinstance(error, PluginError) else "X107"
            fix = getattr(error, "fix", "")
            raise PluginError(code, f"plugin {name} {doing}: {why}", fix=fix) from error
        self.broken[name] = Broken(name, package, f"it {doing}: {why}", traceback.format_exc())
        log.warning("plugin %s (%s) %s and is left out: %s", name, package, doing, why)

    # ---- what they offer ----------------------------------------------------------------------------------------

    def _gather(self, kind: str) -> dict[str, Any]:
        with self._lock:
            found: dict[str, Any] = {}
            owners: dict[str, str] = {}
            for implementation in getattr(self._manager.hook, f"crosswalk_{kind}").get_hookimpls():
                owner = implementation.plugin_name
                package = self._packages[owner]
                try:
                    with caught_prints() as printed:
                        items = named_offers(kind, implementation.function())
                except (Exception, SystemExit) as error:
                    self._break(owner, package, error, f"fails in crosswalk_{kind}")
                    continue
                _warn_of_prints(printed, owner, package)
                for name, item in items:
                    if name in found and found[name] is not item:
                        first = f"{owners[name]} ({self._packages[owners[name]]})"
                        self._clash_of(kind, name, first, owner, package)
                    found[name] = item
                    owners[name] = owner
            return found

    @staticmethod
    def _clash_of(kind: str, name: str, first: str, owner: str, package: str) -> None:
        raise PluginError(
            "X103",
            f"two plugins offer the {word_of(kind)} {name!r}: {first} and {owner} ({package})",
            fix=f"uninstall one of them, or leave one out: {VARIABLE}=-{owner}",
        )

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
    def commands(self) -> list[Any]:
        """Extra click commands."""
        return list(self._gather("commands").values())

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


def _names(entry: importlib.metadata.EntryPoint) -> tuple[str, ...]:
    return (entry.name, entry.dist.name) if entry.dist else (entry.name,)


def _package(entry: importlib.metadata.EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module


def _check_contract(module: Any, name: str, package: str) -> None:
    wanted = getattr(module, "crosswalk_api", API_VERSION)
    if wanted == API_VERSION:
        return
    newer = isinstance(wanted, int) and wanted > API_VERSION
    raise PluginError(
        "X104",
        f"plugin {name} ({package}) was written for plugin contract {wanted}; this crosswalk has {API_VERSION}",
        fix=f"upgrade {'crosswalk' if newer else 'the plugin'}, or install the version made for this contract",
    )


def _unknown_hook(name: str) -> PluginError:
    from .spec.near import near_name

    known = [f"crosswalk_{kind}" for kind in KINDS]
    near = near_name(name, known)
    fix = f"did you mean {near}?" if near else f"hooks: {', '.join(known)}"
    return PluginError("X107", f"there is no hook {name}", fix=fix)


def _warn_of_prints(printed: list[str], name: str, package: str) -> None:
    text = "".join(printed).strip()
    if text:
        log.warning("plugin %s (%s) printed while it was loaded: %s", name, package, text[:200])


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
