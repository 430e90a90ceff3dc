"""What becomes of records that cannot be mapped: rejects without sensitive values, by the mapping's `on_error`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..batch import Batch
from ..errors import RunFailed
from ..reject import FieldError, Reject
from .applied import Applied
from .plan import Plan
from .redact import Redactor


class Refusals:
    """Makes rejects, and adds them to what a batch gave. `on_record`: "reject", "skip" or "stop"."""

    def __init__(self, plan: Plan, on_record: str) -> None:
        self.redacted = Redactor(plan)
        self._on_record = on_record

    def reject(self, batch: Batch, index: int, row: Any, errors: Sequence[FieldError], stage: Any = "") -> Reject:
        """The record at a place of the batch as a reject; without a `stage` its errors tell it."""
        if not stage:
            stage = "check" if all(e.code == "M342" and not e.field for e in errors) else "map"
        line = batch.lines[index] if batch.lines else 0
        return Reject(self.redacted(row), tuple(errors), batch.numbers[index], line, batch.file, stage)

    def add(self, applied: Applied, reject: Reject) -> None:
        """Note a reject as the mapping wants it; raises RunFailed where one ends the run."""
        if self._on_record == "skip":
            applied.skipped += 1
            return
        if self._on_record == "stop":
            error = reject.errors[0]
            raise RunFailed(
                error.code, f"record {reject.number}: {error.field + ': ' if error.field else ''}{error.message}",
                notes=(f"sample: {error.sample}",) if error.sample else (),
                fix='"on_error": { "record": "reject" } keeps going and writes refused records to the rejects',
            )  # fmt: skip
        applied.rejects.append(reject)

    def must_stop(self, batch: Batch) -> Batch | None:
        """The records before the first that could not be read, where the run ends with that one; else None."""
        if self._on_record != "stop" or not batch.bad:
            return None
        first = min(bad.number for bad in batch.bad)
        before = [place for place, number in enumerate(batch.numbers) if number < first]
        rows, numbers = [batch.rows[place] for place in before], [batch.numbers[place] for place in before]
        lines = [batch.lines[place] for place in before] if batch.lines else None
        return Batch.of_rows(rows, numbers=numbers, lines=lines, file=batch.file)

    def add_bad(self, applied: Applied, batch: Batch) -> None:
        """Note the records that could not be read."""
        for bad in batch.bad:
            self.add(applied, Reject.of_bad(bad, batch.file))


def in_order(applied: Applied, batch: Batch) -> Applied:
    """The same, its rejects by number where records that could not be read came first."""
    if batch.bad:
        applied.rejects.sort(key=lambda reject: reject.number)
    return applied
