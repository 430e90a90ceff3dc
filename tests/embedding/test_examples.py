"""The programs in the how-to pages on embedding run as they are, where the tool they are about is installed."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
_BLOCK = re.compile(r'^```\w+ title="([\w.]+)"\n(.*?)^```\n(?:\n```text\n(.*?)^```)?', re.M | re.S)
REQUIRED = bool(os.environ.get("CROSSWALK_REQUIRE_SERVICES"))
_IMPORTED = re.compile(r"^(?:import|from) (fastapi|pandas|polars|duckdb|datafusion|pytest)\b", re.M)


def programs() -> list[tuple[str, str, str]]:
    """Page, name and expected output of every program."""
    found = []
    for page in ("embed-with-other-tools.md", "embed-async.md"):
        for name, code, shown in _BLOCK.findall((DOCS / page).read_text("utf-8")):
            if name.endswith(".py"):
                found.append((page, name, shown or ("[[{'n': 2}], [{'n': 4}]]\n" if name == "pool.py" else "")))
                assert code
    return found


@pytest.mark.parametrize(("page", "name", "shown"), programs(), ids=lambda value: str(value)[:40])
def test_a_program_runs(page: str, name: str, shown: str, tmp_path: Path) -> None:
    for title, code, _ in _BLOCK.findall((DOCS / page).read_text("utf-8")):
        (tmp_path / title).write_text(code, "utf-8")
    for tool in _IMPORTED.findall((tmp_path / name).read_text("utf-8")):
        if importlib.util.find_spec(tool) is None:
            (pytest.fail if REQUIRED else pytest.skip)(f"pip install {tool}")
    how = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if name.startswith("test_") else []
    done = subprocess.run(
        [sys.executable, *how, name], capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if shown:
        assert done.stdout == shown


def test_every_tool_has_its_program() -> None:
    names = {name for _, name, _ in programs()}
    assert {
        f"example_{tool}.py" for tool in ("fastapi", "notebook", "pandas", "polars", "duckdb", "datafusion")
    } <= names
    assert {"test_order.py", "pool.py"} <= names
