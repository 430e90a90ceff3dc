"""A replay killed at any seam: the next one closes what succeeded, writes it once, and loses nothing."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from forkserver import KILLED, Forks
from pipelines import MAPPING, Project

from crosswalk.runtime.open_rejects import list_rejects
from crosswalk.runtime.replay import replay

FILES = {"type": "files", "url": "out/out-${run.id}.ndjson"}
TABLE = {"type": "sqlite", "path": "out.db", "table": "t"}
SINKS: dict[str, dict[str, Any]] = {
    "files": FILES,
    "sqlite": TABLE,
    "sqlite and files": {"type": "tee", "sinks": [TABLE, FILES]},
    "files and sqlite": {"type": "tee", "sinks": [FILES, TABLE]},
    "files and stdout": {"type": "tee", "sinks": [FILES, {"type": "stdout"}]},
}
SEAMS = ["after_write:1", "before_flush:1", "after_publish:1", "after_publish:2", "before_put:1", "after_put:1"]
CORRECTED = MAPPING | {"fields": {"id": "id", "double": "n"}}


def _refused(folder: Path, sink: dict[str, Any]) -> Project:
    """A pipeline that has run and refused records 1, 2 and 3; its mapping is corrected by now."""
    project = Project(folder)
    project.pipeline(mapping=project.mapping(MAPPING), sink=sink)
    project.file("a.ndjson", [{"id": 0, "n": 1}, *({"id": at, "n": "x"} for at in (1, 2, 3))])
    assert project.run().rejected == 3
    project.mapping(CORRECTED)
    return project


def _options(project: Project) -> dict[str, Any]:
    return {"registry": project.engine.registry, "load_mapping": project.load_mapping}


def _written(project: Project) -> dict[str, list[int]]:
    """The ids in every place that something was written to."""
    found: dict[str, list[int]] = {}
    if (project.folder / "out").exists():
        found["files"] = sorted(row["id"] for row in project.out())
    if (project.folder / "out.db").exists():
        with closing(sqlite3.connect(project.folder / "out.db")) as connection:
            found["sqlite"] = [row[0] for row in connection.execute("SELECT id FROM t ORDER BY id")]
    return found


@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize("name", SINKS)
def test_killed_and_replayed(tmp_path: Path, server: Forks, name: str, seam: str) -> None:
    project = _refused(tmp_path, SINKS[name])
    printed = tmp_path / "stdout.txt"
    task = {"folder": str(tmp_path), "action": "replay", "stdout": str(printed)}
    (status,) = server.run(task | {"seam": seam})
    assert status == KILLED or (seam == "after_publish:2" and status == 0)
    assert server.run(task) == [0]
    assert server.run(task) == [0]
    written = _written(project)
    assert written == {place: [0, 1, 2, 3] for place in written}
    assert [found["status"] for found in list_rejects(project.spec, closed=True, **_options(project))] == ["closed"] * 3
    if "stdout" in name:
        ids = [json.loads(line)["id"] for line in printed.read_text().splitlines()]
        assert set(ids) == {1, 2, 3}
        assert len(ids) <= 6


@pytest.mark.parametrize("name", ["sqlite and files", "files and sqlite"])
def test_killed_for_one_reject_and_replayed_for_another(tmp_path: Path, server: Forks, name: str) -> None:
    project = _refused(tmp_path, SINKS[name])
    ids = [found["id"] for found in list_rejects(project.spec, **_options(project))]
    task = {"folder": str(tmp_path), "action": "replay", "only": ids[0], "seam": "after_publish:1"}
    assert server.run(task) == [KILLED]
    replay(project.spec, only=ids[1], **_options(project))
    assert _written(project) == {"files": [0, 1, 2], "sqlite": [0, 1, 2]}
    replay(project.spec, **_options(project))
    assert _written(project) == {"files": [0, 1, 2, 3], "sqlite": [0, 1, 2, 3]}
