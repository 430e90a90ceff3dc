"""The steps of a field over columns, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..plan_path import PathPlan
from ..plan_step import CallStep, CheckStep, EachStep, FilterStep, GetStep, LookupStep, MapStep
from ..plan_step import Step as PlanStep
from ..returned import is_own, placed
from .arguments import calculated, call_with_arguments
from .calls import Step, call, together
from .column import Column, Frame, Irregular, either, taken
from .instead import instead_of
from .lists import items_of, kept_offsets, list_column
from .notes import Eval, Note, Test, Unsupported
from .table_steps import TableStep, table_step

_UNLIKE = {
    "decimal": (
        '"decimal" has no scale: values with unlike numbers of digits behind the point go row by row',
        'if 19.5 may become 19.50, say how many digits: { "decimal": { "scale": 2 } }',
    ),
    "divide": (
        '"divide" has no scale: quotients with unlike numbers of digits behind the point go row by row',
        'say how many digits: { "divide": { "by": 3, "scale": 2 } }',
    ),
    "avg": (
        '"avg" gives unlike numbers of digits behind the point, which go row by row where it is the last step',
        'let { "round": { "scale": 2 } } follow',
    ),
}
"""Why and what to write instead, for resolvers whose results have as many digits as they need."""
_KERNELS = {"add": "+", "subtract": "-", "multiply": "*"}
_OF_CALC = frozenset(("add", "subtract", "multiply", "divide", "mod"))


class StepBuilder:
    """Builds what applies steps. `tests` and `paths` build conditions and paths; `note` keeps the classes.

    `with_kernels`: the notes of steps whose kernel may not take their arguments, with the step and the one before.
    """

    def __init__(
        self,
        tests: Callable[[CheckStep], Callable[[Frame, Column], Any]],
        cond: Callable[[Any], Test],
        path: Callable[[Any], Eval],
        note: Callable[[Note], None],
    ) -> None:
        self._tests = tests
        self._cond = cond
        self._path = path
        self._note = note
        self.with_kernels: list[tuple[Note, CallStep, CallStep | None]] = []

    def steps(self, steps: list[PlanStep], target: str) -> Step:
        """All steps in turn; missing and null pass by those that are not aware of them."""
        built: list[tuple[tuple[Step, Any] | None, tuple[Step, int] | None]] = []
        for place, step in enumerate(steps):
            before = steps[place - 1] if place else None
            if isinstance(step, MapStep | LookupStep):
                function, find = self._table(step, target)
            elif isinstance(step, CallStep):
                function, find = self._call(step, target, before if isinstance(before, CallStep) else None), None
            else:
                function, find = self.step(step, target), None
            way = together(steps[place:], find)
            alone = None if find is not None and way is not None else (function, signature_of(step))
            built.append((alone, way))
        if not built:
            return lambda frame, column: column

        def apply(frame: Frame, column: Column) -> Column:
            place = 0
            while place < len(built):
                alone, way = built[place]
                if alone is not None:
                    try:
                        column = _shared(frame, column, *alone)
                        place += 1
                        continue
                    except Irregular:
                        # What no column holds on the way may be of one type in the end.
                        if way is None:
                            raise
                assert way is not None
                through, count = way
                column, place = through(frame, column), place + count
            return column

        return apply

    def step(self, step: PlanStep, target: str) -> Step:
        """One step; raises Unsupported."""
        if isinstance(step, CallStep):
            return self._call(step, target)
        if isinstance(step, MapStep | LookupStep):
            return self._table(step, target)[0]
        if isinstance(step, CheckStep):
            return self._check(step)
        if isinstance(step, EachStep):
            return _each(self.steps(step.steps, target))
        if isinstance(step, FilterStep):
            return _filter(step.ctx.id, self._cond(step.cond))
        assert isinstance(step, GetStep)
        read, number = self._path(step.path), step.ctx.id

        def get(frame: Frame, column: Column) -> Column:
            if not column.source and column.members is None:
                raise Irregular
            inner = Frame(frame.env, frame.count)
            inner.contexts[number] = column
            found = read(inner)
            missing = found.missing
            if missing is not None and column.data.null_count:
                # Null passes by: it is null still.
                missing = pc.and_(missing, column.data.is_valid())
            missing = either(missing, column.missing)
            return Column(found.data, missing, found.members, found.items, found.source)

        return get

    def _call(self, step: CallStep, target: str, before: CallStep | None = None) -> Step:
        resolver = step.resolver
        if not resolver.pure:
            raise Unsupported(
                f'"{resolver.name}" gives another value at each call, so records must be mapped in order', step.pointer
            )
        if step.refs:
            return self._call_with_arguments(step, target)
        function, kind = call(step)
        why = advice = ""
        if resolver.name in _UNLIKE and step.args.get("scale") is None:
            # All decimals of a column have as many.
            why, advice = _UNLIKE[resolver.name]
        elif kind == "D":
            why = f'"{resolver.name}" has no kernel: it is called once per distinct value'
            advice = instead_of(resolver.name)
        elif kind == "R":
            why = f'"{resolver.name}" sees missing and null, so it is called for every record'
            advice = '"default" and "required" of the field have kernels'
        note = Note(step.pointer, target, resolver.name, kind, why, advice)
        self._note(note)
        if kind == "G" and is_own(resolver):
            self.with_kernels.append((note, step, before))
        return function if resolver.vector is None or is_own(resolver) else placed(function, step.pointer, target)

    def _call_with_arguments(self, step: CallStep, target: str) -> Step:
        name = step.resolver.name
        if step.guarded or not step.resolver.takes_input:
            raise Unsupported(f'"{name}" has an argument that differs by record', step.pointer)
        op = _KERNELS.get(name) if is_own(step.resolver) else None
        if op is not None and not step.args and all(isinstance(ref, PathPlan) for ref in step.refs.values()):
            self._note(Note(step.pointer, target, name, "G"))
            return calculated(step, self._path, op)
        why = f'"{name}" has an argument that differs by record, so it is called for every record'
        advice = '"calc" has kernels' if name in _OF_CALC else "give the argument as a constant where it is one"
        self._note(Note(step.pointer, target, name, "R", why, advice))
        return call_with_arguments(step, self._path)

    def _table(self, step: MapStep | LookupStep, target: str) -> tuple[Step, Callable[[Any], Any] | None]:
        """What looks values up, and, where those of the table are of several types, what does so for one value."""
        what = "map" if isinstance(step, MapStep) else "lookup"
        table = TableStep.of(step)
        if table.has_several:
            raise Unsupported(
                "a list is looked up in a table with keys of several columns",
                step.pointer,
                'name them where the table is: { "lookup": { "table": "t", "key": { "array": ["a", "b"] } } }',
            )
        apply, is_mixed = table_step(table)
        if not is_mixed:
            self._note(Note(step.pointer, target, what, "V"))
            return apply, None
        why = f'"{what}" has values of several types: those of another type than most go row by row'
        self._note(Note(step.pointer, target, what, "G", why, 'give all one type, or let "string" follow'))
        return apply, table.find

    def _check(self, step: CheckStep) -> Step:
        holds = self._tests(step)

        def check(frame: Frame, column: Column) -> Column:
            bad = pc.invert(holds(frame, column))
            frame.doubt(pc.and_(bad, column.data.is_valid()))
            return column

        return check


def signature_of(step: PlanStep) -> Any:
    """What makes two steps the same work on the same column; None where that is not known."""
    if isinstance(step, CallStep) and not step.refs:
        return (step.resolver.name, step.guarded, repr(step.args))
    if isinstance(step, MapStep):
        return ("map", repr(step.table), step.has_else, repr(step.otherwise))
    if isinstance(step, LookupStep):
        return ("lookup", id(step.table), repr(step.returns), step.on_missing)
    return None


def _shared(frame: Frame, column: Column, function: Step, signature: Any) -> Column:
    """The step's result, from the memo where another field asked for it already, with the doubts it brought."""
    if signature is None:
        return function(frame, column)
    key = (id(column), signature)
    held = frame.memo.get(key)
    if held is None:
        with frame.overheard() as doubts:
            result = function(frame, column)
        # The column is kept so that its id stays its own.
        held = frame.memo[key] = (result, doubts, column)
    result, doubts, _ = held
    for mask in doubts:
        frame.doubt(mask)
    return result


def _each(inner: Step) -> Step:
    def apply(frame: Frame, column: Column) -> Column:
        items, parents, offsets = _list_only(column)
        child = Frame(frame.env, len(parents), frame, parents)
        return _restored(list_column(frame, offsets, inner(child, items)), column)

    return apply


def _filter(number: int, test: Test) -> Step:
    def apply(frame: Frame, column: Column) -> Column:
        items, parents, offsets = _list_only(column)
        child = Frame(frame.env, len(parents), frame, parents)
        child.contexts[number] = items
        keep = test(child)
        values = taken(items, pc.indices_nonzero(keep).cast(pa.int32()))
        return _restored(list_column(frame, kept_offsets(offsets, keep), values), column)

    return apply


def _list_only(column: Column) -> tuple[Column, Any, Any]:
    if column.items is None and not pa.types.is_list(column.data.type) and column.data.null_count < len(column.data):
        raise Irregular
    return items_of(column)


def _restored(made: Column, given: Column) -> Column:
    """The list, but missing and null where the given one was."""
    return Column(pc.if_else(given.data.is_valid(), True, None), given.missing, None, made.items)
