"""Discovery: third-party distributions on the path, broken ones spared, clashes told, allow and deny lists."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ALL_KINDS = '''
from dataclasses import dataclass
from collections.abc import Iterator
import click
from crosswalk import (Batch, CompiledPath, Executor, Format, PathLanguage, Secret, SecretProvider, Sink, Source,
                       StateBackend, hookimpl, resolver)

@dataclass
class Countdown(Source):
    """Count down."""
    type = "acme.countdown"
    start: int
    def read(self, cursor=None):
        for n in range(self.start if cursor is None else cursor, 0, -1):
            yield Batch.of_rows([{"n": n}], cursor=n - 1)

@dataclass
class Drop(Sink):
    """Drop records."""
    type = "acme.drop"
    def open(self):
        raise NotImplementedError

@dataclass
class Lines(Format):
    """Lines."""
    type = "acme.lines"
    extensions = ("acme",)
    def decode(self, stream, options):
        yield Batch.of_rows([{"line": line.decode().rstrip()} for line in stream])
    def encoder(self, stream, options):
        raise NotImplementedError

class Word(CompiledPath):
    def __init__(self, text):
        self.text = text
    def value(self, context, variables):
        return context.get(self.text.strip("<>"))

class Angles(PathLanguage):
    """Paths in angle brackets."""
    name = "acme.angles"
    def compile(self, text, namespaces):
        return Word(text)

@dataclass
class Nowhere(StateBackend):
    """Keeps nothing."""
    type = "acme.nowhere"
    def open(self):
        raise NotImplementedError

@dataclass
class Plain(Executor):
    """In order."""
    type = "acme.plain"
    def map(self, function, items):
        return map(function, items)

@dataclass
class Vault(SecretProvider):
    """Fixed secrets."""
    type = "acme.vault"
    def get(self, name):
        return Secret("s3cret")

@resolver("acme.shout")
def shout(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * times

@click.command("acme-hello")
def hello():
    """Say hello."""
    click.echo("hello from acme")

@hookimpl
def crosswalk_sources(): return [Countdown]
@hookimpl
def crosswalk_sinks(): return [Drop]
@hookimpl
def crosswalk_formats(): return [Lines]
@hookimpl
def crosswalk_resolvers(): return [shout]
@hookimpl
def crosswalk_path_languages(): return [Angles]
@hookimpl
def crosswalk_state_backends(): return [Nowhere]
@hookimpl
def crosswalk_executors(): return [Plain]
@hookimpl
def crosswalk_secret_providers(): return [Vault]
@hookimpl
def crosswalk_commands(): return [hello]
'''
SHOUT = """
from crosswalk import hookimpl, resolver
@resolver("acme.shout")
def shout(value: str) -> str:
    return value.upper()
