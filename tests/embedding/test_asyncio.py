"""asyncio: runs and reads on a thread of their own; the loop never blocks, cancellation ends a run cleanly."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crosswalk import (
    Applied,
    Batch,
    BatchDone,
    CancelToken,
    ConnectorError,
    Engine,
    Event,
    RunFinished,
    RunStarted,
    Source,
    hookimpl,
)


class Gate:
    """Lets a test hold a source."""

    def __init__(self) -> None:
        self.reading = threading.Event()
        self.go = threading.Event()
        self.closed = threading.Event()
        self.thread = 0


GATES: dict[str, Gate] = {}


@dataclass
class Slow(Source):
    """Waits for its gate behind each record."""

    type = "acme.slow"
    gate: str
    count: int = 3

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        gate = GATES[self.gate]
        gate.thread = threading.get_ident()
        try:
            for n in range(cursor or 0, self.count):
                yield Batch.of_rows([{"n": n}], cursor=n + 1)
                gate.reading.set()
                gate.go.wait(20)
        finally:
            gate.closed.set()


@dataclass
class Failing(Source):
    """Fails."""

    type = "acme.failing"

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        yield Batch.of_rows([{"n": 0}])
        raise ConnectorError("C105", "gone")


def acme() -> ModuleType:
    module = ModuleType("acme")

    def crosswalk_sources() -> list[Any]:
        return [Slow, Failing]

    module.crosswalk_sources = hookimpl(crosswalk_sources)  # type: ignore[attr-defined]
    return module


@pytest.fixture
def gate() -> Iterator[Gate]:
    GATES["g"] = Gate()
    yield GATES["g"]
    GATES["g"].go.set()


def pipeline(folder: Path, **source: Any) -> Path:
    document = {
        "pipeline": "1", "name": "p", "source": {"type": "acme.slow", "gate": "g"} | source,
        "sink": {"type": "files", "url": "out-${run.id}.ndjson"},
    }  # fmt: skip
    (folder / "p.json").write_text(json.dumps(document))
    return folder / "p.json"


async def set_(event: threading.Event) -> None:
    """Wait for a thread's event without blocking the loop."""
    while not event.is_set():
        await asyncio.sleep(0.005)


def test_a_run_leaves_the_loop_free(tmp_path: Path, gate: Gate) -> None:
    async def main() -> None:
        events: list[tuple[Event, int]] = []
        run = asyncio.create_task(
            Engine(acme()).arun(
                pipeline(tmp_path), on_event=lambda event: events.append((event, threading.get_ident()))
            )
        )
        await set_(gate.reading)  # only a free loop gets here while the source waits
        assert not run.done()
        gate.go.set()
        report = await run
        assert (report.status, report.read, report.written) == ("done", 3, 3)
        assert gate.thread != threading.get_ident()
        assert {thread for _, thread in events} == {threading.get_ident()}
        assert isinstance(events[0][0], RunStarted)
        assert isinstance(events[-1][0], RunFinished)
        assert [event.read for event, _ in events if isinstance(event, BatchDone)] == [1, 2, 3]

    asyncio.run(main())


def test_two_runs_at_once(tmp_path: Path) -> None:
    GATES["a"], GATES["b"] = Gate(), Gate()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    async def main() -> None:
        engine = Engine(acme())
        runs = [asyncio.create_task(engine.arun(pipeline(tmp_path / name, gate=name))) for name in "ab"]
        for name in "ab":
            await set_(GATES[name].reading)  # both are under way
        for name in "ab":
            GATES[name].go.set()
        assert [report.read for report in await asyncio.gather(*runs)] == [3, 3]

    asyncio.run(main())


def test_cancelling_the_task_stops_the_run_and_the_next_goes_on_there(tmp_path: Path, gate: Gate) -> None:
    path = pipeline(tmp_path)

    async def main() -> None:
        engine = Engine(acme())
        run = asyncio.create_task(engine.arun(path))
        await set_(gate.reading)
        run.cancel()
        await asyncio.sleep(0.02)
        gate.go.set()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert gate.closed.is_set()
        again = await engine.arun(path)
        assert (again.status, again.attempt) == ("done", 2)
        assert again.written == 3

    asyncio.run(main())
    (out,) = tmp_path.glob("out-*.ndjson")
    assert out.read_text() == '{"n":0}\n{"n":1}\n{"n":2}\n'


