"""What the quick attempt at a record covers: fields without guards, as whatever fails there is told by a second pass.

The attempt takes for granted that nothing fails. Where something does, the record is made anew by the careful code,
which knows what to do about it; so everything that is tried must be safe to do twice.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from ..lean import lean_dataclass
from .plan import Array, Each, Field, KeyedObject, Let, Lookup, Object, OutputPlan, Plan, Switch, Use
from .plan_path import Ctx, PathPlan
from .plan_step import CallStep
from .walk import walk

_MANY = 2
"""Weight of a read that must not stand where the value is used: inside a guard, or in a loop over the same record."""


SLOW: Final = object()
"""Given by the quick attempt where the careful code is needed, and nobody said where errors go."""


@lean_dataclass(frozen=True)
class Value:
    """An expression that never gives M. `types`: what it can be beside null, None when that is not known.

    `nullable`: `text` may give null. `test`: an expression to look at first: where that is null, so is the value, and
    `text` must not be evaluated.
    """

    text: str
    nullable: bool
    types: tuple[type, ...] | None = None
    test: str = ""

    @property
    def whole(self) -> str:
        """The expression with its test."""
        return f"(None if {self.test} is None else {self.text})" if self.test else self.text


class Quick:
    """The parts of a plan without guards, by the `id` of each: fields, objects, variables; contexts by their number.

    `reads`: by context, how often each path of names is read. A field is left out when its failures may be forgotten
    or replaced (`on_error`, the lets of what may be filtered out): it keeps its guard, so that this costs no second
    pass.
    """

    def __init__(self, plan: Plan) -> None:
        self.parts: set[int] = set()
        self.variables: set[int] = set()
        self.contexts: set[int] = {plan.root.id}
        self.reads: dict[int, Counter[tuple[str, ...]]] = {}
        outputs = plan.outputs
        filtered = plan.where is not None or any(output.where is not None for output in outputs)
        self._lets(plan.let, guarded=filtered or plan.filter is not None)
        self._lets(plan.let_each, guarded=filtered)
        for output in outputs:
            self._output(output)
        self._count(plan, loops=bool(plan.loops) or any(output.loops for output in outputs))

    @classmethod
    def of(cls, plan: Plan) -> Quick | None:
        """None where doing things twice shows: resolvers that count or ask a service; and for groups."""
        calls = (node.resolver for node in walk(plan) if isinstance(node, CallStep))
        if plan.group is not None or any(not resolver.pure or resolver.batched for resolver in calls):
            return None
        return cls(plan)

    def _output(self, output: OutputPlan) -> None:
        self._lets(output.let_each, guarded=output.where is not None)
        self._part(output.body)

    def _lets(self, lets: list[Let], *, guarded: bool) -> None:
        for let in lets:
            if not guarded and let.field.on_error == "fail":
                self.variables.add(id(let.var))
                self._part(let.field)

    def _part(self, part: Field | Object | None) -> None:
        """A field, or the members of an object, whose failure is the record's."""
        if isinstance(part, Object):
            self.parts.add(id(part))
            for _, member in part.members:
                self._part(member)
            self._part(part.spread)
        elif part is not None and part.on_error == "fail":
            self.parts.add(id(part))
            self._lets(part.let, guarded=part.when is not None)
            self._part(part.otherwise)
            self._origin(part)

    def _origin(self, field: Field) -> None:
        origin = field.origin
        if isinstance(origin, Object):
            self._part(origin)
        elif isinstance(origin, Each):
            self._each(origin)
        elif isinstance(origin, KeyedObject):
            for key in origin.keys:
                self._part(key)
            self._each(origin.each)
        elif isinstance(origin, Array):
            for item in origin.items:
                self._part(item)
        elif isinstance(origin, Switch):
            for _, then in origin.cases:
                self._part(then)
            self._part(origin.otherwise)
        elif isinstance(origin, Lookup):
            self._part(origin.key)
        elif isinstance(origin, Use):
            self.contexts.add(origin.ctx.id)
            self._lets(origin.let, guarded=False)
            self._part(origin.body)

    def _each(self, each: Each) -> None:
        self.contexts.update(loop.item.id for loop in each.loops)
        for sort in each.sort:
            self._part(sort.field)
        self._lets(each.early, guarded=each.where is not None)
        self._lets(each.let, guarded=False)
        self._part(each.body)

    def _count(self, plan: Plan, *, loops: bool) -> None:
        """How often each path is read: those inside a guard count as many."""
        outside: set[int] = set()
        for node in walk(plan):
            if isinstance(node, Field) and id(node) not in self.parts:
                outside.update(id(part) for part in walk(node) if isinstance(part, PathPlan))
        for node in walk(plan):
            if isinstance(node, PathPlan) and (names := node.all_names):
                many = id(node) in outside or (loops and node.ctx is plan.root)
                self.reads.setdefault(node.ctx.id, Counter())[names] += _MANY if many else 1

    def covers(self, ctx: Ctx) -> bool:
        """Whether the context is read without a guard."""
        return ctx.id in self.contexts
