"""Where the JSON Schema files are: `load_schema("mapping")` reads one, from a wheel or from the source tree."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

NAMES = ("mapping", "pipeline", "reject", "report", "diagnostic", "lineage")


@cache
def load_schema(name: str) -> dict[str, Any]:
    """The base schema of that name. Do not change what is returned: it is shared."""
    file = f"{name}.schema.json"
    here = Path(__file__)
    # In a wheel, or in a source tree, where the folder stands beside engine/.
    for folder in (here.parents[1], here.parents[3]):
        path = folder / "schemas" / file
        if path.is_file():
            return _loaded(path.read_text("utf-8"))
    from importlib.resources import files  # takes its time to load, and is for packages in archives only

    return _loaded(files("crosswalk").joinpath("schemas", file).read_text("utf-8"))


def _loaded(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found
