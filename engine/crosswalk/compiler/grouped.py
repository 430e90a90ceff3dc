"""The records that a `group` keeps from batch to batch: as rows by key, or as columns where those are to be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..batch import Batch
from ..reject import FieldError, Reject
from ..values import MISSING
from .applied import Applied
from .failures import Errors

if TYPE_CHECKING:
    from .columnar.grouping import Grouping
    from .mapper import Mapper


class Groups:
    """The groups of one source. `add_rows` and `add_columns` take its batches in order, `end` gives the groups."""

    def __init__(self, mapper: Mapper) -> None:
        self._mapper = mapper
        self._rows: dict[Any, list[Any]] = {}
        self._columns: Grouping | None = None
        self._errors = Errors()
        self._applied = Applied({})

    def add_rows(self, batch: Batch) -> Applied:
        """Collect the records of a batch; what comes back are those that are refused and the count of the filtered."""
        applied, mapper = self._begin(batch), self._mapper
        groups = self._rows if self._columns is None else self._columns.rows(batch)
        for place, row in enumerate(batch.rows):
            for key, item in self.collect(batch, place, row):
                groups.setdefault(key, []).append(item)
        mapper._learn(mapper._ready(), len(batch))
        return self._done(batch, applied)

    def add_columns(self, batch: Batch) -> Applied | None:
        """The same by columns; None, and nothing is kept, where the batch has none or they are too irregular."""
        mapper, columns = self._mapper, batch.columns
        program = mapper.columnar
        if columns is None or program is None or columns.table.num_columns == 0:
            return None
        if self._columns is None:
            mapper._ready()
            assert mapper._run is not None
            self._columns = program.grouping(mapper.params, mapper._run, self)
            self._columns.rows(batch).update(self._rows)
            self._rows = {}
        applied = self._begin(batch)
        filtered = self._columns.add(batch, columns)
        if filtered is None:
            return None
        applied.filtered += filtered
        return self._done(batch, applied)

    def end(self) -> Applied:
        """The groups in the order of their first records, those that are refused as rejects."""
        applied = self._applied = Applied({})
        streams = self._mapper.streams
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
        mapper, errors = self._mapper, self._errors
        made = mapper._ready().collect(row, errors, mapper._meta(batch, place))
        if errors:
            mapper._refuse(self._applied, mapper._reject(batch, place, row, errors))
            errors.clear()
            return []
        if made is MISSING or not made:
            self._applied.filtered += 1
            return []
        found = (batch.numbers[place], batch.lines[place] if batch.lines else 0, batch.file)
        return [(key, (row, view, items, found)) for key, view, items in made]

    def emit(self, items: list[Any]) -> Mapping[str, list[Any]]:
        """The outputs of one group; none where it is refused, and each of its records with it."""
        mapper, errors = self._mapper, self._errors
        number, line, file = items[0][3]
        made = mapper._ready().grouped(items, errors, (file, number, line))
        found: Sequence[FieldError] = list(errors)
        errors.clear()
        if not found and mapper._schema:
            found = [error for _, out in made for error in mapper._schema.check(out)]
        if found:
            for row, _, _, (row_number, row_line, row_file) in items:
                record = mapper._redactor(row)
                mapper._refuse(self._applied, Reject(record, tuple(found), row_number, row_line, row_file))
            return {}
        outputs: dict[str, list[Any]] = {}
        for stream, out in made:
            outputs.setdefault(mapper.plan.outputs[stream].name, []).append(out)
        return outputs

    def _begin(self, batch: Batch) -> Applied:
        applied = self._applied = Applied({stream: [] for stream in self._mapper.streams})
        for bad in batch.bad:
            self._mapper._refuse(applied, Reject.of_bad(bad, batch.file))
        return applied

    def _done(self, batch: Batch, applied: Applied) -> Applied:
        if batch.bad:
            applied.rejects.sort(key=lambda reject: reject.number)
        return applied
