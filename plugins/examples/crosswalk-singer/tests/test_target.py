"""The sink: what a target is sent, when its records count as durable, and how it tells what is wrong."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from programs import alive, bound, lines, target

from crosswalk import Batch, ConnectorError, DataError, Secret, WriteOptions

TYPES = {"id": "integer", "name": "string"}
ROWS = [{"id": 1, "name": "é"}, {"id": 2, "name": None}]


def _write(folder: Path, *batches: list[dict[str, Any]], types: dict[str, str] = TYPES, **settings: Any) -> None:
    write = settings.pop("write", WriteOptions())
    with bound(target(folder / "out", **settings), folder, types=types, write=write).open() as writer:
        for rows in batches:
            writer.write(Batch.of_rows(rows))
            writer.flush()


def test_a_target_is_sent_its_schema_the_records_and_a_state(tmp_path: Path) -> None:
    kinds = [
        "string",
        "integer",
        "decimal",
        "float",
        "number",
        "boolean",
        "date",
        "datetime",
        "time",
        "bytes",
        "list",
        "object",
        "any",
        "null",
    ]
    row = {"decimal": Decimal("1.10"), "date": dt.date(2024, 2, 29), "datetime": dt.datetime(2024, 1, 1, tzinfo=dt.UTC)}
    row |= {"time": dt.time(1, 2), "list": [1, {"a": None}], "object": {"b": 2**70}, "string": "a\nb"}
    types = {kind: kind for kind in kinds}
    _write(tmp_path, [row], types=types, config={"seen": str(tmp_path / "seen")}, stream="all", key=["string"])
    schema, record, state = lines(tmp_path / "seen")
    assert {name: part.get("format") for name, part in schema["schema"]["properties"].items() if "format" in part} == {
        "date": "date",
        "datetime": "date-time",
        "time": "time",
    }
    plain = {name: part["type"] for name, part in schema["schema"]["properties"].items()}
    assert plain["string"] == ["string"]  # a key is never null
    assert plain["decimal"] == ["null", "number"]
    assert set(plain["any"]) == {"null", "boolean", "integer", "number", "string", "array", "object"}
    assert (schema["type"], schema["stream"], schema["key_properties"]) == ("SCHEMA", "all", ["string"])
    assert (record["type"], record["stream"]) == ("RECORD", "all")
    assert record["record"]["object"] == {"b": 2**70}
    assert record["record"]["string"] == "a\nb"
    assert record["record"]["datetime"].startswith("2024-01-01T00:00:00")
    assert '"decimal":1.10' in (tmp_path / "seen").read_text()
    assert state["type"] == "STATE"
    assert list(state["value"]["bookmarks"]) == ["all"]


def test_the_stream_has_the_name_of_output_or_pipeline(tmp_path: Path) -> None:
    assert bound(target(tmp_path), tmp_path).stream == "contract"
    assert bound(target(tmp_path), tmp_path, stream="lines").stream == "lines"
    assert bound(target(tmp_path, stream="own"), tmp_path, stream="lines").stream == "own"


def test_a_schema_is_declared_in_place_or_in_a_file(tmp_path: Path) -> None:
    declared = {"properties": {"id": {"type": "integer"}, "name": {"type": ["string", "null"], "maxLength": 9}}}
    settings = {"types": {}, "config": {"seen": str(tmp_path / "seen")}}
    _write(tmp_path, ROWS, schema=declared, **settings)
    (tmp_path / "schema.json").write_text('{"properties": {"id": {}, "name": {}}, "title": "t"}')
    _write(tmp_path, ROWS, schema="schema.json", **settings)
    found = [line["schema"] for line in lines(tmp_path / "seen") if line["type"] == "SCHEMA"]
    assert found[0] == {"type": "object", **declared}
    assert found[1]["title"] == "t"
    (tmp_path / "schema.json").write_text("{")
    with pytest.raises(ConnectorError, match=r"C908.*schema\.json is no JSON"):
        _write(tmp_path, ROWS, schema="schema.json", **settings)


def test_the_schema_of_a_mappings_target_tells_more(tmp_path: Path) -> None:
    stated = {"properties": {"id": {"type": "integer", "minimum": 1}, "name": {"$ref": "#/$defs/name"}}}
    _write(tmp_path, ROWS, write=WriteOptions(schema=stated), config={"seen": str(tmp_path / "seen")})
    assert lines(tmp_path / "seen")[0]["schema"]["properties"] == {
        "id": {"type": "integer", "minimum": 1},
        "name": {"type": ["null", "string"]},
    }


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"types": {}}, "nothing tells what fields the records have"),
        ({"schema": {}}, "the schema has no properties"),
        ({"key": ["sku"]}, "no field 'sku', which is in the key"),
    ],
)
def test_a_schema_that_cannot_be_is_told_before_anything_starts(
    tmp_path: Path, settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConnectorError, match=f"C908.*{told}"):
        _write(tmp_path, ROWS, **settings)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": 3, "nmae": "x"}, "'nmae' is not in the schema"),
        ({"name": "x"}, "'id', which is in the key, has no value"),
        ({"id": None, "name": "x"}, "'id', which is in the key, has no value"),
        ({"id": 3, "name": float("nan")}, "not a finite number"),
        (["id"], "not an object"),
    ],
)
@pytest.mark.parametrize("columnar", [False, True])
def test_a_record_that_cannot_go_is_refused_and_the_others_go(
    tmp_path: Path, row: Any, told: str, columnar: bool
) -> None:
    if columnar and not isinstance(row, dict):
        pytest.skip("columns have records")
    with bound(target(tmp_path / "out", key=["id"]), tmp_path, types=TYPES).open() as writer:
        rows = [row] if columnar else [ROWS[0], row]
        batch = Batch.of_arrow(Batch.of_rows(rows).table) if columnar else Batch.of_rows(rows)
        with pytest.raises(DataError, match=told):
            writer.write(batch)
        writer.write(Batch.of_rows(ROWS))
    assert lines(tmp_path / "out") == ROWS


def test_more_fields_go_where_the_schema_allows_them(tmp_path: Path) -> None:
    schema = {"properties": {"id": {"type": "integer"}}, "additionalProperties": True}
    _write(tmp_path, ROWS, schema=schema)
    assert lines(tmp_path / "out") == ROWS


def test_started_once_a_target_is_ended_at_the_end(tmp_path: Path) -> None:
    with bound(target(tmp_path / "out", {"replace": True}), tmp_path, types=TYPES).open() as writer:
        assert writer.can_commit
        writer.write(Batch.of_rows(ROWS))
        assert not writer.can_commit
        writer.flush()
        assert lines(tmp_path / "out") == ROWS
        with pytest.raises(ConnectorError, match=r"C906.*more records came") as caught:
            writer.write(Batch.of_rows(ROWS))
        assert '"commit": "restart"' in caught.value.fix
    assert lines(tmp_path / "out") == ROWS


def test_an_error_in_the_session_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), bound(target(tmp_path / "out"), tmp_path, types=TYPES).open() as writer:
        writer.write(Batch.of_rows(ROWS))
        raise KeyError
    assert lines(tmp_path / "out") == []


def test_a_target_that_says_nothing_is_believed_when_it_ends_well(tmp_path: Path) -> None:
    _write(tmp_path, ROWS, ROWS, config={"silent": True}, commit="restart")
    assert lines(tmp_path / "out") == ROWS * 2


def test_a_target_that_says_an_older_state_is_not(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match=r"C907.*an older one"):
        _write(tmp_path, ROWS, config={"forget": 1})


def test_a_state_that_does_not_come_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match=r"C903.*did not say again the state") as caught:
        _write(tmp_path, ROWS, commit="state", timeout=0.2, config={"stderr": "waiting for more"})
    assert caught.value.notes == ("target: waiting for more",)


@pytest.mark.parametrize("commit", ["end", "restart", "state"])
@pytest.mark.parametrize("status", [0, 3])
def test_a_target_that_dies_in_between(tmp_path: Path, commit: str, status: int) -> None:
    config = {"die_after": 1, "exit": status, "stderr": "token s3cret-token", "token": Secret("s3cret-token")}
    with pytest.raises(ConnectorError, match=f"C902.*exit status {status} before it had read everything") as caught:
        _write(tmp_path, [{"id": number, "name": "x" * 1000} for number in range(2000)], config=config, commit=commit)
    assert caught.value.notes == ("target: token ***",)


def test_a_target_that_fails_at_the_end(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match=r"C902.*exit status 4"):
        _write(tmp_path, ROWS, config={"exit": 4})


def test_a_target_that_does_not_end(tmp_path: Path) -> None:
    command = ["/bin/sh", "-c", f"echo $$ > {tmp_path}/pid; while read -r line; do :; done; sleep 600"]
    with pytest.raises(ConnectorError, match=r"C903.*did not end within 0\.3 s"):
        _write(tmp_path, ROWS, command=command, timeout=0.3)
    end = time.monotonic() + 30
    while alive(int((tmp_path / "pid").read_text())) and time.monotonic() < end:
        time.sleep(0.01)
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_target_that_is_not_there(tmp_path: Path) -> None:
    missing = bound(target(tmp_path, command="target-nothing"), tmp_path, types=TYPES)
    for ask in (missing.probe, lambda: missing.open().__enter__()):
        with pytest.raises(ConnectorError, match=r"C901.*'target-nothing' cannot be started") as caught:
            ask()
        assert caught.value.exit_code == 3
    assert "python" in bound(target(tmp_path), tmp_path).probe()
    assert target(tmp_path, command=[]).check()
