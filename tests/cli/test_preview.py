"""`crosswalk preview`: records before and after, of a mapping and of a pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk import Part
from crosswalk_files.source_files import FilesSource

from .conftest import ANY, Put, Run
from .test_checking import PIPELINE


def test_preview_side_by_side(run: Run, orders: Put) -> None:
    found = run("preview", "m.json", "in.csv", "-n", "2")
    assert found.status == 0
    for text in ("before", "after", '"SKU": " ab "', '"sku": "AB"', "rejected", "M310 id"):
        assert text in found.out
    records = run("preview", "m.json", "in.csv", "-n", "2", "--json").json["records"]
    assert [(r["record"], r["outputs"], bool(r["errors"])) for r in records] == [
        (1, [{"id": 1, "sku": "AB"}], False),
        (2, [], True),
    ]


def test_preview_xml_and_unreadable_records(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "source": {"format": "xml", "record": "/r/i"}, "fields": {"id": "@id"}})
    assert "<i id" in run("preview", "m.json", input="<r><i id='1'/></r>").out
    put("m.json", ANY)
    assert run("preview", "m.json", "--json", input="nope\n").json["records"][0]["given"] == "nope"


def test_preview_a_pipeline_moves_nothing(run: Run, orders: Put) -> None:
    orders("in/a.csv", "No,SKU\n1,ab\n2,cd\n")
    orders("p.json", PIPELINE)
    for _ in range(2):
        records = run("preview", "p.json", "-n", "1", "--json").json["records"]
        assert [r["outputs"] for r in records] == [[{"id": 1, "sku": "AB"}]]
    assert not Path(".crosswalk").exists() and not Path("out.ndjson").exists()
    assert run("preview", "p.json", "in/a.csv").status == 2


@pytest.mark.parametrize("scope", ["source", "batch"])
def test_preview_shows_groups(run: Run, put: Put, scope: str) -> None:
    fields = {"k": "k", "n": {"each": "$rows", "value": ["n", "int"]}}
    put(
        "m.json",
        {"mapping": "1", "source": {"format": "csv"}, "group": {"by": ["k"], "scope": scope}, "fields": fields},
    )
    put("in.csv", "k,n\na,1\nb,x\na,2\n")
    records = run("preview", "m.json", "in.csv", "--json").json["records"]
    assert [(r["record"], r["outputs"], len(r["errors"])) for r in records] == [
        (1, [], 0),
        (2, [], 1),
        (3, [], 0),
        (None, [{"k": "a", "n": [1, 2]}], 0),
    ]
    assert "a group of these records" in run("preview", "m.json", "in.csv").out


def test_preview_tells_of_a_file_that_is_gone(run: Run, orders: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    orders("in/a.csv", "No,SKU\n1,ab\n")
    orders("p.json", PIPELINE)
    parts = FilesSource.parts
    monkeypatch.setattr(FilesSource, "parts", lambda self: [Part("in/none.csv", 1, 1.0), *parts(self)])
    found = run("preview", "p.json", "--json")
    assert (found.status, len(found.json["records"])) == (0, 1)
    assert [warning["code"] for warning in found.json["diagnostics"]] == ["R140"]
