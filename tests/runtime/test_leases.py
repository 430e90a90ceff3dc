"""Leases: one run at a time, taken over when expired, and fenced when the old owner comes back."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crosswalk import EnvironmentFailure, Put, StateError
from crosswalk.runtime import leases
from crosswalk.runtime.leases import Lease, lease_key, unlock
from crosswalk_state.memory import MemoryBackend

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import Project


def test_second_owner_is_refused_with_the_holder_named() -> None:
    with MemoryBackend().open() as store, Lease(store, "p"):
        with pytest.raises(EnvironmentFailure) as caught, Lease(store, "p"):
            pass
        assert caught.value.code == "S120"
        assert str(os.getpid()) in caught.value.message
        assert "unlock" in caught.value.notes[0]


def test_waits_for_the_other_to_finish() -> None:
    with MemoryBackend().open() as store:
        first = Lease(store, "p").__enter__()
        threading.Timer(0.2, first.__exit__, (None, None, None)).start()
        with Lease(store, "p", wait=5) as second:
            assert second.fence == first.fence + 1


def test_heartbeat_outlives_the_ttl() -> None:
    with MemoryBackend().open() as store, Lease(store, "p", ttl=0.2) as lease:
        time.sleep(0.6)
        lease.check()
        with pytest.raises(EnvironmentFailure), Lease(store, "p", ttl=0.2):
            pass
        lease.commit([Put(("x",), 1)])


def test_expired_lease_is_taken_over_and_the_old_owner_cannot_commit() -> None:
    with MemoryBackend().open() as store:
        old = Lease(store, "p", ttl=0.1)
        old._try()  # acquired, but no heartbeat: as if asleep
        old.commit([Put(("x",), "before")])
        time.sleep(0.15)
        old.commit([Put(("x",), "late, but nobody took over")])
        with Lease(store, "p") as new:
            assert new.fence == old.fence + 1
            with pytest.raises(StateError, match="S110"):
                old.commit([Put(("x",), "stale")])
            with pytest.raises(StateError, match="S110"):
                old.check()
            old.__exit__(None, None, None)
            assert store.get(lease_key("p")) is not None
        found = store.get(("x",))
        assert found is not None
        assert found.value == "late, but nobody took over"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_dead_process_that_nobody_waited_for_holds_no_lease() -> None:
    with MemoryBackend().open() as store:
        old = Lease(store, "p")
        with subprocess.Popen(["sleep", "60"]) as child:
            held = old._value(time.time()) | {"pid": child.pid, "begun": leases._begun(child.pid)}
            store.put(lease_key("p"), held)
            with pytest.raises(EnvironmentFailure, match="S120"), Lease(store, "p"):
                pass
            child.kill()
            deadline = time.monotonic() + 10
            while (state := Path(f"/proc/{child.pid}/stat").read_text().split()[2]) != "Z":
                assert time.monotonic() < deadline, state
            with Lease(store, "p"):
                pass


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_another_process_of_the_same_number_holds_no_lease() -> None:
    with MemoryBackend().open() as store:
        held = Lease(store, "p")._value(time.time())
        store.put(lease_key("p"), held | {"begun": "1"})
        with Lease(store, "p"):
            pass
        store.put(lease_key("p"), held)
        with pytest.raises(EnvironmentFailure, match="S120"), Lease(store, "p"):
            pass


def test_unlock_fences_the_owner_off() -> None:
    with MemoryBackend().open() as store, Lease(store, "p") as lease:
        holder = unlock(store, "p")
        assert holder["pid"] == os.getpid()
        with pytest.raises(StateError, match="S110"):
            lease.commit([Put(("x",), 1)])
        assert store.get(("x",)) is None
        assert unlock(store, "p") is None


def test_a_run_that_slept_past_its_lease_commits_and_moves_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path)
    after = {"processed": "move:archive/"}
    source = {"type": "files", "url": "in/*.ndjson", "after": after}
    project.pipeline(source=source, lock={"ttl": "1s"}, mapping=None, batch={"records": 2})
    rows = project.files(150, 4)
    sleeper = project.process()
    deadline = time.monotonic() + 20
    while not (tmp_path / "archive").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(sleeper.pid, signal.SIGSTOP)
    while _is_locked(tmp_path / ".crosswalk" / "state.db"):  # stopped within a transaction: SQLite lets nobody by
        os.kill(sleeper.pid, signal.SIGCONT)
        time.sleep(0.003)
        os.kill(sleeper.pid, signal.SIGSTOP)
    left = len(list((tmp_path / "in").iterdir()))
    assert 0 < left < 150
    time.sleep(1.2)
    report = project.run()
    assert report.status == "done"
    os.kill(sleeper.pid, signal.SIGCONT)
    output, _ = sleeper.communicate(timeout=30)
    assert sleeper.returncode == 3
    assert "failed" in output
    assert sorted(project.out(), key=lambda row: row["id"]) == rows
    assert len(list((tmp_path / "archive").iterdir())) == 150
    assert list((tmp_path / "in").iterdir()) == []


def _is_locked(path: Path) -> bool:
    connection = sqlite3.connect(path, timeout=0.05, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


@pytest.mark.parametrize("count", [2, 8])
def test_runs_started_at_once(tmp_path: Path, count: int) -> None:
    project = Project(tmp_path).pipeline(batch={"records": 50}, lock={"wait": "30s"})
    rows = project.files(500, 2)
    processes = [project.process() for _ in range(count)]
    ended = [process.communicate(timeout=90) for process in processes]
    assert [process.returncode for process in processes] == [0] * count, ended
    assert sorted(project.out(), key=lambda row: row["id"]) == rows
