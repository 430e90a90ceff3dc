"""Formats for the command line: which one an input or output has, and building it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, UsageError
from ..spec.near import near_name

if TYPE_CHECKING:
    from ..plugin.format import Format
    from ..registry import Registry


def format_config(text: str | None) -> Any:
    """A format as said on the command line: a type, or a JSON object with `type` and settings; None stays None."""
    if text is None or not text.lstrip().startswith("{"):
        return text
    fix = """--from '{"type": "csv", "delimiter": ";"}'"""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("U102", f"the format is not JSON: {error}", fix=fix) from None
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise UsageError("U102", 'a format object needs "type"', fix=fix)
    return found


def type_of(config: Any) -> str | None:
    """The type of a format given as a name or an object."""
    found = config.get("type") if isinstance(config, Mapping) else config
    return found if isinstance(found, str) else None


def choose(registry: Registry, said: Any, mapping: Any, file: str | None, *, default: str = "") -> Any:
    """The configuration that counts: `said` on the command line, else the mapping's, else by the file's ending.

    A type said without settings keeps the mapping's settings for that type. Without a file, or with `default` for one
    whose ending says nothing, it is that; else UsageError U104.
    """
    if said is not None:
        return mapping if isinstance(said, str) and type_of(mapping) == said else said
    if mapping is not None:
        return mapping
    if file is None:
        return default or "ndjson"
    found = registry.format_for_file(file)
    if found is None and default:
        return default
    if found is None:
        known = sorted({ending for cls in registry.formats.values() for ending in cls.extensions})
        raise UsageError(
            "U104", f"the ending of {file} says nothing about its format",
            notes=(f"known endings: {', '.join(known)}",), fix="say it with --from, for example --from csv",
        )  # fmt: skip
    return found.type


def find(registry: Registry, config: Any) -> type[Format]:
    """The class that a configuration names; raises UsageError U103."""
    name = type_of(config)
    cls = registry.formats.get(name) if name else None
    if cls is None:
        near = near_name(name or "", registry.formats)
        raise UsageError(
            "U103", f'there is no format "{name}"', notes=(f"formats: {', '.join(sorted(registry.formats))}",),
            fix=f'did you mean "{near}"?' if near else "",
        )  # fmt: skip
    return cls


def build(registry: Registry, config: Any) -> Format:
    """The format; raises UsageError U103 (unknown) or U102 (bad settings)."""
    cls = find(registry, config)
    settings = dict(config) if isinstance(config, Mapping) else {}
    if settings:
        _check(cls, settings)
    try:
        return cls.from_config(settings)
    except ArgumentError as error:
        raise UsageError("U102", f"{cls.type}: {error.message}", fix=error.fix) from error


def _check(cls: type[Format], settings: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator  # costs 0.1 s; only when settings are given

    for key in ("comment", "description"):
        if key not in cls.config_schema()["properties"]:
            settings.pop(key, None)
    for error in Draft202012Validator(cls.config_schema()).iter_errors(settings):
        raise UsageError("U102", f"{cls.type}: {error.message}", fix=f"see: crosswalk plugins show {cls.type}")
