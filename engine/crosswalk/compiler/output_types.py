"""Output types: what is known of every target field from the mapping alone, before the first record."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ..plugin.resolver import Resolver
from . import calc
from .field_type import (
    ANY,
    NULL,
    NUMBERS,
    OBJECT,
    FieldType,
    Kind,
    arithmetic,
    join,
    join_all,
    type_of_annotation,
    type_of_value,
)
from .ops_member import copier_of
from .plan import (
    Array,
    Calc,
    Const,
    Each,
    Field,
    KeyedObject,
    Lookup,
    Loop,
    Object,
    Origin,
    Plan,
    Source,
    Switch,
    Template,
    Use,
)
from .plan_path import PathPlan, Var
from .plan_step import CallStep, CheckStep, FilterStep, GetStep, LookupStep, MapStep, Step
from .schema_type import by_schema
from .tables import row_value
from .walk import walk

_SAME = frozenset({"null_if", "blank_to_null", "one_of", "abs", "negate", "truncate_date", "add_months"})
"""Resolvers whose result has the very type of what is piped in; their annotations can only say less."""
_ITEM = frozenset({"first", "last", "nth", "only"})
"""Resolvers that give an item of a list."""
_ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*", "mod": "%"}
_MOMENTS = frozenset({"now", "to_zone", "assume_zone"})
"""Resolvers whose datetimes always have an offset."""
_VARIABLES = {
    "meta.file": FieldType("string"),
    "meta.row": FieldType("integer", False),
    "meta.line": FieldType("integer", False),
    "run.id": FieldType("string", False),
}


def output_types(plan: Plan, target_schema: Any = None, source: FieldType | None = None) -> dict[str, FieldType]:
    """The type of each output stream's records, by the stream's name; always an object.

    Sound, not complete: a record that is written holds values of these types, and what cannot be known is `any`.
    `target_schema`: the JSON Schema that outputs are checked against; it tells more of what would be `any`. `source`:
    the type of the records, where it is known. Annotations of resolvers are believed.
    """
    derive = _Derive(plan, source)
    found: dict[str, FieldType] = {}
    for output in plan.outputs:
        own = derive.object(output.body) if isinstance(output.body, Object) else derive.field(output.body)
        record = (own if own.kind == "object" else OBJECT).null(False)
        found[output.name] = join(found[output.name], record) if output.name in found else record
    if isinstance(target_schema, Mapping):
        found = {name: by_schema(record, target_schema) for name, record in found.items()}
    return found


class _Derive:
    """Walks the plan once; variables are remembered."""

    def __init__(self, plan: Plan, source: FieldType | None = None) -> None:
        self._plan = plan
        self._known: dict[int, FieldType] = {}
        self._contexts: dict[int, FieldType] = {}
        self._homes: dict[str, int] = {}
        self._origins: dict[type, Callable[[Any], FieldType]] = {
            Source: lambda origin: self._first(map(self.path, origin.paths)),
            Const: lambda origin: type_of_value(origin.value),
            Template: self._template,
            Calc: lambda origin: self._calc(origin.tree, origin.variables),
            Object: self.object,
            Each: self._each,
            KeyedObject: lambda origin: OBJECT.null(False),
            Array: self._array,
            Switch: self._switch,
            Lookup: lambda origin: self._lookup(origin.step, self.field(origin.key)),
            Use: lambda origin: self.object(origin.body).null(),
        }
        if source is not None:
            self._contexts[plan.root.id] = source
            self._homes[plan.root.local] = plan.root.id
            self._walk_loops()

    def _walk_loops(self) -> None:
        """The types of the items of lists that stand in the record."""
        for loop in walk(self._plan):
            if isinstance(loop, Loop) and loop.path is not None and not (loop.zip or loop.entries or loop.match):
                listed = self.path(loop.path)
                if listed.kind == "list" and loop.repeat is None:
                    self._contexts[loop.item.id] = listed.item or ANY
                    self._homes[loop.item.local] = loop.item.id

    def field(self, field: Field) -> FieldType:
        """Origin, steps, default, on_error, required, when."""
        raw = self._origin(field.origin)
        found = self._steps(field.steps, raw)
        if field.has_default and field.default is not None:
            found = join(found.null(False) if found.kind != "null" else NULL, type_of_value(field.default)).null(False)
        if field.on_error == "keep":
            found = join(found, raw)
        elif field.on_error in ("null", "omit") or (field.on_error == "default" and field.default is None):
            found = found.null()
        if field.required == "value":
            found = found.null(False)
        if field.when is not None:
            found = join(found, self.field(field.otherwise) if field.otherwise else NULL)
        return found

    def _origin(self, origin: Origin) -> FieldType:
        derive = self._origins.get(type(origin))
        return derive(origin) if derive else NULL

    # ---- origins ------------------------------------------------------------------------------------------------

    @staticmethod
    def _first(types: Any) -> FieldType:
        """Of several paths the first that gives something."""
        found = list(types)
        return join_all(found).null(all(part.nullable for part in found))

    def path(self, path: PathPlan) -> FieldType:
        """What a path gives."""
        segments = path.compiled.segments if path.compiled else None
        home = path.ctx.id if path.var is None else self._homes.get(path.var.expr)
        if home in self._contexts:
            found = self._contexts[home].at(segments or ()) if segments is not None or path.compiled is None else ANY
            # What the source has no values of may still have a type by what is done with it.
            return ANY if found.kind == "null" else found.null()
        if path.var is None:
            plain = segments is not None and len(segments) == 1 and path.ctx.id == 0
            return FieldType("string") if plain and self._plan.all_text else ANY
        found = self._variable(path.var)
        if path.compiled is not None:
            found = ANY if segments is None else found.at(segments)
        return found.null() if path.empty != "keep" else found

    def _variable(self, var: Var) -> FieldType:
        if id(var) not in self._known:
            self._known[id(var)] = self._variable_type(var)
        return self._known[id(var)]

    def _variable_type(self, var: Var) -> FieldType:
        if isinstance(var.plan, Field):
            return self.field(var.plan)
        if var.origin == "context":
            param = self._plan.params[var.name.removeprefix("context.")]
            kind = _param_kind(param.type)
            return FieldType(kind, not param.required and param.default is None, open=kind == "object")
        if var.origin in ("index", "key", "capture"):
            return FieldType("integer" if var.origin == "index" else "string")
        return _VARIABLES.get(var.name, ANY) if var.origin in ("meta", "run") else ANY

    def _template(self, origin: Template) -> FieldType:
        holes = [self.path(part) for part in origin.parts if isinstance(part, PathPlan)]
        return FieldType("string", origin.if_missing == "null" and any(hole.nullable for hole in holes))

    def _calc(self, node: calc.Node, variables: Mapping[str, PathPlan]) -> FieldType:
        if isinstance(node, calc.Num):
            return type_of_value(node.value)
        if isinstance(node, calc.Ref):
            found = self.path(variables[node.name])
            return found if found.kind in NUMBERS else FieldType("number", found.nullable)
        if isinstance(node, calc.Neg):
            return self._calc(node.part, variables)
        return arithmetic(node.op, self._calc(node.left, variables), self._calc(node.right, variables))

    def object(self, obj: Object) -> FieldType:
        """An object is missing when it has no member."""
        members = []
        for name, member in obj.members:
            found = self.object(member) if isinstance(member, Object) else self.field(member)
            members.append((name, found))
        more = obj.spread is not None or obj.passthrough is not None
        rest = obj.passthrough
        record = self._contexts.get(rest.ctx.id) if rest is not None else None
        if rest is not None and record is not None and record.kind == "object" and not record.open:
            copier = copier_of(rest)
            members += [(name, of) for name, of in record.members if copier.wanted(name)]
            more = obj.spread is not None
        nullable = all(found.nullable for _, found in members) and not self._plan.missing_as_null
        return FieldType("object", nullable, members=tuple(members), open=more)

    def _each(self, origin: Each) -> FieldType:
        body = origin.body
        item = self.object(body).null(False) if isinstance(body, Object) else self.field(body)
        return FieldType("list", False, item=item)

    def _array(self, origin: Array) -> FieldType:
        item = join_all(map(self.field, origin.items))
        return FieldType("list", False, item=item.null(False) if origin.compact and item.kind != "null" else item)

    def _switch(self, origin: Switch) -> FieldType:
        found = [self.field(then) for _, then in origin.cases]
        return join_all([*found, self.field(origin.otherwise) if origin.otherwise else NULL])

    # ---- steps --------------------------------------------------------------------------------------------------

    def _steps(self, steps: list[Step], found: FieldType) -> FieldType:
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
            return self._lookup(step, piped)
        if isinstance(step, GetStep):
            segments = step.path.compiled.segments if step.path.compiled else None
            return piped.at(segments).null() if segments else ANY
        if isinstance(step, FilterStep):
            return FieldType("list", piped.nullable, item=item)
        return FieldType("list", piped.nullable, item=self._steps(step.steps, item))

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
            return self._first(
                [piped, *(part if isinstance(part, FieldType) else type_of_value(part) for part in others)]
            )
        found = self._result(step, piped)
        return found.null(found.nullable or step.resolver.optional)

    def _argument(self, step: CallStep, name: str) -> Any:
        """An argument's value; a variable stands as its type, in a list, too."""
        given = step.refs.get(name, step.args.get(name))
        if isinstance(given, PathPlan):
            found = self.path(given)
            return found if name == "value" else [found.item or ANY]
        if isinstance(given, list) and name == "values":
            return [self.path(part) if isinstance(part, PathPlan) else part for part in given]
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

    def _lookup(self, step: LookupStep, key: FieldType) -> FieldType:
        rows = step.table.rows.values()
        cell = partial(row_value, returns=step.returns)
        if isinstance(step.returns, tuple):
            columns = {name: join_all(_of_cells(row.get(name) for row in rows)) for name in step.returns}
            found = FieldType("object", False, members=tuple((name, of.null()) for name, of in columns.items()))
        else:
            found = join_all(_of_cells(map(cell, rows)))
        return found.null(found.nullable or key.nullable or step.on_missing != "error")


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


def _param_kind(name: str) -> Kind:
    """The kind of a declared type."""
    return name if name in typing.get_args(Kind) else "any"  # type: ignore[return-value]
