"""Finds the installed plugins that may be used, and loads each by itself: a broken one is named and spares the rest."""

from __future__ import annotations

import inspect
import logging
import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pluggy

from .errors import CrosswalkError, PluginError, UsageError
from .lean import lean_dataclass
from .plugin.choice import VARIABLE, Choice
from .plugin.entry_points import EntryPoint, entry_points
from .plugin.hooks import API_VERSION, PROJECT, Hooks
from .plugin.offers import KINDS
from .plugin.stray import caught_prints

log = logging.getLogger("crosswalk.plugins")
HANDED = "handed to the engine"


@lean_dataclass(frozen=True, slots=False)
class Broken:
    """A plugin that does not work: `package` with its version, what is wrong in a sentence, and the traceback."""

    name: str
    package: str
    message: str
    traceback: str

    def __str__(self) -> str:
        return f"plugin {self.name} ({self.package}): {self.message}"


def installed(choices: Iterable[Choice]) -> list[EntryPoint]:
    """The entry points that the lists and CROSSWALK_PLUGINS let in, by name; UsageError X106 for an unknown name."""
    found = sorted(entry_points(), key=lambda e: e.name)
    names = [name for entry in found for name in _names(entry)]
    said = os.environ.get(VARIABLE, "")
    for choice in (*choices, *([Choice.parse(said, VARIABLE)] if said else [])):
        _check_names(choice, names)
        found = [entry for entry in found if choice.takes(*_names(entry))]
    return found


def package_of(entry: EntryPoint) -> str:
    """The package that an entry point comes from, with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module


def _names(entry: EntryPoint) -> tuple[str, ...]:
    return (entry.name, entry.dist.name) if entry.dist else (entry.name,)


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


class Plugins:
    """The loaded plugins. An installed one that fails is noted in `broken` and logged; a handed one raises."""

    def __init__(self, broken: dict[str, Broken]) -> None:
        self._broken = broken
        self._packages: dict[str, str] = {}
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)

    def add(self, name: str, package: str, load: Callable[[], Any]) -> None:
        """Load one. Raises PluginError X103 for a name that is taken, and for a handed one (`package` HANDED) whatever
        is wrong with it."""
        if package != HANDED and name in self._packages:
            _clash(name, self._packages[name], package)
        self._packages.setdefault(name, package)
        log.debug("loading plugin %s (%s)", name, package)
        try:
            with caught_prints() as printed:
                self._register(load(), name, package)
        except (Exception, SystemExit) as error:
            self._break(name, error, "cannot be loaded")
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"while the plugin {name} ({package}) was loaded") from None
        else:
            _warn_of_prints(printed, name, package)

    def offers(self, kind: str, named: Callable[[str, Any], list[Any]]) -> Iterator[tuple[str, str, list[Any]]]:
        """What each plugin's hook of a kind returns, through `named`, with the plugin's name and package."""
        for implementation in getattr(self._manager.hook, f"crosswalk_{kind}").get_hookimpls():
            owner = implementation.plugin_name
            try:
                with caught_prints() as printed:
                    items = named(kind, implementation.function())
            except (Exception, SystemExit) as error:
                self._break(owner, error, f"fails in crosswalk_{kind}")
                continue
            _warn_of_prints(printed, owner, self._packages[owner])
            yield owner, self._packages[owner], items

    def _register(self, module: Any, name: str, package: str) -> None:
        manager = self._manager
        if manager.is_registered(module):
            return  # handed over and installed too
        _check_contract(module, name, package)
        if manager.has_plugin(name):
            _clash(name, self._packages[name], package)
        try:
            _check_hooks(module)
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

    def _break(self, name: str, error: BaseException, doing: str) -> None:
        if isinstance(error, PluginError) and error.code == "X103":
            raise error
        text = f"{type(error).__name__}: {error}".replace("\n", "; ")
        why = error.message if isinstance(error, CrosswalkError) else text
        package = self._packages[name]
        if package == HANDED:
            if isinstance(error, PluginError) and error.code == "X104":
                raise error
            code = error.code if isinstance(error, PluginError) else "X107"
            fix = getattr(error, "fix", "")
            raise PluginError(code, f"plugin {name} {doing}: {why}", fix=fix) from error
        why += f" ({error.fix})" if isinstance(error, CrosswalkError) and error.fix else ""
        self._broken[name] = Broken(name, package, f"it {doing}: {why}", traceback.format_exc())
        log.warning("plugin %s (%s) %s and is left out: %s", name, package, doing, why)


def _clash(name: str, one: str, other: str) -> None:
    fix = f"uninstall one of them, or leave one out: {VARIABLE}=-{other.split(' ')[0]}"
    raise PluginError("X103", f"two plugins are called {name!r}: one of {one}, one of {other}", fix=fix)


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


def _check_hooks(module: Any) -> None:
    """Raise PluginError X107 for a hook with parameters: pluggy's own words are about pluggy."""
    for kind in KINDS:
        hook = getattr(module, f"crosswalk_{kind}", None)
        marked = getattr(hook, f"{PROJECT}_impl", None) is not None
        parameters = inspect.signature(hook).parameters.values() if marked and callable(hook) else ()
        given = [each.name for each in parameters if each.default is each.empty]
        if given:
            fix = f"def crosswalk_{kind}():"
            raise PluginError(
                "X107", f"the hook crosswalk_{kind} takes no arguments, and has {', '.join(given)}", fix=fix
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
