"""The build with what is written in C and without: wheels, source distributions, and installations to edit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")

ROOT = Path(__file__).parents[2]
MODULES = ["_json_lines", "_json_text"]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The sources, in a folder whose name has blanks; as if an older build had left its modules behind."""
    target = tmp_path / "a folder with blanks"
    target.mkdir()
    for name in ("engine", "plugins", "schemas"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, target)
    for name in MODULES:
        (target / "plugins" / "crosswalk_formats" / f"{name}.abi3.so").write_bytes(b"old")
    return target


def build(root: Path, target: str, **env: str) -> Path:
    """The one file that is built; a failure of the build fails the test."""
    dist = root / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(dist)]
    done = subprocess.run(command, cwd=root, env=os.environ | env, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    (made,) = dist.iterdir()
    return made


def compiled(names: list[str]) -> list[str]:
    """Which of the modules are there."""
    found = (Path(name).name for name in names if name.endswith((".so", ".pyd")))
    return sorted(name.partition(".")[0] for name in found)


def beside(root: Path) -> list[str]:
    """The modules beside their sources that are no old ones."""
    places = (root / "plugins" / "crosswalk_formats").iterdir()
    assert not any(place.suffix in (".so", ".pyd") and place.read_bytes() == b"old" for place in places)
    return compiled([str(place) for place in (root / "plugins" / "crosswalk_formats").iterdir()])


def require_compiler() -> None:
    """Skips the test where the modules cannot be compiled, as it seems."""
    if not compiled([str(place) for place in (ROOT / "plugins" / "crosswalk_formats").iterdir()]):
        told = "the code in C was not built; with a C compiler and Python's headers, install crosswalk anew"
        (pytest.fail if os.environ.get("CROSSWALK_REQUIRE_SERVICES") else pytest.skip)(told)


def test_a_wheel_of_the_source_distribution_has_the_modules(copied: Path, tmp_path: Path) -> None:
    require_compiler()
    with tarfile.open(build(copied, "sdist")) as archive:
        assert compiled(archive.getnames()) == []
        archive.extractall(tmp_path, filter="data")
    wheel = build(next(tmp_path.glob("crosswalk-*")), "wheel")
    assert "-cp311-abi3-" in wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    assert compiled(names) == MODULES
    assert all(name.startswith("crosswalk_formats/") for name in names if "_json_lines" in name)
    assert not any("build_native" in name or name.endswith(".c") for name in names)


@pytest.mark.parametrize("env", [{"CC": "false"}, {"CC": "no-such-compiler"}, {"CROSSWALK_PURE": "1"}])
def test_a_wheel_without_a_compiler_is_for_every_platform(env: dict[str, str], copied: Path) -> None:
    wheel = build(copied, "wheel", **env)
    assert wheel.name.endswith("-py3-none-any.whl")
    assert compiled(zipfile.ZipFile(wheel).namelist()) == []


def test_an_installation_to_edit_has_the_modules_beside_their_sources(copied: Path) -> None:
    require_compiler()
    build(copied, "wheel:editable")
    assert beside(copied) == MODULES


@pytest.mark.parametrize("env", [{"CC": "false"}, {"CROSSWALK_PURE": "1"}])
def test_nothing_old_stays_where_nothing_is_compiled(env: dict[str, str], copied: Path) -> None:
    build(copied, "wheel:editable", **env)
    assert beside(copied) == []
