"""What the kit of executors checks of workers in other processes, or on other machines."""

from __future__ import annotations

import math
import os
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..plugin.executor import Executor, Remote, SupportsForks, SupportsRemote
from .resources import nothing_left_open


class RemoteChecks:
    """`up`: seconds after which workers must be there."""

    up: ClassVar[float] = 60.0

    @abstractmethod
    def executor(self) -> Executor:
        """The executor under test."""

    @contextmanager
    def _remote(self, function: Callable[[Any], Any]) -> Iterator[Remote]:
        executor = self.executor()
        if not isinstance(executor, SupportsRemote):
            pytest.skip("has no workers beside threads")
        begun = time.monotonic()
        session = executor.remote(function)
        if session is None:
            pytest.skip("has no workers beside threads")
        with session as remote:
            assert time.monotonic() - begun < 1, "remote() did not return at once: workers start in the background"
            while not remote.ready:
                assert time.monotonic() < begun + self.up, f"no worker was ready after {self.up:g} s"
                time.sleep(0.01)
            yield remote

    def test_workers_give_what_the_function_makes(self, tmp_path: Path) -> None:
        """Called from several threads at once, each call gets its own result."""
        with self._remote(math.sqrt) as remote, ThreadPoolExecutor(4) as pool:
            assert list(pool.map(remote, range(100))) == [math.sqrt(number) for number in range(100)]

    def test_workers_are_no_threads(self, tmp_path: Path) -> None:
        """They share no lock with this process, so they are not in it."""
        with self._remote(_process) as remote:
            assert remote(None) != os.getpid(), "the function was called in this process"

    def test_an_error_in_a_worker_ends_nothing(self, tmp_path: Path) -> None:
        """Without a result the call raises, and the next one is worked on."""
        with self._remote(math.sqrt) as remote:
            for _ in range(5):
                with pytest.raises(Exception):  # noqa: B017
                    remote("no number")
                assert remote(4) == 2.0, "an error before it broke the next call"

    def test_workers_end_with_the_context(self, tmp_path: Path) -> None:
        """Whatever they do: what is still at work is not waited for, and whoever waits for it is told."""
        with self._remote(math.sqrt):
            pass  # imports are made by now
        failed: list[BaseException] = []

        def call(remote: Remote) -> None:
            try:
                remote(3600)
            except Exception as error:
                failed.append(error)

        with nothing_left_open("after the context"):
            with self._remote(time.sleep) as remote:
                caller = threading.Thread(target=call, args=(remote,))
                caller.start()
                time.sleep(0.2)
                begun = time.monotonic()
            assert time.monotonic() - begun < 30, "leaving the context waited for the work"
            caller.join(30)
            assert failed, "a call that was at work went on, or gave a result, after the context was left"

    def test_copies_of_the_process_are_up_at_once(self, tmp_path: Path) -> None:
        """They are other processes, get the function as it is, and an error in one ends nothing; see SupportsForks."""
        executor, here = self.executor(), threading.Lock()  # which cannot be pickled

        def work(item: int) -> tuple[bool, float]:
            return here.locked(), math.sqrt(item)

        for function in (_process, work):
            session = executor.forks(function) if isinstance(executor, SupportsForks) else None
            if session is None:
                pytest.skip("makes no copies of this process, or not here")
            with session as remote:
                assert remote.ready, "the context was entered, and no copy was ready"
                if function is _process:
                    assert remote(None) != os.getpid(), "the function was called in this process"
                    continue
                with pytest.raises(Exception):  # noqa: B017
                    remote(-1)
                assert [remote(item) for item in (4, 9)] == [(False, 2.0), (False, 3.0)]


def _process(_: Any) -> int:
    return os.getpid()
