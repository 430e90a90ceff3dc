"""The nodes of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from .plan_path import Ctx, Var
from .plan_step import CallStep, MapStep, Table

_LISTS = (list, tuple)
_MEMBERS: dict[type, tuple[str, ...] | None] = {}


def walk(node: Any) -> Iterator[Any]:
    """Every node of a plan, or of a part of one, outside in."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind in _LISTS:
            waiting.extend(reversed(node))
            continue
        names = _MEMBERS[kind] if kind in _MEMBERS else _note(kind)
        if names is None:
            continue
        yield node
        for name in names:
            value = getattr(node, name)
            if value.__class__ is dict:
                waiting.extend(reversed(value.values()))
            elif value is not None:
                waiting.append(value)


def _note(kind: type) -> tuple[str, ...] | None:
    """The members that may hold nodes, the last first; None for what is no node."""
    found: tuple[str, ...] | None
    if not is_dataclass(kind) or kind in (Ctx, Var):
        found = None
    elif kind is CallStep:
        found = ("refs",)
    elif kind in (MapStep, Table):
        found = ()
    else:
        found = tuple(field.name for field in reversed(fields(kind)))
    _MEMBERS[kind] = found
    return found
