"""A tap's catalog: what it can give, and what of it is selected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from crosswalk import ConnectorError

from .child import running
from .command import Command
from .errors import protocol, stream_unknown

_LIMIT = 256_000_000
"""Bytes of a catalog."""


def discovered(command: Command, config: str, timeout: float) -> dict[str, Any]:
    """What the tap answers to `--discover`. Raises ConnectorError C901 to C904."""
    fix = 'if the tap has no discovery, say "discover": false'
    with running(command, {"--config": config}, "--discover") as child:
        text = child.stdout.read(_LIMIT)
        try:
            child.finish(timeout, "raise timeout, or see why the tap hangs", " when it was asked for its streams")
        except ConnectorError as error:
            error.fix = error.fix or fix
            raise
    return parsed(command, text, "answered to --discover with", fix)


def loaded(command: Command, path: str) -> dict[str, Any]:
    """A catalog from a file. Raises ConnectorError C904, and OSError."""
    return parsed(command, Path(path).read_bytes(), f"is to be given {path},", "write it with: TAP --discover")


def parsed(command: Command, text: bytes, how: str, fix: str) -> dict[str, Any]:
    """A catalog from its text, checked as far as it is used here."""
    try:
        catalog = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise protocol(command.program, f"{how} what is no JSON: {error}", fix) from None
    streams = catalog.get("streams") if isinstance(catalog, dict) else None
    if not isinstance(streams, list) or not all(
        isinstance(entry, dict) and names(entry) and isinstance(entry.get("schema"), dict) for entry in streams
    ):
        raise protocol(command.program, f'{how} what is no catalog: {{"streams": [...]}} is wanted', fix)
    return {"streams": streams, **catalog}


def select(command: Command, catalog: dict[str, Any], streams: list[str]) -> list[set[str]]:
    """Mark these streams, and the fields in them, as selected, and all others as not; [] selects every stream.

    Fields that are not selected by default stay so. Returns for each of the streams the names that its messages may
    have. Raises ConnectorError C905 for a stream that is not there.
    """
    known = {name for entry in catalog["streams"] for name in names(entry)}
    for name in streams:
        if name not in known:
            raise stream_unknown(command.program, name, known)
    found = []
    for entry in catalog["streams"]:
        wanted = not streams or any(name in streams for name in names(entry))
        _mark(entry, wanted)
        if wanted:
            _mark_fields(entry)
            found.append(names(entry))
    return found


def names(entry: dict[str, Any]) -> set[str]:
    """The names that a catalog has for a stream: taps use one or the other in their messages."""
    return {entry[key] for key in ("tap_stream_id", "stream") if isinstance(entry.get(key), str)}


def _mark(entry: dict[str, Any], wanted: bool) -> None:
    """In the three places where taps of different ages look for it."""
    entry["selected"] = wanted
    entry["schema"]["selected"] = wanted
    listed = entry["metadata"] = entry.get("metadata") or []
    root = next((item for item in listed if not item.get("breadcrumb")), None)
    if root is None:
        root = {"breadcrumb": []}
        listed.append(root)
    root.setdefault("metadata", {})["selected"] = wanted


def _mark_fields(entry: dict[str, Any]) -> None:
    for item in entry["metadata"]:
        if item.get("breadcrumb"):
            about = item.setdefault("metadata", {})
            about.setdefault("selected", about.get("selected-by-default", True))
    properties = entry["schema"].get("properties")
    for field in properties.values() if isinstance(properties, dict) else ():
        if isinstance(field, dict) and field.get("inclusion") == "available":
            field.setdefault("selected", True)
