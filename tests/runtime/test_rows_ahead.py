"""How far rows are read ahead for worker processes, when workers are wanted, and where there can be none."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Batch, ConnectorError, Engine
from crosswalk.runtime import remote
from crosswalk.runtime.ahead import Ahead
from crosswalk_executors.local import Local

sys.path.insert(0, str(Path(__file__).parent))
from at_once import done_elsewhere, start_at_once
from pipelines import Project

MAPPING = {
    "mapping": "1",
    "name": "m",
    "source": {"format": "ndjson"},
    "target": {"schema": {"type": "object", "unevaluatedProperties": True}},  # has no columnar form
    "fields": {"id": "id", "n": ["n", "int"]},
}
SIZE = 10
LOOK_AHEAD = (2 * 2 + 1) * 2 + 1
"""Two lots for each of two workers and the one that is gathered, each of two batches; and the one that is given."""


class Sinks:
    """Take records as they are."""

    def prepare(self, stream: str, batch: Batch) -> None:
        raise AssertionError("rows are not prepared")

    def encodings(self, stream: str) -> list[Any]:
        return [(None, lambda batch, data: None)]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    return start_at_once(monkeypatch)


class Source:
    """Numbered records in batches; `given` back is told by whoever takes them. `before`: what each waits for."""

    def __init__(self, count: int, before: Any = lambda number: None) -> None:
        self.taken = 0
        self.given = 0
        self.most = 0
        self._count = count
        self._before = before

    def batches(self) -> Iterator[Batch]:
        for number in range(self._count):
            self._before(number)
            self.taken += 1
            self.most = max(self.most, self.taken - self.given)
            first = number * SIZE
            yield Batch.of_rows([{"id": n, "n": str(n)} for n in range(first, first + SIZE)], first=first + 1)


def ids(source: Source, mapper: Any, executor: Any) -> Iterator[int]:
    """The ids of what comes out, batch by batch."""
    with Ahead(mapper, executor, Sinks()) as ahead:
        for _, applied in ahead.mapped(source.batches()):
            source.given += 1
            yield from (record["id"] for record in applied.outputs[""])


def test_few_batches_are_taken_ahead(started: list[Any]) -> None:
    source = Source(400)
    assert list(ids(source, Engine().mapping(MAPPING), Local(2))) == list(range(4000))
    assert done_elsewhere(started) > 300
    assert source.most <= LOOK_AHEAD


def test_what_came_before_an_error_of_the_source_is_given(started: list[Any]) -> None:
    def fail(number: int) -> None:
        if number == 100:
            raise ConnectorError("C105", "the line went dead")

    found: list[int] = []
    with pytest.raises(ConnectorError, match="dead"):
        for one in ids(Source(200, fail), Engine().mapping(MAPPING), Local(2)):
            found.append(one)
    assert found == list(range(1000))


def test_a_source_that_becomes_slow_is_not_read_ahead_of(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[int] = []

    def wait(number: int) -> None:
        if number == 1:
            monkeypatch.setattr(remote, "WORTH", 1e9)  # workers are not wanted again
        if number >= 100:
            waiting.append(source.taken - source.given)
            time.sleep(0.5 if number == 100 else 0)

    source = Source(110, wait)
    assert list(ids(source, Engine().mapping(MAPPING), Local(2))) == list(range(1100))
    assert done_elsewhere(started) > 50
    assert waiting[0] > 1, "it was read ahead of while it was quick"
    assert waiting[2:] == [0] * 8


@pytest.mark.parametrize("share", [0.0, 1e9])
def test_workers_are_wanted_where_mapping_takes_most_of_the_time(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(remote, "_SHARE", share)
    assert len(list(ids(Source(50), Engine().mapping(MAPPING), Local(2)))) == 500
    assert bool(started) is (share == 0)


@pytest.mark.parametrize("share", [0.0, 1e9])
def test_rows_that_are_parsed_go_where_pickling_them_pays(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(remote, "_PICKLED", share)
    assert len(list(ids(Source(50), Engine().mapping(MAPPING), Local(2)))) == 500
    assert bool(done_elsewhere(started)) is (share > 0)


@pytest.mark.parametrize("executor", [None, Local(1)])
def test_without_workers_nothing_is_read_ahead(started: list[Any], executor: Any) -> None:
    source = Source(50)
    assert len(list(ids(source, Engine().mapping(MAPPING), executor))) == 500
    assert source.most == 1


def test_a_python_that_is_none(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crosswalk_executors.processes._python", lambda: "/bin/false")
    assert len(list(ids(Source(50), Engine().mapping(MAPPING), Local(2)))) == 500
    assert not done_elsewhere(started)


def test_what_cannot_be_pickled_stays(started: list[Any]) -> None:
    mapper = Engine().mapping(MAPPING).bind()
    mapper.kept = lambda: None  # type: ignore[attr-defined]
    monkey: Any = type(mapper)

    class Odd(monkey):  # type: ignore[misc]
        def __reduce__(self) -> Any:
            return (lambda: None), ()

    mapper.__class__ = Odd
    assert len(list(ids(Source(50), mapper, Local(2)))) == 500
    assert not started


def _run(folder: str, found: Any) -> None:
    started = start_at_once()
    report = Project(Path(folder)).run()
    found.put((report.written, len(started)))


def written(folder: Path) -> Project:
    made = Project(folder)
    made.pipeline(mapping=made.mapping(MAPPING), executor={"type": "local", "workers": 2})
    made.file("a.ndjson", [{"id": n, "n": str(n)} for n in range(2000)])
    return made


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.parametrize("daemon", [True, False])
def test_a_worker_process_of_an_embedder_starts_none(tmp_path: Path, daemon: bool) -> None:
    written(tmp_path)
    context = multiprocessing.get_context("fork")
    found: Any = context.SimpleQueue()
    child = context.Process(target=_run, args=(str(tmp_path), found), daemon=daemon)
    child.start()
    assert found.get() == (2000, 0)
    child.join(30)
    assert child.exitcode == 0


def test_a_thread_of_an_embedder_has_workers(tmp_path: Path, started: list[Any]) -> None:
    made = written(tmp_path)
    reports: list[Any] = []
    thread = threading.Thread(target=lambda: reports.append(made.run()))
    thread.start()
    thread.join(120)
    assert [report.written for report in reports] == [2000]
    assert done_elsewhere(started)
