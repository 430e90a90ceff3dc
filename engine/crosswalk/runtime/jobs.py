"""Destination jobs: what a sink has submitted, recorded before it waits, resumed after a crash, never sent twice."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from ..errors import StateError
from ..plugin.remember import Job
from ..plugin.state import Key, Put, Store
from .leases import Lease
from .seams import seam

OPEN = ("submitting", "submitted")
STATUSES = (*OPEN, "done", "failed")


def job_key(scope: str, stream: str, name: str) -> Key:
    """The key of a job's record: name, status, handle, idempotency key, attempts, error, run, time."""
    return ("job", scope, stream, name)


class StoredJobs:
    """See `Jobs`. The lease lets no two runs submit at once; one that lost it can record nothing more.

    `clean` takes secrets out of JSON values before they are stored.
    """

    def __init__(self, store: Store, lease: Lease, stream: str, run: str, clean: Callable[[Any], Any]) -> None:
        self._store = store
        self._lease = lease
        self._stream = stream
        self._run = run
        self._clean = clean

    def get(self, name: str) -> Job | None:
        """See Jobs."""
        value = self._value(name)
        return None if value is None else _job(value)

    def unfinished(self) -> list[Job]:
        """See Jobs."""
        found = self._store.scan(("job", self._lease.scope, self._stream))
        return [_job(entry.value) for _, entry in found if entry.value["status"] in OPEN]

    def submit(self, name: str, send: Callable[[str], Any], *, find: Callable[[str], Any | None] | None = None) -> Job:
        """See Jobs."""
        value = self._value(name)
        if value is not None and value["status"] in ("submitted", "done"):
            return _job(value)
        handle = None
        if value is None or value["status"] == "failed":
            attempts = value["attempts"] + 1 if value else 1
            value = self._put(
                {"name": name, "status": "submitting", "handle": None, "key": uuid.uuid4().hex, "attempts": attempts}
            )
        elif find is not None:
            handle = find(value["key"])
        if handle is None:
            self._lease.check()
            seam("before_submit")
            handle = send(value["key"])
            seam("after_submit")
        return _job(self._put(value | {"status": "submitted", "handle": handle}))

    def finish(self, name: str, *, error: str | None = None) -> Job:
        """See Jobs."""
        value = self._value(name)
        wanted = "done" if error is None else "failed"
        if value is None or value["status"] not in ("submitted", wanted):
            now = "was never submitted" if value is None else f"is {value['status']}"
            raise StateError("S130", f"the job {name!r} {now}, so it cannot become {wanted}")
        if value["status"] == wanted:
            return _job(value)
        return _job(self._put(value | {"status": wanted, "error": error or ""}))

    def _value(self, name: str) -> dict[str, Any] | None:
        entry = self._store.get(job_key(self._lease.scope, self._stream, name))
        return None if entry is None else entry.value

    def _put(self, value: dict[str, Any]) -> dict[str, Any]:
        value = {"error": ""} | self._clean(value) | {"run": self._run, "at": time.time()}
        self._lease.commit([Put(job_key(self._lease.scope, self._stream, value["name"]), value)])
        return value


def _job(value: dict[str, Any]) -> Job:
    return Job(*(value[name] for name in ("name", "status", "handle", "key", "attempts", "error")))


def jobs_of(store: Store, scope: str) -> list[dict[str, Any]]:
    """The records of a pipeline's jobs, each with its `stream`."""
    return [entry.value | {"stream": key[2]} for key, entry in store.scan(("job", scope))]


def expired_jobs(store: Store, scope: str, retention: float) -> list[Key]:
    """Jobs that ended longer than `retention` seconds ago; one that has not ended is never forgotten."""
    limit = time.time() - retention
    found = store.scan(("job", scope))
    return [key for key, entry in found if entry.value["status"] not in OPEN and entry.value["at"] < limit]
