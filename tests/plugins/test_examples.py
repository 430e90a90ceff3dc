"""The example plugins install as packages of their own, pass their tests, and are listed: as outsiders would do it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "plugins" / "examples"
NEEDS = {"crosswalk-http-lookup": ("httpx",), "crosswalk-singer": ()}


@pytest.mark.skipif(os.name == "nt", reason="the paths of a virtual environment are others there")
@pytest.mark.parametrize("name", sorted(NEEDS))
def test_an_example_works_when_it_is_installed(name: str, tmp_path: Path) -> None:
    for tool in ("hatchling", "pip", *NEEDS[name]):
        if importlib.util.find_spec(tool) is None:
            (pytest.fail if os.environ.get("CROSSWALK_REQUIRE_SERVICES") else pytest.skip)(f"pip install {tool}")
    # The packages of this environment stand in for an index.
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    own = home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (own / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns(".*"))
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    _run(home, tmp_path, "-m", "pip", "install", *offline, f"./{name}")
    shutil.rmtree(tmp_path / name / "src")  # what is tested is what was installed
    assert " passed" in _run(home, tmp_path / name, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    listed = _run(home, tmp_path, "-c", "from crosswalk.cli import main; main()", "plugins", "list", "--json")
    found = {plugin["name"]: plugin for plugin in json.loads(listed)["plugins"]}[name.replace("-", "_")]
    assert found["distribution"] == name
    assert not found["broken"]


def _run(home: Path, folder: Path, *args: str) -> str:
    wanted = {"CROSSWALK_SINGER_HOME": str(EXAMPLES / "crosswalk-singer" / ".programs")}  # where .ci/run puts them
    wanted |= {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [home / "bin" / "python", *args],
        cwd=folder,
        env=wanted,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, f"{args}\n{done.stdout}\n{done.stderr}"
    return done.stdout
