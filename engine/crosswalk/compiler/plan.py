"""The plan: a mapping as typed nodes, names resolved, arguments bound; back ends, lineage and explain all read it."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from ..lean import lean_dataclass
from .plan_path import Ctx, PathPlan, Var
from .plan_step import CallStep, CheckStep, Cond, EachStep, FilterStep, LookupStep, Step, Table

OnError = Literal["fail", "null", "default", "omit", "keep"]


# ---- iteration --------------------------------------------------------------------------------------------------


@lean_dataclass
class Loop:
    """One level of `each` or `explode`. `item` is the context made for each item (None: context unchanged)."""

    pointer: str
    path: PathPlan | None
    zip: list[tuple[str, PathPlan]]
    uneven: Literal["error", "pad", "cut"]
    entries: bool
    match: tuple[Any, ...]
    exclude: frozenset[str]
    item: Ctx
    var: Var | None
    key: Var | None
    index: Var | None
    captures: list[Var]
    scope_key: Var | None
    where: Cond | None
    outer: bool
    repeat: PathPlan | None
    limit: int | None


# ---- origins ----------------------------------------------------------------------------------------------------


@lean_dataclass
class Source:
    paths: list[PathPlan]

    @property
    def tried(self) -> str:
        """All paths as written, for messages."""
        return ", ".join(path.text for path in self.paths)


@lean_dataclass
class Const:
    value: Any


@lean_dataclass
class Template:
    parts: list[str | PathPlan]
    if_missing: Literal["null", "empty", "error"]


@lean_dataclass
class Calc:
    tree: Any
    variables: dict[str, PathPlan]


@lean_dataclass
class Object:
    """`fields`: members in declaration order; a dotted target is a nested Object. `passthrough` copies the rest."""

    members: list[tuple[str, Field | Object]]
    passthrough: Passthrough | None = None
    spread: Field | None = None


@lean_dataclass
class Passthrough:
    ctx: Ctx
    only: tuple[str, ...] | None
    exclude: tuple[str, ...]
    taken: frozenset[str]
    empty: Literal["keep", "missing", "null"]


@lean_dataclass
class SortKey:
    field: Field
    desc: bool


@lean_dataclass
class Each:
    """A list. `early`: the item's lets that `where`, `sort` and `distinct` need; `let`: the others."""

    loops: list[Loop]
    inner: Ctx
    where: Cond | None
    sort: list[SortKey]
    distinct: list[PathPlan]
    limit: int | None
    early: list[Let]
    let: list[Let]
    body: Field | Object
    index: Var
    number: Var


@lean_dataclass
class KeyedObject:
    each: Each
    keys: list[Field]
    duplicates: Literal["error", "first", "last", "collect"]

    @property
    def below(self) -> str:
        """What stands behind the object's name for one of its values."""
        return below_keys(len(self.keys), self.duplicates)


def below_keys(keys: int, duplicates: str) -> str:
    """What stands behind an object's name for one of its values: a member for each key, a list of collected ones."""
    return ".*" * keys + ("[]" if duplicates == "collect" else "")


@lean_dataclass
class Array:
    items: list[Field]
    compact: bool


@lean_dataclass
class Switch:
    cases: list[tuple[Cond, Field]]
    otherwise: Field | None


@lean_dataclass
class Lookup:
    key: Field
    step: LookupStep


@lean_dataclass
class Use:
    at: PathPlan | None
    ctx: Ctx
    let: list[Let]
    body: Object


@lean_dataclass
class NoInput:
    """No origin: the first step is a resolver that takes no input."""


Origin = Source | Const | Template | Calc | Object | Each | KeyedObject | Array | Switch | Lookup | Use | NoInput


@lean_dataclass
class Field:
    """How one value is made: when, origin, steps (defaults, resolve, type), default, required, check."""

    pointer: str
    target: str
    origin: Origin
    steps: list[Step] = field(default_factory=list)
    let: list[Let] = field(default_factory=list)
    when: Cond | None = None
    otherwise: Field | None = None
    has_default: bool = False
    default: Any = None
    required: Literal["no", "value", "present"] = "no"
    check: CheckStep | None = None
    on_error: OnError = "fail"
    sensitive: bool = False
    type: str | None = None

    @property
    def takes_all(self) -> bool:
        """Whether the first step takes a list, so that a path over nodes gives all of its matches."""
        first = next((step for step in self.steps if not (isinstance(step, CallStep) and step.guarded)), None)
        if isinstance(first, CallStep):
            accepts = first.resolver.accepts
            return first.resolver.name == "count" or (accepts is not None and list in accepts)
        return isinstance(first, EachStep | FilterStep)


@lean_dataclass
class Let:
    var: Var
    field: Field


@lean_dataclass
class CheckRule:
    cond: Cond
    message: str
    level: Literal["reject", "warn"]
    pointer: str


@lean_dataclass
class OutputPlan:
    """One stream: its own explode, lets, condition, and body."""

    name: str
    loops: list[Loop]
    let_each: list[Let]
    where: Cond | None
    body: Field | Object
    pointer: str
    columns: tuple[str, ...] | None


@lean_dataclass
class Group:
    by: list[Field]
    scope: Literal["source", "batch"]
    rows: Var


@lean_dataclass
class Plan:
    """A whole mapping."""

    name: str
    root: Ctx
    let: list[Let]
    filter: Cond | None
    loops: list[Loop]
    let_each: list[Let]
    where: Cond | None
    outputs: list[OutputPlan]
    group: Group | None
    checks: list[CheckRule]
    out: Var
    missing_as_null: bool
    params: dict[str, Param]
    multiple: bool
    """Whether one record may give several output records."""
    all_text: bool = False
    """Whether every value of the record is a text, as the source's format says."""
    tables: dict[str, Table] = field(default_factory=dict)
    """What was read of files and sources for lookups."""

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of the output streams, `("",)` where there is one without a name."""
        return tuple(dict.fromkeys(output.name for output in self.outputs))

    @property
    def filters(self) -> bool:
        """Whether a record that is mapped one to one may give nothing."""
        return self.filter is not None or self.where is not None or isinstance(self.outputs[0].body, Field)


@lean_dataclass
class Param:
    name: str
    type: str
    required: bool
    default: Any
    sensitive: bool
