"""Records that a sink's format cannot carry: found one by one, and turned into rejects of stage "write"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from ..batch import Batch
from ..errors import DataError, RunFailed
from ..lean import lean_dataclass
from ..reject import Reject
from .mapperlike import AppliedLike, MapperLike

_FIX = (
    "map the field to something the format has, name the columns in target.columns, leave such records out with a "
    "filter, or write another format"
)
Write = Callable[[str, Any], None]
"""Writes the records of a stream; a DataError that comes out of it means that nothing of them was written."""


@lean_dataclass(slots=False)
class Written:
    """Records written by stream; source records refused, as rejects, or only counted where the mapping skips them."""

    counts: dict[str, int] = field(default_factory=dict)
    refused: list[Reject] = field(default_factory=list)
    skipped: int = 0

    def rejects(self, applied: AppliedLike) -> list[Reject]:
        """Those of mapping and writing; by number where both may be there, as batches may be of any size."""
        found = [*applied.rejects, *self.refused]
        return sorted(found, key=lambda reject: reject.number) if self.refused else found


def write_outputs(
    write: Write, mapper: MapperLike, batch: Batch | None, applied: AppliedLike, *, sinks: int
) -> Written:
    """Write what the mapper made of `batch`.

    A source record is refused as a whole: none of its outputs is written. Raises RunFailed R121 where that cannot be
    had: with several `sinks` one may have taken what another refuses, and a group (or what is held back to the end:
    `batch` None) is not of one source record. Records are mapped a second time to tell whose output was refused, so
    counters of `sequence` have gaps then.
    """
    stream = ""
    try:
        outputs = outputs_of(applied)
        for stream, records in outputs.items():
            write(stream, records)
        return Written({stream: len(records) for stream, records in outputs.items()})
    except DataError as error:
        if batch is None or _groups(mapper):
            raise cannot_carry(error, stream) from error
        if sinks != 1:
            raise _first_refused(write, mapper, batch, stream) or cannot_carry(error, stream) from error
    return _one_by_one(write, mapper, batch)


def _first_refused(write: Write, mapper: MapperLike, batch: Batch, stream: str) -> RunFailed | None:
    """The error with the record that it is about: written alone, as the run ends here and drops what was written."""
    for alone in _each(batch):
        try:
            write(stream, mapper.apply(alone).outputs.get(stream, []))
        except DataError as error:
            return cannot_carry(error, stream, alone)
    return None


def _each(batch: Batch) -> Iterator[Batch]:
    for at, row in enumerate(batch.rows):
        number, line = batch.numbers[at], batch.lines[at] if batch.lines else 0
        yield Batch.of_rows([row], numbers=[number], lines=[line], file=batch.file)


def outputs_of(applied: AppliedLike) -> Mapping[str, Any]:
    """The records of each stream, as batches where the mapper gives them."""
    batches: Mapping[str, Any] | None = getattr(applied, "batches", None)
    return applied.outputs if batches is None else batches


def _one_by_one(write: Write, mapper: MapperLike, batch: Batch) -> Written:
    done = Written()
    for alone in _each(batch):
        try:
            for stream, records in mapper.apply(alone).outputs.items():
                write(stream, records)
                done.counts[stream] = done.counts.get(stream, 0) + len(records)
        except DataError as error:
            found = mapper.refuse(alone, error)
            done.refused += found.rejects
            done.skipped += getattr(found, "skipped", 0)
    return done


def _groups(mapper: MapperLike) -> bool:
    return getattr(getattr(mapper, "plan", None), "group", None) is not None


def cannot_carry(error: DataError, stream: str = "", alone: Batch | None = None) -> RunFailed:
    """The end of a run whose sink cannot carry a record, where the record cannot be set aside.

    `alone`: the source record, where it was found.
    """
    sink = f'the sink of the output "{stream}"' if stream else "the sink"
    record = "a record"
    if alone is not None:
        record = f"what is made of record {alone.numbers[0]}"
        if alone.file:
            record += f" of {alone.file.rsplit('/', 1)[-1]}"
    return RunFailed("R121", f"{sink} cannot carry {record}: {error.code} {error.message}", fix=_FIX)
