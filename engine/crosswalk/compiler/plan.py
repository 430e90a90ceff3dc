"""The plan: a mapping as typed nodes, names resolved, arguments bound; back ends, lineage and explain all read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..plugin.path import CompiledPath
from ..plugin.resolver import Resolver

OnError = Literal["fail", "null", "default", "omit", "keep"]


@dataclass(slots=True, eq=False)
class Ctx:
    """What relative paths start from: the record, or the item of an `each`. `local` is its name in generated code."""

    id: int
    local: str
    language: str
    parent: Ctx | None = None
    prefixes: Counter[tuple[str, ...]] = field(default_factory=Counter)
    reads: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Paths of names that are read from here, each with what an empty text means."""

    @property
    def getter(self) -> str:
        """The local that holds the context's `dict.get` (or a stand-in when it is no dict)."""
        return f"g{self.id}"


@dataclass(slots=True, eq=False)
class Var:
    """A scope variable. `value`: a Python value, read on with JMESPath; `node`: a context of `language`.

    `expr` is the expression that reads it in generated code; `used` tells whether anything does.
    """

    name: str
    expr: str
    kind: Literal["value", "node"] = "value"
    language: str = "jmespath"
    sensitive: bool = False
    used: bool = False
    origin: str = ""
    """What it stands for, for lineage: `let`, `context`, `meta`, `run`, `item`, `index`, `key`, `capture`, `rows`."""
    plan: Any = None

    @property
    def path_language(self) -> str:
        """The language of what follows the variable in a path: a list of rows has no columns, its items have."""
        return "jmespath" if self.origin == "rows" and self.language == "column" else self.language


@dataclass(slots=True)
class PathPlan:
    """One path: a base (a variable, or the context) and what follows. `text` is as the author wrote it."""

    text: str
    pointer: str
    ctx: Ctx
    var: Var | None = None
    compiled: CompiledPath | None = None
    variables: dict[str, Var] = field(default_factory=dict)
    empty: Literal["keep", "missing", "null"] = "keep"
    sensitive: bool = False

    @property
    def all_names(self) -> tuple[str, ...]:
        """All names of a plain path from the context; none where it has anything else."""
        segments = self.compiled.segments if self.compiled else None
        if not segments or self.var is not None:
            return ()
        names = tuple(segment for segment in segments if isinstance(segment, str))
        return names if len(names) == len(segments) else ()

    @property
    def names(self) -> tuple[str, ...]:
        """The leading names of a plain path, all but the last segment: what several paths may share."""
        segments = self.compiled.segments if self.compiled else None
        if not segments or self.var is not None or len(segments) < 2:
            return ()
        lead = segments[:-1]
        return tuple(s for s in lead if isinstance(s, str)) if all(isinstance(s, str) for s in lead) else ()


# ---- steps ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class CallStep:
    """A resolver. `bound` is its function with constant arguments; `refs` are arguments that variables give, lists
    of them (and of constants) too."""

    pointer: str
    resolver: Resolver
    bound: Callable[..., Any]
    args: dict[str, Any]
    refs: dict[str, PathPlan | list[Any]]
    guarded: bool = False
    """Skip silently when the value is not of an accepted type (`defaults.fields.resolve`)."""


@dataclass(slots=True)
class MapStep:
    """`{"map": {...}, "else": ...}`."""

    pointer: str
    table: dict[str, Any]
    has_else: bool
    otherwise: Any


@dataclass(slots=True)
class EachStep:
    """`{"each": Steps}`: the steps for every item of a list."""

    pointer: str
    steps: list[Step]


@dataclass(slots=True)
class FilterStep:
    """`{"filter": Cond}`: the items of a list for which the condition holds."""

    pointer: str
    ctx: Ctx
    cond: Cond


@dataclass(slots=True)
class LookupStep:
    """`{"lookup": {...}}` on the piped key, and the `lookup` origin after its key."""

    pointer: str
    table: Table
    returns: str | tuple[str, ...] | None
    on_missing: Literal["error", "null", "default"]


@dataclass(slots=True)
class GetStep:
    """`{"get": path}` on the piped object or list."""

    pointer: str
    ctx: Ctx
    path: PathPlan


@dataclass(slots=True)
class CheckStep:
    """`{"check": {op: value, "message": text}}` and the field's `check`."""

    pointer: str
    tests: list[OpTest]
    message: str


