"""Scopes: which variables a path may start with, and what the relative ones start from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from ..lean import lean_dataclass
from .plan_path import Ctx, Var


@lean_dataclass
class Scope:
    """One nesting level: a context and the names bound here; lookups go outwards."""

    ctx: Ctx
    parent: Scope | None = None
    names: dict[str, Var] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    """Names that a `let` binds further in, for the items of the list whose iteration is read here."""

    def child(self, ctx: Ctx | None = None) -> Scope:
        """A scope inside this one, on the same context unless another is given."""
        return Scope(ctx or self.ctx, self)

    def find(self, name: str) -> Var | None:
        """The variable of that name, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def comes_later(self, name: str) -> bool:
        """Whether the name is bound further in only."""
        return name in self.later or (self.parent is not None and self.parent.comes_later(name))

    def visible(self) -> Iterator[str]:
        """All names that can be read here."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent
