"""Warnings that need the whole plan: paths used raw and cleaned, unused lets, maps without else."""

from __future__ import annotations

from collections import defaultdict

from ..spec.pointer import exists, resolve
from .builder import Builder
from .plan import Field, Let, Plan, Source
from .plan_step import CallStep, MapStep
from .walk import walk

_CLEANERS = ("trim", "trim_start", "trim_end", "collapse_space", "upper", "lower")


def _says_on_error(b: Builder, pointer: str) -> bool:
    """Whether the field says itself what a failure does, so that its author has thought of it."""
    said = resolve(b.spec.data, pointer) if exists(b.spec.data, pointer) else None
    return isinstance(said, dict) and "on_error" in said


def lint_plan(b: Builder, plan: Plan) -> None:
    """Report M421, M423 and M424."""
    uses: dict[tuple[int, str], list[tuple[bool, str]]] = defaultdict(list)
    meant: set[int] = set()
    whole = not b.failed
    for node in walk(plan):
        if isinstance(node, Let) and not node.var.used and whole:
            b.problem(
                "M423", f'"${node.var.name}" is never used', node.field.pointer, of="key", level="warning",
                label="leave it out",
            )  # fmt: skip
        elif isinstance(node, MapStep) and not node.has_else and id(node) not in meant:
            b.problem(
                "M424", '"map" without "else" rejects every other value', node.pointer, level="warning",
                label="say what happens to values that are not listed", fix='{ "map": { ... }, "else": null }',
                notes=('where that is meant, say so: "on_error": "fail" in the field',),
            )  # fmt: skip
        if isinstance(node, Field) and _says_on_error(b, node.pointer):
            meant.update(id(step) for step in walk(node) if isinstance(step, MapStep))
        if isinstance(node, Field) and isinstance(node.origin, Source):
            # Only a first step cleans what was read: in ["x", "type_of", "upper"] the text is another one.
            first = node.steps[0] if node.steps else None
            cleaned = isinstance(first, CallStep) and first.resolver.name in _CLEANERS
            for path in node.origin.paths:
                if path.var is None and path.compiled is not None:
                    uses[(path.ctx.id, path.text)].append((cleaned, path.pointer))
    for (_, text), found in uses.items():
        if len({cleaned for cleaned, _ in found}) == 2:
            pointer = next(place for cleaned, place in found if not cleaned)
            b.problem(
                "M421", f'"{text}" is used cleaned and as it is', pointer, level="warning",
                label="not cleaned here", fix='clean it once in "let" and use the variable',
            )  # fmt: skip
