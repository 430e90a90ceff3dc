"""Plugins that do not come back when a run is asked to stop: named and left; the next run goes on."""

from __future__ import annotations

import json
import os
import signal
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Batch, Engine, Entry, Report, Sink, Source, StateBackend, hookimpl, resolver
from crosswalk.plugin.calls import Overdue, noted
from crosswalk.runtime.pipeline import run_pipeline
from crosswalk.runtime.signals import Stopper

GRACE = 0.2
RECORDS = [{"n": str(n)} for n in range(1, 5)]


class Switch:
    """Where the plugins block; and what they left."""

    def __init__(self) -> None:
        self.at = ""
        self.end = threading.Event()
        self.left: list[str] = []

    def block(self, place: str) -> None:
        if self.at != place:
            return
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        beside = threading.current_thread() is not threading.main_thread()
        try:
            self.end.wait(60 if beside else 600)
        finally:
            self.left.append(place)


SWITCH = Switch()


@dataclass(frozen=True)
class Counts(Source):
    """Four records, one a batch."""

    type = "test.counts"

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for n in range(cursor or 0, 4):
            if n == 2:
                SWITCH.block("read")
            yield Batch.of_rows([RECORDS[n]], cursor=n + 1)


@dataclass(frozen=True)
class Lines(Sink):
    """Lines of a file, durable when flushed."""

    type = "test.lines"
    path: str

    @contextmanager
    def open(self) -> Iterator[Any]:
        SWITCH.block("open")
        writer = LineWriter(Path(self.path))
        yield writer
        SWITCH.block("its end")


class LineWriter:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: list[str] = []

    def write(self, batch: Batch) -> None:
        if batch.rows[0]["n"] == "3":
            SWITCH.block("write")
        self.held += [row["n"] for row in batch.rows]

    def flush(self) -> None:
        if self.held == ["3"]:
            SWITCH.block("flush")
        with self.path.open("a") as stream:
            stream.writelines(f"{line}\n" for line in self.held)
        self.held = []


class SlowStore:
    """A store in memory that blocks in one transaction of a commit."""

    def __init__(self, held: dict[Any, Entry]) -> None:
        self.held = held

    def get(self, key: Any) -> Entry | None:
        return self.held.get(key)

    def scan(self, prefix: Any = (), *, after: Any = None, limit: Any = None) -> Iterator[Any]:
        yield from ((key, self.held[key]) for key in sorted(self.held) if key[: len(prefix)] == tuple(prefix))

    def transact(self, checks: Any = (), puts: Any = (), deletes: Any = ()) -> bool:
        if any(put.key[0] == "cursor" and put.value["cursor"] == 3 for put in puts):
            SWITCH.block("transact")
        for put in puts:
            version = self.held[put.key].version + 1 if put.key in self.held else 1
            self.held[put.key] = Entry(json.loads(json.dumps(put.value)), version)
        for key in deletes:
            self.held.pop(key, None)
        return True


HELD: dict[Any, Entry] = {}


@dataclass(frozen=True)
class SlowState(StateBackend):
    """See SlowStore."""

    type = "test.state"

    @contextmanager
    def open(self) -> Iterator[Any]:
        yield SlowStore(HELD)


@resolver("test.slow")
def slow(value: str) -> str:
    """The value."""
    if value == "3":
        SWITCH.block("resolver")
    return value


def _columns(array: Any) -> Any:
    SWITCH.block("vector")
    return array, None


@resolver("test.columns", vector=_columns)
def columns(value: str) -> str:
    """The value."""
    return value


def _module() -> Any:
    module = types.ModuleType("blocks")
    offers = {
        "sources": [Counts], "sinks": [Lines], "state_backends": [SlowState], "resolvers": [slow, columns],
    }  # fmt: skip
    for kind, found in offers.items():
        setattr(module, f"crosswalk_{kind}", hookimpl(_hook(f"crosswalk_{kind}", found)))
    return module


def _hook(name: str, offers: list[Any]) -> Any:
    def hook() -> list[Any]:
        return offers

    hook.__name__ = name
    return hook


