"""`crosswalk plugins`: which are installed, what each offers, what is wrong with a broken one; and a new one."""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .command import Command
from .lazy import NearGroup
from .plugin_list import KINDS, headline, plugins_of, shown_names
from .settings import plainly, settings_of
from .view import Result, View

if TYPE_CHECKING:
    from ..plugin.component import Component
    from ..registry import Registry

TEMPLATES = ("resolver", "source", "sink", "format", "state", "path", "executor", "secret", "command")


@click.group("plugins", cls=NearGroup, default="list")
def plugins() -> None:
    """List the plugins, show one, or begin a new one.

    \b
    Examples:
      crosswalk plugins
      crosswalk plugins show csv
      crosswalk plugins new acme-orders --kind source
    """


@plugins.command("list", cls=Command)
@click.option("--traceback", is_flag=True, help="Show where a broken plugin broke.")
@click.pass_obj
def list_(view: View, traceback: bool) -> Result:
    """List the plugins, with version and stability, and what they offer."""
    found = plugins_of(view.engine.registry, tracebacks=traceback)
    return Result({"plugins": found}, text="\n".join(_about(plugin) for plugin in found))


@plugins.command("show", cls=Command)
@click.argument("name")
@click.option("--traceback", is_flag=True, help="Show where a broken plugin broke.")
@click.option("--markdown", is_flag=True, help="Print the reference page, for a README or a documentation.")
@click.pass_obj
def show(view: View, name: str, traceback: bool, markdown: bool) -> Result:
    """Show a plugin, or the settings of a component.

    NAME is a plugin, a path language, or the type of a source, sink, format, state backend, executor or secret
    provider.
    """
    registry = view.engine.registry
    found = plugins_of(registry, tracebacks=traceback)
    plugin = next((plugin for plugin in found if plugin["name"] == name), None)
    components = [(kind, cls) for kind in KINDS for key, cls in registry.components(kind).items() if key == name]
    language = registry.path_languages.get(name)
    if plugin is None and not components and language is None:
        raise _unknown(registry, name, [plugin["name"] for plugin in found])
    if markdown:
        from .reference import component_page, language_page, plugin_page

        pages = [component_page(cls) for _, cls in components]
        pages += [language_page(language)] if language is not None else []
        page = plugin_page(registry, plugin) if plugin is not None else "\n\n".join(pages)
        return Result({"markdown": page}, text=page)
    data: dict[str, Any] = {}
    parts = []
    if plugin is not None:
        data["plugin"] = plugin
        parts.append(_about(plugin))
        if plugin["broken"] and not traceback:
            parts[-1] += "\n  --traceback shows where"
    if components:
        data["components"] = [
            {"kind": kind, "type": name, "stability": cls.stability, "settings": cls.config_schema()}
            for kind, cls in components
        ]
        parts += [_settings(kind, cls) for kind, cls in components]
    if language is not None:
        doc = inspect.getdoc(language) or ""
        data["path_language"] = {"name": name, "doc": doc}
        parts.append(f"{name}  (path language)\n\n{doc}")
    return Result(data, text="\n\n".join(parts))


@plugins.command("new", cls=Command)
@click.argument("name")
@click.option("--kind", type=click.Choice(TEMPLATES), required=True, help="What the plugin adds.")
@click.option("--folder", metavar="DIR", help="Where; the name in the current folder when left out.")
@click.pass_obj
def new(view: View, name: str, kind: str, folder: str | None) -> Result:
    """Write the package of a new plugin: working, tested, ready to publish.

    NAME is that of the package: lower case, with hyphens.
    """
    from .plugin_scaffold import write_package

    place, files = write_package(view.engine.registry, name, kind, folder)
    data = {"folder": str(place), "package": name.replace("-", "_"), "kind": kind, "files": files}
    note = f"try it: cd {place} && python -m pytest && pip install . && crosswalk plugins"
    return Result(data, text="\n".join(files), note=note)


def _unknown(registry: Registry, name: str, plugins: list[str]) -> UsageError:
    from ..spec.near import near_name

    near = near_name(name, plugins + [key for kind in KINDS for key in registry.components(kind)])
    fix = f'did you mean "{near}"?' if near else "crosswalk plugins lists them all"
    if name in registry.resolvers:
        fix = f"it is a resolver: crosswalk resolvers {name}"
    return UsageError("U116", f'there is no plugin or component "{name}"', fix=fix, notes=registry.notes())


def _about(plugin: dict[str, Any]) -> str:
    lines = [headline(plugin)]
    lines += [
        textwrap.fill(f"{kind}: {shown_names(plugin, names)}", 110, initial_indent="  ", subsequent_indent="    ")
        for kind, names in plugin["offers"].items()
    ]
    if plugin["broken"]:
        lines.append(f"  {plugin['error']}")
    if "traceback" in plugin:
        lines.append(textwrap.indent(plugin["traceback"].rstrip(), "    "))
    return "\n".join(lines)


def _settings(kind: str, cls: type[Component]) -> str:
    doc = (cls.__doc__ or "").strip().split("\n\n")[0]
    schema = cls.config_schema()
    stability = "" if cls.stability == "stable" else f", {cls.stability}"
    lines = [f"{cls.type}  ({kind.replace('_', ' ').removesuffix('s')}{stability})", "", " ".join(doc.split()), ""]
    for one in settings_of(schema):
        need = f", {one.need}" if one.need == "required" else f"; default {one.need}" if one.need else ""
        lines.append(f"  {one.name}  {plainly(one.kind)}{need}")
        lines.append(textwrap.fill(plainly(one.text), 100, initial_indent="    ", subsequent_indent="    "))
    return "\n".join(lines)
