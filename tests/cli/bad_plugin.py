"""A plugin that breaks where its settings say; the tests of the command line install it as acme-bad 0.1."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pyarrow as pa

from crosswalk import (
    Batch,
    CompiledPath,
    Encoder,
    Entry,
    Format,
    PathLanguage,
    Sink,
    Source,
    StateBackend,
    UsageError,
    hookimpl,
    resolver,
)

KEPT: list[Any] = []
BATCHES: dict[str, Callable[[], Batch]] = {
    "one record": lambda: Batch.of_rows({"n": 1}),  # type: ignore[arg-type]
    "few numbers": lambda: Batch.of_rows([{"n": 1}], numbers=[1, 2]),
    "bad texts": lambda: Batch.of_rows([{"n": 1}], bad=["x"]),  # type: ignore[list-item]
    "a table": lambda: Batch.of_arrow(pa.table({"n": [1]})),
    "nan": lambda: Batch.of_rows([{"n": 1}], cursor=float("nan")),
}


@dataclass
class BadSource(Source):
    """Breaks or blocks as `how` says."""

    type = "acme.source"
    how: str = ""

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        _break(self.how, "read")
        if self.how == "exit":
            sys.exit(0)
        if self.how in BATCHES:
            yield BATCHES[self.how]()
        if self.how == "leak":
            KEPT.append(Path(__file__).open(encoding="utf-8"))  # noqa: SIM115
        yield Batch.of_rows([{"n": 1}], cursor=1)
        while self.how == "block":
            time.sleep(3600)


@dataclass
class BadSink(Sink):
    """Breaks when it is probed; leaks a thread when `leak` says so."""

    type = "acme.sink"
    leak: bool = False

    @contextmanager
    def open(self) -> Iterator[Any]:
        if not self.leak:
            raise KeyError("boom")
        end = threading.Event()
        KEPT.append(end)
        threading.Thread(target=end.wait, args=(60,), name="acme pool", daemon=True).start()
        yield Nowhere()

    def probe(self) -> str:
        raise KeyError("boom")


@dataclass
class OddSink(Sink):
    """Gives the wrong thing where `how` says."""

    type = "acme.odd"
    how: str = ""

    def bind(self, context: Any) -> Any:
        return None if self.how == "bind" else self

    def delivery(self) -> Any:
        return "exactly once" if self.how == "delivery" else ""

    def check(self) -> Any:
        return None if self.how == "check" else []

    @contextmanager
    def open(self) -> Iterator[Any]:
        yield Exits() if self.how == "exit" else Nowhere()


class Exits:
    """A writer that ends the process."""

    def write(self, batch: Batch) -> None:
        sys.exit(0)

    def flush(self) -> None:
        pass


@dataclass
class BadFormat(Format):
    """Breaks where `how` says."""

    type = "acme.format"
    extensions = ("acme",)
    how: str = ""

    def decode(self, stream: Any, options: Any) -> Any:
        if self.how == "nothing":
            return None
        return self.batches()

    def batches(self) -> Iterator[Any]:
        _break(self.how, "decode")
        if self.how == "exit":
            sys.exit(0)
        if self.how == "other file":
            open("/nonexistent/acme")  # noqa: SIM115
        yield {"n": 1} if self.how == "dicts" else Batch.of_rows([{"n": 1}])

    def encoder(self, stream: Any, options: Any) -> Any:
        _break(self.how, "encoder")
        return None if self.how == "no encoder" else BadEncoder(self.how)


class BadEncoder(Encoder):
    """Breaks in the method that `how` names."""

    def __init__(self, how: str) -> None:
        self.how = how

    def write(self, batch: Batch) -> None:
        _break(self.how, "write")

    def finish(self) -> None:
        _break(self.how, "finish")


class Nowhere:
    """A writer of nothing."""

    def write(self, batch: Batch) -> None:
        pass

    def flush(self) -> None:
        pass


@dataclass
class NeedsMore(Source):
    """Imports what is not installed, and says so."""

    type = "acme.needs"
    extra = "acme-bad[far]"

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        import far_away_client  # type: ignore[import-not-found]

        yield from far_away_client.batches()


class BadStore:
    """A store in memory that breaks in one method."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.held: dict[Any, Entry] = {}
        self.version = 0

    def get(self, key: Any) -> Any:
        _break(self.how, "get")
        if self.how == "get gives a dict":
            return {"value": 1}
        return self.held.get(key)

    def put(self, key: Any, value: Any, *, ttl: float | None = None) -> int:
        self.version += 1
        self.held[key] = Entry(value, self.version)
        return self.version

    def scan(self, prefix: Any = (), *, after: Any = None, limit: Any = None) -> Iterator[Any]:
        _break(self.how, "scan")
        yield from ((key, self.held[key]) for key in sorted(self.held) if key[: len(prefix)] == tuple(prefix))

    def transact(self, checks: Any = (), puts: Any = (), deletes: Any = ()) -> Any:
        _break(self.how, "transact")
        if self.how == "transact gives nothing":
            return None
        for put in puts:
            self.put(put.key, put.value)
        for key in deletes:
            self.held.pop(key, None)
        return True


