"""A mapping over columns: planned once, run per batch; records in doubt are left to the row functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from ...lean import lean_dataclass
from ...plugin.format import NameTree
from ...plugin.path import PathLanguage
from ...plugin.resolver import RunInfo
from ..plan import Const, Field, Let, Object, OutputPlan, Plan, Switch
from ..plan_step import CallStep, Cond
from ..walk import walk
from .added import adding
from .column import Column, Frame, both, repeated
from .fields import FieldBuilder
from .frames import kept
from .grouping import ByRows, Grouping
from .names import names_read
from .notes import Eval, Note, Test, Unsupported
from .outcome import Found, Made, made_of
from .rest import Rest, items_of, reads_items
from .running import Running
from .takes import as_run
from .target_fit import TargetFit

if TYPE_CHECKING:
    from ..target_schema import TargetSchema

MOST_BY_ROW = 0.5
"""Above this share of fields without a columnar form, or with an expression, a mapping runs row by row altogether."""


@lean_dataclass
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

    def __init__(self, plan: Plan, languages: dict[str, PathLanguage], schema: TargetSchema | None = None) -> None:
        self._plan = plan
        self._fit = TargetFit(schema) if schema is not None else None
        self.names: NameTree | None = names_read(plan, languages)
        self.by_row: list[tuple[Field, Unsupported]] = []
        self._rest_fields: list[Field] = []
        self._rest_lets: list[Let] = []
        _refuse(plan, languages)
        self._fields = build = FieldBuilder(languages, missing_as_null=plan.missing_as_null)
        build.homes[plan.root.local] = plan.root.id
        self._let = self._lets(plan.let)
        self._filter = self._cond(plan.filter, "/filter")
        self._loops = [build.loop(loop) for loop in plan.loops]
        self._let_each = build.lets(plan.let_each) if plan.loops else self._lets(plan.let_each)
        self._where = self._cond(plan.where, "/where", of_record=not plan.loops)
        self._keys = [build.field(key) for key in plan.group.by] if plan.group is not None else []
        self._checks = [build.conds.cond(rule.cond) for rule in plan.checks]
        self._outputs = [self._output(output) for output in plan.outputs]
        self._rest = Rest(plan, languages, self._rest_fields, self._rest_lets) if self.by_row else None
        total = sum(len(o.body.members) for o in plan.outputs if isinstance(o.body, Object))
        all_or_none = plan.missing_as_null or plan.group is not None
        by_row = [(part.pointer, why) for part, why in self.by_row]
        slow = [] if plan.loops or plan.group is not None else self._expressions(plan)
        if len(by_row) > (0 if all_or_none else MOST_BY_ROW * total) or len(by_row + slow) > MOST_BY_ROW * total:
            first = (by_row + slow)[0][1]
            first.fields = by_row + slow
            raise first

    @property
    def notes(self) -> list[Note]:
        """The class of each step, in the order of the mapping, with the fields that are mapped by record."""
        slow = [Note(part.pointer, part.target, "field", "R", why.reason, why.advice) for part, why in self.by_row]
        return [*as_run(self._fields.notes, self._fields.steps.with_kernels), *slow]

    def _expressions(self, plan: Plan) -> list[tuple[str, Unsupported]]:
        """The fields of the records that are expressions, which cost no less than by rows."""
        bodies = [output.body for output in plan.outputs if isinstance(output.body, Object)]
        own = {member.target for body in bodies for _, member in body.members if isinstance(member, Field)}
        slow = {note.target: note for note in self._fields.notes if note.what == "expression" and note.kind == "R"}
        return [
            (note.pointer, Unsupported(note.why, note.pointer, note.advice))
            for note in slow.values()
            if note.target in own
        ]

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
                    frame.values[key] = _rest_column(frame, len(self._rest_fields) + value)
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
        loops = [build.loop(loop) for loop in output.loops]
        lets = build.lets(output.let_each)
        where = build.conds.cond(output.where) if output.where is not None else None
        if isinstance(output.body, Object):
            body = self._body(output.body, items_of(self._plan, output))
        else:
            body = build.field(output.body)
        return _Output(loops, lets, where, body, output)

    def _body(self, obj: Object, of_items: frozenset[str]) -> Eval:
        """The members of a record, each in columns where it has such a form; `of_items`: see `items_of`."""
        add = adding(obj, self._part(obj.spread, of_items) if obj.spread is not None else None)
        members = [(name, self._part(member, of_items)) for name, member in obj.members]

        def compute(frame: Frame) -> Column:
            made = [(name, value(frame)) for name, value in members]
            if self._plan.missing_as_null:
                made = [(name, Column(c.data, None, c.members, c.items, c.source)) for name, c in made]
            if add is not None:
                made = add(frame, made)
            return Column(repeated(True, frame.count), None, made)

        return compute

    def _part(self, part: Field | Object, of_items: frozenset[str]) -> Eval:
        """A field or object of the records, a field without a columnar form from the rest, if the record is all that it
        is made of."""
        if isinstance(part, Object):
            return self._fields.object(part)
        try:
            return self._fields.field(part)
        except Unsupported as why:
            if reads_items(part, of_items):
                raise
            self.by_row.append((part, why))
            self._rest_fields.append(part)
            return self._from_rest(len(self._rest_fields) - 1)

    def _from_rest(self, place: int) -> Eval:
        return lambda frame: _rest_column(frame, place)

    # ---- running --------------------------------------------------------------------------------------------------

    def load(self, params: Mapping[str, Any], run: RunInfo) -> Running:
        """The program with parameters and the facts of a run."""
        rest = self._rest.load(params, run) if self._rest is not None else None
        return Running(self, self._plan.root.id, rest, params, run)

    def grouping(self, params: Mapping[str, Any], run: RunInfo, by_rows: ByRows) -> Grouping:
        """What gathers the records of groups over the batches of a run."""
        return Grouping(self, self._plan, params, run, by_rows)

    def compute(self, root: Frame) -> Made | None:
        """Map the records of a frame; None when too many of them are in doubt."""
        frame, keep = self._rows(root)
        found = [self._one(frame, output) for output in self._outputs]
        return made_of(root.env, root.count, keep, found)

    def collect(self, root: Frame) -> tuple[Frame, Any, list[Column]]:
        """The rows that are grouped, which of the records are kept (None: all), and the keys of the rows."""
        frame, keep = self._rows(root)
        return frame, keep, [key(frame) for key in self._keys]

    def group(self, frame: Frame) -> Made | None:
        """Map the groups that are the rows of a frame; None when too many of them are in doubt."""
        self._let(frame)
        self._let_each(frame)
        return made_of(frame.env, frame.count, None, [self._one(frame, output) for output in self._outputs])

    def _rows(self, root: Frame) -> tuple[Frame, Any]:
        """The frame that outputs start from, and which records are kept (None: all)."""
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
        return frame, keep

    def _one(self, start: Frame, output: _Output) -> Found:
        """What an output makes of the rows of a frame."""
        frame = start
        for step in output.loops:
            frame, _ = step(frame)
        within = _rows_of(frame, start)
        output.lets(frame)
        if output.where is not None:
            mask = output.where(frame)
            if mask.false_count:
                within = pc.indices_nonzero(mask) if within is None else within.filter(mask)
            frame, _ = kept(frame, None, mask)
        column = output.body(frame)
        self._check(frame, column)
        return Found(output.plan.name, frame, column, _rows_of(frame, None), within)

    def _check(self, frame: Frame, column: Column) -> None:
        if self._fit is not None:
            frame.doubt(self._fit.bad(frame.env, column))
        if self._checks:
            frame.values[id(self._plan.out)] = column
            for check in self._checks:
                frame.doubt(check(frame))


def _refuse(plan: Plan, languages: dict[str, PathLanguage]) -> None:
    """Raise Unsupported for what whole mappings have no columnar form for."""
    if plan.group is not None and plan.group.scope == "batch":
        raise Unsupported(
            "a group within each batch follows the batches of rows, which are smaller than those of columns",
            "/group/scope",
            'leave "scope" out: groups of the whole source are columns',
        )  # fmt: skip
    if plan.group is not None and plan.loops and languages[plan.root.language].over_nodes:
        raise Unsupported("the rows of a group are nodes beside those that they explode to", "/explode")
    for node in walk(plan):
        if isinstance(node, CallStep) and not node.resolver.pure:
            raise Unsupported(
                f'"{node.resolver.name}" gives another value at each call, so records are mapped in order', node.pointer
            )


def _rest_column(frame: Frame, place: int) -> Column:
    """What the row functions made of the records, for the rows of a frame."""
    key = -1 - place
    held = frame.value(key)
    if held is None:
        root = frame.root
        root.values.update((-1 - number, column) for number, column in enumerate(root.env.rest(root)))
        held = frame.value(key)
    assert held is not None
    return held


def _rows_of(frame: Frame, above: Frame | None) -> Any:
    """The row of a frame above that each row belongs to, by default the record; None when they are the same."""
    found = None
    while frame is not above and frame.parent is not None:
        found = frame.parents if found is None else frame.parents.take(found)
        frame = frame.parent
    return found
