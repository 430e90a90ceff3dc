"""Columns are mapped and encoded ahead on threads, rows are not; what is written stays in order, whole and the same."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from crosswalk import Batch, Engine
from crosswalk.compiler.mapper import Mapper
from crosswalk.runtime.ahead import Ahead
from crosswalk.runtime.components import build

MAPPING = {"mapping": "1", "name": "m", "source": {"format": "csv"}, "fields": {"n": ["n", "int"], "t": ["t", "trim"]}}


class Watched(Mapper):
    """Notes the threads it is called on."""

    used: set[int]

    def apply(self, records: Any) -> Any:
        self.used.add(threading.get_ident())
        return super().apply(records)


class Watching:
    """Sinks that note for which streams something is done ahead."""

    def __init__(self) -> None:
        self.prepared: list[str] = []

    def prepare(self, stream: str, batch: Batch) -> None:
        self.prepared.append(stream)

    def encodings(self, stream: str) -> list[Any]:
        return []


def mapper(engine: Engine) -> Watched:
    made = engine.mapping(MAPPING).bind()
    made.__class__ = Watched
    watched: Any = made
    watched.used = set()
    return watched  # type: ignore[no-any-return]


def blocks(engine: Engine, text: bytes, size: int, mapper: Mapper) -> Iterator[Batch]:
    options = replace(mapper.read_options, bytes=size, columnar_from=0)
    return engine.registry.formats["csv"]().decode(io.BytesIO(text), options)  # type: ignore[call-arg]


def text(rows: int, odd: set[int]) -> bytes:
    lines = [f"{'x' if row in odd else row}, t{row} " for row in range(rows)]
    return ("n,t\n" + "\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("odd", [set(), {3, 400, 401, 999}, set(range(300, 600))])
def test_threads_change_nothing_but_the_thread(odd: set[int]) -> None:
    engine = Engine()
    executor: Any = build(engine.registry, "executors", {"type": "local", "workers": 2})
    data = text(1000, odd)
    plain = engine.mapping(MAPPING).with_back_end("row").bind()
    expected = plain.apply([row for batch in blocks(engine, data, 1000, plain) for row in batch.rows])
    made = mapper(engine)
    writing = Watching()
    found, numbers, rejects = [], [], []
    for batch, applied in Ahead(made, executor, writing).mapped(blocks(engine, data, 1000, made)):
        numbers += batch.numbers
        found += applied.outputs[""]
        rejects += [reject.number for reject in applied.rejects]
    assert found == expected.records
    assert numbers == list(range(1, 1001))
    assert rejects == [row + 1 for row in sorted(odd)]
    assert writing.prepared
    assert made.used - {threading.get_ident()}


def test_without_an_executor_all_is_done_here() -> None:
    engine = Engine()
    made = mapper(engine)
    list(Ahead(made, None, Watching()).mapped(blocks(engine, text(900, set()), 1000, made)))
    assert made.used == {threading.get_ident()}
