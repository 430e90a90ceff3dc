"""Output types: what is known of every target field from the mapping alone, before the first record."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from typing import Any

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
from .schema_type import by_schema
from .step_types import StepTypes, first_of
from .walk import walk

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
        self._steps = StepTypes(self.path)
        self._known: dict[int, FieldType] = {}
        self._contexts: dict[int, FieldType] = {}
        self._homes: dict[str, int] = {}
        self._origins: dict[type, Callable[[Any], FieldType]] = {
            Source: lambda origin: first_of(map(self.path, origin.paths)),
            Const: lambda origin: type_of_value(origin.value),
            Template: self._template,
            Calc: lambda origin: self._calc(origin.tree, origin.variables),
            Object: self.object,
            Each: self._each,
            KeyedObject: lambda origin: OBJECT.null(False),
            Array: self._array,
            Switch: self._switch,
            Lookup: lambda origin: self._steps.lookup(origin.step, self.field(origin.key)),
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
        found = self._steps.steps(field.steps, raw)
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


def _param_kind(name: str) -> Kind:
    """The kind of a declared type."""
    return name if name in typing.get_args(Kind) else "any"  # type: ignore[return-value]
