"""When a pipeline is not warned of: names that change, inputs that are read whole, formats that are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crosswalk.registry import Registry
from crosswalk.spec.pipeline_spec import load_pipeline

GLOB = {"type": "files", "url": "in/*.csv"}


def _codes(folder: Path, source: Any, sink: Any, **members: Any) -> list[str]:
    path = folder / "p.json"
    path.write_text(json.dumps({"pipeline": "1", "source": source, "sink": sink} | members))
    return [found.code for found in load_pipeline(path, Registry()).in_order()]


@pytest.mark.parametrize(
    ("source", "url", "codes"),
    [
        (GLOB, "out/a.csv", ["P140"]),
        (GLOB, "out/a-{part:3}.csv", ["P140"]),
        (GLOB, "out/${pipeline}.csv", ["P140"]),
        (GLOB, "out/a-${run.id}.csv", []),
        (GLOB, "out/${run.started_at:%Y}/a.csv", []),
        (GLOB, "out/${params.day}.csv", []),
        (GLOB, "out/{shop}.csv", []),
        ({"type": "files", "url": "in/${params.day}.csv"}, "out/a.csv", []),
        ({"type": "files", "url": "in/stock.csv"}, "out/a.csv", []),
        ({"type": "stdin", "format": "csv"}, "out/a.csv", []),
        ([{"type": "files", "url": "a.csv"}, GLOB], "out/a.csv", ["P140"]),
    ],
)
def test_names_of_files(tmp_path: Path, source: Any, url: str, codes: list[str]) -> None:
    params = {"day": {"type": "string"}}
    assert _codes(tmp_path, source, {"type": "files", "url": url}, params=params) == codes


def test_rejects_are_kept_for_a_replay(tmp_path: Path) -> None:
    fixed = {"type": "files", "url": "rejects.ndjson"}
    assert _codes(tmp_path, {"type": "files", "url": "a.csv"}, {"type": "stdout"}, rejects=fixed) == ["P140"]
    named = {"type": "files", "url": "rejects-${run.id}.ndjson"}
    assert _codes(tmp_path, {"type": "files", "url": "a.csv"}, {"type": "stdout"}, rejects=named) == []


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("in/*", ["P141"]),
        ("in/*.*", ["P141"]),
        ("in/*.{csv,ndjson}", ["P141"]),
        ("in/{a,b}.csv", []),
        ("in/*.{csv,csv.gz}", []),
        ("in/*.csv.gz", []),
        ("in/*.dat", []),
        ("in/orders", []),
    ],
)
def test_formats_of_a_glob(tmp_path: Path, url: str, codes: list[str]) -> None:
    assert _codes(tmp_path, {"type": "files", "url": url}, {"type": "stdout"}) == codes
    assert _codes(tmp_path, {"type": "files", "url": url, "format": "csv"}, {"type": "stdout"}) == []


def test_a_mapping_that_says_its_format_decides(tmp_path: Path) -> None:
    mapping = tmp_path / "m.mapping.json"
    source = {"type": "files", "url": "in/*"}
    mapping.write_text(json.dumps({"mapping": "1", "source": {"format": "csv"}, "fields": {"a": "a"}}))
    assert _codes(tmp_path, source, {"type": "stdout"}, mapping="m.mapping.json") == []
    mapping.write_text(json.dumps({"mapping": "1", "fields": {"a": "a"}}))
    assert _codes(tmp_path, source, {"type": "stdout"}, mapping="m.mapping.json") == ["P141"]


@pytest.mark.parametrize(
    ("ttl", "codes"),
    [("0s", ["P102"]), (0, ["P102"]), ("900ms", ["P102"]), ("1s", []), (60, []), ("${params.ttl}", [])],
)
def test_a_lease_that_keeps_nobody_away(tmp_path: Path, ttl: Any, codes: list[str]) -> None:
    sink = {"type": "files", "url": "out/${run.id}.csv"}
    found = _codes(tmp_path, GLOB, sink, lock={"ttl": ttl}, params={"ttl": {"type": "string"}})
    assert found == codes
