"""Maps batches ahead of the writer: on an executor's threads or its worker processes, the rest in turn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from types import TracebackType
from typing import Self

from ..batch import Batch
from ..errors import DataError
from ..plugin.executor import Executor
from .careful import outputs_of
from .guard import in_order
from .mapperlike import AppliedLike, MapperLike, works_beside
from .remote import Workers, Writing

Pair = tuple[Batch, AppliedLike | None]
"""A batch with what was made of it; None where it is left to whoever takes it."""

_SLOW, _PATIENCE = 2.0, 0.05
"""A source that takes so many times as long as mapping its records, and so many seconds more, is not read ahead of."""


class Ahead:
    """Maps the batches of one feed. Without an executor nothing is read ahead.

    Columns are parsed, mapped and prepared on the executor's threads. Rows gain nothing by threads, under Python's
    lock: they are mapped here, and on the executor's workers once they have taken long enough. `long`: the input is
    known to take its time, and this process may be copied; see `Workers`.
    """

    def __init__(self, mapper: MapperLike, executor: Executor | None, writing: Writing, *, long: bool = False) -> None:
        self._mapper = mapper
        self._executor = executor
        self._writing = writing
        self._workers = Workers(mapper, executor, writing)
        self._long = long

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._workers.close()

    def mapped(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, AppliedLike]]:
        """Each batch with what the mapper made of it, in order."""
        executor = self._executor
        if self._long and executor is not None:
            self._workers.begin()
        try:
            for batch in batches:
                if executor is None or not (self._beside(batch) or self._workers.take(batch)):
                    yield batch, self._here(batch)
                    continue
                for pairs in in_order(executor, self._work, self._items(chain([batch], batches))):
                    for done, applied in pairs:
                        yield done, self._here(done) if applied is None else applied
        except Exception:
            raise
        except BaseException:
            # What was begun is not wanted any more: the executor would wait for it.
            self._workers.close()
            raise

    def _beside(self, batch: Batch) -> bool:
        return batch.may_be_columnar and works_beside(self._mapper)

    def _here(self, batch: Batch) -> AppliedLike:
        start = time.perf_counter()
        applied = self._mapper.apply(batch)
        self._workers.note(batch, time.perf_counter() - start)
        return applied

    def _items(self, batches: Iterator[Batch]) -> Iterator[list[Batch]]:
        """Columns one by one, rows in lots for a worker; ends where the source is slow."""
        workers, lot, records, waited = self._workers, list[Batch](), 0, 0.0
        failure: Exception | None = None
        while True:
            start = time.perf_counter()
            try:
                batch = next(batches, None)
            except Exception as error:  # raised behind what came before it
                batch, failure = None, error
            waited += time.perf_counter() - start
            if batch is None or self._beside(batch) or not workers.take(batch):
                if lot:
                    yield lot
                if failure is not None:
                    raise failure
                if batch is None:
                    return
                yield [batch]
                lot, records, waited = [], 0, 0.0
                continue
            lot.append(batch)
            records += batch.total
            slow = waited > _PATIENCE + _SLOW * workers.rate * records
            if slow or workers.full(lot, records):
                yield lot
                lot, records, waited = [], 0, 0.0
            if slow:
                workers.rest()
                return

    def _work(self, batches: list[Batch]) -> list[Pair]:
        """On any thread."""
        if self._beside(batches[0]):
            return [(batch, self._columns(batch)) for batch in batches]
        if self._workers.take(batches[0]):
            return list(zip(batches, self._workers.map(batches), strict=True))
        return [(batch, None) for batch in batches]

    def _columns(self, batch: Batch) -> AppliedLike:
        applied = self._mapper.apply(batch)
        for stream, records in outputs_of(applied).items():
            if isinstance(records, Batch) and len(records):
                with suppress(DataError):  # writing finds it again, and knows what to do
                    self._writing.prepare(stream, records)
        return applied
