"""A mapping over columns: planned once, run per batch; records in doubt are left to the row functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...batch import Batch, Columns
from ...plugin.path import PathLanguage
from ...plugin.resolver import RunInfo
from ..lint import walk
from ..plan import CallStep, Cond, Const, Field, Let, Object, OutputPlan, Plan, Switch, Var
from .assemble import array_of, nulls_of
from .column import Column, Env, Frame, Irregular, both, either, repeated
from .fields import FieldBuilder, kept
from .from_python import column_of
from .names import names_read
from .notes import Eval, Note, Test, Unsupported
from .passed import copied_members
from .rest import Rest

MOST_BY_ROW = 0.5
"""Above this share of fields without a columnar form, a mapping runs row by row altogether."""
_FEW = 16
_MOST_DOUBT = 0.1
"""With more than a few, and above this share of records in doubt, mapping the whole batch row by row is quicker."""


@dataclass(slots=True)
class Made:
    """What a batch became. `tables`: per output (in the order of the plan) the records of `places`; `left`: records
    (from 0) that the row functions must map; `filtered`: how many were left out."""

    tables: list[tuple[Columns, Any]]
    left: list[int]
    filtered: int


@dataclass(slots=True)
class _Output:
    loops: list[Callable[[Frame], tuple[Frame, Any]]]
    lets: Callable[[Frame], None]
    where: Test | None
    body: Eval
    plan: OutputPlan


class ColumnarProgram:
    """The columnar form of a plan; raises Unsupported when it has none.

    `notes`: the class of each step. `names`: what it reads of a record, None for all. `by_row`: the fields that are
    mapped record by record, each with the reason.
    """

    def __init__(self, plan: Plan, languages: dict[str, PathLanguage]) -> None:
        self._plan = plan
        self.names = names_read(plan)
        self.by_row: list[tuple[Field, Unsupported]] = []
        self._rest_fields: list[Field] = []
        self._rest_lets: list[Let] = []
        _refuse(plan)
        self._fields = build = FieldBuilder(missing_as_null=plan.missing_as_null)
        build.homes[plan.root.local] = plan.root.id
        self._let = self._lets(plan.let)
        self._filter = self._cond(plan.filter, "/filter")
        self._loops = [build.loop(loop, explode=True) for loop in plan.loops]
        self._let_each = build.lets(plan.let_each) if plan.loops else self._lets(plan.let_each)
        self._where = self._cond(plan.where, "/where", of_record=not plan.loops)
        self._checks = [build.conds.cond(rule.cond) for rule in plan.checks]
        self._outputs = [self._output(output) for output in plan.outputs]
        self._rest = Rest(plan, languages, self._rest_fields, self._rest_lets) if self.by_row else None
        if self.by_row and plan.missing_as_null:
            raise self.by_row[0][1]
        names = [output.name for output in plan.outputs]
        if len(set(names)) < len(names):
            raise Unsupported(
                "several outputs write to one stream, in the order of the records", "/outputs",
                "give each output a name of its own",
            )  # fmt: skip
        total = sum(len(o.body.members) for o in plan.outputs if isinstance(o.body, Object))
        if len(self.by_row) > MOST_BY_ROW * total:
            first = self.by_row[0][1]
            first.fields = [(part.pointer, why) for part, why in self.by_row]
            raise first

    @property
    def notes(self) -> list[Note]:
        """The class of each step, in the order of the mapping, with the fields that are mapped by record."""
        slow = [Note(part.pointer, part.target, "field", "R", why.reason, why.advice) for part, why in self.by_row]
        return [*self._fields.notes, *slow]

    # ---- planning -------------------------------------------------------------------------------------------------

    def _lets(self, lets: list[Let]) -> Callable[[Frame], None]:
        """What sets the variables of the records; those without a columnar form come from the rest."""
        built: list[tuple[int, Eval | int]] = []
        for let in lets:
            try:
                built.append((id(let.var), self._fields.field(let.field)))
            except Unsupported as why:
                self.by_row.append((let.field, why))
                built.append((id(let.var), len(self._rest_lets)))
                self._rest_lets.append(let)

        def compute(frame: Frame) -> None:
            for key, value in built:
                if isinstance(value, int):
                    frame.values[key] = frame.env.rest(frame)[len(self._rest_fields) + value]
                else:
                    frame.values[key] = value(frame)

        return compute

    def _cond(self, cond: Cond | None, pointer: str, *, of_record: bool = True) -> Test | None:
        """The mask of a condition, which the rest computes where it has no columnar form."""
        if cond is None:
            return None
        try:
            return self._fields.conds.cond(cond)
        except Unsupported as why:
            if not of_record:
                raise
            # As a field: true where it holds.
            field = Field(
                pointer, "", Switch([(cond, Field(pointer, "", Const(True)))], Field(pointer, "", Const(False)))
            )
            self.by_row.append((field, why))
            held = self._from_rest(len(self._rest_fields))
            self._rest_fields.append(field)
            return lambda frame: pc.equal(held(frame).data, True).fill_null(False)

    def _output(self, output: OutputPlan) -> _Output:
        build = self._fields
        loops = [build.loop(loop, explode=True) for loop in output.loops]
        lets = build.lets(output.let_each)
        where = build.conds.cond(output.where) if output.where is not None else None
        if not isinstance(output.body, Object):
            body = build.field(output.body)
        elif loops or self._loops:
            body = build.object(output.body, keep_empty=True)
        else:
            body = self._body(output.body)
        return _Output(loops, lets, where, body, output)

    def _body(self, obj: Object) -> Eval:
        """The members of a record, each in columns where it has such a form."""
        if obj.spread is not None:
            raise Unsupported("spread makes members that are not known before the data", "/spread", "name the fields")
        copied = copied_members(obj.passthrough) if obj.passthrough is not None else None
        members: list[tuple[str, Eval]] = []
        for name, member in obj.members:
            try:
                built = self._fields.object(member) if isinstance(member, Object) else self._fields.field(member)
            except Unsupported as why:
                if isinstance(member, Object):
                    raise
                self.by_row.append((member, why))
                built = self._from_rest(len(self._rest_fields))
                self._rest_fields.append(member)
            members.append((name, built))

        def compute(frame: Frame) -> Column:
            made = [(name, value(frame)) for name, value in members]
            if self._plan.missing_as_null:
                made = [(name, Column(c.data, None, c.members, c.items, c.source)) for name, c in made]
            if copied is not None:
                made += copied(frame, {name for name, _ in made})
            return Column(repeated(True, frame.count), None, made)

        return compute

    def _from_rest(self, place: int) -> Eval:
        return lambda frame: frame.env.rest(frame)[place]

    # ---- running --------------------------------------------------------------------------------------------------

    def load(self, params: Mapping[str, Any], run: RunInfo) -> Running:
        """The program with parameters and the facts of a run."""
        rest = self._rest.load(params, run) if self._rest is not None else None
        return Running(self, self._plan.root.id, rest, params, run)

    def compute(self, root: Frame) -> Made | None:
        """Map the records of a frame; None when too many of them are in doubt."""
        env, count = root.env, root.count
        keep = None
        self._let(root)
        if self._filter is not None:
            keep = root.active = self._filter(root)
        frame = root
        for step in self._loops:
            frame, _ = step(frame)
        self._let_each(frame)
        if self._where is not None:
            mask = self._where(frame)
            if frame is root:
                keep = both(keep, mask)
                frame.active = both(frame.active, mask)
            else:
                frame, _ = kept(frame, None, mask)
        found = [self._one(frame, output) for output in self._outputs]
        return _made(env, count, keep, found)

    def _one(self, frame: Frame, output: _Output) -> tuple[Frame, Column, Any]:
        """The frame an output ends in, its column, and the records of its rows (None: one each)."""
        for step in output.loops:
            frame, _ = step(frame)
        output.lets(frame)
        if output.where is not None:
            frame, _ = kept(frame, None, output.where(frame))
        column = output.body(frame)
        self._check(frame, column)
        return frame, column, _records(frame)

    def _check(self, frame: Frame, column: Column) -> None:
        if self._checks:
            frame.values[id(self._plan.out)] = column
            for check in self._checks:
                frame.doubt(check(frame))


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
        return Column(column_of([self._run.started_at]).data.take(pa.repeat(0, count)))

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


def _refuse(plan: Plan) -> None:
    """Raise Unsupported for what whole mappings have no columnar form for."""
    if plan.group is not None:
        raise Unsupported("group collects records over batches", "/group")
    if plan.root.language == "xpath":
        raise Unsupported("XML has no columns")
    for node in walk(plan):
        if isinstance(node, CallStep) and not node.resolver.pure:
            raise Unsupported(
                f'"{node.resolver.name}" gives another value at each call, so records are mapped in order', node.pointer
            )


def _records(frame: Frame) -> Any:
    """The record that each row of a frame belongs to; None when they are the records."""
    found = None
    while frame.parent is not None:
        found = frame.parents if found is None else frame.parents.take(found)
        frame = frame.parent
    return found


def _made(env: Env, count: int, keep: Any, found: list[tuple[Frame, Column, Any]]) -> Made | None:
    for frame, column, _ in found:
        null, missing = nulls_of(env, column)
        if null is not None and missing is not None:
            # One table reads its nulls one way: the rarer kind goes to the row functions.
            frame.doubt(null if null.true_count <= missing.true_count else missing)
    doubt = env.doubt
    doubtful = 0 if doubt is None else doubt.true_count
    if doubtful > _FEW + _MOST_DOUBT * count:
        return None
    sure = None if not doubtful else pc.invert(doubt)
    tables = []
    reached = None
    for frame, column, records in found:
        mask = both(sure, keep) if records is None else _at(sure, records)
        if records is not None and keep is not None:
            mask = both(mask, keep.take(records))
        if column.missing is not None:
            mask = both(mask, pc.invert(column.missing))
        tables.append(_table(env, column, mask, records, frame.count))
        reached = either(reached, _reached(tables[-1][1], count))
    left = pc.indices_nonzero(doubt).to_pylist() if doubtful else []
    gone = pc.invert(reached)
    filtered = both(sure, gone).true_count
    return Made(tables, left, filtered)


def _at(mask: Any, places: Any) -> Any:
    return None if mask is None else mask.take(places)


def _reached(places: Any, count: int) -> Any:
    if places is None:
        return repeated(True, count)
    return pc.is_in(pa.array(range(count), pa.int64()), value_set=places.cast(pa.int64()))


def _table(env: Env, column: Column, mask: Any, records: Any, count: int) -> tuple[Columns, Any]:
    """The rows of the mask as columns, and the records they belong to (None: all, one each)."""
    members = column.members
    if members is None or not members:
        raise Irregular
    arrays = [array_of(env, member) for _, member in members]
    table = pa.RecordBatch.from_arrays(arrays, [name for name, _ in members])
    null, _ = nulls_of(env, column)
    if mask is not None and mask.true_count < count:
        table = table.filter(mask)
        records = pc.indices_nonzero(mask) if records is None else records.filter(mask)
        null = None if null is None or not null.filter(mask).true_count else null
    gone = [name for (name, member) in members if pa.types.is_null(member.data.type) and member.missing is not None]
    if gone and null is None:
        table = table.drop_columns(gone)
    return Columns(table, "missing" if null is None else "null"), records
