"""Feeds: one source of a pipeline with its mapper, read part by part, with retries."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from ..batch import Batch
from ..errors import ConnectorError
from ..lean import lean_dataclass
from ..plugin.context import Context
from ..plugin.source import Part, Source, SupportsParts
from .components import bound
from .guard import checked_batches
from .mapperlike import MapperLike
from .retry import RetryPolicy, sleep


@lean_dataclass(slots=False)
class Feed:
    """`key` names the source within the pipeline ("0", "1", ...); `source` is not bound, `context` binds it.

    `optional`: a source that cannot be listed or opened is a warning, not a failure.
    """

    key: str
    source: Source
    context: Context
    mapper: MapperLike
    optional: bool = False

    @property
    def by_parts(self) -> bool:
        """Whether the source lists parts that are followed by identity."""
        return isinstance(self.source, SupportsParts)

    @property
    def resumable(self) -> bool:
        """Whether its cursors mean anything to a later run; standard input cannot go back."""
        return bool(getattr(self.source, "resumable", True))

    def bound(self, records: int | None = None) -> Any:
        """The source, bound; `records` cuts smaller batches."""
        context = self.context
        if records is not None and records < context.read.records:
            # As rows: columns come in blocks, and would step over the number.
            context = context.with_(read=replace(context.read, records=records, columnar=False))
        return bound(self.source, context)

    def batches(self, part: Part | None, cursor: Any, left: Callable[[], int | None]) -> Generator[Batch, None, None]:
        """Batches of a part (None: of the whole source) after `cursor`, none past the `left()` records of a limit."""
        while True:
            room = left()
            source = self.bound(room)
            cut = False
            with closing(_started(source, part, cursor)) as stream:
                for batch in stream:
                    batch = _within(batch, left())
                    if batch.cursor is not None:
                        cursor = batch.cursor
                    yield batch
                    now = left()
                    if now is None:
                        continue
                    # A batch of the first size could step over the limit: begin again behind it, with smaller ones.
                    # Without a cursor, there is no behind it.
                    smaller = batch.cursor is not None and now < min(room or now, self.context.read.records)
                    if now <= 0 or smaller:
                        cut = True
                        break
            if not cut or (left() or 0) <= 0:
                return


def _within(batch: Batch, left: int | None) -> Batch:
    """The batch; or, where it would step over the limit, what fits of it, without its cursor."""
    if left is None or len(batch) + len(batch.bad) <= left:
        return batch
    bad = sorted(batch.bad, key=lambda record: record.number)
    numbers = sorted([*batch.numbers, *(record.number for record in bad)])[:left]
    last = numbers[-1] if numbers else 0
    kept = sum(number <= last for number in batch.numbers)
    return Batch.of_rows(
        batch.rows[:kept],
        numbers=batch.numbers[:kept],
        lines=batch.lines[:kept] if batch.lines is not None else None,
        bad=[record for record in bad if record.number <= last],
        file=batch.file,
        bytes_read=batch.bytes_read,
    )


def _started(source: Any, part: Part | None, cursor: Any) -> Generator[Batch, None, None]:
    if part is None:
        return checked_batches(source, "read", lambda: source.read(cursor))
    return checked_batches(source, "read_part", lambda: source.read_part(part, cursor))


def retried(
    open_: Callable[[Any], Iterator[Batch]],
    cursor: Any,
    policy: RetryPolicy,
    stopped: Callable[[], bool],
    on_retry: Callable[[ConnectorError, int, float], None],
) -> Iterator[Batch]:
    """The batches of `open_(cursor)`; after a failure worth a retry it goes on behind the last batch with a cursor.

    A failure behind a batch that had no cursor is raised: going on would repeat that batch.
    """
    attempt = 1
    clean = True
    while True:
        try:
            for batch in open_(cursor):
                clean = batch.cursor is not None
                if clean:
                    cursor = batch.cursor
                    attempt = 1
                yield batch
            return
        except ConnectorError as error:
            wait = policy.wait_of(attempt, error) if clean and not stopped() else None
            if wait is None:
                if attempt > 1:
                    # The outer retry of the whole pass would only repeat what was tried here already.
                    error.kind = "permanent"
                    error.notes += (f"tried {attempt} times",)
                raise
            on_retry(error, attempt, wait)
            attempt += 1
            sleep(wait, stopped)
