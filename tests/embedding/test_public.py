"""The public surface: pinned names and signatures, types that strict checkers accept, silence, import cost."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import crosswalk
from crosswalk import Batch, Engine, Mapper

HERE = Path(__file__).parent
PROGRAM = HERE / "consumer" / "program.py"
PINNED = HERE / "public_surface.json"


def surface() -> dict[str, object]:
    """Every public name, and the signatures of what embedders call."""

    def members(cls: type) -> dict[str, str]:
        found = {}
        for name, member in inspect.getmembers(cls):
            if name.startswith("_") and name not in ("__init__", "__call__"):
                continue
            if inspect.isroutine(member):
                found[name] = re.sub(r" at 0x\w+", "", str(inspect.signature(member)))
            elif isinstance(member, property):
                found[name] = "property"
        return found

    return {
        "names": sorted(crosswalk.__all__),
        "Engine": members(Engine),
        "Mapper": members(Mapper),
        "Batch": members(Batch),
        "Report": sorted(crosswalk.Report.__dataclass_fields__),
        "events": {
            name: list(getattr(crosswalk, name).__dataclass_fields__)
            for name in crosswalk.__all__
            if isinstance(getattr(crosswalk, name), type) and issubclass(getattr(crosswalk, name), crosswalk.Event)
        },
    }


def test_the_public_surface_changes_only_on_purpose() -> None:
    """After a change that is meant: `python tests/embedding/test_public.py` writes the file anew."""
    pinned = json.loads(PINNED.read_text("utf-8"))
    for part, found in surface().items():
        assert found == pinned[part], part


def test_every_public_name_can_be_imported_and_is_documented() -> None:
    for name in crosswalk.__all__:
        found = getattr(crosswalk, name)
        if inspect.isclass(found) or inspect.isfunction(found):
            assert inspect.getdoc(found), name


def test_names_are_told_to_type_checkers_as_they_are_at_run_time() -> None:
    text = (Path(crosswalk.__file__)).read_text("utf-8")
    told = {line.split(" as ")[1].strip() for line in text.splitlines() if line.startswith("    from .")}
    assert told == set(crosswalk.__all__) - {"__version__"}
    assert (Path(crosswalk.__file__).parent / "py.typed").exists()


def test_the_consumer_runs_and_prints_only_what_it_says(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM)], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{crosswalk.__version__}\n", "")


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_the_consumer_passes_mypy(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path), str(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright is not installed")
def test_the_consumer_passes_pyright(tmp_path: Path) -> None:
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "include": ["program.py"]}')
    (tmp_path / "program.py").write_text(PROGRAM.read_text("utf-8"), "utf-8")
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", str(tmp_path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, cwd=tmp_path)
    except subprocess.TimeoutExpired:
        pytest.skip("pyright could not fetch what it needs")
    if "errors," not in done.stdout:
        pytest.skip(f"pyright does not run here: {(done.stderr or done.stdout).strip()[-200:]}")
    assert done.returncode == 0, done.stdout


def test_the_engine_prints_nothing_and_logs_to_the_standard_library(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.ndjson").write_text('{"n":1}\nbad\n')
    code = (
        "from crosswalk import Engine\n"
        "r = Engine().run({'pipeline': '1', 'name': 'p', 'source': {'type': 'files', 'url': 'in.ndjson'},"
        "'sink': {'type': 'files', 'url': 'out.ndjson'}})\n"
        "assert r.rejected == 1, r"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


if __name__ == "__main__":
    PINNED.write_text(json.dumps(surface(), indent=2) + "\n", "utf-8")
