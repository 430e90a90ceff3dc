"""Coverage: which target fields had a value in some test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..compiler.plan import Each, Field, Object, Switch, Use

if TYPE_CHECKING:
    from ..compiler.mapper import Mapper


def targets(mapper: Mapper) -> list[str]:
    """Every field a mapping can write, with its path (`lines[].sku`), in order of declaration."""
    return list(dict.fromkeys(name for output in mapper.plan.outputs for name in _targets(output.body, "")))


def coverage(mapper: Mapper, had: set[str]) -> dict[str, Any]:
    """How many of the fields are in `had`, and which are not."""
    wanted = targets(mapper)
    missed = [name for name in wanted if name not in had]
    return {"fields": len(wanted), "covered": len(wanted) - len(missed), "missed": missed}


def _targets(node: Any, prefix: str) -> Iterator[str]:
    if isinstance(node, Object):
        for name, member in node.members:
            path = f"{prefix}.{name}" if prefix else name
            yield path
            yield from _targets(member, path)
    elif isinstance(node, Field):
        yield from _targets(node.origin, prefix)
        if node.otherwise is not None:
            yield from _targets(node.otherwise, prefix)
    elif isinstance(node, Each):
        yield from _targets(node.body, f"{prefix}[]")
    elif isinstance(node, Use):
        yield from _targets(node.body, prefix)
    elif isinstance(node, Switch):
        for _, field in node.cases:
            yield from _targets(field, prefix)
        yield from _targets(node.otherwise, prefix)
