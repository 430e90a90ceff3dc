"""A program in a run: each batch as a frame of records, with the parameters and facts that stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ...batch import Batch, Columns
from ...plugin.resolver import RunInfo
from ..plan_path import Var
from .column import Column, Env, Frame, Irregular, repeated, some, too_many
from .from_python import column_of
from .outcome import Made
from .plain import normal

if TYPE_CHECKING:
    from .program import ColumnarProgram


class Running:
    """A program in a run; safe from several threads."""

    def __init__(self, program: ColumnarProgram, root: int, rest: Any, params: Mapping[str, Any], run: RunInfo) -> None:
        self._program = program
        self._root = root
        self._rest = rest
        self._params = params
        self._run = run

    def map(self, batch: Batch, columns: Columns) -> Made | None:
        """Map the records of a batch; None when it is too irregular for columns."""
        if columns.unsure is not None and too_many(columns.unsure.true_count, len(columns.unsure)):
            return None
        root = root_frame(self._root, batch, columns, self._params, self._run, self._rest)
        try:
            return self._program.compute(root)
        except NOT_IN_COLUMNS:
            return None


NOT_IN_COLUMNS = (Irregular, pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError)
"""No kernel for a type, or a value that none takes: the row functions know what to do."""


def root_frame(
    root: int, batch: Batch, columns: Columns, params: Mapping[str, Any], run: RunInfo, rest: Any = None
) -> Frame:
    """The frame of a batch's records, which are the context `root`."""
    count = columns.table.num_rows
    facts = _Facts(batch, columns, params, run, rest)
    nulls_are_missing = columns.nulls == "missing"
    env = Env(count, nulls_are_missing=nulls_are_missing, run=run, variables=facts.column, rest=facts.rest)
    if columns.unsure is not None:
        env.add(columns.unsure)
    frame = Frame(env, count)
    members = _members(columns) if columns.null_at else None
    frame.contexts[root] = Column(columns.table.to_struct_array(), None, members, source=True)
    return frame


def _members(columns: Columns) -> list[tuple[str, Column]]:
    """The columns, each with what its nulls stand for."""
    made: list[tuple[str, Column]] = []
    for name, held in zip(columns.table.schema.names, columns.table.columns, strict=True):
        data = normal(held)
        absent, null = data.is_null() if data.null_count else None, columns.null_at.get(name)
        missing = absent if absent is None or null is None else pc.and_not(absent, null)
        made.append((name, Column(data, missing if some(missing) else None, source=True)))
    return made


def constant(var: Var, params: Mapping[str, Any], run: RunInfo) -> Any:
    """A parameter, or a fact of the run; raises Irregular for those of the source."""
    if var.origin == "context":
        return params[var.name.removeprefix("context.")]
    if var.origin == "run":
        return run.id if var.name.endswith(".id") else run.started_at
    raise Irregular


class _Facts:
    """Columns of what stands beside the records, made when they are asked for."""

    def __init__(self, batch: Batch, columns: Columns, params: Mapping[str, Any], run: RunInfo, rest: Any) -> None:
        self._batch = batch
        self._columns = columns
        self._params = params
        self._run = run
        self._rest = rest
        self._made: list[Column] | None = None

    def column(self, var: Var) -> Column:
        """A parameter, or a fact of the source or the run."""
        count = self._columns.table.num_rows
        if var.name == "meta.row":
            return Column(pa.array(self._batch.numbers, pa.int64()))
        if var.name == "meta.line":
            return Column(pa.array(self._batch.lines or [0] * count, pa.int64()))
        if var.name == "meta.file":
            return Column(repeated(self._batch.file, count, pa.string()))
        return Column(column_of([constant(var, self._params, self._run)]).data.take(repeated(0, count)))

    def rest(self, frame: Frame) -> list[Column]:
        """What the row functions make of every record."""
        if self._made is None:
            batch = self._batch
            lines = batch.lines
            self._made = self._rest(
                frame,
                # Only the records themselves tell in which order the members of their objects stand.
                batch.rows if self._columns.nulls == "missing" else self._columns.rows(),
                lambda place: (batch.file, batch.numbers[place], lines[place] if lines else 0),
            )
        return self._made
