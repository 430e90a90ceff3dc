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
            if name.endswith(".py") and not name.endswith(".nb.py"):
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
    assert {f"example_{tool}.py" for tool in ("fastapi", "pandas", "polars", "duckdb", "datafusion")} <= names
    assert {"test_order.py", "pool.py"} <= names


def test_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in ("nbclient", "ipykernel"):
        if importlib.util.find_spec(tool) is None:
            (pytest.fail if REQUIRED else pytest.skip)(f"pip install {tool}")
    import nbclient
    import nbformat
    from jupyter_client import KernelManager

    for title, code, _ in _BLOCK.findall((DOCS / "embed-with-other-tools.md").read_text("utf-8")):
        (tmp_path / title).write_text(code, "utf-8")
    # Nothing of the user's own settings and kernels.
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    cells = (tmp_path / "orders.nb.py").read_text("utf-8").split("# %%\n")[1:]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells])
    manager = KernelManager(transport="ipc", ip=str(tmp_path / "kernel"))
    manager.kernel_spec.argv[0] = sys.executable
    nbclient.NotebookClient(notebook, km=manager, timeout=60, resources={"metadata": {"path": tmp_path}}).execute()
    shown = [output["data"] for cell in notebook.cells for output in cell.outputs if "data" in output]
    assert [sorted(set(data) - {"text/plain"}) for data in shown] == [
        ["text/html"], ["text/html"], ["text/html"], ["image/svg+xml"], ["text/html"],
    ]  # fmt: skip
    assert "decimal(2)" in shown[0]["text/html"]
    assert "not a decimal number" in shown[1]["text/html"]
    assert "<td>done</td>" in shown[4]["text/html"]
    assert [output for cell in notebook.cells for output in cell.outputs if output.output_type == "stream"] == []
