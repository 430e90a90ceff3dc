"""Groups of commands: imported on demand, with sections in the help and the nearest name for a mistyped one."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

_PLUGINS = "crosswalk.plugins"
"""Where a context keeps the commands of plugins."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that is not imported yet: where it is (`module:name` below this package), and one line about it."""

    home: str
    summary: str
    section: str = "Commands"


class NearGroup(click.Group):
    """A group that suggests the nearest command. `default`: the command that runs when none, or a file, is named."""

    def __init__(self, *args: Any, default: str | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command first where none is named."""
        first = args[0] if args else "-"
        if self.default and first not in ("--help", "-h") and (first.startswith("-") or first.endswith(".json")):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with our sentence for an unknown name."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not name.startswith("-"):
            from ..spec.near import near_name

            near = near_name(name, self.list_commands(ctx))
            hint = f'; did you mean "{near}"?' if near else ""
            raise click.UsageError(f'there is no command "{name}"{hint}', ctx)
        return super().resolve_command(ctx, args)


class LazyGroup(NearGroup):
    """The top group: `entries` by name in the order of the help; plugins may add more."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **more: Any) -> None:
        super().__init__(*args, **more)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Ours, then those of plugins."""
        return [*self.entries, *self._added(ctx)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the command's module, and no other."""
        entry = self.entries.get(name)
        if entry is None:
            return self._added(ctx).get(name)
        module, _, attribute = entry.home.partition(":")
        found: click.Command = getattr(importlib.import_module(f".{module}", __package__), attribute)
        return found

    def _added(self, ctx: click.Context) -> dict[str, click.Command]:
        # Only reached for an unknown name and for the help: plugins cost time to load.
        if _PLUGINS not in ctx.meta:
            from ..errors import CrosswalkError
            from ..registry import Registry
            from .plugin_commands import plugin_commands

            try:
                ctx.meta[_PLUGINS] = plugin_commands(Registry(), self.entries)
            except CrosswalkError as error:  # the help is read above all when something is wrong
                click.echo(f"warning: the commands of plugins are left out: {error}", err=True)
                ctx.meta[_PLUGINS] = {}
        found: dict[str, click.Command] = ctx.meta[_PLUGINS]
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by section, without importing them."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.entries.items():
            sections.setdefault(entry.section, []).append((name, entry.summary))
        for name, command in self._added(ctx).items():
            sections.setdefault("From plugins", []).append((name, command.get_short_help_str()))
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(_aligned(rows))


def _aligned(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name.ljust(10), text) for name, text in rows]
