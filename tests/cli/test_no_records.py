"""An input that has no record at the mapping's record path is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Engine

from .conftest import Put, Run

INPUTS = [
    ("in.xml", "<os><o><id>1</id></o></os>", {"format": "xml", "record": "os/oo"}, "/source/record"),
    ("in.json", '{"a": {"items": [{"id": 1}]}}', {"format": "json", "record": "a.itms"}, "/source/record"),
    ("in.xml", "<o><p/></o>", {"format": {"type": "xml", "record": "o/q"}}, "/source/format/record"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "source", "pointer"), INPUTS)
def test_commands_tell_it(run: Run, put: Put, name: str, text: str, source: dict[str, Any], pointer: str) -> None:
    put(name, text)
    put("m.json", {"mapping": "1", "source": source, "fields": {"id": "id"}})
    for command in (("map", "m.json", name), ("preview", "m.json", name), ("lint", "m.json", "--sample", name)):
        done = run(*command)
        assert done.status == 0
        assert 'warning[M414]: no record was found at "' in done.err
        assert f"   {pointer}\n" in done.err


def test_it_is_not_told_where_nothing_was_to_be_found(run: Run, put: Put) -> None:
    put("in.json", '{"items": [{"id": 1}]}')
    put("m.json", {"mapping": "1", "source": {"format": "json", "record": "items"}, "fields": {"id": "id"}})
    assert "M414" not in run("map", "m.json", "in.json").err
    assert "M414" not in run("map", "m.json", "in.json", "--limit", "0").err
    put("in.ndjson", "")
    put("m.json", {"mapping": "1", "source": {"format": "ndjson"}, "fields": {"id": "id"}})
    assert "M414" not in run("map", "m.json", "in.ndjson").err


@pytest.mark.parametrize(("name", "text", "source", "pointer"), INPUTS)
def test_the_engine_warns(tmp_path: Path, name: str, text: str, source: dict[str, Any], pointer: str) -> None:
    (tmp_path / name).write_text(text)
    mapping = {"mapping": "1", "source": source, "fields": {"id": "id"}}
    files = {"type": "files", "url": name}
    (applied,) = Engine().map(files, mapping, base=tmp_path)
    assert (applied.records, [(w.code, w.pointer) for w in applied.warnings]) == ([], [("M414", pointer)])


def test_the_engine_is_silent_behind_the_last_record(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text(json.dumps({"items": [{"id": 1}]}))
    mapping = {"mapping": "1", "source": {"format": "json", "record": "items"}, "fields": {"id": "id"}}
    files = {"type": "files", "url": "in.json"}
    engine = Engine()
    (batch,) = engine.read({**files, "format": {"type": "json", "record": "items"}}, base=tmp_path)
    assert [applied.records for applied in engine.map(files, mapping, base=tmp_path)] == [[{"id": 1}]]
    assert list(engine.map(files, mapping, base=tmp_path, cursor=batch.cursor)) == []


def test_it_is_not_told_where_the_first_record_stops_the_run(run: Run, put: Put) -> None:
    put("in.json", '{"items": [{"id": "x"}]}')
    source = {"format": "json", "record": "items"}
    put("m.json", {"mapping": "1", "source": source, "on_error": {"record": "stop"}, "fields": {"id": ["id", "int"]}})
    done = run("map", "m.json", "in.json")
    assert done.status == 1
    assert "error[M310]" in done.err
    assert "M414" not in done.err
