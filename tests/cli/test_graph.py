"""`crosswalk graph`: its forms, one field, files, and mistakes."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from crosswalk.spec.schemas import load_schema

MAPPING = {
    "mapping": "1",
    "name": "orders",
    "filter": {"on": True},
    "fields": {"id": "no", "lines": {"each": "lines", "fields": {"sku": ["sku", "trim"]}}},
}


@pytest.fixture
def graph(run: Any, put: Any) -> Any:
    put("m.json", MAPPING)
    return lambda *args: run("graph", "m.json", *args)


def test_text(graph: Any) -> None:
    found = graph()
    assert found.status == 0
    assert found.out.splitlines() == [
        "which records there are", "    .. on   filter", "id", "    <- no", "lines[].sku   (trim)",
        "    <- lines[].sku   transformation",
    ]  # fmt: skip


def test_json_is_the_documented_document(graph: Any) -> None:
    for found in (graph("--format", "json").json, graph("--json").json):
        kept = {name: found[name] for name in ("lineage", "mapping", "hash", "streams")}
        Draft202012Validator(load_schema("lineage")).validate(kept)


def test_one_field_and_what_is_below_it(graph: Any) -> None:
    assert [f["field"] for f in graph("--json", "--field", "lines").json["streams"][0]["fields"]] == ["lines[].sku"]
    found = graph("--field", "lnes")
    assert found.status == 2
    assert "U112" in found.err
    assert "fields: id, lines[].sku" in found.err
    near = graph("--field", "lines[].sk")
    assert 'did you mean "lines[].sku"?' in near.err


def test_the_ending_of_the_file_decides(graph: Any, tmp_path: Any) -> None:
    assert graph("-o", "g.svg").out == ""
    ElementTree.parse(tmp_path / "g.svg")
    graph("-o", "g.mmd")
    assert (tmp_path / "g.mmd").read_text().startswith("flowchart LR")
    graph("-o", "g.json")
    assert json.loads((tmp_path / "g.json").read_text())["lineage"] == "1"
    graph("-o", "g.json", "--format", "openlineage")
    assert json.loads((tmp_path / "g.json").read_text())["job"]["name"] == "orders"
    assert graph("-o", "no/such/g.svg").status == 3


def test_a_pipeline_and_a_wrong_mapping_are_refused(run: Any, put: Any) -> None:
    put("p.json", {"pipeline": "1", "source": {"type": "stdin"}, "mapping": "m.json", "sink": {"type": "stdout"}})
    put("bad.json", {"mapping": "1", "fields": {"a": ["x", "trm"]}})
    assert "U121" in run("graph", "p.json").err
    found = run("graph", "bad.json")
    assert (found.status, "M105" in found.err) == (2, True)


def test_the_language_of_paths_where_the_mapping_does_not_say(run: Any, put: Any) -> None:
    put("m.json", {"mapping": "1", "fields": {"price": "Unit Price [AUD]"}})
    assert "M107" in run("graph", "m.json").err
    assert run("graph", "m.json", "--from", "csv").out == "price\n    <- Unit Price [AUD]\n"
    assert "U103" in run("graph", "m.json", "--from", "cvs").err
