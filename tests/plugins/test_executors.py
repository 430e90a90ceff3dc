"""The local executor: order, look-ahead, errors at their place; and the loop that maps through it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from crosswalk_executors.local import Local


@pytest.mark.parametrize("workers", [0, 1, 2, 5])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    def slow_first(item: int) -> int:
        time.sleep(0.01 if item % 3 == 0 else 0)
        return item * 2

    assert list(Local(workers).map(slow_first, range(30))) == [item * 2 for item in range(30)]


def test_items_are_taken_on_the_callers_thread_and_few_ahead() -> None:
    taken: list[int] = []
    threads: set[int] = set()

    def items() -> Iterator[int]:
        for item in range(100):
            threads.add(threading.get_ident())
            taken.append(item)
            yield item

    for given, _ in enumerate(Local(2).map(lambda item: item, items()), start=1):
        assert len(taken) <= given + 4
    assert threads == {threading.get_ident()}


def test_one_worker_is_the_callers_thread() -> None:
    found = Local(1).map(lambda _: threading.get_ident(), range(3))
    assert set(found) == {threading.get_ident()}


def test_work_that_waits_is_done_at_once() -> None:
    met = threading.Barrier(2, timeout=10)
    assert list(Local(2).map(lambda _: met.wait() >= 0, range(2))) == [True, True]


@pytest.mark.parametrize("workers", [1, 3])
def test_errors_come_behind_the_results_before_them(workers: int) -> None:
    def items() -> Iterator[int]:
        yield from (1, 2, 3)
        raise OSError("the line went dead")

    found = []
    with pytest.raises(OSError, match="dead"):
        for item in Local(workers).map(lambda item: item, items()):
            found.append(item)
    assert found == [1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        list(Local(workers).map(lambda item: 1 // item, [1, 0, 1]))


def test_closing_drops_what_has_not_begun() -> None:
    done: list[int] = []
    found = Local(2).map(lambda item: (time.sleep(0.02), done.append(item)), range(100))
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert len(done) <= 5


def test_settings() -> None:
    assert Local(-1).check() == ["workers must be 0 or more"]
    assert Local.config_schema()["properties"]["workers"]["type"] == "integer"


def test_an_interruption_leaves_work_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crosswalk_executors.local._PATIENCE", 0.01)
    end = threading.Event()
    results = Local(2).map(lambda item: item == 0 or end.wait(60), range(4))
    assert next(results) is True
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)  # type: ignore[attr-defined]
    left = [thread for thread in threading.enumerate() if thread.name.startswith("crosswalk ")]
    assert left and all(thread.daemon for thread in left)
    end.set()
    for thread in left:
        thread.join(10)


def test_closing_waits_for_the_work_that_has_begun() -> None:
    done: list[int] = []
    begun = threading.Barrier(2, timeout=10)

    def work(item: int) -> int:
        if item == 1:
            begun.wait()
            time.sleep(0.05)
            done.append(item)
        return item

    results = Local(1 + 1).map(work, range(2))
    assert next(results) == 0
    begun.wait()
    results.close()  # type: ignore[attr-defined]
    assert done == [1]
