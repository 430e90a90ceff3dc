"""The example of the design with an executor runs; a mapper that works on threads keeps order, commits and resumes."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Batch, ReadOptions, UsageError
from crosswalk.runtime.mapperlike import Applied, CopyThrough

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import MAPPING, Project


@pytest.fixture(autouse=True)
def _few_are_worth_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crosswalk.runtime.prepare.FEWEST_IN_COLUMNS", 1)


EXECUTOR = {"type": "local", "workers": 2}


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_any_number_of_workers_gives_the_same_output(tmp_path: Path, workers: int) -> None:
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(MAPPING), executor={"type": "local", "workers": workers})
    rows = project.files(3, 50)
    assert project.run().status == "done"
    assert project.out() == [{"id": row["id"], "double": row["n"] * 2} for row in rows]


class Threaded(CopyThrough):
    """Says that it works on threads, and wants columns; two of its calls wait for each other."""

    threads = True
    read_options = ReadOptions(columnar=True, names={"id": None, "n": None})

    def __init__(self) -> None:
        self.used: set[int] = set()
        self._met = threading.Barrier(2, timeout=20)

    def apply(self, batch: Batch) -> Applied:
        if batch.numbers[0] in (1, 201):
            self._met.wait()
        self.used.add(threading.get_ident())
        return Applied({"": batch.rows})


def test_a_mapper_that_works_on_threads_keeps_the_order(tmp_path: Path) -> None:
    mapper = Threaded()
    project = Project(tmp_path).pipeline(mapping=project_mapping(tmp_path), executor=EXECUTOR, batch={"records": 200})
    project.load_mapping = lambda *_: mapper  # type: ignore[method-assign]
    rows = project.files(1, 1500)
    commits: list[Any] = []
    report = project.run(on_event=lambda event: commits.append(event.data["read"]) if event.kind == "committed" else 0)
    assert (report.status, report.read) == ("done", 1500)
    assert project.out() == rows
    assert commits == sorted(commits)
    assert len(mapper.used) == 2
    assert threading.get_ident() not in mapper.used


def test_a_limit_does_not_read_ahead(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline(mapping=project_mapping(tmp_path), executor=EXECUTOR)
    mapper = Threaded()
    project.load_mapping = lambda *_: mapper  # type: ignore[method-assign]
    rows = project.files(1, 900)
    mapper._met = threading.Barrier(1)
    assert project.run(limit=150).read == 150
    assert mapper.used == {threading.get_ident()}
    assert project.run(limit=300).read == 300
    assert mapper.used == {threading.get_ident()}
    assert project.run().read == 450
    assert sorted(row["id"] for row in project.out()) == [row["id"] for row in rows]


def project_mapping(folder: Path) -> str:
    return Project(folder).mapping(MAPPING)


def test_an_unknown_executor_is_told_before_anything_is_locked(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline(executor={"type": "moon"})
    project.files(1, 1)
    with pytest.raises(UsageError, match="P103"):
        project.run()
    assert not (tmp_path / ".crosswalk").exists()
