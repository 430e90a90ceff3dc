"""A sink that cannot flush everywhere (`SupportsHold`): commits wait for it, and the end of the run does not ask."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from crosswalk import Batch, Engine, Sink, Source, SupportsHold, Writer, hookimpl

LOG: list[Any] = []


@dataclass(frozen=True)
class Ten(Source):
    """Ten batches of one record."""

    type: ClassVar[str] = "ten"

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for n in range(cursor or 0, 10):
            yield Batch.of_rows([{"n": n}], cursor=n + 1)


class Press:
    def __init__(self, every: int) -> None:
        self.every = every
        self.count = 0

    @property
    def can_commit(self) -> bool:
        return self.count % self.every == 0

    def write(self, batch: Batch) -> None:
        self.count += len(batch)

    def flush(self) -> None:
        LOG.append(self.count)


@dataclass(frozen=True)
class Paper(Sink):
    """Can be flushed only when a sheet is full.

    `every`: the records on a sheet.
    """

    type: ClassVar[str] = "paper"
    every: int

    @contextmanager
    def open(self) -> Iterator[Writer]:
        yield Press(self.every)


@hookimpl
def crosswalk_sources() -> Iterable[type[Source]]:
    return [Ten]


@hookimpl
def crosswalk_sinks() -> Iterable[type[Sink]]:
    return [Paper]


@pytest.mark.parametrize(("every", "flushed"), [(4, [4, 8, 10]), (100, [10]), (1, [*range(1, 11), 10])])
def test_flushed_only_where_it_can_be(tmp_path: Path, every: int, flushed: list[int]) -> None:
    LOG.clear()
    plugin = SimpleNamespace(
        __name__="paper_plugin", crosswalk_sources=crosswalk_sources, crosswalk_sinks=crosswalk_sinks
    )
    sink = {"type": "paper", "every": every}
    document = {"pipeline": "1", "name": "p", "source": {"type": "ten"}, "sink": sink, "batch": {"records": 1}}
    pipeline = tmp_path / "p.pipeline.json"
    pipeline.write_text(json.dumps(document))
    report = Engine(plugin).run(pipeline)
    assert (report.status, report.written) == ("done", 10)
    assert flushed == LOG


def test_a_writer_that_only_writes_and_flushes_holds_nothing() -> None:
    assert isinstance(Press(1), SupportsHold)
    assert not isinstance(SimpleNamespace(write=None, flush=None), SupportsHold)
