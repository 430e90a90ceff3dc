"""Where the JSON Schema files are: `load_schema("mapping")` reads one, from a wheel or from the source tree."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

NAMES = ("mapping", "pipeline", "reject", "report", "diagnostic", "lineage")


@cache
def load_schema(name: str) -> dict[str, Any]:
    """The base schema of that name. Do not change what is returned: it is shared."""
    file = f"{name}.schema.json"
    packed = files("crosswalk").joinpath("schemas", file)
    if packed.is_file():
        text = packed.read_text("utf-8")
    else:
        # In a source tree the folder stands beside engine/.
        text = (Path(__file__).parents[3] / "schemas" / file).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
