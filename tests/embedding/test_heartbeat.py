"""A heartbeat on the event loop goes on while a source reads, a resolver maps, a sink writes and a source closes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from crosswalk import Batch, Engine, Event, Sink, Source, Writer, hookimpl, resolver

MAPPING = {"mapping": "1", "fields": {"n": ["n", "acme.waits"]}}


class Heart:
    """Counts the beats of a loop; `wait` blocks a thread until there were three more."""

    def __init__(self) -> None:
        self.places: list[str] = []
        self._beats = 0
        self._more = threading.Condition()

    def wait(self, place: str) -> None:
        """Blocks; a loop that is blocked too makes this fail."""
        with self._more:
            wanted = self._beats + 3
            assert self._more.wait_for(lambda: self._beats >= wanted, 20), f"no heartbeat during {place}"
        self.places.append(place)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """While it is open, the loop beats."""

        async def beat() -> None:
            while True:
                with self._more:
                    self._beats += 1
                    self._more.notify_all()
                await asyncio.sleep(0.001)

        task = asyncio.create_task(beat())
        try:
            yield
        finally:
            task.cancel()


HEART = Heart()


@dataclass
class Waits(Source):
    """Blocks before each record, and when it is closed."""

    type = "acme.waits"

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        try:
            for n in range(cursor or 0, 2):
                HEART.wait("read")
                yield Batch.of_rows([{"n": n}], cursor=n + 1)
        finally:
            HEART.wait("close")


class WaitingWriter(Writer):
    """Blocks in every call."""

    def write(self, batch: Batch) -> None:
        HEART.wait("write")

    def flush(self) -> None:
        HEART.wait("flush")


@dataclass
class Slow(Sink):
    """Blocks."""

    type = "acme.slow"

    @contextmanager
    def open(self) -> Iterator[Writer]:
        HEART.wait("open")
        yield WaitingWriter()


@resolver("acme.waits")
def waits(value: int) -> int:
    """Blocks."""
    HEART.wait("map")
    return value


@pytest.fixture
def engine() -> Engine:
    HEART.places.clear()
    module = ModuleType("acme")
    offers = {"sources": [Waits], "sinks": [Slow], "resolvers": [waits]}
    for kind, offered in offers.items():

        def hook(offered: list[Any] = offered) -> list[Any]:
            return offered

        hook.__name__ = f"crosswalk_{kind}"
        setattr(module, hook.__name__, hookimpl(hook))
    return Engine(module)


def test_a_run(engine: Engine) -> None:
    told: list[str] = []

    def listen(event: Event) -> None:
        told.append(event.kind)

    async def main() -> None:
        async with HEART.beating():
            report = await engine.arun(
                {
                    "pipeline": "1", "name": "p", "source": {"type": "acme.waits"}, "mapping": MAPPING,
                    "sink": {"type": "acme.slow"}, "state": {"type": "memory"},
                },
                on_event=listen,
            )  # fmt: skip
            assert (report.status, report.written) == ("done", 2)

    asyncio.run(main())
    assert {"open", "read", "map", "write", "flush", "close"} <= set(HEART.places)
    assert [told[0], told[-1]] == ["started", "finished"]


def test_reading_and_mapping(engine: Engine) -> None:
    async def main() -> None:
        async with HEART.beating():
            assert [batch.rows async for batch in engine.aread({"type": "acme.waits"})] == [[{"n": 0}], [{"n": 1}]]
            async for applied in engine.amap(Waits(), MAPPING):
                assert len(applied.records) == 1

    asyncio.run(main())
    assert HEART.places == ["read", "read", "close", "read", "map", "read", "map", "close"]


def test_leaving_early(engine: Engine) -> None:
    async def main() -> None:
        async with HEART.beating():
            batches = engine.aread({"type": "acme.waits"})
            async for batch in batches:
                assert len(batch) == 1
                break
            await batches.aclose()

    asyncio.run(main())
    assert HEART.places == ["read", "close"]
