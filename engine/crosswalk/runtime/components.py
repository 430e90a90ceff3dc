"""Builds the components of a pipeline from their configurations."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from ..errors import ArgumentError, PluginError, UsageError
from ..plugin.component import Component
from ..plugin.context import Context
from ..plugin.fault import guarded, kind_of, wrong
from ..plugin.format import Format
from ..plugin.held import family_of, held_fields
from ..plugin.missing import check_installed
from ..plugin.naming import name_of
from ..plugin.schema import json_name
from ..plugin.secret import Secret, SecretProvider
from ..registry import Registry

C = TypeVar("C", bound=Component)
_WORDS = {
    "sources": "source",
    "sinks": "sink",
    "formats": "format",
    "state_backends": "state backend",
    "executors": "executor",
    "secret_providers": "secret provider",
}


def build(registry: Registry, kind: str, config: Mapping[str, Any]) -> Component:
    """The component of a configuration with `type`.

    Raises UsageError P103 (unknown type), P105 (settings that do not fit), P125 (a secret where none may stand),
    EnvironmentFailure X109 (a package that its `extra` asks for is not installed).
    """
    known = registry.components(kind)
    word = _WORDS.get(kind, kind)
    cls = known.get(str(config.get("type")))
    if cls is None:
        import difflib

        near = difflib.get_close_matches(str(config.get("type")), known, 1)
        raise UsageError(
            "P103",
            f"there is no {word} of type {config.get('type')!r}",
            fix=f"did you mean {near[0]!r}?" if near else "",
            notes=[f"installed: {', '.join(sorted(known)) or 'none'}"],
        )
    fields = {json_name(field.name) for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    notes = {"comment", "description"} - fields
    settings = {name: value for name, value in config.items() if name != "type" and name not in notes}
    _no_stray_secrets(cls, settings)
    unknown = sorted(name for name in settings if name not in fields or name.startswith("_"))
    if unknown:
        raise UsageError("P105", f"the {word} {cls.type!r} has no setting {unknown[0]!r}", fix=_settings(fields))
    for name, held in held_fields(cls).items():
        if name in settings:
            settings[name] = _built(registry, family_of(held), settings[name])
    try:
        with guarded(cls, "its making", ArgumentError, TypeError, ValueError):
            found = cls.from_config(settings)
    except (ArgumentError, TypeError, ValueError) as error:
        raise UsageError("P105", f"the {word} {cls.type!r}: {error}", fix=getattr(error, "fix", "")) from error
    check_installed(found)
    with guarded(found, "check"):
        problems = found.check()
    if not isinstance(problems, list | tuple):
        raise wrong(found, f"returned {kind_of(problems)} from check, not a list of sentences", "return []")
    if problems:
        raise UsageError("P105", f"the {word} {cls.type!r}: {problems[0]}", notes=problems[1:])
    return found


def _built(registry: Registry, kind: str, given: Any) -> Any:
    """The components that a setting describes; what is none, its conversion refuses."""
    if isinstance(given, list):
        return [_built(registry, kind, one) for one in given]
    return build(registry, kind, given) if isinstance(given, Mapping) else given


def _settings(fields: set[str]) -> str:
    return f"its settings are {', '.join(sorted(name for name in fields if not name.startswith('_')))}"


def _no_stray_secrets(cls: type[Component], settings: Mapping[str, Any]) -> None:
    """A secret may stand only where the component asks for one: elsewhere it could be printed."""
    hints = typing.get_type_hints(cls, include_extras=True)
    by_name = {json_name(name): hint for name, hint in hints.items()}
    for name, value in settings.items():
        if isinstance(value, Secret) and "Secret" not in str(by_name.get(name)) and by_name.get(name) is not Secret:
            raise UsageError("P125", f"the setting {name!r} of {cls.type!r} cannot hold a secret; it might be printed")


def format_of(registry: Registry, given: Any) -> Format | None:
    """The format of a mapping's `source.format` or `target.format`; None when it says none."""
    if given is None:
        return None
    found = build(registry, "formats", {"type": given} if isinstance(given, str) else given)
    return found if isinstance(found, Format) else None


def format_for_file(registry: Registry, name: str) -> Format | None:
    """The format that claims a file's ending, with its default settings."""
    cls = registry.format_for_file(name)
    return None if cls is None else cls.from_config({})


class Secrets:
    """Finds secrets through the providers, in their order; remembers values only to keep them out of output."""

    def __init__(self, registry: Registry, configs: list[Mapping[str, Any]] | None = None) -> None:
        self._registry = registry
        self._configs = configs
        self.seen: set[str] = set()

    def get(self, name: str) -> Secret:
        """The secret. Raises UsageError P122 when no provider has it."""
        asked = []
        for config in self._configs or [{"type": name} for name in self._registry.components("secret_providers")]:
            provider = build(self._registry, "secret_providers", config)
            asked.append(provider.type)
            with guarded(provider, "get"):
                found = provider.get(name) if isinstance(provider, SecretProvider) else None
            if found is not None:
                if not isinstance(found, Secret):
                    raise PluginError("X108", f"{name_of(provider)} gave no Secret", fix="return Secret(text)")
                self.seen.add(found.reveal())
                return found
        raise UsageError(
            "P122",
            f"no secret {name!r} was found",
            fix=f"export {name}=..., or put it into a file /run/secrets/{name}, or: keyring set crosswalk {name}",
            notes=[f"asked: {', '.join(asked)}"],
        )


def bound(component: C, context: Context) -> C:
    """The component in its surroundings; PluginError X108 when `bind` gives something else."""
    with guarded(component, "bind"):
        found: Any = component.bind(context)  # type: ignore[attr-defined]
    if getattr(found, "kind", None) != component.kind:
        fix = "bind returns a copy: return replace(self, ...), or self"
        raise wrong(component, f"returned {kind_of(found)} from bind, not a {component.kind}", fix)
    return found  # type: ignore[no-any-return]
