"""Commands that plugins add: beside crosswalk's own, and with their failures named."""

from __future__ import annotations

import copy
from collections.abc import Container
from typing import Any

import click

from ..discovery import package_of
from ..errors import CrosswalkError, PluginError
from ..plugin.entry_points import entry_points
from ..plugin.fault import where
from ..registry import Registry
from .view import View


def plugin_commands(registry: Registry, own: Container[str]) -> dict[str, click.Command]:
    """The commands of plugins by name. One with a name of our `own` is left out, with a warning on stderr."""
    found = {}
    for name, command in registry.commands.items():
        plugin = _named(registry.owners["commands", name])
        if name in own:
            click.echo(
                f"warning: the command {name!r} of {plugin} is left out: crosswalk has one of that name", err=True
            )
            continue
        found[name] = _guarded(command, name, plugin)
    return found


def _guarded(command: Any, name: str, plugin: str) -> click.Command:
    """The command, its errors told as those of our own are: expected ones as blocks, others with the plugin's name."""
    found: click.Command = copy.copy(command)

    def invoke(ctx: click.Context) -> Any:
        try:
            return command.invoke(ctx)
        except CrosswalkError as error:
            return View(command=name).fail(error)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            text = f"the command {name!r} broke: {type(error).__name__}: {error}"
            notes = (f"plugin: {plugin}", f"at {where(error)}", "this is a bug of the plugin")
            return View(command=name).fail(PluginError("X105", text, notes=notes))

    found.invoke = invoke  # type: ignore[method-assign]
    return found


def _named(plugin: str) -> str:
    entry = next((entry for entry in entry_points() if entry.name == plugin and entry.dist), None)
    return f"{plugin} ({package_of(entry)})" if entry else plugin
