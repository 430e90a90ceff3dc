"""`crosswalk map`: formats, outputs, rejects, limits and exit status."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from .conftest import ANY, ORDERS, Put, Run

GOOD = [{"id": 1, "sku": "AB"}, {"id": 3, "sku": "EF"}]


def test_records_go_to_stdout_and_findings_to_stderr(run: Run, orders: Put) -> None:
    found = run("map", "m.json", "in.csv")
    assert found.status == 4
    assert found.records == GOOD
    assert "error[M310]" in found.err and 'row 2 "x"' in found.err
    assert found.err.splitlines()[-1].startswith("3 read, 2 written, 1 rejected in ")


def test_status_0_without_rejects(run: Run, orders: Put) -> None:
    orders("good.csv", "No,SKU\n1,ab\n")
    assert run("map", "m.json", "good.csv").status == 0


def test_stdin_is_ndjson_unless_told(run: Run, put: Put) -> None:
    put("m.json", ANY)
    assert run("map", "m.json", input='{"id": 1}\n{"id": 2}\n').records == [{"id": 1}, {"id": 2}]
    assert run("map", "m.json", "-", "--from", "json", input='[{"id": 1}]').records == [{"id": 1}]


def test_the_mapping_says_the_format_of_stdin(run: Run, orders: Put) -> None:
    assert run("map", "m.json", input="No,SKU\n1,ab\n").records == [{"id": 1, "sku": "AB"}]


def test_from_may_carry_settings(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "fields": {"id": "id"}})
    put("in.txt", "id;x\n1;2\n")
    assert run("map", "m.json", "in.txt", "--from", '{"type":"csv","delimiter":";"}').records == [{"id": "1"}]


def test_a_bare_type_keeps_the_settings_of_the_mapping(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "source": {"format": {"type": "csv", "delimiter": ";"}}, "fields": {"id": "id"}})
    put("in.csv", "id;x\n1;2\n")
    assert run("map", "m.json", "in.csv", "--from", "csv").records == [{"id": "1"}]


def test_output_by_ending_and_compression(run: Run, orders: Put) -> None:
    assert run("map", "m.json", "in.csv", "-o", "out.csv.gz").out == ""
    assert gzip.decompress(Path("out.csv.gz").read_bytes()) == b"id,sku\n1,AB\n3,EF\n"


def test_to_beats_the_ending(run: Run, orders: Put) -> None:
    run("map", "m.json", "in.csv", "-o", "out.csv", "--to", "json")
    assert json.loads(Path("out.csv").read_text()) == GOOD


def test_an_unknown_ending_of_the_output_is_ndjson(run: Run, orders: Put) -> None:
    run("map", "m.json", "in.csv", "-o", "out.dat")
    assert Path("out.dat").read_text().count("\n") == 2


def test_the_mapping_says_the_format_of_the_output(run: Run, orders: Put) -> None:
    orders("m.json", ORDERS | {"target": {"format": "csv", "columns": ["sku", "id"]}})
    assert run("map", "m.json", "in.csv").out == "sku,id\nAB,1\nEF,3\n"


def test_several_streams_need_a_file_each(run: Run, put: Put) -> None:
    outputs = [{"name": "a", "fields": {"id": "id"}}, {"name": "b", "fields": {"no": "id"}}]
    put("m.json", {"mapping": "1", "outputs": outputs})
    refused = run("map", "m.json", input='{"id": 1}')
    assert refused.status == 2 and "error[U107]" in refused.err and "{stream}" in refused.err
    assert run("map", "m.json", "-o", "out-{stream}.ndjson", input='{"id": 1}').status == 0
    assert Path("out-a.ndjson").read_text() == '{"id":1}\n'
    assert Path("out-b.ndjson").read_text() == '{"no":1}\n'


def test_rejects_are_documents(run: Run, orders: Put) -> None:
    run("map", "m.json", "in.csv", "--rejects", "bad.ndjson")
    (found,) = [json.loads(line) for line in Path("bad.ndjson").read_text().splitlines()]
    assert found["reject"] == "1" and found["stage"] == "map" and found["record"] == {"No": "x", "SKU": "cd"}
    assert found["source"] == {"feed": "map", "file": "in.csv", "part": "", "number": 2, "line": 3}
    assert [error["code"] for error in found["errors"]] == ["M310"]


def test_limit_counts_good_and_bad_records(run: Run, orders: Put) -> None:
    found = run("map", "m.json", "in.csv", "--limit", "2")
    assert found.records == GOOD[:1]
    assert found.err.splitlines()[-1].startswith("2 read, 1 written, 1 rejected")
    assert run("map", "m.json", "in.csv", "--limit", "0").records == []


def test_too_many_rejects_write_no_output(run: Run, orders: Put) -> None:
    found = run("map", "m.json", "in.csv", "--max-rejects", "0", "-o", "out.csv", "--rejects", "bad.ndjson")
    assert found.status == 1
    assert "error[U110]: 1 of 3 records were rejected; at most 0 may be" in found.err
    assert not Path("out.csv").exists()
    assert Path("bad.ndjson").exists(), "the rejects say why"
    assert run("map", "m.json", "in.csv", "--max-rejects", "50%").status == 4
    assert run("map", "m.json", "in.csv", "--max-rejects", "30%").status == 1


def test_the_limit_of_the_mapping_counts_unless_told(run: Run, orders: Put) -> None:
    orders("m.json", ORDERS | {"on_error": {"max_rejects": 0}})
    assert run("map", "m.json", "in.csv").status == 1
    assert run("map", "m.json", "in.csv", "--max-rejects", "1").status == 4


def test_stop_at_the_first_error(run: Run, orders: Put) -> None:
    orders("m.json", ORDERS | {"on_error": {"record": "stop"}})
    found = run("map", "m.json", "in.csv", "-o", "out.csv")
    assert found.status == 1 and "error[M310]" in found.err
    assert not Path("out.csv").exists()


def test_parameters(run: Run, put: Put) -> None:
    params = {"shop": {"type": "string", "required": True}}
    put("m.json", {"mapping": "1", "params": params, "fields": {"s": "$context.shop"}})
    assert run("map", "m.json", "--param", "shop=a=b", input="{}").records == [{"s": "a=b"}]
    missing = run("map", "m.json", input="{}")
    assert missing.status == 2 and "error[M206]" in missing.err and "--param shop=VALUE" in missing.err
    assert "U101" in run("map", "m.json", "-p", "shop", input="{}").err
    assert "U101" in run("map", "m.json", "-p", "shop=1", "-p", "shop=2", input="{}").err


def test_json_summary(run: Run, orders: Put) -> None:
    found = run("map", "m.json", "in.csv", "-o", "out.ndjson", "--json")
    assert found.status == 4 and found.err == ""
    document = found.json
    assert (document["command"], document["ok"], document["exit_code"]) == ("map", True, 4)
    assert (document["read"], document["written"], document["rejected"]) == (3, 2, 1)
    assert [d["code"] for d in document["diagnostics"]] == ["M310"]


def test_json_needs_an_output(run: Run, orders: Put) -> None:
    document = run("map", "m.json", "in.csv", "--json").json
    assert document["ok"] is False and document["diagnostics"][0]["code"] == "U106"


def test_an_output_is_replaced_whole_and_keeps_its_mode(run: Run, orders: Put) -> None:
    out = orders("out.csv", "old")
    out.chmod(0o640)
    run("map", "m.json", "in.csv", "-o", "out.csv")
    assert out.read_text().startswith("id,sku") and out.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in Path().iterdir()) == ["in.csv", "m.json", "out.csv"]


def test_two_outputs_may_not_be_one_file(run: Run, orders: Put) -> None:
    found = run("map", "m.json", "in.csv", "-o", "out.ndjson", "--rejects", "./out.ndjson")
    assert found.status == 2 and "error[U107]: two outputs go to" in found.err
    assert sorted(path.name for path in Path().iterdir()) == ["in.csv", "m.json"]
    assert run("map", "m.json", "in.csv", "-o", "/dev/null", "--rejects", "/dev/null").status == 4


def test_a_reject_holds_the_record_as_it_was_whatever_the_target_says(run: Run, put: Put) -> None:
    put("m.json", ANY | {"target": {"decimals": "string"}, "fields": {"n": ["n", "int"]}})
    put("in.ndjson", '{"n":"x","d":1.12345678901234567890}\n')
    run("map", "m.json", "in.ndjson", "--rejects", "bad.ndjson")
    assert '"d":1.12345678901234567890}' in Path("bad.ndjson").read_text()


@pytest.mark.parametrize("engine", ["row", "columnar"])
def test_fields_have_their_columns_first_whatever_spread_adds(run: Run, put: Put, engine: str) -> None:
    """They were taken from the first records alone, in the order of their appearance."""
    put("m.json", {"mapping": "1", "fields": {"n": "n", "t": "t"}, "spread": {"const": {"k": 1}}})
    put("in.ndjson", '{"x":1}\n{"t":"a","n":1}\n')
    run("map", "m.json", "in.ndjson", "-o", "out.csv", "--engine", engine)
    assert Path("out.csv").read_text() == "n,t,k\n,,1\n1,a,1\n"
    run("map", "m.json", "in.ndjson", "-o", "out.parquet", "--engine", engine)
    assert pq.read_table("out.parquet").schema.names == ["n", "t", "k"]


@pytest.mark.parametrize("engine", ["row", "columnar"])
def test_a_column_that_begins_late_is_copied_in_its_place(run: Run, put: Put, engine: str) -> None:
    """In csv its records were refused, as the first two hundred did not have it; in Parquet it came last."""
    text = "id,note,z\n" + "".join(f"{n},{'x' if n > 400 else ''},1\n" for n in range(600))
    put("in.csv", text)
    put("m.json", {"mapping": "1", "source": {"format": "csv"}, "passthrough": True})
    assert run("map", "m.json", "in.csv", "-o", "out.csv", "--engine", engine).status == 0
    assert Path("out.csv").read_text() == text
    assert run("map", "m.json", "in.csv", "-o", "out.parquet", "--engine", engine).status == 0
    assert pq.read_table("out.parquet").schema.names == ["id", "note", "z"]


def test_input_and_output_may_be_one_file(run: Run, put: Put) -> None:
    put("m.json", ANY)
    put("x.ndjson", '{"id": 1, "y": 2}\n')
    assert run("map", "m.json", "x.ndjson", "-o", "x.ndjson").status == 0
    assert Path("x.ndjson").read_text() == '{"id":1}\n'


def test_groups_come_out_at_the_end(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "group": {"by": ["k"], "as": "rows"}, "fields": {"k": "k", "n": ["$rows", "count"]}})
    found = run("map", "m.json", input='{"k":"a"}\n{"k":"b"}\n{"k":"a"}\n')
    assert found.records == [{"k": "a", "n": 2}, {"k": "b", "n": 1}]


def test_warnings_of_checks_are_counted(run: Run, put: Put) -> None:
    check = {"when": {"id": {"lt": 2}}, "message": "the id is small", "level": "warn"}
    put("m.json", ANY | {"checks": [check]})
    found = run("map", "m.json", input='{"id":1}\n{"id":1}\n{"id":5}\n')
    assert found.status == 0 and len(found.records) == 3
    assert "warning[" in found.err and "the id is small" in found.err


def test_what_one_of_several_outputs_cannot_carry_is_named_with_record_and_way_out(run: Run, put: Put) -> None:
    outputs = [{"name": "a", "fields": {"n": "n"}}, {"name": "b", "fields": {"s": "s"}}]
    put("m.json", {"mapping": "1", "name": "m", "outputs": outputs})
    put("in.ndjson", '{"n":1,"s":"x"}\n{"n":2,"s":"a\\u0001b"}\n{"n":3,"s":"y"}\n')
    found = run("map", "m.json", "in.ndjson", "-o", "{stream}.xml")
    assert found.status == 1
    assert 'error[R121]: the sink of the output "b" cannot carry what is made of record 2 of in.ndjson: ' in found.err
    assert "-o 'out-{stream}.ndjson'" in found.err
    assert sorted(Path().glob("*.xml")) == []
    assert run("map", "m.json", "in.ndjson", "-o", "out-{stream}.ndjson").status == 0
    assert run("map", "m.json", "in.ndjson", "-o", "{stream}.xml", "--limit", "1").status == 0


@pytest.mark.parametrize(("option", "waits"), [((), True), (("--sync",), True), (("--no-sync",), False)])
def test_waiting_for_the_disk(
    run: Run, put: Put, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...], waits: bool
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    put("m.json", ANY)
    out = put("out.ndjson", "old\n")
    assert run("map", "m.json", "-o", "out.ndjson", *option, input='{"id":1}\n').status == 0
    assert out.read_text() == '{"id":1}\n'
    assert len(synced) == (2 if waits else 0)  # the file, and the folder that holds its name
