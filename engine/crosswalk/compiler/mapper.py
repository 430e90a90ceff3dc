"""Mappers: a compiled mapping that is called with records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from ..batch import Batch
from ..errors import DataError, UsageError
from ..plugin.format import Format, ReadOptions
from ..plugin.resolver import RunInfo
from ..reject import FieldError
from ..values import MISSING
from .apart import held_here, rebuilt
from .applied import Applied, Output, RecordRejected
from .by_columns import ByColumns
from .by_rows import ByRows
from .grouped import Groups
from .mapping_facts import MappingFacts
from .params import Bound, checked_params
from .plan import Plan
from .program import Program
from .quick import SLOW
from .refusing import Refusals

if TYPE_CHECKING:
    from ..registry import Registry
    from ..spec.mapping_spec import MappingSpec
    from .columnar.program import ColumnarProgram
    from .execution import Execution
    from .table import ArrowArray, ArrowStream, MappedTable, OnReject

BackEnd = Literal["auto", "row", "columnar"]
"""`auto`: columns where the source has them and the mapping gains by it."""

_COLUMN_BYTES = 2_000_000
_COLUMN_RECORDS = 65_536
_COLUMN_LEAST = 1_000_000

__all__ = ["Applied", "BackEnd", "Mapper", "Output", "RecordRejected"]


class Mapper(MappingFacts):
    """A mapping, compiled. Call it with one record, `apply` it to many; safe from several threads.

    ```python
    order = engine.mapping({"mapping": "1", "name": "order", "fields": {"id": "id", "qty": ["qty", "int"]}})
    assert order({"id": "a", "qty": "5"}) == {"id": "a", "qty": 5}
    applied = order.apply([{"id": "a", "qty": "5"}, {"id": "b", "qty": "many"}])
    assert applied.records == [{"id": "a", "qty": 5}]
    assert applied.rejects[0].errors[0].message.startswith("not a whole number")
    ```

    Made by `Engine.mapping`. With `group` of scope `source` and batches given one by one, a mapper keeps the groups
    until `flush`: bind one per run.
    """

    def __init__(
        self, spec: MappingSpec, plan: Plan, registry: Registry, source_format: str | None = None, *, schema: Any = None
    ) -> None:
        super().__init__(spec, plan, registry, source_format, schema)
        policy = spec.data.get("on_error") or {}
        self._refusals = Refusals(plan, policy.get("record", "reject"))
        self._program = Program(plan, self.languages)
        self._bound = Bound(plan.params, registry)
        self._back_end: BackEnd = "auto"
        self._begin()

    def _begin(self) -> None:
        """Be at the start of a run."""
        self._rows = ByRows(self.plan, self._program, self._schema, self._refusals, self._bound)
        self._columns = ByColumns(self._form, self._rows)
        self._groups: Groups | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its document, parameters and engine settings; compiled anew where it is loaded.

        What it read of other files goes along: it means the same there, also when they have changed.
        """
        read = (self.plan.tables, self._schema and self._schema.schema)
        bound = (self._bound.given, self._bound.given_run)
        return rebuilt, (self.spec, self._registry, self._made_for, bound, self._back_end, read)

    # ---- how it runs -------------------------------------------------------------------------------------------------

    @property
    def read_options(self) -> ReadOptions:
        """Record path and namespaces for the source's format."""
        ruled_out = self.columnar is None if self._back_end == "columnar" else self._form.is_ruled_out
        return self._options(columnar=not (self._back_end == "row" or ruled_out or self._wants_rows))

    def _options(self, *, columnar: bool) -> ReadOptions:
        source = self.spec.data.get("source") or {}
        found = ReadOptions(
            record=source.get("record"), namespaces=tuple(sorted((source.get("namespaces") or {}).items()))
        )
        found = replace(found, unparsed=self.remote)
        if not columnar:
            return found
        from .columnar.names import names_read

        # What columns need is loaded and planned when there is a text that is worth it.
        return replace(
            found, columnar=True, names=names_read(self.plan, self.languages),
            bytes=_COLUMN_BYTES * self._form.width, records=_COLUMN_RECORDS,
            columnar_from=_COLUMN_LEAST if self._back_end == "auto" and not self.batched else 0,
            still_columnar=lambda: self.threads,
        )  # fmt: skip

    @property
    def columnar(self) -> ColumnarProgram | None:
        """The mapping's columnar form, None when it has none; planned when first asked for."""
        return self._form.program

    @property
    def batched(self) -> bool:
        """Whether a resolver wants all values of a batch at once, so that columns gain for few records too."""
        return self._form.batched

    @property
    def threads(self) -> bool:
        """Whether `apply` gains by being called on several threads at once."""
        return self._back_end != "row" and self._columns.is_worth_it

    @property
    def left_to_rows(self) -> int:
        """How many of the records given so far were mapped by rows, as their batch is none of columns."""
        return self._columns.left

    @property
    def remote(self) -> bool:
        """Whether copies of it may work in other processes, each on some of the records; see `apart`."""
        return not held_here(self.plan)

    # ---- binding ------------------------------------------------------------------------------------------------

    def bind(self, params: Mapping[str, Any] | None = None, run: RunInfo | None = None) -> Mapper:
        """A mapper with parameters (`$context`) and run facts (`$run`) of its own. Raises UsageError M202 or M206."""
        checked = checked_params(self.plan.params, params or {}, self._registry)
        return self._with(_bound=Bound(self.plan.params, self._registry, checked, run))

    def _with(self, **changed: Any) -> Mapper:
        """The same mapper at the start of a run, but for some attributes."""
        made = Mapper.__new__(Mapper)
        made.__dict__.update(self.__dict__, **changed)
        made._begin()
        return made

    def with_back_end(self, back_end: BackEnd, reader: Format | None = None) -> Mapper:
        """The same mapper on another back end; UsageError U122 for `columnar` where the mapping has no such form.

        `reader`: the format of the records; U122 then also where it never has columns for the mapping.
        """
        made = self._with(_back_end=back_end)
        if back_end == "columnar" and (self._form.program is None or reader is not None):
            slow = made.execution(reader).slow
            if slow:
                raise UsageError(
                    "U122", f"this mapping runs row by row: {slow[0].reason}",
                    fix=slow[0].advice or "leave --engine out",
                    notes=tuple(f"at {one.pointer}: {one.reason}" for one in slow if one.pointer),
                )  # fmt: skip
        return made

    def execution(self, reader: Format | None = None) -> Execution:
        """How it runs: by columns or by rows, the class of each field, what is slow, why, and what to change.

        `reader`: the format of the records, where they come from one.
        """
        from .execution import execution_of
        from .reads_all import without_columns

        found = execution_of(self.plan, self._form.found)
        if reader is None or found.runs == "rows":
            return found
        options = self._with(_back_end="columnar")._options(columnar=True)
        return found.given(without_columns(reader, options, self.plan, self.languages))

    @property
    def params(self) -> Mapping[str, Any]:
        """The bound parameters, or the defaults; raises UsageError M206 when a required one is missing."""
        return self._bound.params

    # ---- mapping ------------------------------------------------------------------------------------------------

    def __call__(self, record: Any) -> Any:
        """The output of one record, None when it is filtered out; raises RecordRejected when it is refused.

        For a mapping that may give several outputs (explode, outputs, group) use `expand`; this raises UsageError.
        """
        lean = self._rows.lean
        if lean is not None:
            out = lean(record)
            if out is not SLOW:
                return None if out is MISSING else out
        if self.plan.multiple or self.plan.group:
            raise UsageError(
                "M206", f'mapping "{self.name}" may give several records for one',
                fix="call mapper.expand(record) or mapper.apply(records)",
            )  # fmt: skip
        out = self._rows.one(record)
        return None if out is MISSING else out

    def expand(self, record: Any) -> list[Output]:
        """All outputs of one record; raises RecordRejected when it is refused."""
        applied = self.apply([record])
        if applied.rejects:
            raise RecordRejected(applied.rejects[0])
        return [Output(name, out) for name, outs in applied.outputs.items() for out in outs]

    def apply(self, records: Batch | Iterable[Any]) -> Applied:
        """Map many records; refused ones come back in `rejects`, the call does not raise for data.

        Raises RunFailed under `"on_error": {"record": "stop"}`. Plain records are a whole source: groups end with them.
        """
        if isinstance(records, Batch):
            return self._apply(records)
        batch = Batch.of_rows(records)
        return self._group_all(batch) if self.plan.group is not None else self._rows.apply(batch)

    def table(
        self, data: ArrowStream | ArrowArray, *, stream: str | None = None, on_reject: OnReject = "raise"
    ) -> MappedTable:
        """Arrow data, mapped while it is read: a table or data frame of pyarrow, polars, pandas, DuckDB, DataFusion.

        What comes back has `schema` at once and the Arrow C stream. `stream`: the output to take, needed where there
        are several. `on_reject`: "raise" RecordRejected to whoever reads at the first refused record, "collect" them in
        `rejects`, or a function that takes each. Raises UsageError U124 when the output's columns are not known before
        the data, U125 for what is no Arrow data, U127 for an unknown stream, M206 for a missing parameter.
        """
        from .table import MappedTable

        return MappedTable(self, self._with, data, stream, on_reject)

    def flush(self) -> Applied:
        """End of the source: what the groups still held back."""
        groups, self._groups = self._groups, None
        return groups.end() if groups is not None else Applied({name: [] for name in self.streams})

    def _apply(self, batch: Batch) -> Applied:
        before = self._refusals.must_stop(batch)
        if before is not None:
            # Whatever is wrong with those before ends the run first.
            self._apply(before)
        if self.plan.group is not None and self.plan.group.scope == "batch":
            return self._group_all(batch)
        if self.plan.group is not None and self._groups is None:
            self._groups = Groups(self._rows, self._form)
        groups = self._groups
        if batch.may_be_columnar and self.threads:
            applied = self._columns.apply(batch) if groups is None else groups.add_columns(batch)
            self._columns.note(applied, patient=self._back_end != "auto")
            if applied is not None:
                return applied
        else:
            self._columns.wait(len(batch))
        self._columns.leave(len(batch))
        return self._rows.apply(batch) if groups is None else groups.add_rows(batch)

    def _group_all(self, batch: Batch) -> Applied:
        """The groups of the records of one batch."""
        groups = Groups(self._rows, self._form)
        applied = groups.add_rows(batch)
        applied.extend(groups.end())
        return applied

    def refuse(self, batch: Batch, error: DataError) -> Applied:
        """What becomes of a batch of one record whose output the sink cannot carry; `on_error.record` decides."""
        applied = Applied({})
        # No sample: the sink does not tell the field, which may be sensitive.
        why = [FieldError(error.code, error.message)]
        self._refusals.add(applied, self._refusals.reject(batch, 0, batch.rows[0], why, "write"))
        return applied
