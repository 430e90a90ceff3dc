"""Variables: `let` of one level, in an order that gives each what it needs."""

from __future__ import annotations

from typing import Any

from .builder import Builder, at
from .plan import Let
from .plan_path import Var
from .scope import Scope


def build_lets(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope) -> list[Let]:
    """Lets of one level in an order that gives each what it needs; cycles are M204."""
    if not isinstance(spec, dict):
        return []
    variables: dict[str, Var] = {}
    for name in spec:
        b.check_name(name, at(pointer, name), "key")
        variables[name] = b.variable(name, "let")
    scope.names.update(variables)
    lets: dict[str, Let] = {}
    needs: dict[str, set[str]] = {}
    by_var = {id(var): name for name, var in variables.items()}
    for name, field_spec in spec.items():
        with b.watching() as reads:
            field = b.field(field_spec, at(pointer, name), scope, f"${name}")
        var = variables[name]
        var.sensitive = field.sensitive or any(read.sensitive for read in reads)
        var.plan = field
        lets[name] = Let(var, field)
        needs[name] = {by_var[id(read)] for read in reads if id(read) in by_var}
    ordered = _ordered(b, lets, needs, pointer)
    for let in ordered:
        let.var.sensitive |= any(lets[name].var.sensitive for name in needs[let.var.name])
    return ordered


def _ordered(b: Builder, lets: dict[str, Let], needs: dict[str, set[str]], pointer: str) -> list[Let]:
    done: list[str] = []
    state: dict[str, int] = {}

    def visit(name: str, trail: list[str]) -> None:
        if state.get(name) == 2:
            return
        if state.get(name) == 1:
            cycle = [*trail[trail.index(name) :], name]
            b.problem(
                "M204", f'"{name}" needs itself', at(pointer, name), of="key",
                label=" -> ".join(f"${part}" for part in cycle),
            )  # fmt: skip
            return
        state[name] = 1
        for other in sorted(needs[name], key=list(lets).index):
            visit(other, [*trail, name])
        state[name] = 2
        done.append(name)

    for name in lets:
        visit(name, [])
    return [lets[name] for name in done]