@pytest.fixture
def project(tmp_path: Path) -> Any:
    """Runs the pipeline; with a place, a plugin blocks there until the run leaves it."""
    HELD.clear()
    SWITCH.left.clear()
    engine = Engine(_module())
    document: dict[str, Any] = {
        "pipeline": "1", "name": "p", "source": {"type": "test.counts"},
        "mapping": {"mapping": "1", "name": "m", "fields": {"n": ["n", "test.slow"]}},
        "sink": {"type": "test.lines", "path": str(tmp_path / "out")},
        "state": {"type": "test.state"},
        "rejects": {"type": "files", "url": str(tmp_path / "rejects.ndjson")},
        "batch": {"records": 1},
    }  # fmt: skip

    SWITCH.end.clear()

    def run(place: str = "", **changes: Any) -> Report:
        SWITCH.at = place
        return run_pipeline(
            engine.pipeline(document | changes), registry=engine.registry, load_mapping=engine.compile_for,
            stopper=Stopper(grace=GRACE),
        )  # fmt: skip

    yield run
    SWITCH.end.set()


def left(report: Report) -> str:
    """What the report says was left, under its own code."""
    (found,) = report.warnings
    assert (found["code"], found["level"]) == ("R143", "warning")
    return str(found["message"])


@pytest.mark.parametrize(
    ("place", "who", "committed"),
    [
        ("read", "the source 'test.counts'", 2),
        ("open", "the sink 'test.lines'", 0),
        ("write", "the sink 'test.lines'", 2),
        ("flush", "the sink 'test.lines'", 2),
        ("transact", "the state backend 'test.state'", 2),
    ],
)
def test_a_component_that_blocks_is_named_and_left(
    project: Any, tmp_path: Path, place: str, who: str, committed: int
) -> None:
    report = project(place)
    assert (report.status, report.exit_code) == ("interrupted", 130)
    assert left(report) == f"{who} did not come back from {place} in {GRACE:g} s; it was left"
    assert report.read == committed
    assert SWITCH.left == [place]
    # The records of a commit whose put was left are there, and come again: at least once.
    there = committed + (place == "transact")
    out = tmp_path / "out"
    assert (out.read_text().split() if out.exists() else []) == ["1", "2", "3", "4"][:there]
    report = project()
    assert (report.status, report.read) == ("done", 4)
    assert sorted(set(out.read_text().split())) == ["1", "2", "3", "4"]


def test_the_end_of_a_sink_that_blocks(project: Any, tmp_path: Path) -> None:
    report = project("its end")
    assert report.exit_code == 130
    assert left(report) == f"the sink 'test.lines' did not come back from its end in {GRACE:g} s; it was left"
    assert (tmp_path / "out").read_text().split() == ["1", "2", "3", "4"]


def test_a_resolver_that_blocks_is_named_and_left(project: Any, tmp_path: Path) -> None:
    report = project("resolver")
    assert (report.status, report.exit_code, report.read) == ("interrupted", 130, 2)
    assert left(report) == f"the plugin {__name__} did not come back from slow in {GRACE:g} s; it was left"
    assert (tmp_path / "out").read_text().split() == ["1", "2"]
    assert project().status == "done"
    assert (tmp_path / "out").read_text().split() == ["1", "2", "3", "4"]


def test_a_resolver_that_blocks_on_a_thread_of_the_executor(project: Any, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("n,k\n" + f"3,{'x' * 80}\n" * 20_000)
    mapping = {"mapping": "1", "name": "m", "fields": {"n": ["n", "test.columns"]}}
    changes = {
        "source": {"type": "files", "url": str(tmp_path / "in.csv")}, "mapping": mapping,
        "executor": {"type": "local", "workers": 2}, "batch": {"records": 1_000_000},
    }  # fmt: skip
    report = project("vector", **changes)
    assert (report.status, report.exit_code, report.read) == ("interrupted", 130, 0)
    assert left(report) == f"the plugin {__name__} did not come back from _columns in {GRACE:g} s; it was left"
    assert not (tmp_path / "out").exists()


def test_a_call_that_began_meanwhile_has_as_long() -> None:
    def wake() -> None:
        stopper._overdue = True
        stopper._came(signal.SIGINT, None)

    sink = Lines("out")
    with Stopper(grace=600) as stopper:
        with noted(sink, "write"):
            stopper._came(signal.SIGINT, None)
        with noted(sink, "write"):
            wake()
        wake()
        with noted(sink, "flush"):
            wake()
            with pytest.raises(Overdue, match=r"the sink 'test\.lines' did not come back from flush in 600 s"):
                wake()
        # What is closed then has less.
        with noted(sink, "its end"):
            wake()
            with pytest.raises(Overdue, match="from its end in 1 s"):
                wake()
