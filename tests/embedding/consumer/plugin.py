"""A plugin with something of every kind, as a stranger writes it: checked by mypy --strict and pyright."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from crosswalk import (
    Batch,
    CompiledPath,
    DataError,
    Encoder,
    Engine,
    Example,
    Executor,
    Format,
    PathError,
    PathLanguage,
    ReadOptions,
    Resolver,
    Secret,
    SecretProvider,
    Sink,
    Source,
    StateBackend,
    WriteOptions,
    Writer,
    hookimpl,
    resolver,
)
from crosswalk.testing import FormatContract, ResolverContract, SourceContract

crosswalk_api = 1
WRITTEN: list[dict[str, Any]] = []


@dataclass
class Countdown(Source):
    """Count from `start` down to one."""

    type = "acme.countdown"
    start: int
    key: Secret | None = None

    def read(self, cursor: Any = None) -> Generator[Batch, None, None]:
        for n in range(self.start if cursor is None else cursor, 0, -1):
            yield Batch.of_rows([{"n": n, "at": {"x": n}}], cursor=n - 1)


class ListWriter:
    """Writes into a list."""

    def write(self, batch: Batch) -> None:
        WRITTEN.extend(batch.rows)

    def flush(self) -> None:
        """Nothing is held back."""


@dataclass
class ToList(Sink):
    """Write into a list."""

    type = "acme.list"
    delivers = ""

    @contextmanager
    def open(self) -> Generator[Writer, None, None]:
        yield ListWriter()


class LinesEncoder(Encoder):
    """Writes a JSON text per line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, batch: Batch) -> None:
        for row in batch.rows:
            self._stream.write(json.dumps(row).encode() + b"\n")

    def finish(self) -> None:
        """Nothing stands at the end."""


@dataclass
class Lines(Format):
    """A JSON text per line."""

    type = "acme.lines"
    extensions = (".acme",)
    pairs: dict[str, int] = field(default_factory=dict[str, int])

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        for number, line in enumerate(stream, 1):
            if number > (options.cursor or 0):
                yield Batch.of_rows([json.loads(line)], cursor=number)

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        return LinesEncoder(stream)


@resolver("acme.shout", examples=[Example("a", "A!"), Example(5, error="M313")])
def shout(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks.

    `times`: how many.
    """
    if not value:
        raise DataError("M310", "nothing to shout")
    return value.upper() + "!" * times


class Arrow(CompiledPath):
    """Members, one in the other."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        for name in self._names:
            if not isinstance(context, dict):
                return None
            context = cast(dict[str, Any], context).get(name)
        return context


class Arrows(PathLanguage):
    """`a->b`."""

    name = "acme.arrows"

    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        if not text:
            raise PathError("a path has a name")
        return Arrow(text.split("->"))


@dataclass
class OneByOne(Executor):
    """One item after the other."""

    type = "acme.one"

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return map(function, items)


@dataclass
class Vault(SecretProvider):
    """Knows one secret."""

    type = "acme.vault"

    def get(self, name: str) -> Secret | None:
        return Secret("s3cret") if name == "key" else None


@click.command()
def hello() -> None:
    """Say hello."""
    click.echo("hello")


@hookimpl
def crosswalk_sources() -> list[type[Source]]:
    return [Countdown]


@hookimpl
def crosswalk_sinks() -> list[type[Sink]]:
    return [ToList]


@hookimpl
def crosswalk_formats() -> list[type[Format]]:
    return [Lines]


@hookimpl
def crosswalk_resolvers() -> list[Resolver]:
    return [shout]


@hookimpl
def crosswalk_path_languages() -> list[type[PathLanguage]]:
    return [Arrows]


@hookimpl
def crosswalk_state_backends() -> list[type[StateBackend]]:
    return []


@hookimpl
def crosswalk_executors() -> list[type[Executor]]:
    return [OneByOne]


@hookimpl
def crosswalk_secret_providers() -> list[type[SecretProvider]]:
    return [Vault]


@hookimpl
def crosswalk_commands() -> list[click.Command]:
    return [hello]


class TestCountdown(SourceContract):
    """The source keeps crosswalk's contract."""

    def source(self, folder: Path, records: int) -> Source:
        return Countdown(records)


class TestLines(FormatContract):
    """The format keeps crosswalk's contract."""

    def format(self) -> Format:
        return Lines()


class TestShout(ResolverContract):
    """The resolver keeps crosswalk's contract."""

    resolver = shout


def main() -> None:
    """Run all of it."""
    import sys

    engine = Engine(sys.modules[__name__])
    mapping = {
        "mapping": "1",
        "source": {"paths": "acme.arrows"},
        "fields": {"x": "at->x", "t": ["at->x", "string", {"acme.shout": {"times": 2}}]},
    }
    report = engine.run(
        {
            "pipeline": "1", "name": "p", "source": {"type": "acme.countdown", "start": 2, "key": "${secret:key}"},
            "mapping": mapping, "sink": {"type": "acme.list"}, "executor": {"type": "acme.one"},
            "state": {"type": "memory"},
        }
    )  # fmt: skip
    assert (report.status, WRITTEN) == ("done", [{"x": 2, "t": "2!!"}, {"x": 1, "t": "1!!"}]), WRITTEN


if __name__ == "__main__":
    main()
