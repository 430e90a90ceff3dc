"""Paths of a plan: what they start from, and the variables that they and arguments read."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from typing import Any, Literal

from ..lean import lean_dataclass
from ..plugin.path import CompiledPath


@lean_dataclass(eq=False)
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


@lean_dataclass(eq=False)
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


@lean_dataclass
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
