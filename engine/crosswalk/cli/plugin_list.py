"""What `crosswalk plugins` knows of each installed plugin: package, version, stability, what it offers, what broke."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..registry import Registry

KINDS = ("sources", "sinks", "formats", "state_backends", "executors", "secret_providers")
_STATUS = {
    "1": "planning", "2": "experimental", "3": "experimental", "4": "beta", "5": "stable", "6": "stable",
    "7": "deprecated",
}  # fmt: skip


def plugins_of(registry: Registry, *, tracebacks: bool = False) -> list[dict[str, Any]]:
    """The installed plugins by name, broken ones and those left out by a list included.

    `stability` is that of the package, "" when it does not say; `components` names the components that differ from
    "stable". A broken plugin has `error`, and its `traceback` when asked for.
    """
    offers: dict[str, dict[str, list[str]]] = {}
    stabilities: dict[str, dict[str, str]] = {}

    def note(kind: str, found: Mapping[str, Any]) -> None:
        for name, item in found.items():
            owner = registry.owners[kind, name]
            offers.setdefault(owner, {}).setdefault(kind.replace("_", " "), []).append(name)
            stability = getattr(item, "stability", "stable")
            if stability != "stable":
                stabilities.setdefault(owner, {})[name] = stability

    for kind in KINDS:
        note(kind, registry.components(kind))
    note("path_languages", registry.path_languages)
    note("resolvers", registry.resolvers)
    note("commands", registry.commands)
    used = {entry.name for entry in registry.entries}
    found = []
    for entry in sorted(importlib.metadata.entry_points(group="crosswalk"), key=lambda e: e.name):
        broken = registry.broken.get(entry.name)
        plugin: dict[str, Any] = {
            "name": entry.name,
            "distribution": entry.dist.name if entry.dist else "",
            "version": entry.dist.version if entry.dist else "",
            "stability": stability_of(entry.dist) if entry.dist else "",
            "used": entry.name in used,
            "broken": broken is not None,
            "offers": {kind: sorted(names) for kind, names in offers.get(entry.name, {}).items()},
            "components": stabilities.get(entry.name, {}),
        }
        if broken is not None:
            plugin["error"] = broken.message
            if tracebacks:
                plugin["traceback"] = broken.traceback
        found.append(plugin)
    return found


def stability_of(distribution: importlib.metadata.Distribution) -> str:
    """What the package says of itself with the standard classifier `Development Status`; "" when it does not."""
    for classifier in distribution.metadata.get_all("Classifier") or ():
        if classifier.startswith("Development Status :: "):
            return _STATUS.get(classifier.removeprefix("Development Status :: ")[:1], "")
    return ""


def documented_by() -> list[str]:
    """The packages with plugins that are not crosswalk's own: name, version, and where to read about it if they say."""
    found = {}
    for entry in importlib.metadata.entry_points(group="crosswalk"):
        if entry.dist is not None and entry.dist.name != "crosswalk":
            url = _page_of(entry.dist)
            found[entry.dist.name] = f"{entry.dist.name} {entry.dist.version}{f' ({url})' if url else ''}"
    return [found[name] for name in sorted(found)]


def _page_of(distribution: importlib.metadata.Distribution) -> str:
    """The address of the documentation, else of the home page, "" when the package gives neither."""
    urls = {}
    for said in distribution.metadata.get_all("Project-URL") or ():
        label, _, url = said.partition(",")
        urls[label.strip().lower()] = url.strip()
    known = (urls.get(label, "") for label in ("documentation", "docs", "homepage", "home", "repository", "source"))
    return next(filter(None, [*known, *(distribution.metadata.get_all("Home-page") or ())]), "")


def headline(plugin: dict[str, Any]) -> str:
    """Name, package, version, stability and state in one line."""
    package = " ".join(part for part in (plugin["distribution"], plugin["version"]) if part)
    about = ", ".join(part for part in (package, plugin["stability"]) if part)
    state = "  BROKEN" if plugin["broken"] else "" if plugin["used"] else "  not used (CROSSWALK_PLUGINS)"
    return f"{plugin['name']}{f'  ({about})' if about else ''}{state}"


def shown_names(plugin: dict[str, Any], names: list[str]) -> str:
    """Names in a row, each that is not stable with its stability."""
    notes = plugin["components"]
    return ", ".join(f"{name} ({notes[name]})" if name in notes else name for name in names)
