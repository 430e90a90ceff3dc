"""A few components with settings of every kind, so that messages about them do not depend on the bundled plugins."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import pytest

from crosswalk import Batch, Encoder, Format, ReadOptions, Sink, Source, WriteOptions, Writer, hookimpl
from crosswalk.registry import Registry


@dataclass
class Letters(Source):
    """Letters of an alphabet.

    `count`: how many.
    `alphabet`: which.
    """

    type = "letters"
    count: int = 26
    alphabet: str = "latin"

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        yield Batch.of_rows([])


@dataclass
class Strict(Letters):
    """A source with a setting that must be given.

    `path`: where to read.
    """

    type = "strict"
    path: str = field(kw_only=True)


@dataclass
class Wall(Sink):
    """A wall to write on.

    `color`: the paint.
    `format`: how to write.
    """

    type = "wall"
    color: Literal["red", "green"] = "red"
    format: str | dict[str, Any] | None = None

    def open(self) -> AbstractContextManager[Writer]:
        raise NotImplementedError


@dataclass
class Both(Wall):
    """Two sinks at once.

    `sinks`: the sinks.
    """

    type = "both"
    sinks: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Lines(Format):
    """One record per line.

    `separator`: between values.
    `width`: of a line, in characters.
    """

    type = "lines"
    separator: str = ","
    width: int = 80

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        yield Batch.of_rows([])

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        raise NotImplementedError


@hookimpl
def crosswalk_sources() -> list[type[Source]]:
    return [Letters, Strict]


@hookimpl
def crosswalk_sinks() -> list[type[Sink]]:
    return [Wall, Both]


@hookimpl
def crosswalk_formats() -> list[type[Format]]:
    return [Lines]


@pytest.fixture(scope="session")
def registry() -> Registry:
    """A registry with the components of this file only."""
    return Registry(sys.modules[__name__], discover=False)
