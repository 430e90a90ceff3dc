"""The types of what steps give, by the type of what is piped in."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ..plugin.resolver import Resolver
from .field_type import ANY, NULL, FieldType, arithmetic, join, join_all, type_of_annotation, type_of_value
from .plan_path import PathPlan
from .plan_step import CallStep, CheckStep, FilterStep, GetStep, LookupStep, MapStep, Step
from .tables import row_value

_SAME = frozenset({"null_if", "blank_to_null", "one_of", "abs", "negate", "truncate_date", "add_months"})
"""Resolvers whose result has the very type of what is piped in; their annotations can only say less."""
_ITEM = frozenset({"first", "last", "nth", "only"})
"""Resolvers that give an item of a list."""
_ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*", "mod": "%"}
_MOMENTS = frozenset({"now", "to_zone", "assume_zone"})
"""Resolvers whose datetimes always have an offset."""


class StepTypes:
    """The types of steps. `path` tells what a path gives, for arguments that variables give."""

    def __init__(self, path: Callable[[PathPlan], FieldType]) -> None:
        self._path = path

    def steps(self, steps: list[Step], found: FieldType) -> FieldType:
        """What steps make of a value of the type `found`."""
        for step in steps:
            found = self._step(step, found)
        return found

    def _step(self, step: Step, piped: FieldType) -> FieldType:
        if isinstance(step, CheckStep):
            return piped
        if isinstance(step, CallStep):
            return self._call(step, piped)
        if piped.kind == "null":
            return NULL
        item = piped.item or ANY
        if isinstance(step, MapStep):
            values = [*step.table.values(), *([step.otherwise] if step.has_else else [])]
            found = join_all(map(type_of_value, values))
            return found.null(found.nullable or piped.nullable)
        if isinstance(step, LookupStep):
            return self.lookup(step, piped)
        if isinstance(step, GetStep):
            segments = step.path.compiled.segments if step.path.compiled else None
            return piped.at(segments).null() if segments else ANY
        if isinstance(step, FilterStep):
            return FieldType("list", piped.nullable, item=item)
        return FieldType("list", piped.nullable, item=self.steps(step.steps, item))

    def _call(self, step: CallStep, piped: FieldType) -> FieldType:
        resolver = step.resolver
        if resolver.null == "aware" or not resolver.takes_input:
            return self._aware(step, piped)
        if piped.kind == "null":
            return NULL
        found = self._result(step, piped)
        found = found.null(found.nullable or piped.nullable or resolver.optional)
        if step.guarded and resolver.accepts is not None:
            # A guarded step passes over what it does not accept.
            if piped.kind in (type_of_annotation(kind).kind for kind in resolver.accepts):
                return found
            return join(found, piped) if piped.kind in ("any", "number") else piped
        return found

    def _aware(self, step: CallStep, piped: FieldType) -> FieldType:
        """Resolvers that are called on nothing, too."""
        name = step.resolver.name
        if name in ("default", "coalesce"):
            given = self._argument(step, "value" if name == "default" else "values")
            others = [given] if name == "default" else given
            return first_of([piped, *(part if isinstance(part, FieldType) else type_of_value(part) for part in others)])
        found = self._result(step, piped)
        return found.null(found.nullable or step.resolver.optional)

    def _argument(self, step: CallStep, name: str) -> Any:
        """An argument's value; a variable stands as its type, in a list, too."""
        given = step.refs.get(name, step.args.get(name))
        if isinstance(given, PathPlan):
            found = self._path(given)
            return found if name == "value" else [found.item or ANY]
        if isinstance(given, list) and name == "values":
            return [self._path(part) if isinstance(part, PathPlan) else part for part in given]
        return given

    def _result(self, step: CallStep, piped: FieldType) -> FieldType:
        """The type of what the function gives for a value."""
        resolver, name = step.resolver, step.resolver.name
        if name in _SAME:
            return piped
        if name in _ITEM:
            return (piped.item or ANY).null()
        if name in _ARITHMETIC and len(step.args) == 1 and not step.refs:
            return arithmetic(_ARITHMETIC[name], piped, type_of_value(next(iter(step.args.values()))))
        if name == "decimal":
            return FieldType("decimal", False, scale=step.args.get("scale"))
        if name in _MOMENTS or (name == "datetime" and "zone" in step.args):
            return FieldType("datetime", False, zoned=True)
        if name == "round":
            scale = max(0, step.args.get("scale", 0))
            return FieldType("decimal", False, scale=scale) if piped.kind == "decimal" else piped
        if name in ("type list", "type object") and piped.kind == name.removeprefix("type "):
            return piped
        return _returned(resolver)

    def lookup(self, step: LookupStep, key: FieldType) -> FieldType:
        """What a table gives for keys of a type."""
        rows = step.table.rows.values()
        cell = partial(row_value, returns=step.returns)
        if isinstance(step.returns, tuple):
            columns = {name: join_all(_of_cells(row.get(name) for row in rows)) for name in step.returns}
            found = FieldType("object", False, members=tuple((name, of.null()) for name, of in columns.items()))
        else:
            found = join_all(_of_cells(map(cell, rows)))
        return found.null(found.nullable or key.nullable or step.on_missing != "error")


def first_of(types: Iterable[FieldType]) -> FieldType:
    """Of several paths the first that gives something."""
    found = list(types)
    return join_all(found).null(all(part.nullable for part in found))


def _of_cells(cells: Iterable[Any]) -> list[FieldType]:
    """The types there are among the values of a table."""
    return [type_of_annotation(kind) for kind in set(map(type, cells))]


def _returned(resolver: Resolver) -> FieldType:
    """What the function's annotation promises."""
    annotation = typing.get_type_hints(resolver.function).get("return", Any)
    if resolver.factory:
        arguments = typing.get_args(annotation)
        annotation = arguments[1] if len(arguments) > 1 else Any
    return type_of_annotation(annotation)
