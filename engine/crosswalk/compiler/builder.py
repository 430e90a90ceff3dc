"""What all parts of plan building share: the document, the registry, the problems found, fresh names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ..plugin.path import PathLanguage
from ..spec.near import near_name
from ..spec.pointer import join as at
from .plan_path import Ctx, PathPlan, Var
from .plan_step import Table

if TYPE_CHECKING:
    from ..registry import Registry
    from ..spec.mapping_spec import MappingSpec
    from .plan import Field
    from .scope import Scope

NOTES = ("comment", "description")
"""Keys that every object of a mapping may carry."""

OWN_NAMES = frozenset({"root", "parent", "context", "meta", "run"})


__all__ = ["NOTES", "Builder", "at"]


class FieldBuilder(Protocol):
    """`build_field`, which builds the fields inside fields, too."""

    def __call__(self, b: Builder, spec: Any, pointer: str, scope: Scope, target: str = "") -> Field: ...


class Builder:
    """The state of one compilation."""

    def __init__(self, spec: MappingSpec, registry: Registry, build_field: FieldBuilder) -> None:
        self._build_field = build_field
        self.spec = spec
        self.registry = registry
        self.data: dict[str, Any] = spec.data
        self.ids = count(1)
        self.tables: dict[str, Table] = {}
        self.used: set[tuple[str, str]] = set()
        self.namespaces: dict[str, str] = {}
        self.empty: Literal["keep", "missing", "null"] = "keep"
        self.paths: list[PathPlan] = []
        self._languages: dict[str, PathLanguage] = {}
        self._reading: list[set[Var]] = []
        self.expanding: list[str] = []
        found = {problem.pointer for problem in spec.problems if problem.level == "error"}
        self._broken = found | {pointer.rpartition("/")[0] for pointer in found}

    def problem(self, code: str, message: str, pointer: str, **more: Any) -> None:
        """Report a finding about the place `pointer`; building goes on."""
        self.spec.problem(code, message, pointer, **more)

    @property
    def failed(self) -> bool:
        """Whether there is an error: then parts are missing, and what they would have used is not known."""
        return any(problem.level == "error" for problem in self.spec.problems)

    def broken(self, pointer: str) -> bool:
        """Whether the structure is wrong right here, so that building would only repeat it."""
        return pointer in self._broken

    def unknown(self, code: str, what: str, name: str, known: Iterable[str], pointer: str, **more: Any) -> None:
        """Report an unknown name, with the nearest known one. `where`: what it is a part of, such as a table."""
        names = sorted(known)
        where = f" of {more.pop('where')}" if "where" in more else ""
        near = near_name(name, names)
        label = f'did you mean "{near}"?' if near else f"no {what} of this name"
        notes = [f"known here: {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}"] if names else []
        notes += more.pop("notes", [])
        fix = more.pop("fix", "") or (f'"{near}"' if near else "")
        self.problem(code, f'unknown {what} "{name}"{where}', pointer, label=label, notes=tuple(notes), fix=fix, **more)

    def field(self, spec: Any, pointer: str, scope: Scope, target: str = "") -> Field:
        """The plan of a Field; see `build_field`."""
        return self._build_field(self, spec, pointer, scope, target)

    def language(self, name: str) -> PathLanguage:
        """The path language of that name (already checked to exist)."""
        if name not in self._languages:
            self._languages[name] = self.registry.path_languages[name]()
        return self._languages[name]

    def context(self, language: str, parent: Ctx | None) -> Ctx:
        """A new context."""
        number = next(self.ids)
        return Ctx(number, f"c{number}", language, parent)

    def variable(self, name: str, origin: str, *, language: str | None = None, sensitive: bool = False) -> Var:
        """A new variable with a fresh local name; with a `language` it is a node, else a value."""
        local = f"v{next(self.ids)}_{re.sub(r'[^0-9A-Za-z_]', '_', name)}"
        if language is None:
            return Var(name, local, "value", "jmespath", sensitive, False, origin)
        return Var(name, local, "node", language, sensitive, False, origin)

    def check_name(self, name: str, pointer: str, of: Literal["key", "value"]) -> None:
        """Report a name that is the language's own: hidden, it would make other paths mean something else."""
        if name in OWN_NAMES:
            self.problem("M108", f'"{name}" is a name of the language', pointer, of=of, label=f"${name} has a meaning")

    def use(self, var: Var) -> None:
        """Note that the variable is read, for `let` order and unused-name lints."""
        var.used = True
        for reads in self._reading:
            reads.add(var)

    @contextmanager
    def watching(self) -> Iterator[set[Var]]:
        """Collect the variables that are read inside the block."""
        reads: set[Var] = set()
        self._reading.append(reads)
        try:
            yield reads
        finally:
            self._reading.pop()
