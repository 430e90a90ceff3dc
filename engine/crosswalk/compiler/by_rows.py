"""Records mapped one by one by the row functions, in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from ..batch import Batch
from ..values import MISSING
from .applied import Applied, RecordRejected
from .failures import Errors
from .params import Bound
from .plan import Plan
from .program import WARM, Loaded, Program
from .quick import SLOW
from .refusing import Refusals, in_order
from .target_schema import TargetSchema

_Numbered = Iterable[tuple[int, Any]]
_NO_META = (None, 0, 0)
_LOOK = 128
"""After so many single records, see whether to compile anew."""
_PIECE = 10_000
"""And after so many of a large batch."""


class ByRows:
    """The row functions of a mapping, loaded when first needed.

    `lean`: maps one record, as long as nothing goes wrong; None where it takes more. See `emit_attempt`.
    """

    def __init__(
        self,
        plan: Plan,
        program: Program,
        schema: TargetSchema | None,
        refusals: Refusals,
        bound: Bound,
    ) -> None:
        self.plan = plan
        self.program = program
        self.schema = schema
        self.refusals = refusals
        self.streams = plan.streams
        self.lean: Callable[[Any], Any] | None = None
        self.bound = bound
        self._loaded: Loaded | None = None
        self._lock = Lock()
        self._singles = 0

    def functions(self) -> Loaded:
        """The row functions as they are compiled now."""
        loaded = self._loaded
        if loaded is None:
            with self._lock:  # `lean` belongs to what is loaded
                loaded = self._loaded = self.program.load(self.bound.params, self.bound.run)
                if loaded.lean and self.schema is None and not self.plan.multiple:
                    self.lean = loaded.record
        return loaded

    def learn(self, loaded: Loaded, records: int) -> None:
        """Note so many more records; where the program is compiled anew for what they are like, load it."""
        if self.program.learn(records) != loaded.version:
            self._loaded = self.lean = None

    def one(self, record: Any) -> Any:
        """What one record gives, MISSING when it is filtered out; raises RecordRejected when it is refused."""
        loaded = self.functions()
        errors = Errors()
        out = loaded.record(record, errors, _NO_META)
        self._singles += 1
        if self.lean is not None:
            # Nobody counts the records that need no care.
            self.learn(loaded, 1)
        elif self._singles % _LOOK == 0:
            self.learn(loaded, _LOOK)
        if errors:
            raise RecordRejected(self.refusals.reject(Batch.of_rows([record]), 0, record, errors))
        if self.schema is not None and out is not MISSING and (found := self.schema.check(out)):
            raise RecordRejected(self.refusals.reject(Batch.of_rows([record]), 0, record, found, "schema"))
        return out

    def apply(self, batch: Batch) -> Applied:
        """What the records of a batch give; groups are made elsewhere."""
        applied = Applied({name: [] for name in self.streams})
        self.refusals.add_bad(applied, batch)
        errors = Errors()
        start, count = 0, len(batch.rows)
        while start < count:
            # Of many records, the first ones tell how to compile the code for the rest.
            end = min(count, start + (_PIECE if self.program.quick else WARM))
            loaded = self.functions()
            rows = batch.rows[start:end]
            if self.plan.multiple:
                self._many(loaded.record, batch, enumerate(rows, start), errors, applied)
            elif loaded.lean and self.schema is None and not self.program.reads_meta:
                self._plain(loaded.record, batch, rows, start, errors, applied)
            else:
                self._single(loaded.record, batch, enumerate(rows, start), errors, applied)
            self.learn(loaded, end - start)
            start = end
        applied.warnings += errors.warnings
        return in_order(applied, batch)

    def _plain(
        self, record: Callable[..., Any], batch: Batch, rows: list[Any], start: int, errors: Errors, applied: Applied
    ) -> None:
        """One output a record, and nothing to see to but failures: the hot loop."""
        outs = applied.outputs[self.streams[0]]
        failed: list[Any] = []
        made = [record(row, failed) for row in rows]
        if failed:
            for index, (row, out) in enumerate(zip(rows, made, strict=True), start):
                if out is SLOW:
                    self._single(record, batch, ((index, row),), errors, applied)
                elif out is MISSING:
                    applied.filtered += 1
                else:
                    outs.append(out)
        elif self.plan.filters:
            kept = [out for out in made if out is not MISSING]
            applied.filtered += len(made) - len(kept)
            outs += kept
        else:
            outs += made

    def _single(
        self, record: Callable[..., Any], batch: Batch, rows: _Numbered, errors: Errors, applied: Applied
    ) -> None:
        """One output a record."""
        append, schema, refusals = applied.outputs[self.streams[0]].append, self.schema, self.refusals
        meta: Any = _NO_META
        needs_meta = self.program.reads_meta
        filtered = 0
        for index, row in rows:
            if needs_meta:
                meta = meta_of(batch, index)
            made = record(row, errors, meta)
            if errors:
                refusals.add(applied, refusals.reject(batch, index, row, errors))
                errors.clear()
            elif made is MISSING:
                filtered += 1
            elif schema is not None and (found := schema.check(made)):
                refusals.add(applied, refusals.reject(batch, index, row, found, "schema"))
            else:
                append(made)
        applied.filtered += filtered

    def _many(
        self, record: Callable[..., Any], batch: Batch, rows: _Numbered, errors: Errors, applied: Applied
    ) -> None:
        names = [output.name for output in self.plan.outputs]
        refusals = self.refusals
        for index, row in rows:
            made = record(row, errors, meta_of(batch, index))
            if errors:
                refusals.add(applied, refusals.reject(batch, index, row, errors))
                errors.clear()
            elif made is MISSING or not made:
                applied.filtered += 1
            elif self.schema is not None and (found := [e for _, out in made for e in self.schema.check(out)]):
                refusals.add(applied, refusals.reject(batch, index, row, found, "schema"))
            else:
                for number, out in made:
                    applied.outputs[names[number]].append(out)


def meta_of(batch: Batch, index: int) -> tuple[Any, int, int]:
    """The file, record number and line of a record, as the row functions want them."""
    return (batch.file, batch.numbers[index], batch.lines[index] if batch.lines else 0)
