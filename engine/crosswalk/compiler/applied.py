"""What a mapper makes of records: outputs by stream, rejects, counts."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..batch import Batch
from ..errors import CrosswalkError, DataError
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

    rejects: list[Reject]
    filtered: int
    skipped: int
    warnings: list[FieldError]

    def __init__(
        self,
        outputs: dict[str, list[Any]],
        rejects: list[Reject] | None = None,
        filtered: int = 0,
        skipped: int = 0,
        warnings: list[FieldError] | None = None,
    ) -> None:
        self._outputs: dict[str, list[Any]] | None = outputs
        self._batches: dict[str, Batch] = {}
        self.rejects = rejects if rejects is not None else []
        self.filtered = filtered
        self.skipped = skipped
        self.warnings = warnings if warnings is not None else []

    @classmethod
    def of_batches(cls, batches: dict[str, Batch], found: Applied) -> Applied:
        """Outputs as batches, and all but the outputs of `found`."""
        made = cls({}, found.rejects, found.filtered, found.skipped, found.warnings)
        made._outputs, made._batches = None, batches
        return made

    @property
    def outputs(self) -> dict[str, list[Any]]:
        """Records by stream, in source order; made of the columns when it is first asked for."""
        if self._outputs is None:
            self._outputs = {name: batch.rows for name, batch in self._batches.items()}
        return self._outputs

    @property
    def records(self) -> list[Any]:
        """The records of a mapping with one output stream."""
        return next(iter(self.outputs.values())) if len(self.outputs) == 1 else []

    @property
    def batches(self) -> dict[str, Batch]:
        """The records of each stream in order, as rows or columns, whichever is at hand."""
        if self._outputs is not None and not self._batches:
            self._batches = {name: Batch.of_rows(rows) for name, rows in self._outputs.items()}
        return self._batches

    def __repr__(self) -> str:
        made = ", ".join(f"{len(batch)}{f' in {name}' if name else ''}" for name, batch in self.batches.items())
        return f"<Applied: {made or 0} records, {len(self.rejects)} rejected, {self.filtered} filtered>"

    def _repr_html_(self) -> str:
        from .. import html

        """For notebooks: the counts, the first records of each stream, the first rejects."""
        counts = [("rejected", len(self.rejects)), ("filtered", self.filtered), ("skipped", self.skipped)]
        parts = [html.facts("applied", [(name, number) for name, number in counts if number])]
        for name, records in self.outputs.items():
            parts += [html.caption(f"{name or 'records'}: {len(records):,}"), html.records(records)]
        if self.rejects:
            parts += [html.caption("rejects"), html.rejects(self.rejects)]
        return html.shown(*parts)

    def extend(self, other: Applied) -> None:
        """Add what another batch gave."""
        outputs, self._batches = self.outputs, {}
        for name, records in other.outputs.items():
            outputs.setdefault(name, []).extend(records)
        self.add_counts(other)

    def add_counts(self, other: Applied) -> None:
        """Add all that another batch gave but the outputs."""
        self.rejects += other.rejects
        self.filtered += other.filtered
        self.skipped += other.skipped
        self.warnings += other.warnings


class RecordRejected(DataError, CrosswalkError):
    """A single record was refused; `reject` has every error. `which` goes before the message, where it is not plain.

    ```python
    from crosswalk import RecordRejected

    order = engine.mapping({"mapping": "1", "fields": {"qty": ["qty", "int"]}})
    try:
        order({"qty": "many"})
    except RecordRejected as error:
        assert [(one.field, one.code, one.sample) for one in error.reject.errors] == [("qty", "M310", '"many"')]
    ```
    """

    reject: Reject

    def __init__(self, reject: Reject, which: str = "") -> None:
        first = reject.errors[0]
        more = f" (and {len(reject.errors) - 1} more)" if len(reject.errors) > 1 else ""
        place = f"{first.field}: " if first.field else ""
        CrosswalkError.__init__(self, first.code, f"{which}{place}{first.message}{more}")
        self.sample: Any = None
        self.reject = reject
