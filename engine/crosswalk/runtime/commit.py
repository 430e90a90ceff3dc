"""Commits: flush the sinks, then put the position, so that a run killed anywhere loses nothing.

A commit is a *transition* with a number: everything that state will hold after it, and the ranges of the source that it
covers. Sinks that can, store the transition together with the records. When a run dies between a sink's commit and the
put into state, the next run finds a sink that is one transition ahead: it puts what the transition says (`recover` in
`recovery.py`), and brings other sinks up to it by reading those ranges once more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import field
from typing import Any

from ..batch import Batch
from ..lean import lean_dataclass
from ..plugin.format import Encoding
from ..plugin.sink import SupportsCommit, SupportsHold, SupportsPrepare
from ..plugin.source import Part
from ..plugin.state import Key, Put, Store
from .feed import Feed
from .guard import GuardedWriter
from .leases import Lease
from .ledger import Ledger
from .runs import Counts, Run, position_key, run_key
from .seams import seam

Keep = Callable[[Batch, bytes | memoryview], None]


@lean_dataclass(slots=False)
class Outlet:
    """An open sink: `stream` is the output it takes, "rejects" by its flag; several outlets may take one stream."""

    stream: str
    writer: GuardedWriter
    rejects: bool = False

    @property
    def commits(self) -> bool:
        """Whether the writer stores the transition with the records."""
        return isinstance(self.writer, SupportsCommit)


@lean_dataclass(slots=False)
class Range:
    """A stretch of one part: after cursor `start` up to cursor `to`, or to its `end`; unreadable records count too."""

    feed: str
    part: Part | None
    start: Any
    to: Any = None
    end: bool = False
    records: int = 0
    attempts: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        part = self.part and [self.part.name, self.part.size, self.part.modified, self.part.etag]
        where = {"feed": self.feed, "part": part, "start": self.start, "to": self.to, "end": self.end}
        return where | {"records": self.records}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Range:
        """From `to_dict`'s JSON."""
        return cls(**dict(data, part=Part(*data["part"]) if data["part"] else None))


@lean_dataclass(slots=False)
class Interval:
    """What happened since the last commit."""

    counts: Counts = field(default_factory=Counts)
    ranges: dict[tuple[str, str], Range] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    finished: int = 0
    extra: list[Put] = field(default_factory=list)
    tail: bool = False
    """Whether the last batch had no cursor, so that this is no place to commit."""

    def begin(self, feed: Feed, part: Part | None, cursor: Any, attempts: int) -> Range:
        """The range of a part that is about to be read."""
        key = (feed.key, part.id if part else "")
        return self.ranges.setdefault(key, Range(feed.key, part, cursor, cursor, attempts=attempts))


