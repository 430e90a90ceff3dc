"""Fields that have no columnar form: mapped record by record, on no more than the names they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...plugin.path import PathLanguage
from ...plugin.resolver import RunInfo
from ...values import MISSING
from ..failures import Errors
from ..plan import Field, Let, Object, OutputPlan, Plan, Source
from ..plan_path import PathPlan
from ..program import Program
from ..walk import walk
from .column import Column, Frame, rows_mask
from .odd_values import column_beside

Compute = Callable[[Frame, list[Any], Callable[[int], Any]], list[Column]]


class Rest:
    """Computes some fields and variables of the records with the row functions."""

    def __init__(self, plan: Plan, languages: dict[str, PathLanguage], fields: list[Field], lets: list[Let]) -> None:
        members: list[tuple[str, Field | Object]] = [(f"f{place}", field) for place, field in enumerate(fields)]
        for place, let in enumerate(lets):
            path = PathPlan(f"${let.var.name}", let.field.pointer, plan.root, let.var)
            members.append((f"v{place}", Field(let.field.pointer, let.field.target, Source([path]))))
        self._names = [name for name, _ in members]
        output = OutputPlan("", [], [], None, Object(members), "", None)
        # Variables of exploded records need the loops around them.
        let_each = [] if plan.loops else plan.let_each
        self._plan = Plan(
            plan.name, plan.root, plan.let, None, [], let_each, None, [output], None, [], plan.out,
            False, plan.params, False,
        )  # fmt: skip
        self._program = Program(self._plan, languages)

    def load(self, params: Mapping[str, Any], run: RunInfo) -> Compute:
        """What computes the columns of all fields, then of all variables, from rows and each row's facts."""
        loaded = self._program.load(params, run)

        def compute(frame: Frame, rows: list[Any], meta: Callable[[int], Any]) -> list[Column]:
            nonlocal loaded
            record = loaded.record
            errors = Errors()
            made: list[list[Any]] = [[] for _ in self._names]
            failed: list[int] = []
            for place, row in enumerate(rows):
                out = record(row, errors, meta(place))
                if errors:
                    failed.append(place)
                    errors.clear()
                    out = MISSING
                for name, values in zip(self._names, made, strict=True):
                    values.append(MISSING if out is MISSING else out.get(name, MISSING))
            if self._program.learn(len(rows)) != loaded.version:
                loaded = self._program.load(params, run)
            if failed:
                frame.doubt(rows_mask(failed, frame.count))
            return [column_beside(frame, values, []) for values in made]

        return compute


def items_of(plan: Plan, output: OutputPlan) -> frozenset[str]:
    """What `explode` brings for each of its items, and what is made of that, by the names in generated code: only what
    reads none of it is made of the records."""
    found = {let.var.expr for let in output.let_each}
    found |= {let.var.expr for let in plan.let_each if plan.loops}
    for loop in (*plan.loops, *output.loops):
        variables = (loop.var, loop.key, loop.index, *loop.captures, loop.scope_key)
        found |= {loop.item.local, *(var.expr for var in variables if var is not None)}
    return frozenset(found)


def reads_items(field: Field, names: frozenset[str]) -> bool:
    """Whether a field reads any of what `items_of` names."""
    for path in walk(field):
        if isinstance(path, PathPlan):
            used = [path.ctx.local] if path.var is None else [path.var.expr]
            if names.intersection((*used, *(var.expr for var in path.variables.values()))):
                return True
    return False
