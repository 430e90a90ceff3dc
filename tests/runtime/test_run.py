"""Plain runs: files through a mapping to files, with rejects, and nothing twice."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import MAPPING, Project


def test_runs_twice_reads_once(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(MAPPING))
    rows = project.files(3, 5)
    report = project.run()
    assert (report.status, report.exit_code, report.files, report.read, report.written) == ("done", 0, 3, 15, 15)
    assert project.out() == [{"id": row["id"], "double": row["n"] * 2} for row in rows]
    again = project.run()
    assert (again.status, again.files, again.read, again.skipped) == ("done", 0, 0, {"done": 3})
    assert len(project.out()) == 15
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_new_file_is_read_alone(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.files(2, 3)
    project.run()
    project.file("f9.ndjson", [{"id": 99}])
    report = project.run()
    assert report.read == 1
    assert project.out()[-1] == {"id": 99}


def test_a_rewritten_file_of_the_same_name_is_read_again(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.file("a.ndjson", [{"id": 1}])
    project.run()
    project.file("a.ndjson", [{"id": 1}, {"id": 2}])
    assert project.run().read == 2


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 9])
def test_sizes_around_the_commit_interval(tmp_path: Path, count: int) -> None:
    project = Project(tmp_path).pipeline()
    rows = [{"id": number} for number in range(count)]
    project.file("a.ndjson", rows)
    assert project.run().written == count
    assert project.out() == rows


@pytest.mark.parametrize(("bad", "status"), [([0], 4), ([4], 4), ([8], 4), (list(range(9)), 4), ([], 0)], ids=str)
def test_rejects_keep_the_record_and_the_place(tmp_path: Path, bad: list[int], status: int) -> None:
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(MAPPING))
    project.file("a.ndjson", [{"id": at, "n": "x" if at in bad else at} for at in range(9)])
    report = project.run()
    assert (report.exit_code, report.rejected, report.written) == (status, len(bad), 9 - len(bad))
    assert [row["id"] for row in project.out()] == [at for at in range(9) if at not in bad]
    found = project.rejects()
    assert [reject["record"]["id"] for reject in found] == bad
    assert [reject["source"]["number"] for reject in found] == [at + 1 for at in bad]
    assert len({reject["id"] for reject in found}) == len(bad)
    for reject in found:
        assert reject["reject"] == "1"
        assert reject["run"] == report.run_id
        assert reject["stage"] == "map"
        assert reject["mapping"]
        assert reject["errors"][0]["code"].startswith("M3")


def test_unreadable_lines_become_rejects(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.file("a.ndjson", [{"id": 1}, "{broken", {"id": 2}])
    assert project.run().rejected == 1
    assert project.out() == [{"id": 1}, {"id": 2}]
    assert project.rejects()[0]["raw"] == {"text": "{broken"}


def test_filtered_to_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(MAPPING | {"filter": {"n": {"gt": 100}}}))
    project.files(2, 5)
    report = project.run()
    assert (report.read, report.written, report.filtered, report.exit_code) == (10, 0, 10, 0)
    assert project.out() == []


def test_limit_is_exact_and_the_next_run_goes_on(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    rows = project.files(3, 5)
    assert project.run(limit=7).read == 7
    assert project.run(limit=1).read == 1
    assert project.run().read == 7
    assert sorted(row["id"] for row in project.out()) == [row["id"] for row in rows]


@pytest.mark.parametrize("order", [{}, {"order_by": "id"}])
@pytest.mark.parametrize("limit", [1, 199, 200, 201, 300, 450])
def test_a_limit_repeats_nothing_of_a_source_that_cannot_resume(
    tmp_path: Path, limit: int, order: dict[str, str]
) -> None:
    with closing(sqlite3.connect(tmp_path / "in.db")) as database:
        database.execute("CREATE TABLE t (id INTEGER)")
        database.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(450)])
        database.commit()
    project = Project(tmp_path).pipeline(source={"type": "sqlite", "path": "in.db", "table": "t", **order})
    assert project.run(limit=limit).read == limit
    project.run()
    written = [row["id"] for row in project.out()]
    assert written[:limit] == list(range(limit))
    assert written[limit:] == (list(range(limit, 450)) if order else list(range(450)))


def test_dry_run_writes_and_remembers_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.files(2, 5)
    report = project.run(dry_run=True, limit=6)
    assert (report.status, report.read, len(report.preview[""])) == ("dry run", 6, 6)
    assert not (tmp_path / "out").exists()
    assert project.run().read == 10


def test_reprocess_reads_done_files_again(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.files(3, 2)
    project.run()
    assert project.run(reprocess="f001*").read == 2
    assert project.run().read == 0


@pytest.mark.parametrize(("limit", "fails"), [(0, True), (1, True), (2, False), ("10%", True), ("20%", False)])
def test_max_rejects(tmp_path: Path, limit: int | str, fails: bool) -> None:
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(MAPPING), on_error={"max_rejects": limit})
    project.file("a.ndjson", [{"id": at, "n": "x" if at in (1, 2) else at} for at in range(10)])
    report = project.run()
    assert report.status == ("failed" if fails else "done")
    if fails:
        assert report.error is not None
        assert report.error["code"] == "R120"
        assert report.samples
        assert project.out() == []


def test_outputs_go_to_sinks_by_name(tmp_path: Path) -> None:
    project = Project(tmp_path)
    streams = [{"name": "a", "fields": {"id": "id"}}, {"name": "b", "fields": {"n": "n"}}]
    mapping = {"mapping": "1", "name": "two", "source": {"format": "ndjson"}, "outputs": streams}
    sinks = {name: {"type": "files", "url": f"out/{name}.ndjson"} for name in "ab"}
    project.pipeline(mapping=project.mapping(mapping), sink=None, sinks=sinks)
    project.files(1, 3)
    assert project.run().streams == {"a": 3, "b": 3}
    assert project.out("a.ndjson") == [{"id": 0}, {"id": 1}, {"id": 2}]
    assert project.out("b.ndjson") == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_several_sources_and_an_optional_one(tmp_path: Path) -> None:
    project = Project(tmp_path)
    source = [
        {"type": "files", "url": "in/a.ndjson"},
        {"type": "files", "url": "in/none.ndjson", "optional": True},
        {"type": "files", "url": "in/b.ndjson", "mapping": project.mapping(MAPPING)},
    ]
    project.pipeline(source=source)
    project.file("a.ndjson", [{"id": 1}])
    project.file("b.ndjson", [{"id": 2, "n": 3}])
    report = project.run()
    assert project.out() == [{"id": 1}, {"id": 2, "double": 6}]
    assert "optional" in report.warnings[0]["message"]


def test_group_over_the_source_is_committed_at_its_end(tmp_path: Path) -> None:
    project = Project(tmp_path)
    mapping = {
        "mapping": "1",
        "name": "groups",
        "source": {"format": "ndjson"},
        "group": {"by": ["k"]},
        "fields": {"k": "k", "ids": {"each": "$rows", "value": "id"}},
    }
    project.pipeline(mapping=project.mapping(mapping))
    for number in range(3):
        project.file(f"{number}.ndjson", [{"k": at % 2, "id": number * 10 + at} for at in range(6)])
    assert project.run().exit_code == 0
    assert sorted(len(row["ids"]) for row in project.out()) == [9, 9]
