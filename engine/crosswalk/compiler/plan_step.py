"""Steps and conditions of a plan: what is done with a value at hand, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, Literal

from ..lean import lean_dataclass
from ..plugin.resolver import Resolver
from .plan_path import Ctx, PathPlan


@lean_dataclass
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


@lean_dataclass
class MapStep:
    """`{"map": {...}, "else": ...}`."""

    pointer: str
    table: dict[str, Any]
    has_else: bool
    otherwise: Any


@lean_dataclass
class EachStep:
    """`{"each": Steps}`: the steps for every item of a list."""

    pointer: str
    steps: list[Step]


@lean_dataclass
class FilterStep:
    """`{"filter": Cond}`: the items of a list for which the condition holds."""

    pointer: str
    ctx: Ctx
    cond: Cond


@lean_dataclass
class LookupStep:
    """`{"lookup": {...}}` on the piped key, and the `lookup` origin after its key."""

    pointer: str
    table: Table
    returns: str | tuple[str, ...] | None
    on_missing: Literal["error", "null", "default"]


@lean_dataclass
class GetStep:
    """`{"get": path}` on the piped object or list."""

    pointer: str
    ctx: Ctx
    path: PathPlan


@lean_dataclass
class CheckStep:
    """`{"check": {op: value, "message": text}}` and the field's `check`."""

    pointer: str
    tests: list[OpTest]
    message: str


Step = CallStep | MapStep | EachStep | FilterStep | LookupStep | GetStep | CheckStep


@lean_dataclass(eq=False)
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


@lean_dataclass
class OpTest:
    """One comparison of the value at hand: operator, operand (a constant or a path), optional cast of both."""

    op: str
    operand: Any
    path: PathPlan | None
    pointer: str


@lean_dataclass
class PathCond:
    """`{Path: tests}`: all tests hold for the value of the path, after the steps of `cast`."""

    path: PathPlan
    cast: CallStep | None
    tests: list[OpTest]
    pointer: str


@lean_dataclass
class AllCond:
    parts: list[Cond]


@lean_dataclass
class AnyCond:
    parts: list[Cond]


@lean_dataclass
class NotCond:
    part: Cond


@lean_dataclass
class ExprCond:
    """`{"expr": JMESPath}`: true, or false / null; anything else is M320."""

    path: PathPlan
    pointer: str


Cond = PathCond | AllCond | AnyCond | NotCond | ExprCond
