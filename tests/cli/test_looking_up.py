"""Help, suggestions, resolvers, plugins, schemas, and what `--json` promises for every command."""

from __future__ import annotations

import importlib.metadata
import json
import types
from pathlib import Path

import click
import jsonschema
import pytest

from crosswalk import Engine, hookimpl
from crosswalk.cli.app import ENTRIES, app
from crosswalk.cli.lazy import LazyGroup
from crosswalk.registry import Registry

from .conftest import ANY, Put, Run


def _commands(group: click.Group, prefix: str = "") -> list[tuple[str, click.Command]]:
    context = click.Context(group)
    found: list[tuple[str, click.Command]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append((prefix + name, command))
        if isinstance(command, click.Group):
            found += _commands(command, f"{prefix}{name} ")
    return found


COMMANDS = dict(_commands(app))


def test_help_lists_every_command_by_section(run: Run) -> None:
    found = run("--help")
    assert found.status == 0
    for name, entry in ENTRIES.items():
        assert f"{name} " in found.out and entry.summary in found.out
        assert f"{entry.section}:" in found.out


@pytest.mark.parametrize("name", ENTRIES)
def test_the_list_says_what_the_command_says(name: str) -> None:
    assert (COMMANDS[name].help or "").split("\n")[0] == ENTRIES[name].summary


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_json(run: Run, name: str) -> None:
    found = run(*name.split(), "--help")
    assert found.status == 0
    command = COMMANDS[name]
    if isinstance(command, click.Group):
        assert "crosswalk " + name.split()[0] in found.out.partition("Usage:")[2]
    else:
        assert "--json" in found.out
        summary = (command.help or "").strip().split("\n")[0]
        assert summary.endswith(".") and len(summary) < 75
    if " " not in name:
        assert "Example" in found.out


@pytest.mark.parametrize(
    "args", [("mpa",), ("state", "shwo"), ("map", "m.json", "--form", "csv"), ("map",), ("--nope",)]
)
def test_misuse_is_told_with_a_way_out(run: Run, args: tuple[str, ...]) -> None:
    found = run(*args)
    assert found.status == 2 and found.out == ""
    assert "error[U101]" in found.err and "--help" in found.err
    document = run(*args, "--json").json
    assert document["ok"] is False and document["diagnostics"][0]["code"] == "U101"


def test_suggestions(run: Run) -> None:
    assert 'did you mean "map"?' in run("mpa").err
    assert 'did you mean "show"?' in run("state", "shwo").err
    assert "did you mean" not in run("quantum").err


def test_no_arguments_show_the_help(run: Run) -> None:
    assert run().status == 2 and "Usage:" in run().out + run().err
    assert run("state").status == 2


def test_version(run: Run) -> None:
    from crosswalk import __version__

    assert run("--version").out == f"crosswalk {__version__}\n"


def test_resolvers(run: Run) -> None:
    known = Engine().registry.resolvers
    listed = run("resolvers", "--json").json["groups"]
    assert {r["name"] for members in listed.values() for r in members} == set(known)
    assert "  trim " in run("resolvers").out
    one = run("resolvers", "decimal")
    for text in ("scale", "rounding", "examples", '"2.345" | {"decimal": 2}', "error M314"):
        assert text in one.out
    assert 'did you mean "trim"?' in run("resolvers", "trimm").err


def test_every_resolver_can_be_described(run: Run) -> None:
    for name in Engine().registry.resolvers:
        assert run("resolvers", name).status == 0
        assert run("resolvers", name, "--json").json["resolver"]["name"] == name


def test_plugins(run: Run) -> None:
    listed = {plugin["name"]: plugin for plugin in run("plugins", "--json").json["plugins"]}
    assert "csv" in listed["crosswalk_formats"]["offers"]["formats"]
    assert "crosswalk_formats" in run("plugins").out
    assert "delimiter" in run("plugins", "show", "csv").out
    assert "formats: " in run("plugins", "show", "crosswalk_formats").out
    assert 'did you mean "csv"?' in run("plugins", "show", "cvs").err


def test_a_broken_plugin_is_told_and_spares_the_rest(run: Run, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = types.SimpleNamespace(name="acme", module="acme", dist=None, load=lambda: 1 / 0)
    points = list(importlib.metadata.entry_points(group="crosswalk"))
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [*points, entry])
    monkeypatch.setattr("crosswalk.discovery.entry_points", lambda: [*points, entry])
    put("m.json", ANY)
    found = run("map", "m.json", input='{"id":1}\n')
    assert found.status == 0 and found.records == [{"id": 1}]
    assert "plugin acme (acme): it cannot be loaded: ZeroDivisionError" in found.err
    assert "ZeroDivisionError" in run("plugins", "show", "acme").out


def test_plugins_may_add_commands(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command("wave", help="Wave.")
    def wave() -> None:
        click.echo("hello")

    module = types.ModuleType("acme_wave")
    module.crosswalk_commands = hookimpl(lambda: [wave])  # type: ignore[attr-defined]
    monkeypatch.setattr(LazyGroup, "_added", lambda self, ctx: dict(Registry(module).commands))
    assert run("wave").out == "hello\n"
    assert "From plugins:" in run("--help").out


@pytest.mark.parametrize("name", ["mapping", "pipeline", "reject", "report", "diagnostic"])
def test_schemas_are_schemas(run: Run, name: str) -> None:
    schema = json.loads(run("schema", name).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert run("schema", name, "--json").json["schema"] == schema


def test_what_is_printed_fits_its_schema(run: Run, put: Put) -> None:
    load = lambda name: json.loads(run("schema", name).out)  # noqa: E731
    put("m.json", ANY)
    put("in/a.ndjson", '{"id": 1}\nnope\n')
    put(
        "p.json",
        {
            "pipeline": "1", "source": {"type": "files", "url": "in/*"}, "mapping": "m.json",
            "sink": {"type": "files", "url": "out.ndjson"},
        },
    )  # fmt: skip
    run("map", "m.json", "in/a.ndjson", "--rejects", "bad.ndjson")
    jsonschema.validate(json.loads(Path("bad.ndjson").read_text()), load("reject"))
    document = run("run", "p.json", "--json").json
    jsonschema.validate(document["report"], load("report"))
    for diagnostic in document["diagnostics"]:
        jsonschema.validate(diagnostic, load("diagnostic"))


def test_only_a_variable_is_shown_as_one(run: Run) -> None:
    (shown,) = (line for line in run("resolvers", "add").out.splitlines() if line.startswith("with"))
    assert shown.count("$variable") == 1