@hookimpl
def crosswalk_resolvers(): return [shout]
"""


class Site:
    """A folder of fake distributions, and a process that sees them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, package: str, code: str, *, entry: str | None = None, version: str = "1.0") -> None:
        module = package.replace("-", "_")
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code), "utf-8")
        info = self.folder / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[crosswalk]\n{entry or module} = {module}\n")

    def python(self, code: str, **env: str) -> Any:
        """What the code left in `out`."""
        done = self.run(
            "-c", f"import json\nfrom crosswalk import *\n{textwrap.dedent(code)}\nprint(json.dumps(out))", **env
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")])
        return subprocess.run(
            [sys.executable, *args], capture_output=True, text=True, timeout=60, check=False, cwd=self.folder,
            env=os.environ | {"PYTHONPATH": path} | env,
        )  # fmt: skip

    def cli(self, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "crosswalk", *args, **env)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_every_hook_works_from_a_distribution_of_its_own(site: Site) -> None:
    site.add("acme-pack", ALL_KINDS)
    found = site.python(
        """
        engine = Engine()
        r = engine.registry
        kinds = ["sources", "sinks", "formats", "state_backends", "executors", "secret_providers"]
        out = {k: [n for n in r.components(k) if n.startswith("acme")] for k in kinds}
        out["commands"] = list(r.commands)
        mapping = {"mapping": "1", "source": {"paths": "acme.angles"}, "fields": {"a": ["<x>", "acme.shout"]}}
        out["mapped"] = engine.mapping(mapping)({"x": "hi"})
        out["ending"] = r.format_for_file("a.acme.gz").type
        """
    )
    assert found == {
        "sources": ["acme.countdown"], "sinks": ["acme.drop"], "formats": ["acme.lines"],
        "state_backends": ["acme.nowhere"], "executors": ["acme.plain"], "secret_providers": ["acme.vault"],
        "commands": ["acme-hello"], "mapped": {"a": "HI"} | {"a": "HI!"}, "ending": "acme.lines",
    }  # fmt: skip


def test_a_command_of_a_plugin_runs(site: Site) -> None:
    site.add("acme-pack", ALL_KINDS)
    done = site.run("-c", "from crosswalk.cli import main; main()", "acme-hello")
    assert (done.returncode, done.stdout) == (0, "hello from acme\n"), done.stderr


def test_a_pipeline_of_a_plugin_runs(site: Site) -> None:
    site.add("acme-pack", ALL_KINDS)
    found = site.python(
        """
        p = {"pipeline": "1", "name": "p", "source": {"type": "acme.countdown", "start": 3},
             "mapping": {"mapping": "1", "fields": {"n": "n"}}, "executor": {"type": "acme.plain"},
             "sink": {"type": "files", "url": "out.ndjson"}, "state": {"type": "memory"}}
        r = Engine().run(p)
        out = [r.status, r.read, open("out.ndjson").read()]
        """
    )
    assert found == ["done", 3, '{"n":3}\n{"n":2}\n{"n":1}\n']


def test_nothing_is_imported_before_it_is_asked_for(site: Site) -> None:
    site.add("acme-pack", SHOUT)
    found = site.python(
        """
        import sys
        engine = Engine()
        out = [name in sys.modules for name in ("acme_pack", "crosswalk_formats")]
        engine.registry.resolvers
        out.append("acme_pack" in sys.modules)
        """
    )
    assert found == [False, False, True]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import nonsense_xyz", "cannot be loaded: ModuleNotFoundError: No module named 'nonsense_xyz'"),
        ("raise SystemExit(3)", "cannot be loaded: SystemExit: 3"),
        ("x = 1", "cannot be loaded: it has no hooks"),
        ("crosswalk_api = 2", "was written for plugin contract 2; this crosswalk has 1"),
        (
            "from crosswalk import hookimpl\n@hookimpl\ndef crosswalk_sorces(): return []",
            "there is no hook crosswalk_sorces",
        ),
        (
            "from crosswalk import hookimpl\n@hookimpl\ndef crosswalk_resolvers(): 1 / 0",
            "fails in crosswalk_resolvers: ZeroDivisionError: division by zero",
        ),
        (
            "from crosswalk import hookimpl\n@hookimpl\ndef crosswalk_resolvers(): return None",
            "crosswalk_resolvers returned None, not a list",
        ),
        (
            "from crosswalk import hookimpl\ndef f(v): return v\n@hookimpl\ndef crosswalk_resolvers(): return [f]",
            "offers the plain function f",
        ),
    ],
)
def test_a_broken_plugin_is_named_and_spares_the_rest(site: Site, code: str, why: str) -> None:
    site.add("acme-bad", code, version="0.3")
    site.add("acme-good", SHOUT)
    found = site.python(
        """
        engine = Engine()
        out = [engine.mapping({"mapping": "1", "fields": {"a": ["x", "acme.shout"]}})({"x": "hi"})]
        broken = engine.registry.broken
        out += [list(broken), str(broken["acme_bad"]), broken["acme_bad"].traceback.splitlines()[0]]
        """
    )
    assert found[0] == {"a": "HI"}
    assert found[1] == ["acme_bad"]
    assert found[2].startswith("plugin acme_bad (acme-bad 0.3): ")
    assert why in found[2]
    assert found[3].startswith("Traceback")


def test_an_error_about_something_unknown_tells_of_the_broken_plugin(site: Site) -> None:
    site.add("acme-bad", "import nonsense_xyz")
    (site.folder / "m.json").write_text('{"mapping": "1", "fields": {"a": ["x", "acme.shout"]}}')
    done = site.run("-c", "from crosswalk.cli import main; main()", "validate", "m.json")
    assert done.returncode == 2
    assert (
        "left out: plugin acme_bad (acme-bad 1.0): it cannot be loaded: ModuleNotFoundError"
        in done.stderr + done.stdout
    )


def test_the_traceback_comes_on_request(site: Site) -> None:
    site.add("acme-bad", "import nonsense_xyz")
    done = site.run("-c", "from crosswalk.cli import main; main()", "plugins", "show", "acme_bad", "--traceback")
    assert "acme_bad.py" in done.stdout
    assert "ModuleNotFoundError" in done.stdout


def test_two_of_one_name_are_refused_naming_both_packages(site: Site) -> None:
    site.add("acme-one", SHOUT)
    site.add("acme-two", SHOUT, version="2.1")
    code = """
    try:
        Engine().mapping({"mapping": "1", "fields": {"a": ["x", "trim"]}})
        out = "accepted"
    except PluginError as error:
        out = f"{error} | {error.fix}"
    """
    assert site.python(code) == (
        "X103: two plugins offer the resolver 'acme.shout': acme_one (acme-one 1.0) and acme_two (acme-two 2.1) | "
        "uninstall one of them, or leave one out: CROSSWALK_PLUGINS=-acme_two"
    )
    assert site.python(code, CROSSWALK_PLUGINS="-acme_two") == "accepted"


