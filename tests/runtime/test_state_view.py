"""The functions behind `crosswalk state`, `runs` and `doctor`."""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from crosswalk import EnvironmentFailure, UsageError
from crosswalk.runtime import state_view as view
from crosswalk.runtime.doctor import doctor
from crosswalk.runtime.leases import Lease

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import MAPPING, Project


def _options(project: Project) -> dict[str, Any]:
    return {"registry": project.engine.registry, "load_mapping": project.load_mapping}


def test_views_of_a_run(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.files(3, 2)
    report = project.run()
    with view.opened(project.spec, **_options(project)) as (store, name):
        assert view.state_list(store) == [
            {
                "pipeline": "test",
                "unfinished_run": None,
                "files": {"done": 3, "partial": 0, "failed": 0},
                "last_run": {
                    "id": report.run_id,
                    "status": "done",
                    "started_at": view.run_list(store)[0]["started_at"],
                },
                "running": False,
            }
        ]
        shown = view.state_show(store, name)
        assert shown["files_done"] == 3
        assert shown["watermarks"]["0"] == max(p.stat().st_mtime_ns / 1e9 for p in (tmp_path / "in").iterdir())
        assert [Path(file["name"]).name[:3] for file in view.state_history(store, name, limit=1)] == ["f00"]
        assert view.state_verify(store) == []
        assert view.run_show(store, report.run_id[:8])["counts"]["read"] == 6
        store.put(("file", "ghost", "0", "x"), {"status": "done"})
        assert "no position" in view.state_verify(store)[0]
        with pytest.raises(UsageError, match="S121"):
            view.state_unlock(store, name)


def test_reset_of_one_file_and_of_all(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.files(3, 2)
    project.run()
    with view.opened(project.spec, **_options(project)) as (store, name):
        assert view.state_reset(store, name, file="f001*") == 1
    assert project.run().read == 2
    with view.opened(project.spec, **_options(project)) as (store, name):
        with Lease(store, name), pytest.raises(EnvironmentFailure, match="S120"):
            view.state_reset(store, name)
        view.state_reset(store, name)
    assert project.run().read == 6


def test_a_deleted_state_reads_everything_again_and_mixes_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.files(2, 6)
    project.killed_at("after_flush:2")
    for path in (tmp_path / ".crosswalk").glob("state.db*"):
        path.unlink()
    assert project.run().read == 12
    assert len(project.out()) == 12


def test_doctor_writes_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(MAPPING))
    project.file("a.ndjson", [{"id": 1, "n": "x"}])
    found = {check.name: check for check in doctor(project.spec, **_options(project))}
    assert not found["source 0 (files)"].ok
    assert "M31" in found["source 0 (files)"].detail
    assert found["guarantee"].detail == "effectively_once"
    assert found["sink files"].detail == f"{tmp_path / 'out'} will be made"
    assert not (tmp_path / "out").exists()
    assert project.run().read == 1


def test_doctor_names_what_cannot_be_reached(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder should be")
    (tmp_path / "broken.db").write_bytes(b"no database " * 500)
    broken = {"type": "sqlite", "path": "broken.db", "table": "t"}
    project = Project(tmp_path).pipeline(source={"type": "files", "url": "none.ndjson"}, rejects=broken)
    found = {check.name: check for check in doctor(project.spec, **_options(project))}
    assert {name: check.ok for name, check in found.items()} == {
        "pipeline": True,
        "state": True,
        "source 0 (files)": False,
        "sink files": False,
        "sink rejects": False,
        "guarantee": True,
    }


def _records(project: Project) -> dict[str, tuple[str, int]]:
    with view.opened(project.spec, **_options(project)) as (store, name):
        return {Path(f["name"]).name: (f["status"], f["records"]) for f in view.state_history(store, name)}


def test_history_counts_all_records_of_a_file_over_commits_limits_kills_and_failures(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline(batch={"records": 4}, retry={"attempts": 1})
    project.file("a.ndjson", [{"id": row, "n": row} for row in range(30)])
    assert project.run(limit=10).read == 10
    assert _records(project) == {"a.ndjson": ("partial", 10)}
    assert project.killed_at("after_put:2")
    assert _records(project) == {"a.ndjson": ("partial", 18)}
    project.run()
    assert _records(project) == {"a.ndjson": ("done", 30)}
    assert project.run(reprocess="a*").read == 30
    assert _records(project) == {"a.ndjson": ("done", 30)}


def test_history_counts_what_a_failed_file_has_committed(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline(
        batch={"records": 4}, retry={"attempts": 1}, source={"type": "files", "url": "in/*"}
    )
    whole = gzip.compress(
        b"".join(b'{"id":%d,"n":1,"x":"%s"}\n' % (row, os.urandom(2000).hex().encode()) for row in range(200))
    )
    (tmp_path / "in").mkdir(exist_ok=True)
    (tmp_path / "in" / "b.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    assert project.run().failed_files
    (status, records) = _records(project)["b.ndjson.gz"]
    assert status == "failed"
    assert records == len(project.out()) > 0