Step = CallStep | MapStep | EachStep | FilterStep | LookupStep | GetStep | CheckStep


@dataclass(slots=True, eq=False)
class Table:
    """A lookup table: rows by key text (`key_text`), loaded once at compile time. `size` counts its rows."""

    name: str
    rows: dict[Any, Any]
    columns: tuple[str, ...]
    size: int
    used: bool = False
    found: dict[str, dict[Any, Any]] = field(default_factory=dict)
    """By column: what look-ups of it return, by key; see `column_of`."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Table, (self.name, self.rows, self.columns, self.size, self.used)


# ---- conditions -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class OpTest:
    """One comparison of the value at hand: operator, operand (a constant or a path), optional cast of both."""

    op: str
    operand: Any
    path: PathPlan | None
    pointer: str


@dataclass(slots=True)
class PathCond:
    """`{Path: tests}`: all tests hold for the value of the path, after the steps of `cast`."""

    path: PathPlan
    cast: CallStep | None
    tests: list[OpTest]
    pointer: str


@dataclass(slots=True)
class AllCond:
    parts: list[Cond]


@dataclass(slots=True)
class AnyCond:
    parts: list[Cond]


@dataclass(slots=True)
class NotCond:
    part: Cond


@dataclass(slots=True)
class ExprCond:
    """`{"expr": JMESPath}`: true, or false / null; anything else is M320."""

    path: PathPlan
    pointer: str


Cond = PathCond | AllCond | AnyCond | NotCond | ExprCond


# ---- iteration --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
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


@dataclass(slots=True)
class Source:
    paths: list[PathPlan]

    @property
    def tried(self) -> str:
        """All paths as written, for messages."""
        return ", ".join(path.text for path in self.paths)


@dataclass(slots=True)
class Const:
    value: Any


@dataclass(slots=True)
class Template:
    parts: list[str | PathPlan]
    if_missing: Literal["null", "empty", "error"]


@dataclass(slots=True)
class Calc:
    tree: Any
    variables: dict[str, PathPlan]


@dataclass(slots=True)
class Object:
    """`fields`: members in declaration order; a dotted target is a nested Object. `passthrough` copies the rest."""

    members: list[tuple[str, Field | Object]]
    passthrough: Passthrough | None = None
    spread: Field | None = None


@dataclass(slots=True)
class Passthrough:
    ctx: Ctx
    only: tuple[str, ...] | None
    exclude: tuple[str, ...]
    taken: frozenset[str]
    empty: Literal["keep", "missing", "null"]


@dataclass(slots=True)
class SortKey:
    field: Field
    desc: bool


@dataclass(slots=True)
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


@dataclass(slots=True)
class KeyedObject:
    each: Each
    keys: list[Field]
    duplicates: Literal["error", "first", "last", "collect"]


@dataclass(slots=True)
class Array:
    items: list[Field]
    compact: bool


@dataclass(slots=True)
class Switch:
    cases: list[tuple[Cond, Field]]
    otherwise: Field | None


@dataclass(slots=True)
class Lookup:
    key: Field
    step: LookupStep


@dataclass(slots=True)
class Use:
    at: PathPlan | None
    ctx: Ctx
    let: list[Let]
    body: Object


@dataclass(slots=True)
class NoInput:
    """No origin: the first step is a resolver that takes no input."""


Origin = Source | Const | Template | Calc | Object | Each | KeyedObject | Array | Switch | Lookup | Use | NoInput


@dataclass(slots=True)
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


@dataclass(slots=True)
class Let:
    var: Var
    field: Field


@dataclass(slots=True)
class CheckRule:
    cond: Cond
    message: str
    level: Literal["reject", "warn"]
    pointer: str


@dataclass(slots=True)
class OutputPlan:
    """One stream: its own explode, lets, condition, and body."""

    name: str
    loops: list[Loop]
    let_each: list[Let]
    where: Cond | None
    body: Field | Object
    pointer: str
    columns: tuple[str, ...] | None


@dataclass(slots=True)
class Group:
    by: list[Field]
    scope: Literal["source", "batch"]
    rows: Var


@dataclass(slots=True)
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


@dataclass(slots=True)
class Param:
    name: str
    type: str
    required: bool
    default: Any
    sensitive: bool
