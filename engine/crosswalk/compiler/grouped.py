"""The records that a `group` keeps from batch to batch: as rows by key, or as columns where those are to be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..batch import Batch
from ..reject import FieldError, Reject
from ..values import MISSING
from .applied import Applied
from .by_rows import ByRows, meta_of
from .failures import Errors
from .refusing import in_order

if TYPE_CHECKING:
    from .by_columns import ColumnarForm
    from .columnar.grouping import Grouping


class Groups:
    """The groups of one source. `add_rows` and `add_columns` take its batches in order, `end` gives the groups."""

    def __init__(self, functions: ByRows, form: ColumnarForm) -> None:
        self._functions = functions
        self._form = form
        self._rows: dict[Any, list[Any]] = {}
        self._columns: Grouping | None = None
        self._errors = Errors()
        self._applied = Applied({})

    def add_rows(self, batch: Batch) -> Applied:
        """Collect the records of a batch; what comes back are those that are refused and the count of the filtered."""
        applied = self._begin(batch)
        groups = self._rows if self._columns is None else self._columns.rows(batch)
        for place, row in enumerate(batch.rows):
            for key, item in self.collect(batch, place, row):
                groups.setdefault(key, []).append(item)
        self._functions.learn(self._functions.functions(), len(batch))
        return in_order(applied, batch)

    def add_columns(self, batch: Batch) -> Applied | None:
        """The same by columns; None, and nothing is kept, where the batch has none or they are too irregular."""
        columns, program = batch.columns, self._form.program
        if columns is None or program is None or columns.table.num_columns == 0:
            return None
        if self._columns is None:
            bound = self._functions.bound
            self._columns = program.grouping(bound.params, bound.run, self)
            self._columns.rows(batch).update(self._rows)
            self._rows = {}
        applied = self._begin(batch)
        filtered = self._columns.add(batch, columns)
        if filtered is None:
            return None
        applied.filtered += filtered
        return in_order(applied, batch)

    def end(self) -> Applied:
        """The groups in the order of their first records, those that are refused as rejects."""
        applied = self._applied = Applied({})
        streams = self._functions.streams
        if self._columns is not None:
            made = self._columns.end(streams)
        else:
            outputs: dict[str, list[Any]] = {stream: [] for stream in streams}
            for items in self._rows.values():
                for stream, rows in self.emit(items).items():
                    outputs[stream] += rows
            self._rows = {}
            applied = Applied(outputs, applied.rejects, 0, applied.skipped)
        applied.warnings += self._errors.warnings
        return applied if self._columns is None else Applied.of_batches(made, applied)

    # ---- the row functions ----------------------------------------------------------------------------------------

    def collect(self, batch: Batch, place: int, row: Any) -> list[tuple[Any, Any]]:
        """The key and the item of each row that a record explodes to; none where it is filtered or refused."""
        refusals, errors = self._functions.refusals, self._errors
        made = self._functions.functions().collect(row, errors, meta_of(batch, place))
        if errors:
            refusals.add(self._applied, refusals.reject(batch, place, row, errors))
            errors.clear()
            return []
        if made is MISSING or not made:
            self._applied.filtered += 1
            return []
        found = (batch.numbers[place], batch.lines[place] if batch.lines else 0, batch.file)
        return [(key, (row, view, items, found)) for key, view, items in made]

    def emit(self, items: list[Any]) -> Mapping[str, list[Any]]:
        """The outputs of one group; none where it is refused, and each of its records with it."""
        refusals, schema, errors = self._functions.refusals, self._functions.schema, self._errors
        number, line, file = items[0][3]
        made = self._functions.functions().grouped(items, errors, (file, number, line))
        found: Sequence[FieldError] = list(errors)
        errors.clear()
        if not found and schema is not None:
            found = [error for _, out in made for error in schema.check(out)]
        if found:
            for row, _, _, (row_number, row_line, row_file) in items:
                record = refusals.redacted(row)
                refusals.add(self._applied, Reject(record, tuple(found), row_number, row_line, row_file))
            return {}
        outputs: dict[str, list[Any]] = {}
        for stream, out in made:
            outputs.setdefault(self._functions.plan.outputs[stream].name, []).append(out)
        return outputs

    def _begin(self, batch: Batch) -> Applied:
        applied = self._applied = Applied({stream: [] for stream in self._functions.streams})
        self._functions.refusals.add_bad(applied, batch)
        return applied
