"""What a mapper makes of records: outputs by stream, rejects, counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .. import html
from ..batch import Batch
from ..errors import DataError
from ..reject import FieldError, Reject


class Output(NamedTuple):
    """One output record and the stream it belongs to ("" unless the mapping has `outputs`)."""

    stream: str
    record: Any


class Applied:
    """What a mapper made of some records.

    `rejects`: refused records with all their errors. `filtered`: records left out by `filter` or `where`; `skipped`:
    refused ones under `"record": "skip"`. `warnings`: findings of checks at level `warn`.
    """

    def __init__(
        self,
        outputs: dict[str, list[Any]],
        rejects: list[Reject] | None = None,
        filtered: int = 0,
        skipped: int = 0,
        warnings: list[FieldError] | None = None,
        *,
        batches: dict[str, list[Batch]] | None = None,
    ) -> None:
        self._outputs = outputs
        self._batches = batches
        self.rejects = rejects if rejects is not None else []
        self.filtered = filtered
        self.skipped = skipped
        self.warnings = warnings if warnings is not None else []

    @property
    def outputs(self) -> dict[str, list[Any]]:
        """Records by stream, in source order; made of the columns when it is first asked for."""
        if self._batches is not None:
            self._outputs = {name: [row for b in held for row in b.rows] for name, held in self._batches.items()}
            self._batches = None
        return self._outputs

    @property
    def records(self) -> list[Any]:
        """The records of a mapping with one output stream."""
        return next(iter(self.outputs.values())) if len(self.outputs) == 1 else []

    def batches(self) -> Iterator[tuple[str, Batch]]:
        """The records of each stream in order, as rows or columns, whichever is at hand; no batch is empty."""
        if self._batches is not None:
            yield from ((name, batch) for name, held in self._batches.items() for batch in held if len(batch))
        else:
            yield from ((name, Batch.of_rows(rows)) for name, rows in self._outputs.items() if rows)

    def counts(self) -> dict[str, int]:
        """How many records each stream got."""
        if self._batches is not None:
            return {name: sum(map(len, held)) for name, held in self._batches.items()}
        return {name: len(rows) for name, rows in self._outputs.items()}

    @property
    def pieces(self) -> dict[str, list[Batch]] | None:
        """The batches of each stream where columns made them; None when there are only rows."""
        return self._batches

    def set_batches(self, batches: dict[str, list[Batch]]) -> None:
        """The outputs, as batches."""
        self._batches = batches

    def _repr_html_(self) -> str:
        """For notebooks: the counts, the first records of each stream, the first rejects."""
        counts = [("rejected", len(self.rejects)), ("filtered", self.filtered), ("skipped", self.skipped)]
        found: str = html.facts("applied", [(name, number) for name, number in counts if number])
        for name, records in self.outputs.items():
            found += f"<div>{html.cell(name or 'records')}: {len(records):,}</div>{html.records(records)}"
        return found + (html.rejects(self.rejects) if self.rejects else "")

    def extend(self, other: Applied) -> None:
        """Add what another batch gave."""
        for name, records in other.outputs.items():
            self.outputs.setdefault(name, []).extend(records)
        self.add_counts(other)

    def add_counts(self, other: Applied) -> None:
        """Add all that another batch gave but the outputs."""
        self.rejects += other.rejects
        self.filtered += other.filtered
        self.skipped += other.skipped
        self.warnings += other.warnings


class RecordRejected(DataError):
    """A single record was refused; `reject` has every error."""

    __slots__ = ("reject",)

    def __init__(self, reject: Reject) -> None:
        first = reject.errors[0]
        more = f" (and {len(reject.errors) - 1} more)" if len(reject.errors) > 1 else ""
        place = f"{first.field}: " if first.field else ""
        super().__init__(first.code, f"{place}{first.message}{more}")
        self.reject = reject


def spliced(batch: Batch, places: Sequence[int] | None, others: list[tuple[int, list[Any]]]) -> list[Batch]:
    """A batch of columns with rows put between, by the place of their source record.

    `places[i]`: the source record of row i, rising; None when row i is of record i. `others`: rows by record.
    """
    from bisect import bisect_left

    columns = batch.columns
    if not others or columns is None:
        return [batch]
    found: list[Batch] = []
    done = 0
    for record, rows in others:
        end = record if places is None else bisect_left(places, record)
        if end > done:
            found.append(Batch.of_arrow(columns.sliced(done, end)))
            done = end
        if found and not found[-1].may_be_columnar:
            found[-1].rows.extend(rows)
        else:
            found.append(Batch.of_rows(list(rows)))
    if done < len(batch):
        found.append(Batch.of_arrow(columns.sliced(done, len(batch))))
    return found
