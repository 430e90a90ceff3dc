"""The loop: read, map, write, and commit when it is due; one pass over the sources of a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from typing import Any

from ..batch import Batch
from ..errors import ConnectorError, RunFailed
from ..lean import lean_dataclass
from ..plugin.executor import Executor
from ..plugin.fault import guarded
from ..plugin.source import Part, PartChanged, PartVanished
from ..reject import Reject
from .ahead import Ahead
from .careful import write_outputs
from .commit import Committer, Interval, Range, finish_parts
from .events import BatchDone, Committed, Event, FileDone, FileStarted, Rejected, RetryPlanned
from .feed import Feed, retried
from .guard import Blocked
from .ledger import Ledger, Todo
from .mapperlike import AppliedLike, holds_records, mapping_hash, mapping_spec
from .on_event import OnEvent
from .outcome import Outcome
from .policy import CommitPolicy, RejectLimit
from .rejects import document
from .retry import RetryPolicy
from .runs import Counts
from .seams import seam


class PartFailed(Exception):
    """A part broke; what was written since the last commit is to be rolled back. `error` says why."""

    def __init__(self, feed: Feed, todo: Todo, error: Exception) -> None:
        super().__init__(str(error))
        self.feed = feed
        self.todo = todo
        self.error = error


@lean_dataclass(slots=False)
class Settings:
    """What governs a run: policies, limit, and who wants to know."""

    commit: CommitPolicy = field(default_factory=CommitPolicy)
    rejects: RejectLimit = field(default_factory=RejectLimit)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    limit: int | None = None
    stopped: Callable[[], bool] = lambda: False
    on_event: OnEvent = lambda event: None
    pipeline: str = ""
    executor: Executor | None = None


class Loop:
    """One pass. `committer` is open; `ledgers` by feed key."""

    def __init__(
        self,
        feeds: list[Feed],
        ledgers: dict[str, Ledger],
        committer: Committer,
        settings: Settings,
        outcome: Outcome,
        cursors: dict[str, Any],
    ) -> None:
        self._feeds = feeds
        self._ledgers = ledgers
        self._committer = committer
        self._settings = settings
        self._outcome = outcome
        self._cursors = cursors
        self._read_before = committer.run.counts.read
        self._bytes_seen = 0
        self._blocked = False
        self._ahead: Ahead
        outcome.findings.drop()

    def run(self) -> None:
        """Read everything there is. Returns at the end, at the limit or when asked to stop; all but the last interval
        is committed by then. Raises PartFailed, ConnectorError, RunFailed, StateError."""
        for feed in self._feeds:
            if self._ended():
                return
            # A limit counts what was mapped before it asks for more: it cannot look ahead.
            executor = self._settings.executor if self._settings.limit is None else None
            with Ahead(feed.mapper, executor, self._committer) as self._ahead:
                if feed.by_parts:
                    self._parts(feed)
                else:
                    self._whole(feed)
            if holds_records(feed.mapper) and not self._settings.stopped():
                reach = next((r for r in reversed(self._interval.ranges.values()) if r.feed == feed.key), None)
                self._emit(feed, reach, feed.mapper.flush())

    @property
    def _interval(self) -> Interval:
        return self._committer.interval

    def _left(self) -> int | None:
        if self._settings.limit is None:
            return None
        done = self._committer.run.counts.read - self._read_before + self._interval.counts.read
        return self._settings.limit - done

    def _ended(self) -> bool:
        left = self._left()
        return self._settings.stopped() or (left is not None and left <= 0)

    def _parts(self, feed: Feed) -> None:
        ledger = self._ledgers[feed.key]
        for todo in self._todos(feed, ledger):
            if self._ended():
                return
            self._event(FileStarted, file=todo.part.name, size=todo.part.size)
            try:
                ended = self._one(feed, todo)
            except PartVanished as error:
                self._outcome.aside.add(todo.part.id)
                self._outcome.warn(str(error))
                self._skip("vanished")
                continue
            if ended:
                self._event(FileDone, file=todo.part.name)

    def _todos(self, feed: Feed, ledger: Ledger) -> Iterator[Todo]:
        try:
            source = feed.bound()
            with guarded(source, "parts"):
                parts = list(source.parts())
        except ConnectorError as error:
            if not feed.optional:
                raise
            self._outcome.warn(f"the optional source was left out: {error.message}")
            return
        self._outcome.present.update(part.id for part in parts)
        self._outcome.asked = self._outcome.asked or any(map(ledger.asked_for, parts))
        for part in parts:
            if part.id in self._outcome.aside or part.name in self._outcome.changed:
                continue
            found = ledger.todo(part)
            if isinstance(found, Todo):
                yield found
            else:
                self._outcome.aside.add(part.id)
                self._skip(found)
                if found != "done":
                    self._outcome.waiting.append(ledger.waiting(part))

    def _whole(self, feed: Feed) -> None:
        try:
            self._one(feed, Todo(None, self._cursors.get(feed.key)))  # type: ignore[arg-type]
        except ConnectorError as error:
            if not feed.optional:
                raise
            self._outcome.warn(f"the optional source was left out: {error.message}")

    def _one(self, feed: Feed, todo: Todo) -> bool:
        """Read one part; True when its end was reached."""
        part: Part | None = todo.part
        reach = self._interval.begin(feed, part, todo.cursor, todo.attempts)

        def open_(cursor: Any) -> Iterator[Batch]:
            return feed.batches(part, cursor, self._left)

        last = todo.cursor
        self._bytes_seen = 0
        for batch, applied in self._mapped(self._guarded(feed, todo, open_)):
            self._batch(feed, reach, batch, applied)
            last = reach.to
            if self._due(feed):
                self.commit()
                reach = self._interval.begin(feed, part, last, todo.attempts)
            if self._ended():
                break
        else:
            if self._blocked:
                return False
            reach.end = True
            self._interval.tail = False
            self._interval.finished += 1
            if part is not None:
                self._interval.counts.files += 1
            if self._due(feed):
                self.commit()
            return True
        return False

    def _guarded(self, feed: Feed, todo: Todo, open_: Callable[[Any], Iterator[Batch]]) -> Iterator[Batch]:
        """The batches; what breaks in here is the part, while what breaks in the loop's body is a sink or the state."""
        try:
            yield from retried(open_, todo.cursor, self._settings.retry, self._settings.stopped, self._on_retry)
        except Blocked as error:
            self._blocked = True
            self._outcome.warn(error.message, error.code)
        except (PartChanged, ConnectorError) as error:
            if not feed.by_parts:
                raise
            raise PartFailed(feed, todo, error) from error

    def _mapped(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, AppliedLike]]:
        """Each batch with what the mapper made of it, in order."""

        def read() -> Iterator[Batch]:
            for batch in batches:
                seam("after_read")
                yield batch

        return self._ahead.mapped(read())

    def _batch(self, feed: Feed, reach: Range, batch: Batch, applied: AppliedLike) -> None:
        interval = self._interval
        number = batch.total
        interval.counts.read += number
        interval.counts.bytes += max(0, batch.bytes_read - self._bytes_seen)
        self._bytes_seen = batch.bytes_read
        reach.records += number
        self._emit(feed, reach, applied, batch)
        interval.tail = batch.cursor is None
        if batch.cursor is not None:
            reach.to = batch.cursor
        totals = Counts.from_dict(self._committer.run.counts.to_dict())
        totals.add(interval.counts)
        self._event(BatchDone, file=batch.file, position=batch.bytes_read, **totals.to_dict())

    def _emit(self, feed: Feed, reach: Range | None, applied: AppliedLike, batch: Batch | None = None) -> None:
        counts, committer = self._interval.counts, self._committer
        done = write_outputs(committer.write, feed.mapper, batch, applied, sinks=committer.sinks)
        seam("after_write")
        for stream, number in done.counts.items():
            counts.written += number
            counts.streams[stream] = counts.streams.get(stream, 0) + number
        counts.filtered += applied.filtered
        for found in applied.warnings:
            self._outcome.warn(found.message, found.code, found.pointer)
        rejects = done.rejects(applied)
        if rejects:
            counts.rejected += len(rejects)
            found = self.documents(feed, reach, rejects)
            self._outcome.findings.add(feed.key, mapping_spec(feed.mapper), rejects, found)
            self._check_rejects(final=False)
            self._committer.reject(found)
            self._event(Rejected, count=len(found))

    def documents(self, feed: Feed, reach: Range | None, rejects: Iterable[Reject]) -> list[dict[str, Any]]:
        """The reject documents of a batch."""
        run = self._committer.run
        part = reach.part.id if reach is not None and reach.part is not None else ""
        mapping = mapping_hash(feed.mapper)
        return [
            document(
                reject,
                pipeline=self._settings.pipeline,
                run=run.id,
                attempt=run.attempt,
                mapping=mapping,
                feed=feed.key,
                part=part,
            )
            for reject in rejects
        ]

    def _check_rejects(self, *, final: bool) -> None:
        counts, limit = self._committer.run.counts, self._settings.rejects
        read = counts.read + self._interval.counts.read
        rejected = counts.rejected + self._interval.counts.rejected
        if limit.exceeded(read, rejected, final=final):
            samples = self._outcome.findings.samples
            first = samples[0]["errors"][0] if samples else {"code": "", "message": ""}
            raise RunFailed(
                "R120",
                f"{rejected} of {read} records were rejected; at most {limit} may be",
                notes=[f"the first: {first['code']} {first['message']}"],
                fix="correct the mapping or the source and run again: the run goes on where it was committed",
            )

    def _due(self, feed: Feed) -> bool:
        counts = self._interval.counts
        due = self._settings.commit.due(counts.read, counts.bytes, self._interval.finished, self._interval.started)
        return due and not holds_records(feed.mapper) and self._committer.possible

    def commit(self, *, final: bool = False, status: str = "running", error: str = "") -> None:
        """Commit, then move or delete the parts that are finished."""
        self._check_rejects(final=final)
        actions = self._committer.commit(final=final, status=status, error=error)
        self._outcome.findings.keep()
        self._event(Committed, **self._committer.run.counts.to_dict())
        if actions:
            finish_parts(self._committer.store, self._committer.lease, self._feeds)

    def _on_retry(self, error: ConnectorError, attempt: int, wait: float) -> None:
        self._event(RetryPlanned, code=error.code, message=error.message, attempt=attempt, wait=round(wait, 3))

    def _skip(self, why: str) -> None:
        self._outcome.skipped[why] = self._outcome.skipped.get(why, 0) + 1

    def _event(self, kind: type[Event], **data: Any) -> None:
        self._settings.on_event(kind(self._committer.run.id, **data))
