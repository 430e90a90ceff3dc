"""Idempotency records: a piece that is sent and recorded is not sent again; keys repeat just where a run repeats."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Context, StateError, Store
from crosswalk.runtime import state_view as view
from crosswalk.runtime.idempotency import StoredOutcomes
from crosswalk.runtime.leases import Lease
from crosswalk.runtime.runs import position_key
from crosswalk_state.memory import MemoryBackend

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def store() -> Iterator[Store]:
    with MemoryBackend().open() as opened:
        yield opened


def outcomes_of(store: Store, lease: Lease, scope: str = "p:1", stream: str = "", retention: float = 60) -> Any:
    return StoredOutcomes(store, lease, Context(scope=scope, stream=stream), retention, lambda value: value)


def test_an_outcome_is_recorded_once(store: Store) -> None:
    with Lease(store, "p") as lease:
        outcomes = outcomes_of(store, lease)
        assert outcomes.once("k", lambda: {"accepted": 3}) == {"accepted": 3}
        assert outcomes.once("k", lambda: pytest.fail("sent twice")) == {"accepted": 3}
        assert outcomes.once("nothing", lambda: None) is None
        assert outcomes.once("nothing", lambda: pytest.fail("sent twice")) is None
        assert outcomes_of(store, lease, stream="lines").once("k", lambda: "another stream") == "another stream"


def test_what_raises_is_not_recorded(store: Store) -> None:
    with Lease(store, "p") as lease:
        outcomes = outcomes_of(store, lease)
        with pytest.raises(ZeroDivisionError):
            outcomes.once("k", lambda: 1 / 0)
        assert outcomes.once("k", lambda: "sent") == "sent"


def test_outcomes_end_with_their_ttl(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    with Lease(store, "p") as lease:
        outcomes = outcomes_of(store, lease, retention=1000)
        outcomes.once("short", lambda: 1, ttl=10)
        outcomes.once("long", lambda: 1)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 100)
        assert outcomes.once("short", lambda: 2) == 2
        assert outcomes.once("long", lambda: pytest.fail("sent twice")) == 1
        monkeypatch.setattr(time, "time", lambda: now + 1100)
        assert outcomes.once("long", lambda: 2) == 2


def test_a_run_that_lost_its_lease_sends_nothing(store: Store) -> None:
    with Lease(store, "p") as old:
        outcomes = outcomes_of(store, old)
        view.state_unlock(store, "p")
        with pytest.raises(StateError, match="S110"):
            outcomes.once("k", lambda: pytest.fail("sent without the lease"))


def test_keys_repeat_just_where_a_run_repeats(store: Store) -> None:
    pieces = [b"a", b"b", b"b", b"c"]
    with Lease(store, "p") as lease:
        store.put(position_key("p"), {"seq": 3})

        def keys(scope: str = "p:1", stream: str = "") -> list[str]:
            outcomes = outcomes_of(store, lease, scope, stream)
            return [outcomes.key(piece) for piece in pieces]

        first = keys()
        assert len(set(first)) == 4, "equal pieces at different places are different pieces"
        assert keys() == first, "a run that died goes on from the same position"
        others = [keys(scope="p:2"), keys(stream="lines")]
        store.put(position_key("p"), {"seq": 4})
        others.append(keys())
        store.put(position_key("p/replay"), {"seq": 3})
        others.append(keys(scope="p/replay:1"))
        assert not set(first) & {key for found in others for key in found}


def test_pieces_count_from_the_last_commit(store: Store) -> None:
    with Lease(store, "p") as lease:
        store.put(position_key("p"), {"seq": 0})
        outcomes = outcomes_of(store, lease)
        outcomes.key(b"a")
        store.put(position_key("p"), {"seq": 1})
        behind = [outcomes.key(b"b"), outcomes.key(b"c")]
        again = outcomes_of(store, lease)
        assert [again.key(b"b"), again.key(b"c")] == behind
