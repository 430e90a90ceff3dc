"""The executors' kit finds each fault, and blames nothing else."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import Executor, Remote
from crosswalk.testing import ExecutorContract
from crosswalk_executors.local import Local

sys.path.append(str(Path(__file__).parent))
from contract_failures import checks, only


class TestLocal(ExecutorContract):
    def executor(self) -> Executor:
        return Local(workers=3)


class TestLocalAlone(ExecutorContract):
    def executor(self) -> Executor:
        return Local(workers=1)


@dataclass(frozen=True)
class Good(Executor):
    """Works on two threads."""

    type: ClassVar[str] = "acme.good"

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        pending: deque[Future[Any]] = deque()
        source = iter(items)
        failure: Exception | None = None
        with ThreadPoolExecutor(2) as pool:
            while failure is None:
                try:
                    pending.append(pool.submit(function, next(source)))
                except Exception as error:
                    failure = error
                if len(pending) > 4:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        if not isinstance(failure, StopIteration):
            raise failure


class AnyOrder(Good):
    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        held = None
        for number, result in enumerate(map(function, items)):
            if number == 90:
                held = result
            else:
                yield result
        if held is not None:
            yield held


class TakesAll(Good):
    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        taken: list[Any] = []
        failure: Exception | None = None
        try:
            for item in items:
                taken.append(item)
                if len(taken) == 500:
                    yield from map(function, taken)
                    taken = []
        except Exception as error:
            failure = error
        yield from map(function, taken)
        if failure is not None:
            raise failure


class OtherThread(Good):
    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        source = iter(items)
        end = object()
        while True:
            with ThreadPoolExecutor(1) as pool:
                item = pool.submit(next, source, end).result()
            if item is end:
                return
            yield function(item)


class WrapsTrouble(Good):
    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        def work(item: Any) -> Any:
            try:
                return function(item)
            except Exception as error:
                raise RuntimeError("work failed") from error

        return map(work, items)


class SwallowsTheEnd(Good):
    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        source = iter(items)
        while True:
            try:
                item = next(source)
            except Exception:
                return
            yield function(item)


class LeavesThreads(Good):
    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        end = threading.Event()
        threading.Thread(target=end.wait, args=(2,), daemon=True).start()
        return map(function, items)


class OneForAll(Good):
    source: ClassVar[list[Iterator[Any]]] = []

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        self.source[:] = [iter(items)]
        while True:
            try:
                item = next(self.source[0])
            except StopIteration:
                return
            yield function(item)


class Workers(Good):
    """Has worker processes; `call` is what subclasses break."""

    @contextmanager
    def remote(self, function: Callable[[Any], Any], /) -> Iterator[Remote]:
        session = Local(workers=2).remote(function)
        assert session is not None
        with session as remote:
            yield Called(lambda item: self.call(function, remote, item), remote)

    def call(self, function: Callable[[Any], Any], remote: Remote, item: Any) -> Any:
        return remote(item)


@dataclass
class Called:
    call: Callable[[Any], Any]
    remote: Remote

    @property
    def ready(self) -> bool:
        return self.remote.ready

    def __call__(self, item: Any, /) -> Any:
        return self.call(item)


class WorkersHere(Workers):
    def call(self, function: Callable[[Any], Any], remote: Remote, item: Any) -> Any:
        return function(item) if item is None else remote(item)


class OneResultForAll(Workers):
    def call(self, function: Callable[[Any], Any], remote: Remote, item: Any) -> Any:
        return 2.0 if item == 9 else remote(item)


class NoErrors(Workers):
    def call(self, function: Callable[[Any], Any], remote: Remote, item: Any) -> Any:
        with suppress(Exception):
            return remote(item)


class CopiesHere(Good):
    """Makes no copies at all."""

    @contextmanager
    def forks(self, function: Callable[[Any], Any], /) -> Iterator[Remote]:
        yield Called(function, self)  # type: ignore[arg-type]

    ready = True


BROKEN: dict[type[Executor], tuple[str, ...]] = {
    Good: (),
    AnyOrder: ("gives_every_result_in_order",),
    TakesAll: ("look_ahead_is_bounded", "closes"),
    OtherThread: ("takes_items_on_the_callers_thread",),
    WrapsTrouble: ("error_of_the_work_comes_at_its_place",),
    SwallowsTheEnd: ("error_of_the_items_comes_at_its_place",),
    LeavesThreads: ("closes",),
    OneForAll: ("serves_two_at_once",),
    Workers: (),
    WorkersHere: ("workers_are_no_threads",),
    CopiesHere: ("copies_of_the_process_are_up_at_once",),
    OneResultForAll: ("workers_give_what_the_function_makes",),
    NoErrors: ("an_error_in_a_worker_ends_nothing", "workers_end_with_the_context"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_each_fault_is_found(kind: type[Executor], tmp_path: Path) -> None:
    class Contract(ExecutorContract):
        def executor(self) -> Executor:
            return kind()

    only(Contract, tmp_path, *BROKEN[kind])


def test_every_check_can_fail() -> None:
    of_components = {"is_a_value", "settings_are_described", "required_settings_are_named"}  # see the sources' kit
    assert {name for names in BROKEN.values() for name in names} == set(checks(ExecutorContract)) - of_components
