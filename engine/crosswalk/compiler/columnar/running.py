"""A program in a run: each batch as a frame of records, with the parameters and facts that stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ...batch import Batch, Columns
from ...plugin.resolver import RunInfo
from ..plan import Var
from .column import Column, Env, Frame, Irregular, repeated
from .from_python import column_of
from .outcome import Made

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
        count = columns.table.num_rows
        facts = _Facts(batch, columns, self._params, self._run, self._rest)
        env = Env(
            count,
            nulls_are_missing=columns.nulls == "missing",
            run=self._run,
            variables=facts.column,
            rest=facts.rest,
        )
        if columns.unsure is not None:
            env.add(columns.unsure)
        root = Frame(env, count)
        root.contexts[self._root] = Column(columns.table.to_struct_array(), source=True)
        try:
            return self._program.compute(root)
        except (Irregular, pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError):
            # No kernel for a type, or a value that none takes: the row functions know what to do.
            return None


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
        if var.origin == "context":
            one = column_of([self._params[var.name.removeprefix("context.")]])
            return Column(one.data.take(repeated(0, count)))
        name = var.name.rpartition(".")[2]
        if name == "row":
            return Column(pa.array(self._batch.numbers, pa.int64()))
        if name == "line":
            return Column(pa.array(self._batch.lines or [0] * count, pa.int64()))
        if name == "file":
            return Column(repeated(self._batch.file, count, pa.string()))
        if name == "id":
            return Column(repeated(self._run.id, count, pa.string()))
        return Column(column_of([self._run.started_at]).data.take(repeated(0, count)))

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
