"""The ledger: what became of each part (file) of a source, by identity and never by name alone."""

from __future__ import annotations

import fnmatch
import random
import time
from collections.abc import Iterator
from typing import Any, Literal

from ..lean import lean_dataclass
from ..plugin.source import Part
from ..plugin.state import Key, Put, Store


@lean_dataclass(frozen=True)
class Todo:
    """A part to read now, from `cursor`; `attempts` so far failed."""

    part: Part
    cursor: Any = None
    attempts: int = 0


class Ledger:
    """The parts of one source of a pipeline; `feed` names the source.

    Values are objects with `status`: partial (committed up to `cursor`), done, or failed (tried again after
    `next_attempt`, until `attempts` reaches the policy's).
    `reprocess` is a glob of files to read again though they are done, unless this very `run` did them.
    """

    def __init__(
        self,
        store: Store,
        scope: str,
        feed: str,
        *,
        attempts: int = 5,
        reprocess: str | None = None,
        run: str = "",
    ) -> None:
        self._store = store
        self._prefix: Key = ("file", scope, feed)
        self._attempts = attempts
        self._reprocess = reprocess
        self._run = run

    def key(self, part: Part) -> Key:
        """The key of a part's entry."""
        return (*self._prefix, part.id)

    def todo(self, part: Part) -> Todo | Literal["done", "later", "given up"]:
        """What to do with a listed part: read it, or why not."""
        entry = self._store.get(self.key(part))
        if entry is None:
            return Todo(part)
        value = entry.value
        if value["status"] == "partial":
            return Todo(part, value["cursor"], value.get("attempts", 0))
        if value["run"] != self._run and self.asked_for(part):
            # What a failed part has committed stays: it goes on behind that.
            return Todo(part, None if value["status"] == "done" else value["cursor"])
        if value["status"] == "done":
            return "done"
        if value["attempts"] >= self._attempts:
            return "given up"
        # Before the failure itself: the clock has jumped back, and what it says of the next attempt means nothing.
        waits = value["at"] <= time.time() < value["next_attempt"]
        return "later" if waits else Todo(part, value["cursor"], value["attempts"])

    def asked_for(self, part: Part) -> bool:
        """Whether the part is one of those to read again."""
        return self._reprocess is not None and fnmatch.fnmatch(part.name, _anywhere(self._reprocess))

    def waiting(self, part: Part) -> dict[str, Any]:
        """What a report says of a failed part that is not tried now; `next_attempt` None when it was given up."""
        entry = self._store.get(self.key(part))
        value: dict[str, Any] = entry.value if entry else {"error": "", "attempts": 0, "next_attempt": None}
        again = value["next_attempt"] if value["attempts"] < self._attempts else None
        return {"file": part.name, "error": value["error"], "attempts": value["attempts"], "next_attempt": again}

    def progress(self, part: Part, start: Any, cursor: Any, run: str, records: int, attempts: int) -> Put:
        """The entry of a part that is committed up to `cursor`: `records` more since `start`."""
        total = self._before(part, start) + records
        return Put(self.key(part), self._value(part, "partial", run, cursor=cursor, records=total, attempts=attempts))

    def done(self, part: Part, start: Any, run: str, records: int) -> Put:
        """The entry of a part that is finished with `records` more since `start`."""
        return Put(self.key(part), self._value(part, "done", run, records=self._before(part, start) + records))

    def _before(self, part: Part, start: Any) -> int:
        """How many records of the part were committed before the cursor `start` (None: its beginning)."""
        entry = self._store.get(self.key(part)) if start is not None else None
        return int(entry.value.get("records", 0)) if entry else 0

    def failed(self, part: Part, run: str, attempts: int, error: str, backoff: float, ceiling: float) -> Put:
        """The entry of a part that failed once more; the wait until the next attempt doubles, with jitter."""
        entry = self._store.get(self.key(part))
        cursor = entry.value.get("cursor") if entry else None
        records = entry.value.get("records", 0) if entry and cursor is not None else 0
        wait = min(ceiling, backoff * 2 ** max(0, attempts - 1)) * random.uniform(0.5, 1)
        more = {"attempts": attempts, "cursor": cursor, "records": records, "error": error}
        more["next_attempt"] = time.time() + wait
        return Put(self.key(part), self._value(part, "failed", run, **more))

    @staticmethod
    def _value(part: Part, status: str, run: str, **more: Any) -> dict[str, Any]:
        identity = {"name": part.name, "size": part.size, "modified": part.modified, "etag": part.etag}
        return identity | {"status": status, "run": run, "at": time.time()} | more

    def entries(self) -> Iterator[tuple[Key, dict[str, Any]]]:
        """All entries, by key."""
        for key, entry in self._store.scan(self._prefix):
            yield key, entry.value

    def watermark(self) -> float | None:
        """The latest modification time up to which everything seen is done: nothing unfinished is older.

        None when nothing is done. A failed or half-read part holds it back.
        """
        finished: list[float] = []
        unfinished: list[float] = []
        for _, value in self.entries():
            if value["modified"] is not None:
                (finished if value["status"] == "done" else unfinished).append(value["modified"])
        limit = min(unfinished, default=float("inf"))
        return max((time for time in finished if time < limit), default=None)

    def expired(self, retention: float, present: set[str]) -> list[Key]:
        """Finished entries older than `retention` seconds whose parts (by id) are not listed any more."""
        limit = time.time() - retention
        return [
            key
            for key, value in self.entries()
            if value["status"] != "partial" and value["at"] < limit and key[-1] not in present
        ]


def _anywhere(pattern: str) -> str:
    return pattern if pattern.startswith(("/", "*")) or "://" in pattern else f"*/{pattern}"
