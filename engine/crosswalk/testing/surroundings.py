"""The context that the kits bind components with: a folder, small batches, and the installed formats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..plugin.component import Component
from ..plugin.context import Context
from ..plugin.format import Format, ReadOptions
from ..registry import Registry

BATCH = 7
"""Records in a batch: few, and no round number."""


def context(folder: Path, **members: Any) -> Context:
    """A run's surroundings in a folder; `members` replace those of Context.

    Nested components and formats are those of the installed plugins. Batches hold seven records.
    """
    registry = Registry()

    def build(kind: str, config: Mapping[str, Any]) -> Component:
        settings = {name: value for name, value in config.items() if name != "type"}
        return registry.components(kind)[config["type"]].from_config(settings)

    def find_format(name: str) -> Format | None:
        found = registry.format_for_file(name)
        return found() if found else None

    whole: dict[str, Any] = {
        "base": str(folder),
        "pipeline": "contract",
        "scope": "contract",
        "run_id": "run-1",
        "fence": 1,
        "read": ReadOptions(records=BATCH),
        "build": build,
        "find_format": find_format,
    }
    return Context(**(whole | members))
