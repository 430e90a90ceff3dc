"""Slips of the hand with pipelines: each ends in a message that has the cause and the way on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import ANY, Put, Run

PIPELINE: dict[str, Any] = {
    "pipeline": "1",
    "name": "nightly",
    "source": {"type": "files", "url": "in/*.csv"},
    "mapping": "m.json",
    "sink": {"type": "files", "url": "out/${run.id}.ndjson"},
}


@pytest.fixture
def project(put: Put) -> Put:
    """A pipeline `p.json` over one file."""
    put("p.json", PIPELINE)
    put("m.json", ANY)
    put("in/a.csv", "id\n1\n")
    return put


def _reading(url: str) -> dict[str, Any]:
    return PIPELINE | {"source": {"type": "files", "url": url}}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("inn/*.csv", 'no file is like inn/*.csv: there is no folder inn\n  = fix: did you mean "in/*.csv"?'),
        ("elsewhere/deep/*.csv", "there is no folder elsewhere/deep\n  = fix: mkdir -p elsewhere/deep"),
        ("in/*.CSV", "no file is like in/*.CSV, though in has others, such as a.csv"),
    ],
)
def test_a_source_that_finds_nothing_by_mistake(run: Run, project: Put, url: str, says: str) -> None:
    project("p.json", _reading(url))
    found = run("run", "p.json")
    assert found.status == 0 and "warning[R140]" in found.err and says in found.err


def test_an_empty_inbox_is_no_mistake(run: Run, project: Put) -> None:
    Path("in/a.csv").unlink()
    assert "warning" not in run("run", "p.json").err
    project("in/done/a.csv", "id\n1\n")
    assert "warning" not in run("run", "p.json").err


def test_a_wrong_limit_of_rejects_runs_nothing(run: Run, project: Put) -> None:
    found = run("run", "p.json", "--max-rejects", "10x")
    assert found.status == 2 and "error[P123]" in found.err and "nightly failed" not in found.err
    assert run("runs", "--json").json["runs"] == []


def test_metrics_that_cannot_be_written_keep_the_report(run: Run, project: Put) -> None:
    project("file", "")
    found = run("run", "p.json", "--metrics", "file/x.prom")
    assert found.status == 0 and "warning[R140]: the metrics could not be written to file/x.prom" in found.err
    assert "nightly done: 1 file, 1 read, 1 written" in found.err


def test_names_that_match_nothing(run: Run, project: Put) -> None:
    run("run", "p.json")
    assert "no file of the source is like b*, so none was read again" in run("run", "p.json", "--reprocess", "b*").err
    assert "warning" not in run("run", "p.json", "--reprocess", "a*").err
    nothing = run("rejects", "replay", "p.json", "--only", "zzz")
    assert nothing.status == 2 and "error[P132]: no open reject has an id that begins with 'zzz'" in nothing.err
    assert "crosswalk rejects list p.json" in nothing.err
    forgotten = run("state", "reset", "p.json", "--file", "zzz", "--yes")
    assert "no file of nightly is like zzz; see: crosswalk state history p.json" in forgotten.err


def test_a_scheme_without_its_package_says_what_to_install(
    run: Run, project: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(scheme: str) -> None:
        raise ImportError(f"no package for {scheme}")

    monkeypatch.setattr("fsspec.filesystem", missing)
    project("p.json", _reading("s3://bucket/a.csv"))
    found = run("run", "p.json")
    assert found.status == 3 and "error[C130]" in found.err and "fix: pip install s3fs" in found.err


def test_a_sink_below_a_file_is_no_lost_lease(run: Run, project: Put) -> None:
    project("p.json", PIPELINE | {"sink": {"type": "files", "url": "m.json/out.ndjson"}})
    found = run("run", "p.json")
    assert found.status != 0 and "error[C105]" in found.err and "S110" not in found.err


def test_a_check_that_warns_has_its_own_code(run: Run, put: Put) -> None:
    put("in.ndjson", '{"n": 6}\n{"n": 1}\n')
    checks = [{"when": {"n": {"gt": 5}}, "message": "large", "level": "warn"}]
    put("p.json", {
        "pipeline": "1", "name": "p", "state": {"type": "memory"},
        "source": {"type": "files", "url": "in.ndjson"}, "sink": {"type": "files", "url": "out.ndjson"},
        "mapping": {"mapping": "1", "fields": {"n": "n"}, "checks": checks},
    })  # fmt: skip
    found = run("run", "p.json")
    assert found.status == 0 and "warning[M342]: large" in found.err
