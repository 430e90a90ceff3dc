"""A pipeline where a mapping is wanted, the reverse, and arguments that are left out: one message with the way on."""

from __future__ import annotations

import pytest

from .conftest import ANY, Put, Run

PIPELINE = {
    "pipeline": "1",
    "name": "nightly",
    "source": {"type": "files", "url": "in/*.ndjson"},
    "mapping": "m.json",
    "sink": {"type": "files", "url": "out.ndjson"},
}


@pytest.fixture
def project(put: Put) -> Put:
    """A mapping, a pipeline with it, and its input."""
    put("m.json", ANY)
    put("p.json", PIPELINE)
    put("in/a.ndjson", '{"id": 1}\n')
    return put


@pytest.mark.parametrize(
    "command",
    [
        ("map", "p.json", "in/a.ndjson"),
        ("show", "p.json"),
        ("show", "p.json", "--flat"),
        ("test", "p.json"),
        ("explain", "p.json", "in/a.ndjson", "--record", "1"),
    ],
)
def test_a_pipeline_as_mapping(run: Run, project: Put, command: tuple[str, ...]) -> None:
    found = run(*command)
    assert found.status == 2 and found.err.count("error[") == 1 and found.out == ""
    assert f"error[U121]: p.json is a pipeline; crosswalk {command[0]} takes a mapping" in found.err
    assert "crosswalk run p.json runs it" in found.err and f"its mapping: crosswalk {command[0]} m.json" in found.err


@pytest.mark.parametrize("command", ["run", "doctor", "runs", "state show", "rejects list", "rejects replay"])
def test_a_mapping_as_pipeline(run: Run, project: Put, command: str) -> None:
    found = run(*command.split(), "m.json")
    assert found.status == 2 and found.err.count("error[") == 1
    assert "m.json is a mapping; crosswalk" in found.err and "crosswalk map m.json INPUT maps a file" in found.err


def test_a_broken_mapping_keeps_its_own_errors(run: Run, project: Put) -> None:
    project("m.json", {"mapping": "1", "fields": {"id": 1}})
    assert "error[M104]" in run("show", "m.json").err


def test_groups_show_their_help_and_missing_ids_their_list(run: Run, project: Put) -> None:
    for group in ("rejects", "state"):
        assert "Usage" in run(group).err + run(group).out
    found = run("rejects", "show", "p.json")
    assert found.status == 2 and "the ID is missing behind p.json" in found.err
    assert "crosswalk rejects list p.json shows some" in found.err
    assert "crosswalk runs list p.json shows some" in run("runs", "show", "p.json").err


def test_a_pipeline_does_not_repeat_the_warnings_of_its_mapping(run: Run, project: Put) -> None:
    project("m.json", {"mapping": "1", "let": {"spare": "x"}, "fields": {"id": "id"}})
    assert run("lint", ".").err.count("warning[M423]") == 1


def test_inputs_that_are_not_there_are_of_the_surroundings(run: Run, project: Put) -> None:
    project("p.json", PIPELINE | {"source": {"type": "files", "url": "none/a.ndjson"}})
    found = run("run", "p.json")
    assert found.status == 3 and "error[C1" in found.err


def test_xml_without_a_record_path(run: Run, project: Put) -> None:
    project("m.json", {"mapping": "1", "fields": {"id": {"source": "@id", "required": True}}})
    project("in.xml", '<r><i id="1"/><i id="2"/></r>')
    found = run("map", "m.json", "in.xml")
    assert found.status == 4 and "no record path: the root element is the one record; set source.record" in found.err


def test_a_pipeline_as_the_mapping_of_a_pipeline(run: Run, project: Put) -> None:
    project("p.json", PIPELINE | {"mapping": "p.json"})
    found = run("run", "p.json")
    assert found.status == 2
    assert "error[P102]: p.json is a pipeline itself\n  --> p.json:1:" in found.err
    assert 'name a file that begins with "mapping": "1"' in found.err
    project("p.json", PIPELINE | {"mapping": "broken.json"})
    project("broken.json", "{")
    assert "error[M101]" in run("run", "p.json").err
    project("p.json", PIPELINE | {"mapping": "missing.json"})
    assert "error[M207]" in run("run", "p.json").err
