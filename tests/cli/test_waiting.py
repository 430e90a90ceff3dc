"""Files that failed in an earlier run: every later run tells of them and fails, until they are read or gone."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import jsonschema
import pytest

from .conftest import ANY, Outcome, Put, Run

PIPELINE = {
    "pipeline": "1",
    "name": "nightly",
    "source": {"type": "files", "url": "in/**/*.csv"},
    "mapping": "m.json",
    "sink": {"type": "files", "url": "out/${run.id}.ndjson"},
    "retry": {"attempts": 2, "backoff": "1h", "max_backoff": "1h"},
}


@pytest.fixture
def project(put: Put) -> Put:
    """A pipeline `p.json` over a good file, and one that cannot be read and has a name full of signs."""
    put("p.json", PIPELINE)
    put("m.json", ANY)
    put("in/good.csv", "id\n1\n")
    put("in/b [1].csv", "id,id\n2,2\n")
    return put


def _command(found: Outcome) -> list[str]:
    """What the fix of R142 says to type."""
    match = re.search(r"to try it now: crosswalk (.*)", found.err)
    assert match, found.err
    return shlex.split(match[1])


def test_every_later_run_fails_and_says_how_to_try_again(run: Run, project: Put) -> None:
    first = run("run", "p.json")
    assert first.status == 1 and "error[R141]: in/b [1].csv: C201" in first.err
    for _ in range(2):
        later = run("run", "p.json")
        assert later.status == 1 and "error[R142]: in/b [1].csv failed before and was not tried now" in later.err
        assert "attempts: 1; runs from " in later.err
        assert "next: correct or remove the files that failed; crosswalk state show p.json" in later.err
    again = run(*_command(later))
    assert again.status == 1 and "error[R141]: in/b [1].csv" in again.err, "it was tried"


def test_a_file_that_was_given_up_is_told_too(run: Run, project: Put) -> None:
    project("p.json", PIPELINE | {"retry": {"attempts": 1}})
    run("run", "p.json")
    found = run("run", "p.json")
    assert found.status == 1 and "attempts: 1; given up" in found.err


def test_the_command_tries_this_file_only(run: Run, project: Put) -> None:
    project("in/other/b [1].csv", "id\n3\n")
    run("run", "p.json")
    project("p.json", PIPELINE | {"source": {"type": "files", "url": "in/**/*.csv", "format": {"type": "ndjson"}}})
    again = run(*_command(run("run", "p.json")))
    assert "2 left out (done)" in again.err, "the file of this name in another folder is done"


def test_it_is_well_again_when_the_file_is_correct_or_gone(run: Run, project: Put) -> None:
    run("run", "p.json")
    bad = project("in/b [1].csv", "id\n2\n")
    assert run("run", "p.json").status == 0
    bad.write_text("id,id\n5,5\n")
    assert run("run", "p.json").status == 1
    bad.unlink()
    assert run("run", "p.json").status == 0


def test_programs_see_them(run: Run, project: Put) -> None:
    run("run", "p.json")
    document = run("run", "p.json", "--json").json
    (waiting,) = document["report"]["waiting"]
    assert waiting["file"].endswith("in/b [1].csv") and waiting["attempts"] == 1 and waiting["next_attempt"] > 0
    assert document["exit_code"] == 1 and [d["code"] for d in document["diagnostics"]] == ["R142"]
    jsonschema.validate(document["report"], json.loads(run("schema", "report").out))
    assert run("runs", "--json").json["runs"][0]["status"] == "failed"


def test_many_are_counted(run: Run, project: Put) -> None:
    for number in range(25):
        project(f"in/{number}.csv", "id,id\n")
    run("run", "p.json")
    found = run("run", "p.json")
    assert found.err.count("failed before and was not tried now") == 20
    assert "6 more files failed before and were not tried now" in found.err
    assert "fix: crosswalk state show p.json lists them" in found.err


def test_a_dry_run_tells_of_them(run: Run, project: Put) -> None:
    run("run", "p.json")
    found = run("run", "p.json", "--dry-run")
    assert found.status == 1 and "error[R142]" in found.err
    assert not list(Path("out").glob("*dry*"))
