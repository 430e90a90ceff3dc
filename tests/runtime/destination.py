"""A destination with jobs and pieces, as one line of a file per call, and a sink that sends to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from crosswalk import Batch, ConnectorError, Context, Sink, Writer, hookimpl


@dataclass
class Destination:
    """`calls.ndjson` of a folder: every call that reached it, whether or not the caller lived to hear the answer."""

    folder: Path

    def calls(self, what: str | None = None) -> list[dict[str, Any]]:
        file = self.folder / "calls.ndjson"
        lines = file.read_text().splitlines() if file.exists() else []
        found = [json.loads(line) for line in lines]
        return [call for call in found if what in (None, call["what"])]

    def note(self, what: str, **more: Any) -> None:
        with (self.folder / "calls.ndjson").open("a") as stream:
            stream.write(json.dumps({"what": what} | more) + "\n")

    def begin(self, key: str) -> str:
        handle = f"job-{len(self.calls('begin')) + 1}"
        self.note("begin", key=key, handle=handle)
        if (self.folder / "refuses").exists():
            raise ConnectorError("C301", "the destination did not answer: token hunter2", kind="permanent")
        return handle

    def find(self, key: str) -> str | None:
        return next((call["handle"] for call in self.calls("begin") if call["key"] == key), None)

    def send(self, key: str, handle: str, records: list[Any]) -> int:
        self.note("send", key=key, handle=handle, ids=[record["id"] for record in records])
        return len(records)


@dataclass(frozen=True)
class JobSink(Sink):
    """Sends each batch into one job.

    `folder`: where the destination is.
    `job`: the job's name.
    `asks`: whether it asks the destination for a job that it may have.
    """

    type: ClassVar[str] = "jobs"
    delivers: ClassVar[str] = "idempotency_key"
    folder: str
    job: str
    asks: bool = False
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> JobSink:
        return replace(self, folder=context.path(self.folder), _context=context)

    @contextmanager
    def open(self) -> Iterator[Writer]:
        writer = JobWriter(self, self._context)
        yield writer
        if writer.handle is not None:
            self._context.jobs.finish(self.job)


class JobWriter:
    def __init__(self, sink: JobSink, context: Context) -> None:
        self._there = Destination(Path(sink.folder))
        self._sink = sink
        self._context = context
        self.handle: Any = None

    def write(self, batch: Batch) -> None:
        if self.handle is None:
            find = self._there.find if self._sink.asks else None
            self.handle = self._context.jobs.submit(self._sink.job, self._there.begin, find=find).handle
        outcomes = self._context.idempotency
        key = outcomes.key(json.dumps(batch.rows).encode())
        outcomes.once(key, lambda: self._there.send(key, self.handle, batch.rows))

    def flush(self) -> None:
        """Every piece is sent when it is written."""


@hookimpl
def crosswalk_sinks() -> list[type[Sink]]:
    return [JobSink]
