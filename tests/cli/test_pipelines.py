"""run, runs, state, rejects, doctor: thin over the runtime; here is what people and programs see of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import ORDERS, Put, Run

PIPELINE = {
    "pipeline": "1",
    "name": "nightly",
    "params": {"shop": {"type": "string", "default": "web"}},
    "source": {"type": "files", "url": "in/*.csv"},
    "mapping": "m.json",
    "sink": {"type": "files", "url": "out/${params.shop}-${run.id}.ndjson"},
    "retry": {"attempts": 2, "backoff": 0.01},
}


@pytest.fixture
def project(put: Put) -> Put:
    """A pipeline `p.json` over one file with one bad row of three."""
    put("p.json", PIPELINE)
    put("m.json", ORDERS)
    put("in/a.csv", "No,SKU\n1, ab \nx,cd\n3,ef\n")
    return put


def _out() -> list[object]:
    return [json.loads(line) for path in sorted(Path("out").glob("*")) for line in path.read_text().splitlines()]


def test_a_run_and_the_next(run: Run, project: Put) -> None:
    first = run("run", "p.json")
    assert first.status == 4 and first.out == ""
    assert "error[M310]" in first.err and 'examples: a.csv row 2 "x"' in first.err
    assert "nightly done: 1 file, 3 read, 2 written, 1 rejected in " in first.err
    assert "effectively once" in first.err and "crosswalk rejects list p.json" in first.err
    second = run("run", "p.json")
    assert second.status == 0 and "0 read, 0 written, 1 left out (done)" in second.err
    assert _out() == [{"id": 1, "sku": "AB"}, {"id": 3, "sku": "EF"}]


def test_run_json(run: Run, project: Put) -> None:
    found = run("run", "p.json", "--json", "-p", "shop=shop34")
    assert found.err == "" and found.status == 4
    document = found.json
    assert (document["command"], document["ok"], document["exit_code"]) == ("run", True, 4)
    assert (document["report"]["read"], document["report"]["written"]) == (3, 2)
    assert [path.name.split("-")[0] for path in Path("out").glob("*")] == ["shop34"]


def test_a_dry_run_shows_and_leaves_no_trace(run: Run, project: Put) -> None:
    found = run("run", "p.json", "--dry-run", "--limit", "1")
    assert found.status == 0 and found.records == [{"id": 1, "sku": "AB"}]
    assert not Path("out").exists() and not Path("in/.crosswalk").exists()
    assert "1 file" in run("run", "p.json").err


def test_a_dry_run_has_no_lineage(run: Run, project: Put) -> None:
    found = run("run", "p.json", "--dry-run", "--lineage", "l.ndjson")
    assert found.status == 2 and "crosswalk graph MAPPING" in found.err
    assert not Path("l.ndjson").exists()


def test_limit_and_reprocess(run: Run, project: Put) -> None:
    assert "1 read" in run("run", "p.json", "--limit", "1").err
    assert "2 read" in run("run", "p.json").err
    assert "3 read" in run("run", "p.json", "--reprocess", "a.csv").err


def test_logs_and_metrics(run: Run, project: Put) -> None:
    logged = run("run", "p.json", "--log", "json", "--metrics", "numbers.prom", "--json")
    lines = [json.loads(line) for line in logged.err.splitlines()]
    assert lines and all(line["run"] == logged.json["report"]["run_id"] for line in lines if "run" in line)
    assert 'crosswalk_run_records_read{pipeline="nightly"} 3' in Path("numbers.prom").read_text()
    assert " INFO run " in run("run", "p.json", "-v").err
    assert " INFO " not in run("run", "p.json").err


def test_too_many_rejects(run: Run, project: Put) -> None:
    found = run("run", "p.json", "--max-rejects", "0")
    assert found.status == 1 and "error[R120]" in found.err


def test_a_broken_file_fails_the_run_and_spares_the_others(run: Run, project: Put) -> None:
    project("in/b.csv.gz", b"no archive")
    project("p.json", PIPELINE | {"source": {"type": "files", "url": "in/*"}})
    found = run("run", "p.json")
    assert found.status == 1 and "error[R141]" in found.err and "b.csv.gz" in found.err
    assert len(_out()) == 2
    state = run("state", "show", "--json").json["state"]
    assert [Path(file["name"]).name for file in state["files_unfinished"]] == ["b.csv.gz"]
    assert "b.csv.gz" in run("state", "show").out


def test_wrong_documents_and_parameters(run: Run, project: Put) -> None:
    assert "error[M202]" in run("run", "p.json", "-p", "shp=1").err
    project("p.json", PIPELINE | {"sourc": {}})
    wrong = run("run", "p.json")
    assert wrong.status == 2 and "error[P101]" in wrong.err
    project("p.json", PIPELINE | {"source": {"type": "fils", "url": "x"}})
    unknown = run("run", "p.json")
    assert unknown.status == 2 and 'did you mean "files"?' in unknown.err


def test_runs(run: Run, project: Put) -> None:
    run_id = run("run", "p.json", "--json").json["report"]["run_id"]
    assert run_id in run("runs").out and "done" in run("runs", "p.json").out
    assert [entry["id"] for entry in run("runs", "--json").json["runs"]] == [run_id]
    assert run("runs", "show", run_id[:20], "--json").json["run"]["counts"]["read"] == 3
    assert f"id          {run_id}" in run("runs", "show", "p.json", run_id).out
    assert run("runs", "show", "nothing").status != 0
    assert "U101" in run("runs", "show").err


def test_state(run: Run, project: Put) -> None:
    run("run", "p.json")
    listed = run("state", "list", "--json").json["pipelines"]
    assert [(entry["pipeline"], entry["files"]["done"]) for entry in listed] == [("nightly", 1)]
    assert "nightly" in run("state", "list", "p.json").out
    assert "files done      1" in run("state", "show", "p.json").out
    assert "in/a.csv" in run("state", "history").out
    assert run("state", "verify").out == "the state is sound\n"
    assert "error[S121]" in run("state", "unlock").err


def test_reset_needs_a_yes(run: Run, project: Put) -> None:
    run("run", "p.json")
    assert "error[U119]" in run("state", "reset").err
    assert "0 read" in run("run", "p.json").err
    assert run("state", "reset", "--file", "a.csv", "--yes").out == "entries of nightly that are forgotten: 1\n"
    assert "3 read" in run("run", "p.json").err
    assert run("state", "reset", "--yes", "--json").json["forgotten"] > 1


def test_rejects_are_listed_shown_and_replayed(run: Run, project: Put) -> None:
    run("run", "p.json")
    (listed,) = run("rejects", "list", "--json").json["rejects"]
    assert listed["record"] == {"No": "x", "SKU": "cd"} and listed["status"] == "open"
    assert "in/a.csv:3" in run("rejects", "list", "p.json").out
    assert json.loads(run("rejects", "show", listed["id"][:8]).out)["id"] == listed["id"]
    assert run("rejects", "show", "p.json", "zzz").status == 2
    again = run("rejects", "replay")
    assert again.status == 4 and "0 closed, 1 refused again" in again.err
    assert "error[M310]" in again.err and 'examples: a.csv row 2 "x"' in again.err
    project("m.json", ORDERS | {"fields": {"id": "No", "sku": "SKU"}})
    fixed = run("rejects", "replay", "p.json")
    assert fixed.status == 0 and "1 closed, 0 refused again, 1 records written" in fixed.err
    assert {"id": "x", "sku": "cd"} in _out()
    assert run("rejects", "list").err == "0 rejects\n"
    assert run("state", "verify").status == 0
    assert [r["status"] for r in run("rejects", "list", "--all", "--json").json["rejects"]] == ["closed"]


def test_a_replay_gathers_what_is_refused_again_as_a_run_does(run: Run, project: Put) -> None:
    project("in/a.csv", "No,SKU\n" + "".join(f"x{n},ab\n" for n in range(30)) + "1,\n")
    first = run("run", "p.json", "--json").json["diagnostics"]
    again = run("rejects", "replay", "--json").json
    told = [(found["code"], found["pointer"], found["line"]) for found in again["diagnostics"]]
    assert told == [(found["code"], found["pointer"], found["line"]) for found in first]
    assert [code for code, _, _ in told] == ["M310", "M301"]
    assert '30 values of "No" are not whole numbers' in again["diagnostics"][0]["message"]
    assert again["replay"]["findings"] == again["diagnostics"]
    assert len(again["replay"]["samples"]) == 5


@pytest.mark.parametrize("url", ["out/all.ndjson", "out/{id}.ndjson", "out/${pipeline}.ndjson"])
def test_a_replay_never_replaces_the_file_of_the_run(run: Run, project: Put, tmp_path: Path, url: str) -> None:
    project("p.json", PIPELINE | {"sink": {"type": "files", "url": url}})
    run("run", "p.json")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert before
    again = run("rejects", "replay", "p.json")
    assert again.status == 2
    assert "error[P133]" in again.err and "${run.id}" in again.err
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before


def test_a_replay_tells_of_what_the_sink_refuses(run: Run, project: Put) -> None:
    project("in/a.csv", "No,SKU\nx,a\1b\n")
    run("run", "p.json")
    project("m.json", ORDERS | {"fields": {"id": "No", "sku": "SKU"}})
    project("p.json", PIPELINE | {"sink": {"type": "files", "url": "out/again-${run.id}.xml"}})
    again = run("rejects", "replay")
    assert again.status == 4
    assert "1 record could not be written" in again.err and "a.csv row 1" in again.err


def test_doctor(run: Run, project: Put) -> None:
    well = run("doctor", "p.json")
    assert well.status == 0 and "ok   source 0 (files)" in well.out and "FAIL" not in well.out
    assert not Path("out").exists()
    project("p.json", PIPELINE | {"source": {"type": "files", "url": "in/none.csv"}})
    ill = run("doctor", "--json")
    assert ill.status == 3 and ill.json["ok"] is False
    assert [check["ok"] for check in ill.json["checks"] if check["name"].startswith("source")] == [False]


def test_the_only_pipeline_of_the_folder_is_meant(run: Run, project: Put) -> None:
    project("q.json", PIPELINE)
    found = run("doctor")
    assert found.status == 2 and "there are several here: p.json, q.json" in found.err
    Path("p.json").unlink()
    Path("q.json").unlink()
    assert "there is none in this folder" in run("runs").err
