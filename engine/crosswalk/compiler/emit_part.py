"""Fields inside other fields as code: variables, and parts that give the value of the field around them."""

from __future__ import annotations

from .emit_quick import quick_let
from .emitter import Emitter
from .plan import Const, Field, Let, Object, Source


def emit_lets(e: Emitter, lets: list[Let]) -> None:
    """Each variable in turn; one that fails is poison for what uses it."""
    for let in lets:
        if not quick_let(e, let):
            e.field(let.field, let.var.expr, is_let=True)


def emit_part(e: Emitter, field: Field, local: str) -> bool:
    """A field whose value is that of the field around it; its failure is not reported twice."""
    maybe = e.field(field, local, is_let=True)
    if can_raise(field) and not e.is_quick(field):
        e.w(f"if {local} is POISON: raise Poisoned")
    return maybe


def can_raise(field: Field) -> bool:
    """Whether making the field's value may fail."""
    if field.steps or field.when or field.let or field.check or field.required != "no":
        return True
    origin = field.origin
    if isinstance(origin, Const | Object):
        return isinstance(origin, Object) and (origin.spread is not None or origin.passthrough is not None)
    if isinstance(origin, Source):
        return any(
            p.compiled is not None and (p.compiled.segments is None or (p.var is not None and p.var.origin == "let"))
            for p in origin.paths
        )
    return True


def mark_errors(e: Emitter, lets: list[Let]) -> str:
    """A local that remembers how many errors there are before the lets of something that may not apply."""
    if not lets:
        return ""
    errors = e.w.temp("n")
    e.w(f"{errors} = len(E)")
    return errors


def forget_errors(e: Emitter, errors: str) -> None:
    """Written after an `if`: what does not apply has no errors."""
    if errors:
        e.w(f"else: del E[{errors}:]")
