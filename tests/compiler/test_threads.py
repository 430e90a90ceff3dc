"""One mapper, many threads: the same results, one run, no record in the wrong place."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crosswalk import Engine, Mapper

MAPPING = {
    "mapping": "1",
    "tables": {"t": {"inline": {str(i): f"w{i}" for i in range(10)}}},
    "let": {"n": ["n", "int"], "s": {"source": "s", "sensitive": True}},
    "fields": {
        "n": "$n",
        "w": {"lookup": {"table": "t", "key": {"calc": "$n % 10"}}},
        "l": {"each": "l", "where": {"@": {"gt": 0}}, "sort": {"by": "@", "desc": True}, "value": "@"},
        "t": {"template": "{$n}-{k}", "if_missing": "empty"},
        "run": "$run.id",
    },
}


def records(start: int) -> list[dict[str, Any]]:
    """Every seventh is bad; every fifth lacks a member."""
    made: list[dict[str, Any]] = []
    for i in range(start, start + 300):
        record: dict[str, Any] = {"n": "bad" if i % 7 == 0 else str(i), "l": [i % 3, -1, i % 5], "s": i}
        made.append(record if i % 5 == 0 else {**record, "k": f"k{i}"})
    return made


@pytest.fixture
def mapper() -> Mapper:
    return Engine().mapping(MAPPING)


@pytest.fixture(autouse=True)
def switch_often() -> Any:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_apply_from_eight_threads(mapper: Mapper) -> None:
    starts = [i * 1000 + 1 for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda start: mapper.apply(records(start)), starts))
    for start, applied in zip(starts, found, strict=True):
        alone = mapper.apply(records(start))
        assert applied.records == alone.records
        assert applied.rejects == alone.rejects
        assert len(applied.records) + len(applied.rejects) == 300


def test_single_records_from_eight_threads(mapper: Mapper) -> None:
    good = [record for record in records(1) if record["n"] != "bad"]
    expected = [mapper(record) for record in good]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(mapper, good)) == expected


def test_all_threads_see_one_run() -> None:
    for _ in range(20):
        mapper = Engine(discover=True).mapping({"mapping": "1", "fields": {"id": "$run.id", "at": "$run.started_at"}})
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _, m=mapper: str(m({})), range(64)))
        assert len(set(made)) == 1


def test_groups_of_two_calls_do_not_mix() -> None:
    spec = {"mapping": "1", "group": {"by": ["k"]}, "fields": {"k": "k", "n": ["$rows", "count"]}}
    mapper = Engine().mapping(spec)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda size: mapper.apply([{"k": 1}] * size).records, range(1, 33)))
    assert found == [[{"k": 1, "n": size}] for size in range(1, 33)]