def test_the_help_survives_a_clash(site: Site) -> None:
    site.add("acme-one", SHOUT, entry="acme")
    site.add("acme-two", SHOUT, entry="acme")
    done = site.cli("--help")
    assert "Run a pipeline." in done.stdout
    assert "warning: the commands of plugins are left out: X103: two plugins are called 'acme'" in done.stderr
    assert "Traceback" not in done.stderr
    assert "X103" in site.cli("plugins").stderr


def test_each_plugin_of_a_package_is_listed_with_its_own_offers(site: Site) -> None:
    site.add("acme", SHOUT)
    (site.folder / "acme_more").mkdir()
    (site.folder / "acme_more" / "__init__.py").write_text("")
    (site.folder / "acme_more" / "one.py").write_text(SHOUT.replace("acme.shout", "acme.one"))
    (site.folder / "acme_more" / "two.py").write_text(
        "from acme_more import one\nfrom crosswalk import hookimpl, resolver\n"
        "@resolver('acme.two')\ndef two(value: str) -> str: return value\n"
        "@hookimpl\ndef crosswalk_resolvers(): return [two]\n"
    )
    info = site.folder / "acme_more-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-more\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[crosswalk]\none = acme_more.one\ntwo = acme_more.two\n")
    done = site.cli("plugins", "list", "--json")
    assert done.returncode == 0, done.stderr
    found = {p["name"]: p["offers"] for p in json.loads(done.stdout)["plugins"]}
    assert found["one"] == {"resolvers": ["acme.one"]}
    assert found["two"] == {"resolvers": ["acme.two"]}


def test_two_entry_points_of_one_name_are_refused_naming_both_packages(site: Site) -> None:
    site.add("acme-one", SHOUT, entry="acme")
    site.add("acme-two", "import nonsense_xyz", entry="acme")
    found = site.python("""
    try:
        out = list(Engine().registry.resolvers)
    except PluginError as error:
        out = str(error)
    """)
    assert found == "X103: two plugins are called 'acme': one of acme-one 1.0, one of acme-two 1.0"
    assert "acme.shout" in site.python("out = list(Engine(plugins='-acme-two').registry.resolvers)")


@pytest.mark.parametrize(
    ("env", "plugins", "acme", "csv"),
    [
        ("", None, True, True),
        ("-acme_pack", None, False, True),
        ("-acme-pack", None, False, True),
        ("crosswalk", None, False, True),
        ("acme_pack", None, True, False),
        ("acme-pack, crosswalk-formats", None, True, True),
        ("", ["-acme-pack"], False, True),
        ("", ["acme-pack"], True, False),
        ("", [], False, False),
        ("crosswalk", ["-crosswalk_formats"], False, False),
    ],
)
def test_allow_and_deny_lists(site: Site, env: str, plugins: list[str] | None, acme: bool, csv: bool) -> None:
    site.add("acme-pack", SHOUT)
    code = f"r = Engine(plugins={plugins!r}).registry\nout = ['acme.shout' in r.resolvers, 'csv' in r.formats]"
    assert site.python(code, CROSSWALK_PLUGINS=env) == [acme, csv]


def test_a_denied_plugin_is_not_imported(site: Site) -> None:
    site.add("acme-pack", "raise SystemExit(1)")
    assert site.python(
        """
        registry = Engine(plugins='-acme_pack').registry
        out = len(registry.resolvers) > 0 and not registry.broken
        """
    )


def test_a_misspelt_name_in_a_list_is_refused(site: Site) -> None:
    site.add("acme-pack", SHOUT)
    done = site.run("-c", "from crosswalk.cli import main; main()", "resolvers", CROSSWALK_PLUGINS="-acme_pak")
    assert done.returncode == 2
    assert 'CROSSWALK_PLUGINS: no plugin "acme-pak" is installed' in done.stderr
    assert 'did you mean "acme-pack"?' in done.stderr


def test_prints_of_a_plugin_do_not_reach_stdout_and_are_logged(site: Site) -> None:
    site.add("acme-pack", "print('loaded!')\n" + SHOUT)
    done = site.run(
        "-c", "import logging; logging.basicConfig(); from crosswalk import Engine; Engine().registry.resolvers"
    )
    assert done.stdout == ""
    assert "plugin acme_pack (acme-pack 1.0) printed while it was loaded: loaded!" in done.stderr
