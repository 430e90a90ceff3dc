"""The source: what it asks of a tap, what it makes of the answers, and how it tells what is wrong."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from programs import alive, bound, lines, tap

from crosswalk import ConnectorError, ReadOptions, Secret

SCHEMA = '{"type": "SCHEMA", "stream": "s", "schema": {}, "key_properties": []}'


def _record(text: str, stream: str = "s") -> str:
    return f'{{"type": "RECORD", "stream": "{stream}", "record": {text}}}'


def _read(folder: Path, cursor: Any = None, **settings: Any) -> list[Any]:
    return [row for batch in bound(tap(**settings), folder).read(cursor) for row in batch.rows]


def _lines(folder: Path, *texts: str, **settings: Any) -> list[Any]:
    return _read(folder, config={"lines": list(texts)}, discover=False, **settings)


def test_a_catalog_is_asked_for_and_selected_in(tmp_path: Path) -> None:
    config = {"streams": {"a": 3, "b": 4}, "seen": str(tmp_path / "seen")}
    assert [row["n"] for row in _read(tmp_path, config=config, streams=["b"])] == [0, 1, 2, 3]
    discovery, reading = lines(tmp_path / "seen")
    assert "--discover" in discovery["argv"]
    marks = {
        entry["stream"]: [item["metadata"]["selected"] for item in entry["metadata"] if not item["breadcrumb"]]
        for entry in reading["--catalog"]["streams"]
    }
    assert marks == {"a": [False], "b": [True]}
    fields = [item for item in reading["--catalog"]["streams"][1]["metadata"] if item["breadcrumb"]]
    assert [item["metadata"]["selected"] for item in fields] == [True]


def test_old_taps_get_properties_and_a_catalog_may_be_a_file(tmp_path: Path) -> None:
    entry = {"tap_stream_id": "main-a", "stream": "a", "schema": {}, "metadata": []}
    (tmp_path / "catalog.json").write_text(json.dumps({"streams": [entry]}))
    config = {"streams": {"a": 2}, "seen": str(tmp_path / "seen")}
    settings = {"catalog": "catalog.json", "catalog_option": "--properties", "streams": ["main-a"]}
    assert len(_read(tmp_path, config=config, **settings)) == 2
    (reading,) = lines(tmp_path / "seen")
    assert reading["--properties"]["streams"][0]["selected"] is True
    assert reading["--properties"]["streams"][0]["schema"]["selected"] is True
    (tmp_path / "catalog.json").write_text("{}")
    with pytest.raises(ConnectorError, match=r"C904.*no catalog"):
        _read(tmp_path, config=config, **settings)


def test_several_streams_need_a_label(tmp_path: Path) -> None:
    config = {"streams": {"a": 2, "b": 1}}
    with pytest.raises(ConnectorError, match=r"C905.*several streams: a, b"):
        _read(tmp_path, config=config)
    with pytest.raises(ConnectorError, match=r"C905.*several streams: a, b"):
        _read(tmp_path, config=config, discover=False)
    found = _read(tmp_path, config=config, stream_as="from")
    assert [(row["from"], row["n"]) for row in found] == [("a", 0), ("a", 1), ("b", 0)]
    assert tap(streams=["a", "b"]).check()
    with pytest.raises(ConnectorError, match=r"C904.*line 2 .*member 'n' already"):
        _read(tmp_path, config=config, stream_as="n")


@pytest.mark.parametrize("discover", [True, False])
def test_a_stream_that_is_not_there(tmp_path: Path, discover: bool) -> None:
    with pytest.raises(ConnectorError, match=r"C905.*no stream 'nubmers'") as caught:
        _read(tmp_path, streams=["nubmers"], discover=discover)
    assert "numbers" in caught.value.fix


def test_what_an_old_tap_sends_unasked_is_left_out(tmp_path: Path) -> None:
    texts = [SCHEMA, SCHEMA.replace('"s"', '"t"'), _record('{"n": 1}', "t"), _record('{"n": 2}')]
    assert _lines(tmp_path, *texts, streams=["s"]) == [{"n": 2}]


def test_the_first_run_may_go_on_from_a_state(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"numbers": 15}')
    assert [row["n"] for row in _read(tmp_path, state="state.json")] == [15, 16, 17, 18, 19]
    assert [row["n"] for row in _read(tmp_path, {"state": {"numbers": 18}}, state="state.json")] == [18, 19]
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(ConnectorError, match=r"C904.*state\.json, which is no JSON"):
        _read(tmp_path, state="state.json")


def test_a_cursor_is_a_state_with_all_of_its_records_before_it(tmp_path: Path) -> None:
    source = bound(tap({"streams": {"numbers": 23}, "state_every": 10}, discover=False), tmp_path)
    count, states = 0, []
    for batch in source.read():
        count += len(batch)
        assert batch.cursor is None or batch.cursor == {"state": {"numbers": count}}
        states += [] if batch.cursor is None else [count]
    assert (count, states) == (23, [10, 23])


def test_a_state_without_records_is_a_cursor_too(tmp_path: Path) -> None:
    states = [f'{{"type": "STATE", "value": {{"at": {at}}}}}' for at in range(3)]
    config = {"lines": [SCHEMA, *[_record("{}")] * 7, *states]}
    batches = list(bound(tap(config, discover=False), tmp_path).read())
    assert [(len(batch), batch.cursor) for batch in batches] == [(7, None), (0, {"state": {"at": 2}})]


def test_records_behind_the_last_state_come_without_a_cursor(tmp_path: Path) -> None:
    state = '{"type": "STATE", "value": 1}'
    batches = bound(tap({"lines": [SCHEMA, _record("{}"), state, _record("{}")]}, discover=False), tmp_path).read()
    assert [(len(batch), batch.cursor) for batch in batches] == [(1, {"state": 1}), (1, None)]


def test_what_is_settled_goes_on_while_the_tap_is_silent(tmp_path: Path) -> None:
    config = {"lines": [SCHEMA, _record("{}"), '{"type": "STATE", "value": 1}'], "sleep_at_end": 600}
    batches = bound(tap(config, discover=False), tmp_path).read()
    assert next(batches).cursor == {"state": 1}
    batches.close()


def test_numbers_and_texts_stay_as_they_are(tmp_path: Path) -> None:
    text = '{"a": 0.1, "b": 12345678901234567890.12, "c": 9007199254740993, "d": 1e400, "e": "é\\u0000", "f": 1.50}'
    (row,) = _lines(tmp_path, SCHEMA, _record(text))
    assert row == {
        "a": 0.1,
        "b": Decimal("12345678901234567890.12"),
        "c": 9007199254740993,
        "d": Decimal("1e400"),
        "e": "é\0",
        "f": 1.5,
    }
    assert [type(value) for value in row.values()] == [float, Decimal, int, Decimal, str, float]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INFO starting", "line 2 a line that is no message (Expecting value): INFO starting"),
        ("[1]", "line 2 a line that is no message (not an object)"),
        (_record('{"n": NaN}'), "line 2 a line that is no message (NaN is not JSON)"),
        (_record('{"n": 1e9999}'), "line 2 a line that is no message (a number beyond"),
        ('{"type": "RECORD", "str', "line 2 a line that is no message"),
        (_record("{}", "other"), "line 2 a RECORD of the stream 'other' before its SCHEMA"),
        (_record("[]"), "line 2 a RECORD whose 'record' is no object"),
        ('{"type": "RECORD", "stream": 1, "record": {}}', "line 2 a RECORD whose 'stream' is no text"),
        ('{"type": "SCHEMA", "stream": "t"}', "line 2 a SCHEMA whose 'schema' is no object"),
        ('{"type": "STATE"}', "line 2 a STATE without a value"),
        ('{"type": "BATCH", "stream": "s", "manifest": []}', "line 2 a BATCH, whose records are in files"),
        ('{"type": "NEWS"}', "line 2 a message of the type 'NEWS'"),
        ("{}", "line 2 a message of the type None"),
    ],
)
def test_what_is_no_singer_stream_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        _lines(tmp_path, SCHEMA, text, _record("{}"))
    assert caught.value.code == "C904"
    assert told in caught.value.message


def test_versions_and_empty_lines_say_nothing(tmp_path: Path) -> None:
    version = '{"type": "ACTIVATE_VERSION", "stream": "s", "version": 1}'
    assert _lines(tmp_path, SCHEMA, version, "", _record('{"n": 1}'), version) == [{"n": 1}]


def test_a_line_has_a_longest_length(tmp_path: Path) -> None:
    source = tap({"lines": [SCHEMA, _record(json.dumps({"n": "x" * 5000}))]}, discover=False)
    with pytest.raises(ConnectorError, match=r"C904.*more than 1,000 bytes: line 2"):
        list(bound(source, tmp_path, read=ReadOptions(max_record_bytes=1000)).read())


@pytest.mark.parametrize("status", [1, 3])
def test_a_tap_that_fails_is_told_with_its_last_words(tmp_path: Path, status: int) -> None:
    config = {"exit": status, "stderr": "CRITICAL the token s3cret-token is over", "token": Secret("s3cret-token")}
    with pytest.raises(ConnectorError) as caught:
        _read(tmp_path, config=config, discover=False)
    assert (caught.value.code, caught.value.kind) == ("C902", "permanent")
    assert f"exit status {status}" in caught.value.message
    assert caught.value.notes == ("tap: CRITICAL the token *** is over",)


def test_nothing_behind_the_last_whole_batch_comes_of_a_tap_that_fails(tmp_path: Path) -> None:
    config = {"streams": {"numbers": 10}, "state_every": 3, "exit": 1}
    found = []
    with pytest.raises(ConnectorError, match=r"C902"):
        for batch in bound(tap(config, discover=False), tmp_path).read():
            found.append((len(batch), batch.cursor))
    assert found == [(6, {"state": {"numbers": 6}})]


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match=r"C901.*'tap-nothing' cannot be started: there is no such") as caught:
        _read(tmp_path, command="./bin/tap-nothing --fast")
    assert caught.value.exit_code == 3
    (tmp_path / "tap").write_text("no program")
    (tmp_path / "tap").chmod(0o755)
    with pytest.raises(ConnectorError, match=r"C901"):
        _read(tmp_path, command=["./tap"])


def test_a_tap_without_discovery_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match="when it was asked for its streams") as caught:
        _read(tmp_path, command=["/bin/sh", "-c", "exit 2"])
    assert '"discover": false' in caught.value.fix


@pytest.mark.parametrize(
    "command", ["", [], "tap 'open", Secret("tap"), ["tap", Secret("x")]], ids=["empty", "none", "quote", "a", "b"]
)
def test_commands_that_cannot_be(command: Any) -> None:
    assert tap(command=command).check()


def test_secrets_are_in_no_message_and_no_file_and_not_on_the_command_line(tmp_path: Path) -> None:
    config = {"seen": str(tmp_path / "seen"), "password": Secret("s3cret-word"), "lines": [Secret("s3cret-word")]}
    source = tap(config, env={"TOKEN": Secret("s3cret-env"), "TMPDIR": str(tmp_path)})
    assert "s3cret" not in repr(source)
    with pytest.raises(ConnectorError) as caught:
        list(bound(source, tmp_path).read())
    assert "s3cret" not in str(caught.value) + str(caught.value.notes)
    assert "***" in caught.value.message
    assert all("s3cret" not in str(seen["argv"]) for seen in lines(tmp_path / "seen"))
    assert lines(tmp_path / "seen")[1]["--config"]["password"] == "s3cret-word"


def test_files_for_the_tap_are_for_us_alone_and_go(tmp_path: Path) -> None:
    look = "import os,sys; p = sys.argv[2]; print(oct(os.stat(p).st_mode), oct(os.stat(os.path.dirname(p)).st_mode), p)"
    source = tap(command=["python3", "-c", look], discover=False)
    with pytest.raises(ConnectorError) as caught:
        list(bound(source, tmp_path).read())
    assert "0o100600 0o40700" in caught.value.message
    assert not Path(caught.value.message.split()[-1]).parent.exists()


def test_closing_ends_the_tap_and_all_that_it_started(tmp_path: Path) -> None:
    script = f"trap '' TERM; sleep 600 & echo $! $$ > {tmp_path}/pids; echo '{SCHEMA}'; echo '{_record('{}')}'; " + (
        """echo '{"type": "STATE", "value": 1}'; while :; do sleep 1; done"""
    )
    batches = bound(tap(command=["/bin/sh", "-c", script], discover=False), tmp_path).read()
    next(batches)
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    assert all(map(alive, pids))
    batches.close()
    end = time.monotonic() + 30
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.01)
    assert not any(map(alive, pids))
