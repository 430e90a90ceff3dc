"""`crosswalk plugins`: a new package of every kind works at once, as an outsider would install it; and the listing."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import sysconfig
import types
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from crosswalk.cli.cmd_plugins import TEMPLATES

from .conftest import Run

KINDS = TEMPLATES
OFFERS = {"state": "state backends", "path": "path languages", "secret": "secret providers"}


class Home:
    """A fresh virtual environment that also sees the packages of this one, so that no network is needed."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False)
        self.python = folder / "bin" / "python"
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        own = folder / "lib" / version / "site-packages"
        # addsitedir, not the bare path: it also follows the .pth file of an editable install.
        (own / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")

    def run(self, *args: str | Path, cwd: Path) -> str:
        """What a Python command line prints; its failure fails the test."""
        wanted = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
        done = subprocess.run(
            [self.python, *args], cwd=cwd, env=wanted | {"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{args}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def crosswalk(self, *args: str, cwd: Path) -> Any:
        """The `--json` document of a command."""
        return json.loads(self.run("-c", "from crosswalk.cli import main; main()", *args, "--json", cwd=cwd))


@pytest.mark.skipif(os.name == "nt", reason="the paths of a virtual environment are others there")
def test_new_packages_work_at_once(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    pytest.importorskip("pip")
    pytest.importorskip("ruff")
    pytest.importorskip("mypy")
    home = Home(tmp_path / "venv")
    names = [f"acme-{kind}" for kind in KINDS]
    for name, kind in zip(names, KINDS, strict=True):
        assert home.crosswalk("plugins", "new", name, "--kind", kind, cwd=tmp_path)["kind"] == kind
    places = [f"./{name}" for name in names]
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check")
    home.run("-m", "pip", "install", *offline, *places, cwd=tmp_path)
    for name in names:
        done = home.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path / name)
        assert " passed" in done
        assert "failed" not in done
        assert home.run("-m", "ruff", "check", "--no-cache", ".", cwd=tmp_path / name) == "All checks passed!\n"
        assert "already formatted" in home.run(
            "-m", "ruff", "format", "--no-cache", "--check", ".", cwd=tmp_path / name
        )
    sources = [f"{name}/src" for name in names]
    assert "no issues" in home.run("-m", "mypy", "--strict", "--cache-dir", str(tmp_path), *sources, cwd=tmp_path)
    listed = {plugin["name"]: plugin for plugin in home.crosswalk("plugins", "list", cwd=tmp_path)["plugins"]}
    for name, kind in zip(names, KINDS, strict=True):
        plugin = listed[name.replace("-", "_")]
        assert (plugin["distribution"], plugin["version"]) == (name, "0.1.0")
        assert plugin["stability"] == "experimental"
        assert not plugin["broken"]
        assert list(plugin["offers"]) == [OFFERS.get(kind, f"{kind}s")]
    shown = home.crosswalk("plugins", "show", "acme_source", cwd=tmp_path)
    assert shown["plugin"]["components"] == {"acme_source": "experimental"}
    assert shown["components"][0]["settings"]["required"] == ["type", "path"]
    mapping = {"mapping": "1", "fields": {"t": ["name", {"acme_resolver.shout": {"times": 2}}]}}
    (tmp_path / "m.json").write_text(json.dumps(mapping))
    (tmp_path / "in.acmeformat").write_text("name:a\\tb\n")
    mapped = home.run(
        "-c", "from crosswalk.cli import main; main()", "map", "m.json", "in.acmeformat", "--to", "ndjson", cwd=tmp_path
    )  # fmt: skip
    assert json.loads(mapped) == {"t": "A\tB!!"}
    fields = home.run(
        "-c", "from crosswalk.cli import main; main()", "acme-command", "m.json", cwd=tmp_path
    )  # fmt: skip
    assert fields == "t\n"
    (tmp_path / "secrets.json").write_text('{"OUT": "out"}')
    pipeline = {
        "pipeline": "1", "name": "p", "source": {"type": "acme_source", "path": "in.acmeformat"},
        "mapping": {"mapping": "1", "source": {"paths": "acme_path"}, "fields": {"line": "line"}},
        "sink": {"type": "acme_sink", "path": "${params.out}"}, "params": {"out": {"type": "string", "default": "o"}},
        "executor": {"type": "acme_executor"}, "state": {"type": "acme_state", "path": "state.json"},
        "secrets": [{"type": "acme_secret", "path": "secrets.json"}],
    }  # fmt: skip
    (tmp_path / "p.json").write_text(json.dumps(pipeline))
    report = home.crosswalk("run", "p.json", cwd=tmp_path)["report"]
    assert (report["status"], report["written"]) == ("done", 1)
    assert json.loads((tmp_path / "o").read_text()) == {"line": "name:a\\tb"}


def test_what_is_written(run: Run, tmp_path: Path) -> None:
    found = run("plugins", "new", "acme-orders", "--kind", "source")
    assert found.status == 0
    assert "cd acme-orders && python -m pytest" in found.err
    files = {str(path.relative_to(tmp_path / "acme-orders")) for path in (tmp_path / "acme-orders").rglob("*.*")}
    assert files >= set(found.out.split())
    assert set(found.out.split()) == {
        ".github/workflows/test.yml", ".gitignore", "README.md", "pyproject.toml", "src/acme_orders/__init__.py",
        "src/acme_orders/py.typed", "tests/test_acme_orders.py",
    }  # fmt: skip
    project = (tmp_path / "acme-orders" / "pyproject.toml").read_text()
    assert 'dependencies = ["crosswalk>=' in project
    assert 'acme_orders = "acme_orders"' in project
    test = (tmp_path / "acme-orders" / "tests" / "test_acme_orders.py").read_text()
    assert "class TestAcmeOrders(SourceContract):" in test
    left = [path for path in (tmp_path / "acme-orders").rglob("*") if path.is_file() and "{{" in path.read_text()]
    assert [path.name for path in left] == ["test.yml"]  # the workflow's own ${{ matrix.python }}


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("Acme_Orders", '"Acme_Orders" cannot be the name of a package', "plugins new acme-orders --kind format"),
        ("9", '"9" cannot be the name', "plugins new acme-orders --kind format"),
        ("a--b", "cannot be the name", "plugins new a-b --kind format"),
        ("../up", "cannot be the name", "plugins new up --kind format"),
        ("csv", 'crosswalk has a format "csv" already', "plugins new acme-csv --kind format"),
        ("json", 'crosswalk has a format "json" already', "plugins new acme-json --kind format"),
        ("class", '"class" is a word of Python', "plugins new acme-class --kind format"),
        ("email", '"email" is the name of a module that is installed', "plugins new acme-email --kind format"),
        ("crosswalk", '"crosswalk" is the name of a module', "plugins new acme-crosswalk --kind format"),
    ],
)
def test_bad_names(run: Run, tmp_path: Path, name: str, message: str, fix: str) -> None:
    found = run("plugins", "new", name, "--kind", "format")
    assert found.status == 2
    assert "U123" in found.err
    assert message in found.err
    assert fix in found.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "name", "word"),
    [
        ("path", "xpath", "path language"), ("executor", "local", "executor"), ("secret", "env", "secret provider"),
        ("command", "run", "command"), ("state", "memory", "state backend"),
    ],
)  # fmt: skip
def test_names_that_are_taken(run: Run, kind: str, name: str, word: str) -> None:
    found = run("plugins", "new", name, "--kind", kind)
    assert f'crosswalk has a{"n" if word[0] == "e" else ""} {word} "{name}" already' in found.err
    assert found.status == 2


