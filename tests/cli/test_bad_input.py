"""Bad mappings, bad data, bad names: a code and an exit status, no traceback, nothing half-written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from .conftest import ANY, Put, Run

DEEP = 10_000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{not json", "M101"),
        ("", "M101"),
        ('{"mapping": "1", "mapping": "1", "fields": {}}', 'duplicate key "mapping"'),
        ('{"mapping":"1","fields":' + '{"a":' * DEEP + "1" + "}" * DEEP + "}", "M101"),
        ('{"mapping":"1","fields":{"a":' + "[" * DEEP + "]" * DEEP + "}}", "M101"),
        (b'{"mapping":"1","name":"caf\xe9"}', "not UTF-8"),
        ('{"mapping":"1"}'.encode("utf-16"), "UTF-16"),
        ("[]", "M108"),
        ('{"mapping":"1","fields":{"a":1}}', "M104"),
    ],
)
def test_bad_mappings(run: Run, put: Put, text: str | bytes, says: str) -> None:
    put("m.json", text)
    put("in.ndjson", '{"id":1}\n')
    for command in (("map", "m.json", "in.ndjson", "-o", "out.ndjson"), ("validate", "m.json"), ("show", "m.json")):
        found = run(*command)
        assert found.status == 2, command
        assert says in found.err or (command[0] == "validate" and "U108" in found.err)
    assert not Path("out.ndjson").exists()


def test_a_mapping_that_includes_itself(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "include": ["m.json"], "fields": {"a": "a"}})
    found = run("map", "m.json", input="{}")
    assert found.status == 2 and "error[M205]" in found.err


def test_a_mapping_that_leaves_its_folder(run: Run, put: Put) -> None:
    put("project/crosswalk.json", {})
    put("project/m.json", {"mapping": "1", "include": ["../lib.json"], "fields": {"a": "a"}})
    put("lib.json", {"mapping": "1", "kind": "library"})
    found = run("map", "project/m.json", input="{}")
    assert found.status == 2 and "error[M208]" in found.err


@pytest.mark.parametrize(
    "command", ["map", "validate", "lint", "test", "fmt", "show", "explain", "preview", "run", "doctor"]
)
def test_a_missing_document(run: Run, command: str) -> None:
    found = run(command, "no.json", input="{}")
    assert found.status == 2 and "error[M110]: there is no file no.json" in found.err


def test_a_folder_as_mapping(run: Run, put: Put) -> None:
    put("folder/x", "")
    found = run("map", "folder", input="{}")
    assert found.status == 2 and "error[M110]: folder is a folder" in found.err


def test_a_missing_input_names_the_near_one(run: Run, put: Put) -> None:
    put("m.json", ANY)
    put("orders.csv", "id\n1\n")
    found = run("map", "m.json", "order.csv")
    assert found.status == 3 and "error[C101]: there is no file order.csv" in found.err
    assert "did you mean orders.csv?" in found.err


def test_a_folder_as_input(run: Run, put: Put) -> None:
    put("m.json", ANY)
    put("folder/x", "")
    found = run("map", "m.json", "folder", "--from", "csv")
    assert found.status == 3 and "error[C101]: folder is a folder" in found.err


def test_an_ending_that_says_nothing(run: Run, put: Put) -> None:
    put("m.json", ANY)
    put("in.dat", "id\n1\n")
    found = run("map", "m.json", "in.dat")
    assert found.status == 2 and "error[U104]" in found.err and "--from csv" in found.err


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("cvs", "U103"),
        ('{"type":"cvs"}', "U103"),
        ("{", "U102"),
        ('{"delimiter":";"}', "U102"),
        ('{"type":"csv","x":1}', "U102"),
        ('{"type":"csv","delimiter":";;"}', "U102"),
    ],
)
def test_a_bad_from(run: Run, put: Put, given: str, code: str) -> None:
    put("m.json", ANY)
    found = run("map", "m.json", "--from", given, input="")
    assert found.status == 2 and f"error[{code}]" in found.err
    if given == "cvs":
        assert 'did you mean "csv"?' in found.err


def test_a_bad_to(run: Run, put: Put) -> None:
    put("m.json", ANY)
    found = run("map", "m.json", "--to", "xlm", input="")
    assert found.status == 2 and 'did you mean "xml"?' in found.err


def test_outputs_that_cannot_be(run: Run, put: Put) -> None:
    put("m.json", ANY)
    put("folder/x", "")
    for out, says in (("no/out.csv", "mkdir -p no"), ("folder", "folder is a folder"), ("a\0b.csv", "cannot write")):
        found = run("map", "m.json", "-o", out, input="{}")
        assert found.status == 3 and says in found.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_without_permission(run: Run, put: Put) -> None:
    put("m.json", ANY)
    folder = put("locked/x", "").parent
    folder.chmod(0o500)
    found = run("map", "m.json", "-o", "locked/out.csv", input="{}")
    assert found.status == 3 and "error[C104]" in found.err


def test_a_full_disk(run: Run, put: Put) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    put("m.json", ANY)
    found = run("map", "m.json", "-o", "/dev/full", "--to", "ndjson", input='{"id":1}\n')
    assert found.status == 3 and "error[C103]" in found.err


def test_data_nested_too_deep_is_a_reject(run: Run, put: Put) -> None:
    put("m.json", ANY)
    deep = '{"id":' + "[" * DEEP + "]" * DEEP + "}"
    found = run("map", "m.json", input=f'{{"id":1}}\n{deep}\n{{"id":2}}\n')
    assert found.status == 4 and found.records == [{"id": 1}, {"id": 2}]
    document = run("map", "m.json", "--from", "json", input=f"[{deep}]")
    assert document.status in (1, 4) and "error[" in document.err


def test_deep_xml(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "source": {"format": "xml", "record": "/r/i"}, "fields": {"id": "@id"}})
    found = run("map", "m.json", "--from", "xml", input="<r><i id='1'>" + "<a>" * DEEP + "</a>" * DEEP + "</i></r>")
    assert found.status in (0, 1) and "Traceback" not in found.err


def test_lines_that_are_no_json_are_rejects(run: Run, put: Put) -> None:
    put("m.json", ANY)
    found = run("map", "m.json", "--rejects", "bad.ndjson", input=b'{"id":1}\nnope\n\xff\xfe\n{"id":NaN}\n{"id":2}\n')
    assert found.status == 4 and found.records == [{"id": 1}, {"id": 2}]
    assert Path("bad.ndjson").read_text().count("\n") == 3


def test_a_huge_line_is_a_reject_in_bounded_memory(run: Run, put: Put) -> None:
    put("m.json", ANY)
    path = put("in.ndjson", b'{"id":1}\n')
    with path.open("r+b") as file:
        file.seek(100_000_000)
        file.write(b'\n{"id":2}\n')
    found = run("map", "m.json", "in.ndjson")
    assert found.status == 4 and found.records == [{"id": 1}, {"id": 2}]


def test_an_empty_file_has_no_records(run: Run, put: Put) -> None:
    put("m.json", ANY)
    for name in ("in.csv", "in.ndjson", "in.tsv"):
        put(name, "")
        found = run("map", "m.json", name)
        assert (found.status, found.out) == (0, "")


@pytest.mark.parametrize("name", ["in.json", "in.xml", "in.parquet"])
def test_an_empty_document_is_an_error(run: Run, put: Put, name: str) -> None:
    put("m.json", ANY)
    put(name, "")
    found = run("map", "m.json", name, "-o", "out.ndjson")
    assert found.status in (1, 3) and "error[C" in found.err
    assert not Path("out.ndjson").exists()


def test_wrong_encoding_is_a_reject(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "source": {"format": "csv"}, "fields": {"id": "id"}})
    put("in.csv", b"id\ncaf\xe9\nok\n")
    found = run("map", "m.json", "in.csv")
    assert found.status == 4 and found.records == [{"id": "ok"}]


@pytest.mark.parametrize("name", ["in.csv.gz", "in.csv.bz2", "in.csv.xz", "in.csv.zst"])
def test_a_damaged_archive(run: Run, put: Put, name: str) -> None:
    put("m.json", ANY)
    put(name, b"this is no archive")
    found = run("map", "m.json", name, "-o", "out.ndjson")
    assert found.status == 1 and "error[C204]" in found.err
    assert not Path("out.ndjson").exists()


XML = {"mapping": "1", "source": {"format": "xml", "record": "/r/i"}, "fields": {"t": "."}}


def test_an_xml_bomb(run: Run, put: Put) -> None:
    put("m.json", XML)
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE r [<!ENTITY l0 "lol">{entities}]><r><i>&l11;</i></r>'
    found = run("map", "m.json", "-o", "out.ndjson", input=bomb)
    assert found.status == 1 and "error[C" in found.err
    assert not Path("out.ndjson").exists()


def test_an_external_entity_is_not_read(run: Run, put: Put) -> None:
    put("m.json", XML)
    secret = put("secret.txt", "the secret")
    found = run("map", "m.json", input=f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]><r><i>&x;</i></r>')
    assert found.status == 1 and "error[C" in found.err
    assert "the secret" not in found.out + found.err


def test_broken_xml_writes_nothing(run: Run, put: Put) -> None:
    put("m.json", XML)
    found = run("map", "m.json", "-o", "out.ndjson", input="<r><i>1</i><i>2</i")
    assert found.status == 1 and not Path("out.ndjson").exists()


def test_a_value_that_the_format_cannot_carry(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "fields": {"a b": "id"}})
    found = run("map", "m.json", "-o", "out.xml", input='{"id":1}\n')
    assert found.status == 4 and '1 record could not be written: "a b" is not an XML name' in found.err
    assert "map the field to something the format has, or write another format" in found.err


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("out.csv", '"a\\u0000b"'),
        ("out.xml", '"a\\u0000b"'),
        ("out.parquet", '"text"'),
        ("out.parquet", f"1{'0' * 80}"),
        ("out.arrow", "[1]"),
    ],
)
def test_a_record_that_the_format_cannot_carry_is_set_aside(run: Run, put: Put, name: str, bad: str) -> None:
    put("m.json", ANY)
    put("in.ndjson", f'{{"id":1}}\n{{"id":{bad}}}\n{{"id":3}}\n')
    found = run("map", "m.json", "in.ndjson", "-o", name, "--rejects", "bad.ndjson")
    assert found.status == 4 and "1 record could not be written: " in found.err
    assert "3 read, 2 written, 1 rejected" in found.err
    (reject,) = [json.loads(line) for line in Path("bad.ndjson").read_text().splitlines()]
    assert (reject["stage"], reject["source"]["number"], reject["source"]["line"]) == ("write", 2, 2)
    assert run("map", "m.json", "in.ndjson", "-o", name, "--max-rejects", "0").status == 1


@pytest.mark.parametrize("engine", ["row", "columnar"])
def test_rejects_of_writing_stand_among_those_of_mapping(run: Run, put: Put, engine: str) -> None:
    """Those of mapping once came first in each batch, so that the order went by the size of batches."""
    put("m.json", {"mapping": "1", "fields": {"n": ["n", "int"], "t": "t"}})
    put("in.ndjson", '{"n":"1","t":"a\\u0000b"}\n{"n":"x","t":"a"}\n{"n":"3","t":"c\\u0000d"}\n{"n":"4","t":"e"}\n')
    run("map", "m.json", "in.ndjson", "-o", "out.csv", "--rejects", "bad.ndjson", "--engine", engine)
    rejects = [json.loads(line) for line in Path("bad.ndjson").read_text().splitlines()]
    assert [(one["source"]["number"], one["stage"]) for one in rejects] == [(1, "write"), (2, "map"), (3, "write")]


def test_on_error_rules_what_the_format_cannot_carry(run: Run, put: Put) -> None:
    put("in.ndjson", '{"id":1}\n{"id":"a\\u0000b"}\n')
    put("m.json", ANY | {"on_error": {"record": "skip"}})
    found = run("map", "m.json", "in.ndjson", "-o", "out.csv")
    assert found.status == 0 and "2 read, 1 written, 1 skipped" in found.err
    put("m.json", ANY | {"on_error": {"record": "stop"}})
    found = run("map", "m.json", "in.ndjson", "-o", "stopped.csv")
    assert found.status == 1 and "record 2: " in found.err and not Path("stopped.csv").exists()
