"""A wall clock that jumps by hours: no two runs win, nobody is locked out, and no back-off lasts for hours."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosswalk import EnvironmentFailure, Put, StateError, Store
from crosswalk.runtime.leases import Lease, lease_key
from crosswalk_state.memory import MemoryBackend

sys.path.insert(0, str(Path(__file__).parent))
from forkserver import Forks
from pipelines import Project

HOURS = 5 * 3600.0


class Clock:
    """`time.time`, ahead by `ahead` seconds."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._wall = time.time

    def __call__(self) -> float:
        return self._wall() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "time", found)
    return found


@pytest.fixture
def store() -> Iterator[Store]:
    with MemoryBackend().open() as found:
        yield found


def _elsewhere(store: Store, **changes: Any) -> None:
    """The lease as if its owner ran on another machine: nobody can tell whether it lives."""
    held = store.get(lease_key("p"))
    assert held is not None
    store.put(lease_key("p"), held.value | {"place": "another machine"} | changes)


def _beats(lease: Lease) -> None:
    assert lease._renew()


def test_after_a_jump_back_the_owner_renews_and_keeps_the_lease(store: Store, clock: Clock) -> None:
    with Lease(store, "p", ttl=60) as lease:
        clock.ahead = -HOURS
        with pytest.raises(EnvironmentFailure, match="S120"), Lease(store, "p"):
            pass
        _beats(lease)
        clock.ahead = 59 - HOURS
        with pytest.raises(EnvironmentFailure, match="S120"), Lease(store, "p"):
            pass
        lease.commit([Put(("x",), 1)])


def test_after_a_jump_back_a_dead_owner_is_taken_over_after_its_ttl(store: Store, clock: Clock) -> None:
    dead = Lease(store, "p", ttl=60)
    assert dead._try() is None
    _elsewhere(store)
    clock.ahead = -HOURS
    with pytest.raises(EnvironmentFailure) as caught, Lease(store, "p"):
        pass
    left = int(caught.value.notes[0].split("by itself in ")[1].split()[0])
    assert left <= 60
    clock.ahead = 61 - HOURS
    with Lease(store, "p") as lease:
        assert lease.fence == dead.fence + 1
        with pytest.raises(StateError, match="S110"):
            dead.commit([Put(("x",), 1)])


def test_after_a_jump_forward_only_one_can_commit(store: Store, clock: Clock) -> None:
    with Lease(store, "p", ttl=60) as first:
        clock.ahead = HOURS
        with Lease(store, "p", ttl=60) as second:
            with pytest.raises(StateError, match="S110"):
                first.commit([Put(("x",), "first")])
            second.commit([Put(("x",), "second")])
            assert not first._renew()
            with pytest.raises(EnvironmentFailure, match="S120"), Lease(store, "p"):
                pass
        found = store.get(("x",))
        assert found is not None
        assert found.value == "second"


def test_a_release_after_a_jump_lets_the_next_one_in(store: Store, clock: Clock) -> None:
    with Lease(store, "p", ttl=60):
        clock.ahead = -HOURS
        with pytest.raises(EnvironmentFailure), Lease(store, "p"):
            pass
    assert store.get(lease_key("p")) is None


@pytest.mark.parametrize("ahead", [HOURS, -HOURS])
def test_back_off_ends_whichever_way_the_clock_jumps(tmp_path: Path, clock: Clock, ahead: float) -> None:
    project = Project(tmp_path).pipeline(
        source={"type": "files", "url": "in/*"}, retry={"attempts": 3, "backoff": "60s", "max_backoff": "60s"}
    )
    project.file("a.ndjson", [{"id": 1}])
    (tmp_path / "in" / "b.ndjson.gz").write_bytes(b"\x1f\x8b broken")
    assert list(project.run().failed_files) == [str(tmp_path / "in" / "b.ndjson.gz")]
    assert project.run().skipped == {"done": 1, "later": 1}
    clock.ahead = ahead
    assert list(project.run().failed_files) == [str(tmp_path / "in" / "b.ndjson.gz")]


def test_runs_whose_clocks_differ_by_hours(tmp_path: Path, server: Forks) -> None:
    project = Project(tmp_path).pipeline(batch={"records": 3}, lock={"wait": "30s"})
    rows = project.files(40, 3)
    tasks = [{"folder": str(tmp_path), "clock": ahead} for ahead in (0.0, HOURS, -HOURS, 2 * HOURS)]
    statuses = server.run(*tasks)
    assert set(statuses) <= {0, 3}
    assert 0 in statuses
    server.run({"folder": str(tmp_path)})
    assert sorted(project.out(), key=lambda row: row["id"]) == rows
