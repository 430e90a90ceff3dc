"""The tap and the target of these tests as settings, and a context to run them in."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from crosswalk_singer.sink import SingerTarget
from crosswalk_singer.source import SingerTap

from crosswalk.testing.surroundings import context

HERE = Path(__file__).parent
PYTHON = [sys.executable, "-S", "-E"]
TAP = [*PYTHON, str(HERE / "tap_numbers.py")]
TARGET = [*PYTHON, str(HERE / "target_lines.py")]


def tap(config: dict[str, Any] | None = None, **settings: Any) -> SingerTap:
    return SingerTap(**{"command": TAP, "config": config or {}, **settings})


def target(path: Path, config: dict[str, Any] | None = None, **settings: Any) -> SingerTarget:
    return SingerTarget(**{"command": TARGET, "config": {"path": str(path), **(config or {})}, **settings})


def bound(component: Any, folder: Path, **members: Any) -> Any:
    return component.bind(context(folder, **members))


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
