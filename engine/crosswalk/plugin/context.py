"""Context: what the engine tells a source, sink or state backend before it opens it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import UsageError
from .component import Component
from .format import Format, ReadOptions, WriteOptions
from .remember import NO_MEMORY, Idempotency, Jobs

Build = Callable[[str, Mapping[str, Any]], Component]
FindFormat = Callable[[str], Format | None]


def _no_build(kind: str, config: Mapping[str, Any]) -> Component:
    raise UsageError("P110", f"no {kind} of type {config.get('type')!r} can be built outside an engine")


def _no_format(name: str) -> Format | None:
    return None


@dataclass(frozen=True)
class Context:
    """The surroundings of one component in one run; components take it in `bind` and return a bound copy of themselves.

    `base`: the folder that relative paths are relative to. `scope`: names the pipeline, and is stable over runs: what
    a sink keeps for its recovery it keeps under it. `fence`: the number of the lease, which only rises; a sink that
    stores commits refuses one with a lower number than it has seen. `stream`: the output stream of a sink ("" for the
    only one). `types`: the output fields in order, each with what the mapping alone tells of its values, in the words
    of a field's `type`: string, integer, decimal, float, number (any of the three), boolean, date, datetime, time,
    list, object, any, and bytes and null (never a value); values may be null or missing whatever it says. `whole`: the
    output has no other fields than these. `build` and `find_format` give nested components: `build("sinks", {"type":
    ...})`. `jobs` and `idempotency`: what a sink remembers over runs; the sinks of one stream share them.
    """

    base: str = "."
    pipeline: str = ""
    scope: str = ""
    stream: str = ""
    run_id: str = ""
    started_at: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    attempt: int = 1
    fence: int = 0
    read: ReadOptions = field(default_factory=ReadOptions)
    write: WriteOptions = field(default_factory=WriteOptions)
    types: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    build: Build = _no_build
    find_format: FindFormat = _no_format
    jobs: Jobs = NO_MEMORY
    idempotency: Idempotency = NO_MEMORY

    def with_(self, **changes: Any) -> Context:
        """A copy with other members."""
        return replace(self, **changes)

    def path(self, text: str) -> str:
        """A local path as said in a document, made absolute; urls (`scheme://`) stay as they are."""
        if text.startswith("file://"):
            text = text.removeprefix("file://")
        return text if "://" in text else os.path.normpath(os.path.join(self.base, os.path.expanduser(text)))

    def format(self, config: str | Mapping[str, Any] | None, name: str) -> Format:
        """The format that `config` names (a type or an object with `type`), else the one that claims the file name."""
        if config is not None:
            found = self.build("formats", {"type": config} if isinstance(config, str) else config)
            if isinstance(found, Format):
                return found
        by_name = self.find_format(name)
        if by_name is None:
            raise unknown_format(name)
        return by_name


def unknown_format(name: str, near: str = "") -> UsageError:
    """P111: no format claims the ending of a file; `near`: an ending that is claimed, and may be meant."""
    say = 'say which: "format": "csv" (or {"type": "csv", ...})'
    fix = f"did you mean an ending .{near}? else {say}" if near else say
    return UsageError("P111", f"no format is known for {name!r}", fix=fix)
