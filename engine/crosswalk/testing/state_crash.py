"""Checks of a state backend used from several threads and processes, and killed while it writes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..plugin.state import Put, StateBackend, Store

GROUP, GROUPS = 20, 40


class StateCrashes:
    """Part of `StateContract`."""

    shared: ClassVar[bool] = True

    @abstractmethod
    def backend(self, folder: Path) -> StateBackend:
        """A backend over an empty store; `folder` is an empty folder of the test."""

    def test_used_by_two_threads(self, tmp_path: Path) -> None:
        """One open store serves the run and the thread that renews its lease."""
        failures: list[BaseException] = []
        with self.backend(tmp_path).open() as store:
            store.put(("count",), 0)

            def beside() -> None:
                try:
                    for number in range(25):
                        _until_done(store, "beside", number)
                except BaseException as error:
                    failures.append(error)

            thread = threading.Thread(target=beside)
            thread.start()
            for number in range(25):
                _until_done(store, "main", number)
            thread.join(60)
            assert not failures, f"on another thread: {type(failures[0]).__name__}: {failures[0]}"
            entry = store.get(("count",))
            assert entry is not None and entry.value == 50, f"50 steps of two threads counted {entry}"

    def test_writers_of_several_processes(self, tmp_path: Path) -> None:
        """Of two transactions that check the same version, in any processes, one holds."""
        if not self.shared:
            pytest.skip("not shared between processes")
        backend = self.backend(tmp_path)
        with backend.open() as store:
            store.put(("count",), 0)
        context = multiprocessing.get_context("fork")
        workers = [context.Process(target=_count_up, args=(backend, 25, name)) for name in ("a", "b", "c")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        codes = [worker.exitcode for worker in workers]
        assert codes == [0, 0, 0], f"writers in other processes failed (exit {codes}); see stderr"
        with backend.open() as store:
            entry = store.get(("count",))
            assert entry is not None and entry.value == 75, f"75 steps of three processes counted {entry}"
            steps = len(list(store.scan(("by",))))
            assert steps == 75, f"of the puts that went with 75 steps, {steps} are there"

    def test_killed_in_a_transaction(self, tmp_path: Path) -> None:
        """Killed at any moment, a transaction is there whole or not at all; one that had returned is there."""
        if not self.shared:
            pytest.skip("not shared between processes")
        context = multiprocessing.get_context("fork")
        backend = self.backend(tmp_path)
        with backend.open() as store:
            store.put(("made",), True)
        for attempt in range(3):
            done = context.Value("i", 0)
            child = context.Process(target=_write_groups, args=(backend, str(attempt), done))
            child.start()
            while done.value < 3 and child.is_alive():
                time.sleep(0.001)
            assert child.is_alive(), f"writing failed before the kill (exit {child.exitcode}); see stderr"
            os.kill(child.pid or 0, signal.SIGKILL)
            child.join(60)
            found: dict[str, int] = {}
            with backend.open() as store:
                for key, _ in store.scan(("group", str(attempt))):
                    found[key[2]] = found.get(key[2], 0) + 1
            halves = {group: count for group, count in found.items() if count != GROUP}
            assert not halves, f"transactions of {GROUP} entries of which these were left: {halves}"
            lost = [group for group in range(done.value) if f"{group:06}" not in found]
            assert not lost, f"{len(lost)} transactions that had returned are not there"


def _write_groups(backend: StateBackend, attempt: str, done: Any) -> None:
    with backend.open() as store:
        for group in range(GROUPS):
            assert store.transact(puts=[Put(("group", attempt, f"{group:06}", f"{n:02}"), n) for n in range(GROUP)])
            done.value = group + 1
        time.sleep(60)  # to be killed all the same


def _count_up(backend: StateBackend, times: int, name: str) -> None:
    with backend.open() as store:
        for number in range(times):
            _until_done(store, name, number)


def _one_up(store: Store, name: str, number: int) -> bool:
    entry: Any = store.get(("count",))
    return store.transact(
        [(("count",), entry.version)], [Put(("count",), entry.value + 1), Put(("by", name, f"{number}"), entry.value)]
    )


def _until_done(store: Store, name: str, number: int) -> None:
    while not _one_up(store, name, number):
        pass
