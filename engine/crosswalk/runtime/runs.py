"""Run records: what each run did, and which one is unfinished and has to be continued."""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from ..lean import lean_dataclass
from ..plugin.state import Key, Put, Store


def run_key(scope: str, run_id: str) -> Key:
    """The key of a run's record."""
    return ("run", scope, run_id)


def position_key(scope: str) -> Key:
    """The key of a pipeline's position: epoch, number of the last commit, the unfinished run, sequences."""
    return ("position", scope)


@lean_dataclass(slots=False)
class Counts:
    """Records of a run, durable ones only once committed."""

    read: int = 0
    written: int = 0
    rejected: int = 0
    filtered: int = 0
    files: int = 0
    bytes: int = 0
    streams: dict[str, int] = field(default_factory=dict)

    def add(self, other: Counts) -> None:
        """Add another count to this one."""
        for name in ("read", "written", "rejected", "filtered", "files", "bytes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for stream, number in other.streams.items():
            self.streams[stream] = self.streams.get(stream, 0) + number

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return dict(vars(self), streams=dict(self.streams))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Counts:
        """From `to_dict`'s JSON."""
        return cls(**dict(data, streams=dict(data["streams"])))


@lean_dataclass(slots=False)
class Run:
    """One run; a run that died is continued under its own id, so that names made of it stay."""

    id: str
    started_at: dt.datetime
    attempt: int = 1
    counts: Counts = field(default_factory=Counts)
    params: str = ""

    def record(self, status: str, error: str = "", **more: Any) -> dict[str, Any]:
        """The value stored under `run_key`; status is running, done, failed, interrupted or dead."""
        return {
            "id": self.id,
            "status": status,
            "started_at": self.started_at.isoformat(),
            "heartbeat": now().isoformat(),
            "attempt": self.attempt,
            "counts": self.counts.to_dict(),
            "params": self.params,
            "error": error,
            "host": socket.gethostname(),
            "pid": os.getpid(),
        } | more

    @classmethod
    def from_record(cls, value: dict[str, Any]) -> Run:
        """A run from its record."""
        started = dt.datetime.fromisoformat(value["started_at"])
        return cls(value["id"], started, value["attempt"], Counts.from_dict(value["counts"]), value["params"])


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


def new_run(params: str = "") -> Run:
    """A run that starts now; its id sorts by time."""
    started = now()
    return Run(f"{started:%Y%m%dT%H%M%S%f}"[:-3] + f"-{uuid.uuid4().hex[:6]}", started, params=params)


def runs(store: Store, scope: str) -> Iterator[dict[str, Any]]:
    """The records of a pipeline's runs, oldest first."""
    for _, entry in store.scan(("run", scope)):
        yield entry.value


def reap(store: Store, scope: str, alive: str) -> list[Put]:
    """Puts that mark runs as dead which say running though another (`alive`) holds the lease."""
    return [
        Put(run_key(scope, value["id"]), value | {"status": "dead"})
        for value in runs(store, scope)
        if value["status"] == "running" and value["id"] != alive
    ]


def expired_runs(store: Store, scope: str, retention: float) -> list[Key]:
    """Records of runs that ended longer than `retention` seconds ago."""
    limit = (now() - dt.timedelta(seconds=retention)).isoformat()
    return [
        run_key(scope, value["id"])
        for value in runs(store, scope)
        if value["status"] != "running" and value["heartbeat"] < limit
    ]
