"""A program that uses the whole public face, as a stranger would: checked by mypy --strict and by pyright, and run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import crosswalk
from crosswalk import (
    Applied,
    Batch,
    BatchDone,
    CancelToken,
    CrosswalkError,
    DataError,
    Duration,
    Engine,
    Event,
    Mapper,
    Output,
    Reject,
    Report,
    RunFinished,
    Secret,
    Size,
    Source,
    SpecError,
    hookimpl,
    resolver,
)

DEFAULT_LIMIT = Size(1000)


@dataclass
class Countdown(Source):
    """Count from `start` down to one."""

    type = "countdown"
    start: int
    key: Secret | None = None
    limit: Size = DEFAULT_LIMIT
    wait: Duration | None = None

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for n in range(self.start if cursor is None else cursor, 0, -1):
            yield Batch.of_rows([{"n": n}], cursor=n - 1)


@resolver("acme.shout")
def shout(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * times


def plugin() -> ModuleType:
    """The plugin, made here; mostly it is a module of its own."""
    module = ModuleType("acme")

    @hookimpl
    def crosswalk_sources() -> list[type[Source]]:
        return [Countdown]

    @hookimpl
    def crosswalk_resolvers() -> list[crosswalk.Resolver]:
        return [shout]

    vars(module).update(crosswalk_sources=crosswalk_sources, crosswalk_resolvers=crosswalk_resolvers)
    return module


def one(engine: Engine) -> Any:
    """One record, and the errors of a bad one."""
    mapper: Mapper = engine.mapping({"mapping": "1", "fields": {"a": ["a", {"acme.shout": {"times": 2}}]}})
    try:
        mapper({"a": 1})
    except DataError as error:
        code: str = error.code
        assert code == "M313"
    outputs: list[Output] = mapper.expand({"a": "x"})
    assert [output.record for output in outputs] == [{"a": "X!!"}]
    applied: Applied = mapper.apply([{"a": "y"}, {"a": 2}])
    rejects: list[Reject] = applied.rejects
    assert [reject.number for reject in rejects] == [2]
    return applied.records


def wrong(engine: Engine) -> list[str]:
    """What a wrong document says."""
    try:
        engine.mapping({"mapping": "1", "fields": {"a": ["a", "trimm"]}})
    except SpecError as error:
        return [f"{found.code} {found.pointer} {found.fix}" for found in error.diagnostics]
    except CrosswalkError:
        raise
    return []


def run(engine: Engine, folder: Path) -> Report:
    """A pipeline with progress and a way to stop it."""
    token = CancelToken()
    totals: list[int] = []

    def listen(event: Event) -> None:
        if isinstance(event, BatchDone):
            totals.append(event.read)
        elif isinstance(event, RunFinished):
            assert event.report["status"] == "done"

    report = engine.run(document(folder), on_event=listen, cancel=token, max_rejects="1%")
    assert totals == [1, 2, 3], totals
    return report


async def later(engine: Engine, folder: Path) -> int:
    """The same for asyncio."""
    count = 0
    async for batch in engine.aread({"type": "countdown", "start": 4}):
        count += len(batch)
    async for applied in engine.amap(Countdown(2), {"mapping": "1", "fields": {"n": "n"}}):
        count += len(applied.records)
    report: Report = await engine.arun(document(folder) | {"name": "again"}, grace=5)
    return count + report.written


def document(folder: Path) -> dict[str, Any]:
    """The pipeline."""
    return {
        "pipeline": "1",
        "name": "count",
        "source": {"type": "countdown", "start": 3},
        "sink": {"type": "files", "url": str(folder / "out-${run.id}.ndjson")},
        "state": {"type": "memory"},
    }


def main(folder: Path) -> None:
    """Everything."""
    engine = Engine(plugin(), plugins="crosswalk")
    assert one(engine) == [{"a": "Y!!"}]
    assert wrong(engine) == ['M105 /fields/a/1 "trim"']
    assert run(engine, folder).written == 3
    assert asyncio.run(later(engine, folder)) == 9


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as home:
        main(Path(home))
    print(crosswalk.__version__)
