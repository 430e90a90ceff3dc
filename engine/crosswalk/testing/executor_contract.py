"""The conformance suite of executors: subclass `ExecutorContract`, give it an executor, and run pytest."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from ..plugin.component import Component
from ..plugin.executor import Executor
from .component_checks import ComponentChecks
from .remote_checks import RemoteChecks
from .resources import nothing_left_open


class ExecutorContract(ComponentChecks, RemoteChecks):
    """Tests that every executor passes.

    ```python
    class TestCrew(ExecutorContract):
        def executor(self):
            return Crew(workers=3)
    ```
    `ahead`: how many items it may take before their results are given. `up`: seconds after which the workers of an
    executor that is `SupportsRemote` must be there.
    """

    ahead: ClassVar[int] = 64

    @abstractmethod
    def executor(self) -> Executor:
        """The executor under test."""

    def _component(self, folder: Path) -> Component:
        return self.executor()

    def test_gives_every_result_in_order(self, tmp_path: Path) -> None:
        """One result for each item, in the order of the items, however long each takes."""

        def work(item: int) -> int:
            time.sleep(0.002 if item % 3 == 0 else 0)
            return item * 2

        for count in (0, 1, 2, 100):
            found = list(self.executor().map(work, range(count)))
            assert found == [item * 2 for item in range(count)], f"{count} items gave {found[:20]}"

    def test_look_ahead_is_bounded(self, tmp_path: Path) -> None:
        """Few items are taken ahead: each is a batch of records in memory."""
        taken = 0

        def items() -> Iterator[int]:
            nonlocal taken
            for item in range(10 * self.ahead):
                taken += 1
                yield item

        for given, _ in enumerate(self.executor().map(lambda item: item, items()), 1):
            assert taken <= given + self.ahead, f"{taken} items were taken for {given} results"

    def test_takes_items_on_the_callers_thread(self, tmp_path: Path) -> None:
        """Sources are read where the run is: their connections may belong to its thread."""
        threads: set[int] = set()

        def items() -> Iterator[int]:
            for item in range(20):
                threads.add(threading.get_ident())
                yield item

        list(self.executor().map(lambda item: item, items()))
        assert threads == {threading.get_ident()}, "items were taken on another thread"

    def test_error_of_the_work_comes_at_its_place(self, tmp_path: Path) -> None:
        """What the work raises comes out as it is, behind the results of the items before."""

        def work(item: int) -> int:
            if item == 5:
                raise Trouble("item 5")
            return item

        self._check_trouble(self.executor().map(work, range(20)))

    def test_error_of_the_items_comes_at_its_place(self, tmp_path: Path) -> None:
        """What taking an item raises does, too: a source that fails loses nothing it gave before."""

        def items() -> Iterator[int]:
            yield from range(5)
            raise Trouble("item 5")

        self._check_trouble(self.executor().map(lambda item: item, items()))

    def _check_trouble(self, results: Iterator[int]) -> None:
        found: list[int] = []
        try:
            for result in results:
                found.append(result)
        except Trouble:
            assert found == [0, 1, 2, 3, 4], f"before the error came {found}, not the results of the five items"
        except Exception as error:
            pytest.fail(f"the error came out as {type(error).__name__}: {error}")
        else:
            pytest.fail("the error was swallowed")

    def test_closes(self, tmp_path: Path) -> None:
        """Drained or closed early, it leaves no thread, process or file, and takes no further items."""
        list(self.executor().map(lambda item: item, range(3)))  # imports and pools are made by now
        with nothing_left_open("after the last result"):
            list(self.executor().map(lambda item: item, range(20)))
        taken: list[int] = []

        def items() -> Iterator[int]:
            for item in range(1000):
                taken.append(item)
                yield item

        results = self.executor().map(lambda item: item, items())
        with nothing_left_open("after close()"):
            next(results)
            close = getattr(results, "close", None)
            if close is not None:
                close()
        assert len(taken) <= self.ahead + 1, f"{len(taken)} items were taken"

    def test_serves_two_at_once(self, tmp_path: Path) -> None:
        """An executor is a value: two runs with it do not disturb each other."""
        executor = self.executor()
        one, two = executor.map(lambda item: item, range(20)), executor.map(lambda item: -item, range(20))
        found = [(next(one), next(two)) for _ in range(20)]
        assert found == [(item, -item) for item in range(20)], f"two at once gave {found}"


class Trouble(Exception):
    """What the kit raises in work and items."""
