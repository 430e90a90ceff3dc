"""OpenLineage events of runs: START and its end, datasets and what they are called, and nothing that is secret."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Engine, EnvironmentFailure, RunFailed
from crosswalk.errors import CrosswalkError
from crosswalk.runtime.events import Event, RunStarted
from crosswalk.runtime.on_event import ignore
from crosswalk.runtime.openlineage import dataset_of, lineage_events
from crosswalk.runtime.pipeline import run_pipeline
from crosswalk.runtime.plan import Plan

MAPPING = {
    "mapping": "1",
    "name": "m",
    "source": {"format": "ndjson"},
    "tables": {"t": {"inline": {"1": "one"}}},
    "filter": {"on": {"ne": False}},
    "fields": {"id": ["id", "int"], "name": {"lookup": {"table": "t", "key": "id", "on_missing": "null"}}},
}


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ndjson").write_text('{"id": 1}\n{"id": "x"}\n{"id": 2}\n')
    (tmp_path / "m.json").write_text(json.dumps(MAPPING))
    return write(tmp_path)


def write(folder: Path, **more: Any) -> Path:
    path = folder / "p.json"
    source = {"type": "files", "url": "in/*.ndjson"}
    sink = {"type": "files", "url": "out-${run.id}.ndjson"}
    path.write_text(
        json.dumps({"pipeline": "1", "name": "p", "source": source, "mapping": "m.json", "sink": sink} | more)
    )
    return path


def run(path: Path, **more: Any) -> list[dict[str, Any]]:
    engine, file = Engine(), path.parent / "events.ndjson"
    run_pipeline(
        engine.pipeline(path), registry=engine.registry, load_mapping=engine.compile_for, lineage=str(file), **more
    )
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_run_starts_and_completes(pipeline: Path) -> None:
    start, end = run(pipeline)
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == end["run"]["runId"]
    uuid.UUID(start["run"]["runId"])
    assert start["job"]["name"] == "p"
    folder = pipeline.parent.as_posix()
    for event in (start, end):
        assert [(d["namespace"], d["name"]) for d in event["inputs"]] == [
            ("file", f"{folder}/in/*.ndjson"), ("file", f"{folder}/in/*.ndjson#tables/t"),
        ]  # fmt: skip
        output = event["outputs"][0]
        assert output["name"] == f"{folder}/out-${{run.id}}.ndjson"
        column = output["facets"]["columnLineage"]
        assert [part["field"] for part in column["fields"]["id"]["inputFields"]] == ["id"]
        assert [part["field"] for part in column["dataset"]] == ["on"]
        assert event["eventTime"].endswith("Z")
    assert end["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert "outputFacets" not in start["outputs"][0]


def test_events_are_appended_and_every_run_has_an_id_of_its_own(pipeline: Path) -> None:
    run(pipeline)
    events = run(pipeline)
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"] * 2
    assert len({event["run"]["runId"] for event in events}) == 2


def test_programs_get_the_events_in_a_function_of_theirs(pipeline: Path) -> None:
    seen: list[dict[str, Any]] = []
    Engine().run(pipeline, lineage=seen.append)
    asyncio.run(Engine().arun(pipeline, lineage=seen.append))
    Engine().run(pipeline, lineage=pipeline.parent / "e.ndjson")
    assert [event["eventType"] for event in seen] == ["START", "COMPLETE"] * 2
    assert len((pipeline.parent / "e.ndjson").read_text().splitlines()) == 2
    with pytest.raises(EnvironmentFailure, match=r"C105: .*nowhere"):
        Engine().run(pipeline, lineage=pipeline.parent / "nowhere" / "e.ndjson")


def test_a_failed_run_says_why(pipeline: Path) -> None:
    start, end = run(pipeline, max_rejects=0)
    assert (start["eventType"], end["eventType"]) == ("START", "FAIL")
    assert end["run"]["facets"]["errorMessage"]["message"].startswith("R120: 1 of ")


def test_a_dry_run_writes_nothing(pipeline: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(pipeline, dry_run=True)


def test_streams_go_to_their_datasets(pipeline: Path) -> None:
    outputs = [{"name": "a", "fields": {"x": "id"}}, {"name": "b", "fields": {"y": "id"}}]
    sinks = {"a": {"type": "files", "url": "a.ndjson"}, "b": {"type": "files", "url": "b.ndjson"}}
    (pipeline.parent / "m.json").write_text(json.dumps({"mapping": "1", "outputs": outputs}))
    data = json.loads(pipeline.read_text())
    del data["sink"]
    pipeline.write_text(json.dumps(data | {"sinks": sinks}))
    end = run(pipeline)[-1]
    assert [(Path(o["name"]).name, list(o["facets"]["columnLineage"]["fields"])) for o in end["outputs"]] == [
        ("a.ndjson", ["x"]), ("b.ndjson", ["y"]),
    ]  # fmt: skip
    assert [o["outputFacets"]["outputStatistics"]["rowCount"] for o in end["outputs"]] == [3, 3]


def test_a_pipeline_without_a_mapping_has_datasets_only(pipeline: Path) -> None:
    data = json.loads(pipeline.read_text())
    del data["mapping"]
    pipeline.write_text(json.dumps(data))
    end = run(pipeline)[-1]
    assert (end["eventType"], end["outputs"][0]["facets"]) == ("COMPLETE", {})


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (RunFailed("R120", "no s3cret"), "FAIL", "R120: no ***"),
        (ValueError("s3cret"), "FAIL", "ValueError"),
        (KeyboardInterrupt(), "ABORT", "KeyboardInterrupt"),
    ],
)
def test_what_breaks_a_run_ends_it(pipeline: Path, error: BaseException, kind: str, message: str) -> None:
    engine, file = Engine(), pipeline.parent / "e.ndjson"
    plan = Plan(engine.pipeline(pipeline), engine.registry, engine.compile_for, {})
    seen: list[Event] = []
    with pytest.raises(type(error)), lineage_events(file, plan, seen.append) as (heard, _):
        plan.secrets.seen.add("s3cret")
        heard(RunStarted("r1", "p", 1))
        raise error
    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert [event["eventType"] for event in events] == ["START", kind]
    assert events[1]["run"]["facets"]["errorMessage"]["message"] == message
    assert [event.kind for event in seen] == ["started"]


def test_a_run_that_never_started_has_no_events(pipeline: Path) -> None:
    engine, file = Engine(), pipeline.parent / "e.ndjson"
    plan = Plan(engine.pipeline(pipeline), engine.registry, engine.compile_for, {})
    with pytest.raises(CrosswalkError), lineage_events(file, plan, ignore):
        raise RunFailed("R101", "another run is going on")
    assert file.read_text() == ""


@pytest.mark.parametrize(
    ("config", "namespace", "name"),
    [
        ({"type": "files", "url": "in/*.csv"}, "file", "/base/in/*.csv"),
        ({"type": "files", "url": "/data/x.csv"}, "file", "/data/x.csv"),
        ({"type": "files", "url": "file:///data/x.csv"}, "file", "/data/x.csv"),
        ({"type": "files", "url": "s3://bucket/a/*.csv"}, "s3://bucket", "a/*.csv"),
        ({"type": "sqlite", "path": "x.db", "table": "t"}, "file", "/base/x.db#t"),
        ({"type": "sqlite", "path": "x.db", "query": "select 'secret'"}, "file", "/base/x.db#query"),
        ({"type": "pg", "dsn": "postgres://u:p@h:5432/shop?password=q", "table": "t"}, "postgres://h:5432", "shop.t"),
        ({"type": "pg", "dsn": "host=h password=q", "table": "t"}, "crosswalk", "pg/t"),
        ({"type": "http", "url": "https://u:p@api.shop/v1/orders?key=k"}, "https://api.shop", "v1/orders"),
        ({"type": "files", "url": "${env.IN}/*.csv"}, "crosswalk", "${env.IN}/*.csv"),
        ({"type": "stdin"}, "crosswalk", "stdin"),
    ],
)
def test_names_of_datasets(config: dict[str, Any], namespace: str, name: str) -> None:
    assert dataset_of(config, Path("/base")) == {"namespace": namespace, "name": name}