@dataclass
class BadState(StateBackend):
    """Breaks in the method that `how` names."""

    type = "acme.state"
    how: str = ""

    @contextmanager
    def open(self) -> Iterator[Any]:
        _break(self.how, "open")
        yield BadStore(self.how)


def _break(how: str, method: str) -> None:
    if how == method:
        raise KeyError("boom")
    if how == f"{method}: no network":
        raise ConnectionResetError(104, "Connection reset by peer")


class BadPath(CompiledPath):
    """Breaks on the path `value`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        _break(self.text, "value")
        return context["n"]


class BadLanguage(PathLanguage):
    """Breaks in the method that the path names."""

    name = "acmepath"

    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        _break(text, "compile")
        return None if text == "nothing" else BadPath(text)  # type: ignore[return-value]

    def lint(self, text: str, namespaces: Mapping[str, str]) -> Any:
        _break(text, "lint")
        return []

    def reads(self, text: str, namespaces: Mapping[str, str]) -> Any:
        _break(text, "reads")
        return [(text, True)]


@resolver("acme.boom")
def boom(value: Any) -> str:
    """Break on every value."""
    raise KeyError("boom")


@resolver("acme.exit")
def ends(value: Any) -> str:
    """End the process."""
    sys.exit(0)


@resolver("acme.exits", vector=lambda array: sys.exit(0))
def ends_columns(value: Any) -> str:
    """End the process."""
    return str(value)


@resolver("acme.far", factory=True)
def far() -> Callable[[str], str]:
    """Need a package that is not there."""
    import far_away_client

    return far_away_client.go  # type: ignore[no-any-return]


@hookimpl
def crosswalk_sources() -> Any:
    return [BadSource, NeedsMore]


@hookimpl
def crosswalk_sinks() -> Any:
    return [BadSink, OddSink]


@hookimpl
def crosswalk_formats() -> Any:
    return [BadFormat]


@hookimpl
def crosswalk_state_backends() -> Any:
    return [BadState]


@hookimpl
def crosswalk_path_languages() -> Any:
    return [BadLanguage]


@hookimpl
def crosswalk_resolvers() -> Any:
    return [boom, far, ends, ends_columns]


@click.command("acme-boom")
@click.option("--how", default="")
def command(how: str) -> None:
    """Break, or say that something is missing."""
    if how == "told":
        raise UsageError("U100", "no orders")
    raise KeyError("boom")


@click.command("run")
def taken() -> None:
    """Has a name that crosswalk has."""


@click.group("acme")
def group() -> None:
    """A group of commands."""


@group.command("twice")
def twice() -> None:
    """Print."""
    click.echo("acme acme")


@hookimpl
def crosswalk_commands() -> Any:
    return [command, taken, group]
