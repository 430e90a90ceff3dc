"""State that is truncated, overwritten, or not to be written to: an error with the next step, and nothing read."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswalk import StateError

sys.path.insert(0, str(Path(__file__).parent))
from forkserver import Forks
from pipelines import MAPPING, Project

NOBODY = 65534
SEEDS = range(40)


@pytest.fixture
def done(tmp_path: Path) -> Project:
    """A pipeline that has read 60 files."""
    project = Project(tmp_path).pipeline()
    project.files(60, 3)
    assert project.run().read == 180
    return project


def _state(project: Project) -> Path:
    return project.folder / ".crosswalk" / "state.db"


def _is_refused(project: Project) -> str:
    """The error of a run over damaged state, which wrote nothing."""
    before = sorted((project.folder / "out").rglob("*"))
    with pytest.raises(StateError, match="S101") as caught:
        project.run()
    assert sorted((project.folder / "out").rglob("*")) == before
    assert str(_state(project)) in caught.value.message
    assert "restore it from a backup, or move it away" in caught.value.fix
    assert any("crosswalk state verify" in note for note in caught.value.notes)
    return caught.value.message


@pytest.mark.parametrize("keep", [0, 1, 100, 4096, 5000, 12288])
def test_truncated(done: Project, keep: int) -> None:
    os.truncate(_state(done), keep)
    _is_refused(done)


def test_a_log_without_its_file(done: Project) -> None:
    state = _state(done)
    connection = sqlite3.connect(state)
    connection.execute("UPDATE kv_version SET version = version + 1")
    connection.commit()
    log = state.with_name(f"{state.name}-wal").read_bytes()
    connection.close()
    state.unlink()
    state.with_name(f"{state.name}-wal").write_bytes(log)
    assert "its log is still there" in _is_refused(done)
    state.with_name(f"{state.name}-wal").unlink()
    assert done.run().status == "done"


def test_all_damage_is_told_at_once(done: Project) -> None:
    connection = sqlite3.connect(_state(done))
    connection.execute("UPDATE kv SET value = '{' WHERE key IN (SELECT key FROM kv LIMIT 2)")
    connection.commit()
    connection.close()
    with pytest.raises(StateError, match="S101") as caught:
        done.run()
    assert sum("is not JSON" in text for text in (caught.value.message, *caught.value.notes)) == 2


def test_something_else_under_its_name(done: Project) -> None:
    _state(done).write_text("name,count\n" * 500)
    assert "not a database" in _is_refused(done)


@pytest.mark.parametrize("start", [b"", b"file\x00test\x000\x00"])
def test_an_entry_whose_key_is_overwritten_is_not_taken_for_absent(done: Project, start: bytes) -> None:
    data = _state(done).read_bytes()
    at = data.index(b"file\x00test\x000\x00") + len(start)
    _state(done).write_bytes(data[:at] + bytes(range(200, 216)) + data[at + 16 :])
    _is_refused(done)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_bytes_anywhere_never_make_a_run_read_twice(done: Project, server: Forks, seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(_state(done).read_bytes())
    at = dice.randrange(len(data) - 40)
    data[at : at + 40] = dice.randbytes(40)
    _state(done).write_bytes(data)
    before = done.out()
    (status,) = server.run({"folder": str(done.folder)})
    # 0: the bytes fell where nothing is, or where nothing depends on them.
    assert status in (0, 3), seed
    assert done.out() == before, seed


@pytest.fixture
def anywhere() -> Iterator[Path]:
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory() as found:
        os.chmod(found, 0o777)
        yield Path(found)


def test_read_only(anywhere: Path, server: Forks) -> None:
    project = Project(anywhere).pipeline()
    project.files(2, 3)
    project.run()
    project.file("new.ndjson", [{"id": 99}])
    before = sorted((anywhere / "out").iterdir())
    user = {"uid": NOBODY} if os.geteuid() == 0 else {}
    os.chmod(_state(project), 0o444)
    os.chmod(_state(project).parent, 0o555)
    os.chmod(anywhere / "out", 0o777)
    try:
        assert server.run({"folder": str(anywhere), **user}) == [3]
    finally:
        os.chmod(_state(project).parent, 0o755)
        os.chmod(_state(project), 0o644)
    error = (anywhere / "stderr.txt").read_text()
    assert "S104" in error
    assert f"{_state(project)}: the state file cannot be opened or written" in error
    assert "give the user of the run write access" in error
    assert sorted((anywhere / "out").iterdir()) == before
    assert project.run().read == 1


@pytest.mark.parametrize("where", ["out", "rejects", "state"])
def test_no_room(tmp_path: Path, server: Forks, where: str) -> None:
    """As on a full disk (where tmpfs can be mounted `test_failures` has a real one): no file may grow further."""
    project = Project(tmp_path)
    state = {"type": "sqlite", "path": "state.db"}
    batch = {"records": 50 if where == "state" else 300}
    project.pipeline(mapping=project.mapping(MAPPING), batch=batch, state=state)
    wide = "x" * 300
    text, number = (wide if where == "out" else "", "x" if where == "rejects" else 1)
    rows = [{"id": f"{at} {text}", "n": number} for at in range(900)]
    project.file("a.ndjson", rows)
    if where == "state":
        project.files(400, 1)
    assert server.run({"folder": str(tmp_path), "largest": 90_000}) in ([1], [3])
    error = (tmp_path / "stderr.txt").read_text()
    assert ("S103" if where == "state" else "C103") in error, error
    assert "free some space" in error
    assert not list((tmp_path / "out").glob("*.ndjson"))
    report = project.run()
    assert report.exit_code == (4 if where == "rejects" else 0)
    assert len(project.out()) == {"out": 900, "rejects": 0, "state": 1300}[where]
    assert len(project.rejects()) == (900 if where == "rejects" else 0)
