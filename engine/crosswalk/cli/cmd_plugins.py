"""`crosswalk plugins`: which plugins are installed, what each offers, and what is wrong with a broken one."""

from __future__ import annotations

import importlib.metadata
import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .command import Command
from .lazy import NearGroup
from .view import Result, View

if TYPE_CHECKING:
    from ..plugin.component import Component
    from ..registry import Registry

KINDS = ("sources", "sinks", "formats", "state_backends", "executors", "secret_providers")


@click.group("plugins", cls=NearGroup, default="list")
def plugins() -> None:
    """List the plugins, or show what one offers.

    \b
    Examples:
      crosswalk plugins
      crosswalk plugins show csv
    """


@plugins.command("list", cls=Command)
@click.pass_obj
def list_(view: View) -> Result:
    """List the plugins and what they offer."""
    found = _plugins(view.engine.registry)
    lines = []
    for plugin in found:
        lines.append(f"{plugin['name']}  ({plugin['distribution']} {plugin['version']}){'  BROKEN' * plugin['broken']}")
        lines += [
            textwrap.fill(f"{kind}: {', '.join(names)}", 110, initial_indent="  ", subsequent_indent="    ")
            for kind, names in plugin["offers"].items()
        ]
    return Result({"plugins": found}, text="\n".join(lines))


@plugins.command("show", cls=Command)
@click.argument("name")
@click.pass_obj
def show(view: View, name: str) -> Result:
    """Show a plugin, or the settings of a component.

    NAME is a plugin, or the type of a source, sink, format, state backend or secret provider.
    """
    registry = view.engine.registry
    found = _plugins(registry)
    for plugin in found:
        if plugin["name"] == name:
            broken = registry.broken.get(name)
            trace = f"{broken}\n{broken.traceback}" if broken else ""
            lines = [f"{name}  ({plugin['distribution']} {plugin['version']})"]
            lines += [f"  {kind}: {', '.join(names)}" for kind, names in plugin["offers"].items()]
            return Result({"plugin": plugin, "traceback": trace}, text="\n".join([*lines, trace]).rstrip())
    components = [(kind, cls) for kind in KINDS for key, cls in registry.components(kind).items() if key == name]
    if not components:
        from ..spec.near import near_name

        known = [plugin["name"] for plugin in found]
        known += [key for kind in KINDS for key in registry.components(kind)]
        near = near_name(name, known)
        raise UsageError(
            "U116", f'there is no plugin or component "{name}"',
            fix=f'did you mean "{near}"?' if near else "crosswalk plugins lists them all",
        )  # fmt: skip
    data = [{"kind": kind, "type": name, "settings": cls.config_schema()} for kind, cls in components]
    text = "\n\n".join(_settings(kind, cls) for kind, cls in components)
    return Result({"components": data}, text=text)


def _plugins(registry: Registry) -> list[dict[str, Any]]:
    offers: dict[str, dict[str, list[str]]] = {}

    def note(module: str, kind: str, name: str) -> None:
        offers.setdefault(module.partition(".")[0], {}).setdefault(kind, []).append(name)

    for kind in KINDS:
        for key, cls in registry.components(kind).items():
            note(cls.__module__, kind.replace("_", " "), key)
    for key, language in registry.path_languages.items():
        note(language.__module__, "path languages", key)
    for key, resolver in registry.resolvers.items():
        note(resolver.function.__module__, "resolvers", key)
    found = []
    for entry in sorted(importlib.metadata.entry_points(group="crosswalk"), key=lambda e: e.name):
        home = entry.dist
        found.append({
            "name": entry.name,
            "distribution": home.name if home else "",
            "version": home.version if home else "",
            "broken": entry.name in registry.broken,
            "offers": {kind: sorted(names) for kind, names in offers.get(entry.module.partition(".")[0], {}).items()},
        })  # fmt: skip
    return found


def _settings(kind: str, cls: type[Component]) -> str:
    doc = (cls.__doc__ or "").strip().split("\n\n")[0]
    schema = cls.config_schema()
    lines = [f"{cls.type}  ({kind.replace('_', ' ').removesuffix('s')})", "", " ".join(doc.split()), ""]
    for name, about in schema["properties"].items():
        if name == "type":
            continue
        need = "  (required)" if name in schema["required"] else ""
        if "default" in about:
            need = f"  (default {json.dumps(about['default'])})"
        lines.append(f"  {name}{need}")
        lines.append(textwrap.fill(about.get("description", ""), 100, initial_indent="    ", subsequent_indent="    "))
    return "\n".join(lines)