class Committer:
    """Writes to the outlets and commits. `position` is the value kept under `position_key`."""

    def __init__(
        self,
        store: Store,
        lease: Lease,
        run: Run,
        outlets: list[Outlet],
        ledgers: dict[str, Ledger],
        feeds: list[Feed],
        position: dict[str, Any],
        sequences: dict[str, int],
    ) -> None:
        self.store = store
        self.lease = lease
        self.run = run
        self.outlets = outlets
        self.position = position
        self.interval = Interval()
        self._ledgers = ledgers
        self._feeds = {feed.key: feed for feed in feeds}
        self._sequences = sequences

    def write(self, stream: str, records: Any, *, only: list[Outlet] | None = None) -> None:
        """Records (a list or a batch) to every outlet of the stream. Raises DataError; see `careful`."""
        if len(records) == 0:
            return
        batch = records if isinstance(records, Batch) else Batch.of_rows(records)
        for outlet in self.outlets if only is None else only:
            if outlet.stream == stream and not outlet.rejects:
                outlet.writer.write(batch)

    def prepare(self, stream: str, batch: Batch) -> None:
        """Let the outlets of a stream do ahead what they can of writing the batch; on any thread."""
        for outlet in self.outlets:
            if outlet.stream == stream and not outlet.rejects and isinstance(outlet.writer, SupportsPrepare):
                outlet.writer.prepare(batch)

    def encodings(self, stream: str) -> list[tuple[Encoding | None, Keep]]:
        """How each outlet of a stream takes its records encoded, and what keeps them for it."""
        outlets = [outlet for outlet in self.outlets if outlet.stream == stream and not outlet.rejects]
        return [(outlet.writer.encoding(), outlet.writer.keep) for outlet in outlets]

    @property
    def sinks(self) -> int:
        """How many sinks there are for records."""
        return sum(not outlet.rejects for outlet in self.outlets)

    def reject(self, documents: list[dict[str, Any]], *, only: list[Outlet] | None = None) -> None:
        """Reject documents to the outlet for them."""
        if not documents:
            return
        for outlet in self.outlets if only is None else only:
            if outlet.rejects:
                outlet.writer.write(Batch.of_rows(documents))

    @property
    def possible(self) -> bool:
        """Whether every sink can commit here and the source has a cursor here."""
        return not self.interval.tail and all(
            outlet.writer.can_commit for outlet in self.outlets if isinstance(outlet.writer, SupportsHold)
        )

    def commit(self, *, final: bool = False, status: str = "running", error: str = "") -> list[tuple[str, Part, str]]:
        """Make everything so far durable; returns what is to be done with finished parts: (feed, part, action).

        `final` publishes: the run is whole. Raises StateError S110 when another run has taken over.
        """
        interval = self.interval
        if not final and not interval.ranges:
            return []
        counts = Counts.from_dict(self.run.counts.to_dict())
        counts.add(interval.counts)
        actions, action_puts = self._actions(interval)
        position = self._next_position(final)
        record = Run(self.run.id, self.run.started_at, self.run.attempt, counts, self.run.params)
        puts = [
            *self._part_puts(interval),
            *action_puts,
            *interval.extra,
            Put(position_key(self.lease.scope), position),
            Put(run_key(self.lease.scope, self.run.id), record.record(status, error)),
        ]
        self.lease.check()
        self._flush(transition(position["seq"], final, interval, puts), final)
        seam("before_put")
        self.lease.commit(puts)
        seam("after_put")
        self.run.counts = counts
        self.position = position
        self.interval = Interval()
        return actions

    def _flush(self, token: dict[str, Any], final: bool) -> None:
        # Sinks without a transition first: should the run die here, nothing says yet that they were reached.
        seam("before_flush")
        for outlet in self.outlets:
            if not outlet.commits:
                outlet.writer.flush()
        # Rejects before records: reading again for a sink that is behind finds what it refuses, and need not be told.
        for outlet in sorted(self.outlets, key=lambda outlet: not outlet.rejects):
            if isinstance(outlet.writer, SupportsCommit):
                outlet.writer.commit(token, final=final)
                seam("after_publish" if final else "after_flush")

    def _next_position(self, final: bool) -> dict[str, Any]:
        return self.position | {
            "seq": self.position["seq"] + 1,
            "run": "" if final else self.run.id,
            "params": self.run.params,
            "sequences": dict(self._sequences) if not final else {},
        }

    def _part_puts(self, interval: Interval) -> list[Put]:
        puts = []
        for reach in interval.ranges.values():
            if reach.part is None:
                if reach.to is not None and self._feeds[reach.feed].resumable:
                    puts.append(Put(("cursor", self.lease.scope, reach.feed), {"cursor": reach.to, "at": time.time()}))
                continue
            ledger = self._ledgers[reach.feed]
            if reach.end:
                puts.append(ledger.done(reach.part, reach.start, self.run.id, reach.records))
            elif reach.to is not None:
                puts.append(
                    ledger.progress(reach.part, reach.start, reach.to, self.run.id, reach.records, reach.attempts)
                )
        return puts

    def _actions(self, interval: Interval) -> tuple[list[tuple[str, Part, str]], list[Put]]:
        """What to do with the parts that end here, recorded with the commit, so that it is done for sure."""
        actions, puts = [], []
        for reach in interval.ranges.values():
            feed = self._feeds[reach.feed]
            if reach.part is None or not reach.end:
                continue
            where = feed.bound().after_action("processed")
            if where:
                actions.append((reach.feed, reach.part, where))
                puts.append(action_put(self.lease.scope, reach.feed, reach.part, "processed", where))
        return actions, puts


def transition(seq: int, final: bool, interval: Interval, puts: list[Put]) -> dict[str, Any]:
    """The JSON that sinks keep with the records."""
    ranges = [reach.to_dict() for reach in interval.ranges.values()]
    return {"seq": seq, "final": final, "ranges": ranges, "puts": [[list(p.key), p.value, p.ttl] for p in puts]}


def action_key(scope: str, feed: str, part: Part) -> Key:
    """Where a pending move or deletion of a part is recorded."""
    return ("after", scope, feed, part.id)


def action_put(scope: str, feed: str, part: Part, outcome: str, where: str) -> Put:
    """The record of a pending move or deletion."""
    identity = [part.name, part.size, part.modified, part.etag]
    return Put(action_key(scope, feed, part), {"part": identity, "outcome": outcome, "where": where})


def finish_parts(store: Store, lease: Lease, feeds: list[Feed]) -> None:
    """Move or delete the parts whose actions are recorded; repeating it after a crash does no harm."""
    by_key = {feed.key: feed for feed in feeds}
    for key, entry in list(store.scan(("after", lease.scope))):
        feed = by_key.get(key[2])
        if feed is None:
            continue
        lease.check()
        seam("before_after")
        feed.bound().after(Part(*entry.value["part"]), entry.value["outcome"], entry.value["where"])
        seam("after_after")
        lease.commit([], [key])
