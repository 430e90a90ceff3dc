"""Taps and targets of PyPI, through whole pipelines: tap-jsonl, tap-rest-api; target-jsonl, -csv, -duckdb."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import lines
from real import Shop, duckdb_rows, open_shop, program
from test_runs import CROSSWALK

from crosswalk import Engine, SpecError

MAPPING = {"mapping": "1", "fields": {"id": ["id", "int"], "sku": ["sku", "string"], "price": ["price", "decimal"]}}
PASSWORD = Shop.password


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    with open_shop() as found:
        yield found


def _from_files(folder: Path, count: int = 300) -> dict[str, Any]:
    """tap-jsonl, and a file for it."""
    rows = [{"id": n, "sku": f"é{n}", "price": n / 4} for n in range(count)]
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = {"path": str(folder / "*.jsonl"), "stream_name": "orders"}
    return {"type": "singer_tap", "command": program("tap-jsonl"), "config": config}


def _from_shop(folder: Path, shop: Shop, **config: Any) -> dict[str, Any]:
    """tap-rest-api, and the schema that it wants."""
    (folder / "schema").mkdir(exist_ok=True)
    types = {"id": "integer", "sku": "string", "price": "number"}
    schema = {"type": "object", "properties": {name: {"type": ["null", kind]} for name, kind in types.items()}}
    (folder / "schema" / "orders.json").write_text(json.dumps(schema))
    url = shop.url + "?since={start_index}&offset={current_offset}&limit={items_per_page}"
    access = {"auth_method": "basic", "username": shop.user, "password": "${secret:SHOP_PASSWORD}"}
    page = {"index_key": "id", "start_index": 0, "items_per_page": 100}
    config = {"url": url, "streams": "orders", "schema_dir": str(folder / "schema"), **access, **page, **config}
    return {"type": "singer_tap", "command": program("tap-rest-api"), "config": config}


def _to_lines(folder: Path) -> dict[str, Any]:
    config = {"destination_path": str(folder / "out"), "do_timestamp_file": False}
    return {"type": "singer_target", "command": program("target-jsonl"), "config": config, "stream": "orders"}


def _to_csv(folder: Path) -> dict[str, Any]:
    command = program("meltanolabs-target-csv", "target-csv")
    return {"type": "singer_target", "command": command, "config": {"output_path": str(folder / "csv")}}


def _to_duckdb(folder: Path) -> dict[str, Any]:
    config = {"path": str(folder / "out.duckdb"), "default_target_schema": "shop"}
    command = program("target-duckdb")
    return {"type": "singer_target", "command": command, "config": config, "stream": "orders", "key": ["id"]}


def _pipeline(folder: Path, source: dict[str, Any], sink: dict[str, Any], **more: Any) -> Path:
    path = folder / "p.json"
    path.write_text(
        json.dumps({"pipeline": "1", "name": "orders", "source": source, "mapping": MAPPING, "sink": sink} | more)
    )
    return path


def test_files_to_lines(tmp_path: Path) -> None:
    path = _pipeline(tmp_path, _from_files(tmp_path), _to_lines(tmp_path))
    assert Engine().run(path).written == 300
    wanted = [{"id": n, "sku": f"é{n}", "price": n / 4} for n in range(300)]
    assert lines(tmp_path / "out" / "orders.jsonl") == wanted


@pytest.mark.parametrize(("commit", "started"), [("end", 1), ("restart", 2)])
def test_files_to_csv(tmp_path: Path, commit: str, started: int) -> None:
    """The tap gives a state every 10,000 records. The target begins its file anew whenever it is started."""
    sink = _to_csv(tmp_path) | {"commit": commit}
    if commit == "restart":
        sink["config"] |= {"file_naming_scheme": "{stream_name}-{timestamp}.csv", "timestamp_format": "%H%M%S%f"}
    path = _pipeline(tmp_path, _from_files(tmp_path, 22_000), sink, batch={"records": 5_000})
    assert Engine().run(path).written == 22_000
    files = list((tmp_path / "csv").glob("orders*.csv"))
    assert len(files) == started
    rows = []
    for file in files:
        with file.open(newline="") as stream:
            rows += list(csv.DictReader(stream))
    assert Counter(row["id"] for row in rows) == Counter(str(n) for n in range(22_000))
    assert {row["sku"] for row in rows if row["id"] == "7"} == {"é7"}


def test_a_service_to_a_database_and_on_where_it_stood(tmp_path: Path, shop: Shop) -> None:
    shop.add(250)
    path = _pipeline(tmp_path, _from_shop(tmp_path, shop), _to_duckdb(tmp_path))
    assert Engine().run(path).written == 250
    assert [query["offset"] for query in shop.asked] == ["0", "100", "200"]
    shop.add(30)
    report = Engine().run(path)
    assert report.read == 30
    assert shop.asked[-1]["since"] == "250"
    rows = duckdb_rows(tmp_path / "out.duckdb", "SELECT id, sku, CAST(price AS DOUBLE) FROM shop.orders ORDER BY id")
    assert rows == [[n, f"é{n}", n / 4] for n in range(1, 281)]
    assert PASSWORD not in json.dumps(report.to_dict())


@pytest.mark.parametrize("kill_at", ["after_write:2", "before_put:1"])
def test_killed_a_target_that_replaces_by_key_has_each_record_once(tmp_path: Path, shop: Shop, kill_at: str) -> None:
    shop.add(450)
    sink = _to_duckdb(tmp_path) | {"commit": "restart"}
    path = _pipeline(tmp_path, _from_shop(tmp_path, shop), sink, batch={"records": 100})
    env = {**os.environ, "CROSSWALK_TEST_KILL_AT": kill_at}
    killed = subprocess.run([*CROSSWALK, "run", str(path)], env=env, capture_output=True, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Engine().run(path).status == "done"
    rows = duckdb_rows(tmp_path / "out.duckdb", "SELECT id FROM shop.orders ORDER BY id")
    assert rows == [[n] for n in range(1, 451)]


def test_a_tap_that_is_refused_says_so_and_shows_no_password(tmp_path: Path, shop: Shop) -> None:
    path = _pipeline(tmp_path, _from_shop(tmp_path, shop, username="bob"), _to_lines(tmp_path))
    failed = subprocess.run([*CROSSWALK, "run", str(path), "-vv"], capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "error[C902]: the tap 'tap-rest-api' ended with exit status" in failed.stderr
    assert "401" in failed.stderr
    assert PASSWORD not in failed.stderr + failed.stdout


def test_a_stream_that_a_tap_does_not_have(tmp_path: Path) -> None:
    source = _from_files(tmp_path) | {"streams": ["ordres"]}
    report = Engine().run(_pipeline(tmp_path, source, _to_lines(tmp_path)))
    assert (report.exit_code, report.error["code"], report.error["fix"]) == (1, "C905", "did you mean 'orders'?")


def test_what_a_target_does_not_like_is_told_in_its_words(tmp_path: Path) -> None:
    sink = _to_duckdb(tmp_path) | {"key": []}
    report = Engine().run(_pipeline(tmp_path, _from_files(tmp_path), sink))
    assert (report.exit_code, report.error["code"]) == (1, "C902")
    assert "key_properties" in "".join(report.error["notes"])


def test_a_setting_that_there_is_not_is_told_before_anything_runs(tmp_path: Path) -> None:
    source = _from_files(tmp_path) | {"stream": ["orders"]}
    with pytest.raises(SpecError, match='/source/stream: unknown key "stream"'):
        Engine().run(_pipeline(tmp_path, source, _to_lines(tmp_path)))
