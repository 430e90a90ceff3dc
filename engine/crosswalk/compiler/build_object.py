"""Objects: `fields` with dotted targets, `passthrough` and `spread`."""

from __future__ import annotations

from typing import Any

from ..spec.targets import split_target
from .builder import Builder, at
from .plan import Object, Passthrough
from .scope import Scope


def build_object(b: Builder, spec: dict[str, Any], pointer: str, scope: Scope, target: str) -> Object:
    """`fields`, with dotted targets as nested objects, and what goes with them at the top of a mapping."""
    place = at(pointer, "fields")
    root = Object([])
    for name, field_spec in (spec.get("fields") or {}).items():
        parts = split_target(name)
        home = root
        for part in parts[:-1]:
            nested = next((m for n, m in home.members if n == part), None)
            if not isinstance(nested, Object):
                nested = Object([])
                home.members.append((part, nested))
            home = nested
        shown = f"{target}.{name}" if target else name
        home.members.append((parts[-1], b.field(field_spec, at(place, name), scope, shown)))
    if spec.get("passthrough"):
        rule = spec["passthrough"]
        rule = {} if rule is True else rule
        if scope.ctx.language == "xpath":
            b.problem(
                "M108", "passthrough copies members of objects, and XML has none", at(pointer, "passthrough"),
                label="list the fields",
            )  # fmt: skip
        root.passthrough = Passthrough(
            scope.ctx,
            tuple(rule["only"]) if "only" in rule else None,
            tuple(rule.get("exclude", ())),
            frozenset(name for name, _ in root.members),
            b.empty,
        )
    if "spread" in spec:
        root.spread = b.field(spec["spread"], at(pointer, "spread"), scope, target)
    return root
