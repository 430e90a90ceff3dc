"""Finding installed plugins: the same that `importlib.metadata` finds, without its cost."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from crosswalk.plugin.entry_points import EntryPoint, Package, entry_points

Shown = list[tuple[str, str, "str | None", "str | None"]]


def _package(root: Path, folder: str, points: str | None, metadata: str = "", head: str = "METADATA") -> None:
    found = root / folder
    found.mkdir(parents=True)
    if points is not None:
        (found / "entry_points.txt").write_text(points, encoding="utf-8")
    if metadata:
        (found / head).write_text(metadata, encoding="utf-8")


def _by_the_library() -> Shown:
    points = importlib.metadata.entry_points(group="crosswalk")
    return [(e.name, e.value, e.dist and e.dist.name, e.dist and e.dist.version) for e in points]


def _ours() -> Shown:
    return [(e.name, e.value, e.dist and e.dist.name, e.dist and e.dist.version) for e in entry_points()]


ACME = "Metadata-Version: 2.1\nName: Acme.Crosswalk\nVersion: 1.2\nSummary: x\n\nName: no\n"


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    monkeypatch.setattr(sys, "path", [str(one), str(two), *sys.path, str(tmp_path / "absent")])
    return one, two


def test_the_installed_ones_are_those_of_the_library() -> None:
    assert "crosswalk_formats" in {entry.name for entry in entry_points()}
    assert sorted(_ours()) == sorted(_by_the_library())


def test_what_stands_in_the_files(roots: tuple[Path, Path]) -> None:
    one, two = roots
    points = "# c\n[scripts]\na = b:c\n\n[crosswalk]\nacme = acme.plugin\n#x = no\nwaves=waves:a.b [x]\n[z]\nq = r\n"
    _package(one, "Acme_Crosswalk-1.2.dist-info", points, ACME)
    _package(two, "acme_crosswalk-0.9.dist-info", "[crosswalk]\nold = old\n", "Name: acme-crosswalk\nVersion: 0.9\n")
    _package(two, "plain-1.dist-info", None, "Name: plain\nVersion: 1\n")
    _package(two, "egg.egg-info", "[crosswalk]\negg = egg\n", "Name: egg\nVersion: 3\n", "PKG-INFO")
    (two / "file.egg-info").write_text("Name: file\n")
    acme = Package("Acme.Crosswalk", "1.2")
    assert entry_points()[:3] == [
        EntryPoint("acme", "acme.plugin", acme),
        EntryPoint("waves", "waves:a.b [x]", acme),
        EntryPoint("egg", "egg", Package("egg", "3")),
    ]
    assert sorted(_ours()) == sorted(_by_the_library())


def test_a_package_without_a_description_has_no_name(roots: tuple[Path, Path]) -> None:
    _package(roots[0], "bare-1.dist-info", "[crosswalk]\nbare = bare\n")
    _package(roots[0], "half-1.dist-info", "[crosswalk]\nhalf = half\n", "Name: half\n\nVersion: 1\n")
    found = {entry.name: entry for entry in entry_points()}
    assert found["bare"].dist is None and found["half"].dist is None


def test_loading(roots: tuple[Path, Path]) -> None:
    (roots[0] / "acme_of_a_test.py").write_text("class a:\n    b = 5\n")
    assert EntryPoint("x", "acme_of_a_test", None).load().a.b == 5
    assert EntryPoint("x", "acme_of_a_test:a.b", None).load() == 5
    assert EntryPoint("x", " acme_of_a_test : a.b [extra]", None).load() == 5
    with pytest.raises(AttributeError):
        EntryPoint("x", "acme_of_a_test:c", None).load()
    with pytest.raises(ModuleNotFoundError):
        EntryPoint("x", "acme_of_no_test", None).load()


def test_packages_in_a_zip_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "acme.zip", "w") as packed:
        packed.writestr("acme-1.2.dist-info/entry_points.txt", "[crosswalk]\nacme = acme\n")
        packed.writestr("acme-1.2.dist-info/METADATA", "Name: acme\nVersion: 1.2\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "acme.zip")])
    assert EntryPoint("acme", "acme", Package("acme", "1.2")) in entry_points()


def test_packages_that_a_finder_of_its_own_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _package(tmp_path, "acme-1.2.dist-info", "[crosswalk]\nacme = acme\n", "Name: acme\nVersion: 1.2\n")

    class Finder:
        @staticmethod
        def find_spec(*_: Any) -> None:
            return None

        @staticmethod
        def find_distributions(context: Any) -> list[importlib.metadata.Distribution]:
            return [importlib.metadata.Distribution.at(tmp_path / "acme-1.2.dist-info")]

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert EntryPoint("acme", "acme", Package("acme", "1.2")) in entry_points()


def test_a_run_loads_no_libraries_that_it_does_without(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"mapping": "1", "name": "m", "fields": {"a": "a"}}')
    (tmp_path / "in.csv").write_text("a\n1\n")
    code = (
        "import sys\nfrom crosswalk.cli import main\nsys.argv = ['crosswalk', 'map', 'm.json', 'in.csv']\n"
        "try: main()\nexcept SystemExit: pass\nassert 'importlib.metadata' not in sys.modules\n"
        "assert 'jmespath' not in sys.modules and 'zoneinfo' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == '{"a":"1"}\n'
