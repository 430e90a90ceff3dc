"""Events are what OpenLineage's own client (classes generated from its JSON Schemas) takes, and sends on unchanged."""

from __future__ import annotations

import json
import os
import typing
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any

import pytest

from crosswalk import Engine

if not os.environ.get("CROSSWALK_REQUIRE_SERVICES"):
    pytest.importorskip("openlineage.client", reason="pip install openlineage-python")

import attr
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import JobEvent, RunEvent
from openlineage.client.generated.base import DatasetFacet, JobFacet, OutputDatasetFacet, RunFacet
from openlineage.client.generated.column_lineage_dataset import ColumnLineageDatasetFacet
from openlineage.client.generated.error_message_run import ErrorMessageRunFacet
from openlineage.client.generated.job_type_job import JobTypeJobFacet
from openlineage.client.generated.output_statistics_output_dataset import OutputStatisticsOutputDatasetFacet
from openlineage.client.generated.schema_dataset import SchemaDatasetFacet
from openlineage.client.serde import Serde
from openlineage.client.transport.file import FileConfig, FileTransport

FACETS: dict[str, type[Any]] = {
    "columnLineage": ColumnLineageDatasetFacet,
    "schema": SchemaDatasetFacet,
    "jobType": JobTypeJobFacet,
    "errorMessage": ErrorMessageRunFacet,
    "outputStatistics": OutputStatisticsOutputDatasetFacet,
}
BASES = (DatasetFacet, JobFacet, OutputDatasetFacet, RunFacet)

MAPPING = {
    "mapping": "1",
    "name": "orders",
    "params": {"shop": {"type": "string", "default": "34"}},
    "tables": {"stores": {"inline": {"34": {"tz": "Australia/Melbourne"}}}},
    "filter": {"id": {"present": True}},
    "fields": {
        "id": ["id", "int"],
        "zone": {"lookup": {"table": "stores", "key": "store", "return": "tz", "on_missing": "null"}},
        "ref": {"template": "{$context.shop}-{id}"},
        "lines": {"each": "lines", "fields": {"sku": ["sku", "upper"]}},
        "price": {"when": {"sale": True}, "source": "price", "else": {"const": 0}},
    },
}


def built(kind: Any, value: Any, place: str = "event") -> Any:
    """The value as this type of the client; raises for a member that the specification has not, lacks, or has of
    another type."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin in (typing.Union, UnionType):
        if value is None and type(None) in args:
            return None
        (kind,) = (one for one in args if one is not type(None))
        return built(kind, value, place)
    if origin is list:
        assert isinstance(value, list), place
        return [built(args[0], one, f"{place}[{n}]") for n, one in enumerate(value)]
    if origin is dict:
        assert isinstance(value, dict), place
        of_facets = isinstance(args[1], type) and issubclass(args[1], BASES)
        return {
            name: built(FACETS[name] if of_facets else args[1], one, f"{place}.{name}") for name, one in value.items()
        }
    if attr.has(kind):
        hints = typing.get_type_hints(kind)
        given = dict(value)
        url = given.pop("schemaURL", None) or given.pop("_schemaURL", None)
        names = {name.lstrip("_") if name == "_producer" else name: one for name, one in given.items()}
        made = kind(**{n: built(hints.get(n, Any), one, f"{place}.{n}") for n, one in names.items()})
        if url is not None:
            assert url == kind._get_schema(), place
        return made
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    assert isinstance(value, kind), f"{place}: {value!r} is no {kind}"
    assert not (isinstance(value, bool) and kind is int), place
    return value


@pytest.fixture
def events(tmp_path: Path) -> list[dict[str, Any]]:
    (tmp_path / "a.ndjson").write_text('{"id": 1, "store": "34", "lines": [{"sku": "a"}]}\n{"id": "x"}\n')
    document = {
        "pipeline": "1", "name": "p", "source": {"type": "files", "url": f"{tmp_path}/*.ndjson"}, "mapping": MAPPING,
        "sink": {"type": "files", "url": f"{tmp_path}/out/a.json"}, "state": {"type": "memory"},
        "rejects": {"type": "files", "url": f"{tmp_path}/out/rejects.json"},
    }  # fmt: skip
    seen: list[dict[str, Any]] = []
    Engine().run(document, lineage=seen.append)
    Engine().run(document, lineage=seen.append, max_rejects=0)
    return seen


def test_run_events(events: list[dict[str, Any]], tmp_path: Path) -> None:
    assert [event["eventType"] for event in events] == ["START", "COMPLETE", "START", "FAIL"]
    target = tmp_path / "sent.ndjson"
    client = OpenLineageClient(transport=FileTransport(FileConfig(str(target), append=True)))
    for event in events:
        client.emit(built(RunEvent, event))
    sent = [json.loads(line) for line in target.read_text().splitlines()]
    assert said(sent) == said(events)
    facet = events[1]["outputs"][0]["facets"]["columnLineage"]
    assert {"id", "zone", "ref", "price", "lines"} <= {name.partition("[")[0] for name in facet["fields"]}
    assert facet["dataset"]


def test_a_job_event() -> None:
    event = Engine().mapping(MAPPING).lineage().to_openlineage()
    assert said(json.loads(Serde.to_json(built(JobEvent, event)))) == said(event)


def test_the_check_can_fail(events: list[dict[str, Any]]) -> None:
    for break_it in (
        lambda e: e.pop("run"),
        lambda e: e.update(eventTime="yesterday"),
        lambda e: e.update(eventType="END"),
        lambda e: e["run"].update(runId="7"),
        lambda e: e["inputs"][0].update(names="x"),
        lambda e: e["outputs"][0]["facets"]["columnLineage"].update(field={}),
        lambda e: e["outputs"][0]["facets"]["columnLineage"].update(_schemaURL="https://example.com"),
        lambda e: e["outputs"][0]["outputFacets"]["outputStatistics"].update(rowCount="1"),
    ):
        event = json.loads(json.dumps(events[1]))
        break_it(event)
        with pytest.raises((TypeError, ValueError, AssertionError)):
            built(RunEvent, event)


def said(value: Any) -> Any:
    """The value without empty members and the tags that the client adds."""
    if isinstance(value, list):
        return [said(one) for one in value]
    if isinstance(value, dict):
        found = {name: said(one) for name, one in value.items() if name != "tags"}
        return {name: one for name, one in found.items() if one not in (None, {}, [])}
    return value
