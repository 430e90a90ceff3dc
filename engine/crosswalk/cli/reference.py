"""Reference pages in Markdown: of a component, a resolver, a whole plugin. The docs and `plugins show` print them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .settings import settings_of

if TYPE_CHECKING:
    from ..plugin.component import Component
    from ..plugin.path import PathLanguage
    from ..registry import Registry


def plugin_page(registry: Registry, plugin: Mapping[str, Any]) -> str:
    """All that a plugin offers (a member of `plugins_of`), by kind."""
    from .reference_resolvers import resolver_section

    parts = [f"# {plugin['name']}"]
    for kind, names in plugin["offers"].items():
        parts.append(f"## {kind.capitalize()}")
        family = kind.replace(" ", "_")
        for name in names:
            if kind == "resolvers":
                parts.append(resolver_section(registry.resolvers[name], f"### `{name}`"))
            elif kind == "path languages":
                parts.append(f"### `{name}`\n\n{inspect.getdoc(registry.path_languages[name]) or ''}".rstrip())
            elif kind == "commands":
                parts.append(f"### `crosswalk {name}`\n\n{registry.commands[name].get_short_help_str(1000)}".rstrip())
            else:
                parts.append(component_section(registry.components(family)[name], f"### `{name}`"))
    return "\n\n".join(parts)


def component_page(cls: type[Component]) -> str:
    """One component by itself."""
    return component_section(cls, f"# The {cls.kind} `{cls.type}`")


def language_page(cls: type[PathLanguage]) -> str:
    """A path language by itself."""
    return f"# The path language `{cls.name}`\n\n{inspect.getdoc(cls) or ''}".rstrip()


def component_section(cls: type[Component], heading: str, more: str = "") -> str:
    """A heading, what the docstring says, and the table of settings; `more` stands before the table."""
    parts = [heading, _prose(cls), more]
    rows = [
        f"| `{one.name}` | {cell(one.kind)} | {need_cell(one.need)} | {cell(_capital(one.text))} |"
        for one in settings_of(cls.config_schema())
    ]
    if rows:
        parts.append("| setting | type | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows))
    return "\n\n".join(part for part in parts if part)


def need_cell(need: str) -> str:
    """Whether a setting must be given, else its default, in a table."""
    return need if need in ("", "required") else f"`{cell(need)}`"


def _prose(cls: type[Component]) -> str:
    """The docstring without the lines that describe settings, which stand in the table."""
    doc = inspect.getdoc(cls) or ""
    return re.sub(r"^`\w+`:\s+.+?(?=^`\w+`:|^\s*$|\Z)", "", doc, flags=re.M | re.S).strip()


def _capital(text: str) -> str:
    # A value that stands first stays as it is written.
    return text if re.split(r"\W", text)[0] in ("true", "gzip", "stat", "name") else text[:1].upper() + text[1:]


def cell(text: str) -> str:
    """Text in a cell of a table."""
    return text.replace("|", "\\|")
