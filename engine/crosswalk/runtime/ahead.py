"""Maps batches ahead of the writer: several at once on an executor's threads where they are columns, else in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain

from ..batch import Batch
from ..errors import DataError
from ..plugin.executor import Executor
from .careful import outputs_of
from .guard import in_order
from .mapperlike import AppliedLike, MapperLike, works_beside

Prepare = Callable[[str, Batch], None]
"""Does ahead what can be done of writing a stream's records; see `SupportsPrepare`."""


def mapped(
    mapper: MapperLike, batches: Iterator[Batch], executor: Executor | None, prepare: Prepare
) -> Iterator[tuple[Batch, AppliedLike]]:
    """Each batch with what the mapper made of it, in order; without an executor nothing is read ahead.

    Columns are parsed, mapped and prepared on the executor's threads. Rows are mapped here: under Python's lock they
    gain nothing by threads.
    """

    def work(batch: Batch) -> tuple[Batch, AppliedLike | None]:
        if not (batch.may_be_columnar and works_beside(mapper)):
            return batch, None
        applied = mapper.apply(batch)
        for stream, records in outputs_of(applied).items():
            if isinstance(records, Batch) and len(records):
                with suppress(DataError):  # writing finds it again, and knows what to do
                    prepare(stream, records)
        return batch, applied

    for batch in batches:
        if executor is None or not batch.may_be_columnar or not works_beside(mapper):
            yield batch, mapper.apply(batch)
            continue
        for done, applied in in_order(executor, work, chain([batch], batches)):
            yield done, mapper.apply(done) if applied is None else applied