def test_a_source_that_blocks_is_left_behind(tmp_path: Path, gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        run = asyncio.create_task(Engine(acme()).arun(pipeline(tmp_path), grace=0.05))
        await set_(gate.reading)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    asyncio.run(main())
    assert "did not end within 0.05 s" in caplog.text
    assert not gate.closed.is_set()


def test_a_token_stops_a_run_from_another_thread(tmp_path: Path, gate: Gate) -> None:
    token = CancelToken()

    def stop() -> None:
        gate.reading.wait(20)
        token.cancel()
        gate.go.set()

    other = threading.Thread(target=stop)
    other.start()
    report = Engine(acme()).run(pipeline(tmp_path), cancel=token)
    other.join()
    assert (report.status, report.exit_code) == ("interrupted", 130)
    assert token.cancelled


def test_a_callback_may_stop_the_run(tmp_path: Path, gate: Gate) -> None:
    gate.go.set()
    token = CancelToken()

    def listen(event: Event) -> None:
        if isinstance(event, BatchDone) and event.read == 2:
            token.cancel()

    report = Engine(acme()).run(pipeline(tmp_path), cancel=token, on_event=listen)
    assert (report.status, report.read) == ("interrupted", 2)


def test_a_token_is_shared_and_a_task_s_cancellation_is_not(tmp_path: Path) -> None:
    shared = CancelToken()
    for name in "ab":
        GATES[name] = Gate()
        (tmp_path / name).mkdir()

    async def main() -> None:
        engine = Engine(acme())
        one, two = (
            asyncio.create_task(engine.arun(pipeline(tmp_path / name, gate=name), cancel=shared)) for name in "ab"
        )
        for name in "ab":
            await set_(GATES[name].reading)
        one.cancel()
        await asyncio.sleep(0.02)
        GATES["a"].go.set()
        with pytest.raises(asyncio.CancelledError):
            await one
        assert not shared.cancelled
        assert not two.done()
        shared.cancel()
        GATES["b"].go.set()
        assert (await two).status == "interrupted"

    asyncio.run(main())


def test_what_a_callback_raises_ends_the_run(tmp_path: Path, gate: Gate) -> None:
    gate.go.set()
    told: list[str] = []

    def listen(event: Event) -> None:
        told.append(event.kind)
        if isinstance(event, BatchDone):
            raise LookupError("no listener")

    async def main() -> None:
        with pytest.raises(LookupError, match="no listener"):
            await Engine(acme()).arun(pipeline(tmp_path), on_event=listen)

    asyncio.run(main())
    assert told[-1] == "batch"
    assert gate.closed.is_set()
    (tmp_path / "again").mkdir()
    with pytest.raises(LookupError, match="no listener"):
        Engine(acme()).run(pipeline(tmp_path / "again"), on_event=listen)


def test_errors_of_a_run_are_raised_in_the_task(tmp_path: Path) -> None:
    from crosswalk import SpecError

    with pytest.raises(SpecError, match="P103"):
        asyncio.run(Engine(acme()).arun(pipeline(tmp_path, type="acme.slo")))


def test_batches_one_by_one(gate: Gate) -> None:
    async def main() -> None:
        seen = []
        async for batch in Engine(acme()).aread({"type": "acme.slow", "gate": "g", "count": 2}):
            seen += batch.rows
            gate.go.set()
        assert seen == [{"n": 0}, {"n": 1}]

    asyncio.run(main())
    assert gate.closed.is_set()


def test_leaving_the_loop_early_closes_the_source(gate: Gate) -> None:
    gate.go.set()

    async def main() -> None:
        batches = Engine(acme()).aread({"type": "acme.slow", "gate": "g"})
        async for batch in batches:
            assert batch.rows == [{"n": 0}]
            break
        await batches.aclose()
        assert gate.closed.is_set()

    asyncio.run(main())


def test_a_source_that_blocks_keeps_no_reader_waiting(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    async def reads() -> None:
        async for _ in Engine(acme()).aread({"type": "acme.slow", "gate": "g"}, grace=0.05):
            pass

    async def main() -> None:
        task = asyncio.create_task(reads())
        await set_(gate.reading)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not gate.closed.is_set()
        gate.go.set()
        await set_(gate.closed)  # its thread comes back, and closes it

    asyncio.run(main())
    assert "its thread is left behind" in caplog.text


def test_rows_are_made_before_they_are_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from crosswalk import Columns

    pq.write_table(pa.table({"n": range(10_000)}), tmp_path / "a.parquet")
    made: set[int] = set()
    rows = Columns.rows

    def noted(self: Columns) -> Any:
        made.add(threading.get_ident())
        return rows(self)

    monkeypatch.setattr(Columns, "rows", noted)
    source = {"type": "files", "url": "a.parquet"}
    mapper = Engine().mapping({"mapping": "1", "fields": {"m": ["n", "string"]}}).with_back_end("columnar")

    async def main() -> None:
        read = [row async for batch in Engine().aread(source, base=tmp_path) for row in batch.rows]
        assert read == [{"n": n} for n in range(10_000)]
        found = []
        async for applied in Engine().amap(source, mapper, base=tmp_path):
            assert applied.batches[""].is_columnar
            found += applied.records
        assert found == [{"m": str(n)} for n in range(10_000)]

    asyncio.run(main())
    assert made
    assert threading.get_ident() not in made


def test_mapped_batches(gate: Gate) -> None:
    gate.go.set()
    mapping = {"mapping": "1", "fields": {"m": ["n", {"multiply": 2}]}}

    async def main() -> list[Any]:
        found = []
        async for applied in Engine(acme()).amap({"type": "acme.slow", "gate": "g"}, mapping):
            assert isinstance(applied, Applied)
            found += applied.records
        return found

    assert asyncio.run(main()) == [{"m": 0}, {"m": 2}, {"m": 4}]


def test_a_source_that_fails_raises_in_the_loop() -> None:
    async def main() -> None:
        async for batch in Engine(acme()).aread({"type": "acme.failing"}):
            assert len(batch) == 1

    with pytest.raises(ConnectorError, match="gone"):
        asyncio.run(main())


def test_read_goes_on_behind_a_cursor(gate: Gate) -> None:
    gate.go.set()
    engine = Engine(acme())
    first, *rest = engine.read({"type": "acme.slow", "gate": "g"})
    again = list(engine.read({"type": "acme.slow", "gate": "g"}, cursor=first.cursor))
    assert [batch.rows for batch in again] == [batch.rows for batch in rest]
    assert [len(applied.records) for applied in engine.map(Slow("g", 2), {"mapping": "1", "fields": {"n": "n"}})] == [
        1,
        1,
    ]


def test_files_are_read_with_the_mapping_s_format(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,qty\n1,5\n2,x\n")
    mapping = {"mapping": "1", "fields": {"id": "id", "qty": ["qty", "int"]}}
    (applied,) = Engine().map({"type": "files", "url": "*.csv"}, mapping, base=tmp_path)
    assert applied.records == [{"id": "1", "qty": 5}]
    assert [reject.errors[0].code for reject in applied.rejects] == ["M310"]


def test_groups_are_given_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"k":1,"v":2}\n{"k":1,"v":3}\n')
    mapping = {"mapping": "1", "group": {"by": ["k"]}, "fields": {"k": "k", "n": ["$rows", "count"]}}
    mapper = Engine().mapping(mapping)
    for _ in range(2):
        found = [
            r for a in Engine().map({"type": "files", "url": "a.ndjson"}, mapper, base=tmp_path) for r in a.records
        ]
        assert len(found) == 1
