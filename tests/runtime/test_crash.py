"""A run killed at any seam: after running again, the output is that of a run nobody disturbed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from forkserver import KILLED, Forks
from pipelines import MAPPING, Project

SEAMS = ("after_read", "after_write", "before_flush", "after_flush", "after_publish", "before_put", "after_put")
MOMENTS = [f"{seam}:{number}" for seam in SEAMS for number in (1, 2, 3)]


def _rejected_too(folder: Path, **members: Any) -> Project:
    project = Project(folder)
    project.pipeline(mapping=project.mapping(MAPPING), **members)
    for number in range(3):
        rows = [{"id": number * 10 + at, "n": "x" if at in (1, 4) else at} for at in range(6)]
        project.file(f"f{number}.ndjson", rows)
    return project


def _bare(rejects: list[Any]) -> list[Any]:
    return [{k: v for k, v in reject.items() if k not in ("run", "attempt")} | {"source": None} for reject in rejects]


def _killed_at(server: Forks, project: Project, seam: str) -> bool:
    """Run in a process that dies at the seam (`name:n`); False when it never came by."""
    return server.run({"folder": str(project.folder), "seam": seam}) == [KILLED]


def _kill_and_finish(server: Forks, project: Project, moment: str) -> None:
    _killed_at(server, project, moment)
    assert project.run().status == "done"
    assert project.run().read == 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = _rejected_too(tmp_path_factory.mktemp("undisturbed"))
    project.run()
    return project


@pytest.mark.parametrize("moment", MOMENTS)
def test_ndjson_files(tmp_path: Path, server: Forks, undisturbed: Project, moment: str) -> None:
    project = _rejected_too(tmp_path)
    _kill_and_finish(server, project, moment)
    assert project.out() == undisturbed.out()
    ids = [(r["record"], r["errors"]) for r in project.rejects()]
    assert ids == [(r["record"], r["errors"]) for r in undisturbed.rejects()]
    assert len(list((tmp_path / "out").glob("*.ndjson"))) == 1
    assert [path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")] == []


def test_the_moments_are_reached(tmp_path: Path, server: Forks) -> None:
    for seam in SEAMS:
        folder = tmp_path / seam
        folder.mkdir()
        assert _killed_at(server, _rejected_too(folder), f"{seam}:1"), seam


@pytest.mark.parametrize("moment", ["after_write:2", "after_flush:1", "after_publish:1", "after_publish:2"])
@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "ndjson.gz"])
def test_other_formats(tmp_path: Path, server: Forks, undisturbed: Project, ending: str, moment: str) -> None:
    clean, project = tmp_path / "clean", tmp_path / "killed"
    clean.mkdir()
    project.mkdir()
    sink = {"type": "files", "url": f"out/out.{ending}"}
    expected = _rejected_too(clean, sink=sink)
    expected.run()
    found = _rejected_too(project, sink=sink)
    _kill_and_finish(server, found, moment)
    assert (project / "out" / f"out.{ending}").read_bytes() == (clean / "out" / f"out.{ending}").read_bytes()


@pytest.mark.parametrize("moment", ["after_flush:2", "after_publish:1", "before_put:2"])
def test_split_and_partitioned_files(tmp_path: Path, server: Forks, moment: str) -> None:
    sinks = {"type": "files", "url": "out/{id}/x-{part:2}.ndjson", "split": {"records": 2}}
    contents = []
    for name in ("clean", "killed"):
        folder = tmp_path / name
        folder.mkdir()
        project = Project(folder).pipeline(sink=sinks)
        for number in range(3):
            project.file(f"{number}.ndjson", [{"id": at % 3, "n": number * 10 + at} for at in range(7)])
        if name == "killed":
            _killed_at(server, project, moment)
        assert project.run().status == "done"
        found = {str(p.relative_to(folder)): p.read_text() for p in (folder / "out").rglob("*.ndjson")}
        contents.append(found)
    assert contents[0] == contents[1]
    assert len(contents[0]) == 11


@pytest.mark.parametrize("seam", ["before_after:1", "after_after:1", "after_put:1", "before_put:1"])
def test_moves_are_finished(tmp_path: Path, server: Forks, seam: str) -> None:
    after = {"processed": "move:archive/${run.date}/"}
    project = Project(tmp_path).pipeline(source={"type": "files", "url": "in/*.ndjson", "after": after})
    rows = project.files(3, 5)
    assert _killed_at(server, project, seam)
    assert project.run().status == "done"
    assert list((tmp_path / "in").iterdir()) == []
    assert len(list((tmp_path / "archive").rglob("*.ndjson"))) == 3
    assert project.out() == rows


def test_a_killed_run_is_continued_under_its_id(tmp_path: Path, server: Forks) -> None:
    project = Project(tmp_path).pipeline()
    project.files(2, 6)
    _killed_at(server, project, "after_put:1")
    report = project.run()
    assert report.attempt == 2
    assert report.read == 12
    assert [path.name for path in (tmp_path / "out").glob("*")] == [f"out-{report.run_id}.ndjson"]


def test_nothing_is_visible_before_it_is_whole(tmp_path: Path, server: Forks) -> None:
    project = Project(tmp_path).pipeline()
    project.files(3, 6)
    assert _killed_at(server, project, "after_flush:3")
    assert list((tmp_path / "out").glob("*.ndjson")) == []
