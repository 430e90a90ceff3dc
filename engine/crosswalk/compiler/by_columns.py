"""Records mapped by columns where the mapping has such a form, those in doubt by their rows."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from ..batch import Batch
from ..plugin.path import PathLanguage
from .applied import Applied
from .by_rows import ByRows
from .plan import Object, Plan
from .plan_step import CallStep
from .refusing import in_order
from .target_schema import TargetSchema
from .walk import walk

if TYPE_CHECKING:
    from .columnar.notes import Unsupported
    from .columnar.program import ColumnarProgram
    from .columnar.running import Running

_USUAL_FIELDS = 16
_GIVE_UP = 4
"""So many batches in a row that columns could not hold, and `auto` maps the next records by rows,"""
_PAUSE, _LONGEST_PAUSE = 500_000, 8_000_000
"""so many of them, twice as many each time; then it tries again."""


class ColumnarForm:
    """The columnar form of a mapping; planned when first asked for, as that loads pyarrow."""

    def __init__(self, plan: Plan, languages: dict[str, PathLanguage], schema: TargetSchema | None) -> None:
        self.plan = plan
        self._languages = languages
        self._schema = schema
        self._found: ColumnarProgram | Unsupported | None = None

    @property
    def found(self) -> ColumnarProgram | Unsupported:
        """The program, or why there is none."""
        if self._found is None:
            from .columnar.notes import Unsupported
            from .columnar.program import ColumnarProgram

            try:
                self._found = ColumnarProgram(self.plan, self._languages, self._schema)
            except Unsupported as why:
                self._found = why
        return self._found

    @property
    def program(self) -> ColumnarProgram | None:
        """The program, None when there is none."""
        found = self.found
        return None if isinstance(found, Exception) else found

    @property
    def why(self) -> Unsupported:
        """What keeps the mapping from having one; asked for only where there is none."""
        assert isinstance(self.found, Exception)
        return self.found

    @property
    def is_ruled_out(self) -> bool:
        """Whether it is plain to see that there is none."""
        group = self.plan.group
        return group is not None and group.scope == "batch"

    @property
    def batched(self) -> bool:
        """Whether a resolver wants all values of a batch at once, so that columns gain for few records too."""
        return any(isinstance(node, CallStep) and node.resolver.batched for node in walk(self.plan))

    @property
    def width(self) -> int:
        """How many times as many fields as usual: calling kernels costs by field, so wide blocks must be larger."""
        fields = sum(len(output.body.members) for output in self.plan.outputs if isinstance(output.body, Object))
        return min(8, max(1, fields // _USUAL_FIELDS))


class ByColumns:
    """The columnar form at work, in one run."""

    def __init__(self, form: ColumnarForm, rows: ByRows) -> None:
        self._form = form
        self._rows = rows
        self._running: Running | None = None
        self._uneven = 0
        self._pause = _PAUSE
        self._waited = 0
        self._lock = Lock()
        self.left = 0

    @property
    def is_worth_it(self) -> bool:
        """Whether there is such a form, and batches have not been too irregular for it of late."""
        return self._form.program is not None and (self._uneven < _GIVE_UP or self._waited >= self._pause)

    def note(self, applied: Applied | None, *, patient: bool) -> None:
        """Note whether a batch could be mapped so; `patient`: those that could not do not count."""
        if applied is not None or patient:
            self._uneven = 0
            return
        self._uneven += 1
        if self._uneven > _GIVE_UP:
            self._pause = min(_LONGEST_PAUSE, 2 * self._pause)
        self._waited = 0

    def leave(self, records: int) -> None:
        """Count records that are left to rows, as `left`; on any thread."""
        with self._lock:
            self.left += records

    def wait(self, records: int) -> None:
        """Note so many records that are mapped by rows."""
        self._waited += records

    def apply(self, batch: Batch) -> Applied | None:
        """What columns make of the batch, its records in doubt through their rows; None when it is too irregular."""
        columns, program = batch.columns, self._form.program
        # A table without columns would not know how many records there are.
        if columns is None or program is None or columns.table.num_columns == 0:
            return None
        if self._running is None:
            bound = self._rows.bound
            self._running = program.load(bound.params, bound.run)
        from .columnar.splicing import spliced

        made = self._running.map(batch, columns)
        if made is None:
            return None
        others: dict[str, list[tuple[int, list[Any]]]] = {name: [] for name in self._rows.streams}
        applied = Applied({}, filtered=made.filtered)
        self._rows.refusals.add_bad(applied, batch)
        for place, row in zip(made.left, batch.rows_at(made.left) if made.left else (), strict=True):
            line = batch.lines[place] if batch.lines else 0
            alone = Batch.of_rows([row], numbers=[batch.numbers[place]], lines=[line], file=batch.file)
            one = self._rows.apply(alone)
            applied.add_counts(one)
            for stream, rows in one.outputs.items():
                if rows:
                    others[stream].append((place, rows))
        in_order(applied, batch)
        outputs = {
            name: spliced(records, None if places is None else places.to_pylist(), others[name])
            for name, (records, places) in made.streams.items()
        }
        return Applied.of_batches(outputs, applied)