def test_folders(run: Run, tmp_path: Path) -> None:
    assert run("plugins", "new", "acme-a", "--kind", "sink", "--folder", "deep/here").status == 0
    assert (tmp_path / "deep" / "here" / "pyproject.toml").exists()
    again = run("plugins", "new", "acme-a", "--kind", "sink", "--folder", "deep/here")
    assert again.status == 2
    assert "U117" in again.err
    assert "deep/here is not empty" in again.err
    (tmp_path / "file").write_text("")
    assert "file is a file" in run("plugins", "new", "acme-a", "--kind", "sink", "--folder", "file").err
    assert "--kind" in run("plugins", "new", "acme-a").err
    assert "'plugin' is not one of" in run("plugins", "new", "acme-a", "--kind", "plugin").err


def test_list_and_show_tell_version_and_stability(run: Run) -> None:
    own = importlib.metadata.version("crosswalk")
    assert f"crosswalk_formats  (crosswalk {own}, beta)" in run("plugins").out
    listed = run("plugins", "list", "--json").json["plugins"]
    assert {(plugin["version"], plugin["used"]) for plugin in listed if plugin["distribution"] == "crosswalk"} == {
        (own, True)
    }
    assert run("plugins", "show", "csv", "--json").json["components"][0]["stability"] == "stable"
    assert "crosswalk resolvers trim" in run("plugins", "show", "trim").err


def test_what_a_list_leaves_out_is_shown_as_such(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSWALK_PLUGINS", "-crosswalk_sql")
    assert "crosswalk_sql" in run("plugins").out
    line = next(line for line in run("plugins").out.splitlines() if line.startswith("crosswalk_sql"))
    assert line.endswith("not used (CROSSWALK_PLUGINS)")


def test_a_broken_plugin_and_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = types.SimpleNamespace(name="acme", module="acme", dist=None, load=lambda: 1 / 0)
    points = list(importlib.metadata.entry_points(group="crosswalk"))
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [*points, entry])
    monkeypatch.setattr("crosswalk.discovery.entry_points", lambda: [*points, entry])
    for command in (("plugins", "list"), ("plugins", "show", "acme")):
        short, long = run(*command).out, run(*command, "--traceback").out
        assert "acme  BROKEN" in short
        assert "ZeroDivisionError" in short
        assert "Traceback" not in short
        assert "Traceback (most recent call last)" in long
    assert "--traceback shows where" in run("plugins", "show", "acme").out
    found = run("plugins", "show", "acme", "--json").json["plugin"]
    assert found["broken"] and "traceback" not in found
    assert "ZeroDivisionError" in run("plugins", "show", "acme", "--traceback", "--json").json["plugin"]["traceback"]


def test_the_wheel_has_templates_and_kits(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    wheel = next(tmp_path.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    engine = root / "engine"
    for folder in ("cli/plugin_template", "testing"):
        wanted = {
            str(path.relative_to(engine))
            for path in (engine / "crosswalk" / folder).rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        assert len(wanted) > 10
        assert wanted <= names
