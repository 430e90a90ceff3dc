"""The errors of a run's data: one message for each field and code, with counts, examples, place and fix."""

from __future__ import annotations

import json

import jsonschema
import pytest

from .conftest import ORDERS, Put, Run

PIPELINE = {
    "pipeline": "1",
    "name": "nightly",
    "source": {"type": "files", "url": "in/*.csv"},
    "mapping": "m.json",
    "sink": {"type": "files", "url": "out/${run.id}.ndjson"},
}


@pytest.fixture
def project(put: Put) -> Put:
    """A pipeline `p.json` over two files with ten records, of which seven are bad in one way and two in another."""
    put("p.json", PIPELINE)
    put("m.json", ORDERS)
    put("in/a.csv", "No,SKU\n1,a\n" + "x,b\n" * 3 + "y,c\n")
    put("in/b.csv", "No,SKU\nz,a\n1.5,b\nx,c\n7,\n8,\n")
    return put


def test_a_message_for_each_field_and_code(run: Run, project: Put) -> None:
    found = run("run", "p.json")
    assert found.status == 4 and found.err.count("error[") == 2
    assert 'error[M310]: 7 values of "No" are not whole numbers' in found.err
    assert "(field id, 70 % of 10 records, rejected)" in found.err
    assert 'examples: a.csv row 2 "x"   a.csv row 5 "y"   b.csv row 1 "z"' in found.err
    assert "--> m.json:1:" in found.err and "/fields/id/1" in found.err and '"on_error": "null"' in found.err
    assert "in 2 records (field sku, 20 % of 10 records, rejected)" in found.err


def test_programs_get_them(run: Run, project: Put) -> None:
    document = run("run", "p.json", "--json").json
    assert [d["code"] for d in document["diagnostics"]] == ["M310", "M301"]
    assert document["report"]["findings"] == document["diagnostics"]
    jsonschema.validate(document["report"], json.loads(run("schema", "report").out))


def test_what_is_read_twice_is_counted_once(run: Run, project: Put) -> None:
    project("in/c.csv", "No,No\n")  # it breaks, and what was not committed is rolled back and read again
    found = run("run", "p.json")
    assert found.status == 1 and found.err.count("error[M310]") == 1
    assert "error[M310]: 7 values" in found.err
    assert len(run("run", "p.json", "--reprocess", "*", "--json").json["report"]["samples"]) == 5


def test_small_commits_count_together(run: Run, project: Put) -> None:
    project("p.json", PIPELINE | {"batch": {"records": 1}})
    assert "error[M310]: 7 values" in run("run", "p.json").err


def test_a_run_that_fails_by_them_shows_them(run: Run, project: Put) -> None:
    found = run("run", "p.json", "--max-rejects", "2")
    assert found.status == 1 and "error[M310]" in found.err and "error[R120]" in found.err


def test_each_source_has_its_own(run: Run, project: Put) -> None:
    sources = [
        {"type": "files", "url": "in/a.csv", "name": "a", "mapping": "m.json"},
        {"type": "files", "url": "in/b.csv", "name": "b", "mapping": "n.json"},
    ]
    project("n.json", ORDERS)
    project("p.json", {key: value for key, value in PIPELINE.items() if key != "mapping"} | {"source": sources})
    found = run("run", "p.json")
    assert "--> m.json:1:" in found.err and "--> n.json:1:" in found.err
    assert "4 values" in found.err and "3 values" in found.err


def test_a_dry_run_and_a_run_without_mapping(run: Run, project: Put) -> None:
    assert "error[M310]: 7 values" in run("run", "p.json", "--dry-run").err
    project("in/d.csv", b"No,SKU\n1,caf\xe9\n")
    project("p.json", {key: value for key, value in PIPELINE.items() if key != "mapping"})
    found = run("run", "p.json")
    assert found.status == 4 and "1 record could not be read" in found.err and "d.csv row 1" in found.err
