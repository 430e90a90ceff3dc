"""Strict type checkers accept programs that use crosswalk, and know the type of everything public."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import crosswalk
import crosswalk.testing

PROGRAMS = sorted((Path(__file__).parent / "consumer").glob("*.py"))
REQUIRED = bool(os.environ.get("CROSSWALK_REQUIRE_SERVICES"))
_NEEDS = {"frames": ("polars", "duckdb")}


def need(*modules: str) -> None:
    """Skip, or fail where everything must be there."""
    for name in modules:
        if importlib.util.find_spec(name) is None:
            (pytest.fail if REQUIRED else pytest.skip)(
                f"pip install {'pyright[nodejs]' if name == 'pyright' else name}"
            )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The programs in a folder of their own, as a stranger has them."""
    for program in PROGRAMS:
        (tmp_path / program.name).write_text(program.read_text("utf-8"), "utf-8")
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command in the folder, with this environment's Python first; pyright is not to look for a newer one."""
    found = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    found |= {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "VIRTUAL_ENV": sys.prefix}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=280, check=False, cwd=folder, env=found
    )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_they_run_in_silence(program: Path, folder: Path) -> None:
    need(*_NEEDS.get(program.stem, ()))
    done = run(folder, program.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (f"{crosswalk.__version__}\n" if program.stem == "program" else "")


def test_mypy(folder: Path) -> None:
    need("mypy", "polars", "duckdb")
    names = [program.name for program in PROGRAMS]
    done = run(folder, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", ".mypy", *names)
    assert done.returncode == 0, done.stdout


def test_pyright(folder: Path) -> None:
    need("pyright", "polars", "duckdb")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "include": ["*.py"]}')
    done = run(folder, "-m", "pyright")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "program.py").write_text("from crosswalk import Engine\nEngine().mapping(5)\n")
    assert "reportArgumentType" in run(folder, "-m", "pyright", "program.py").stdout, "the check cannot fail"


@pytest.mark.parametrize("module", ["crosswalk", "crosswalk.testing"])
def test_everything_public_has_a_known_type(module: str, folder: Path) -> None:
    need("pyright")
    done = run(folder, "-m", "pyright", "--outputjson", "--verifytypes", module, "--ignoreexternal")
    symbols: list[dict[str, Any]] = json.loads(done.stdout)["typeCompleteness"]["symbols"]
    public = {f"{module}.{name}" for name in sys.modules[module].__all__ if name != "__version__"}
    known = {one["name"]: one["isTypeKnown"] for one in symbols if one["name"] in public}
    assert set(known) == public
    assert [name for name, is_known in known.items() if not is_known] == []
