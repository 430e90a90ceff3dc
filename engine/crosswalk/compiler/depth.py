"""The depth of a mapping: Python limits how deep generated code nests, and an author is told so in his own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .builder import at

if TYPE_CHECKING:
    from ..spec.mapping_spec import MappingSpec


@contextmanager
def limited_depth(spec: MappingSpec) -> Iterator[None]:
    """Around building and compiling: what is nested too deeply for Python raises SpecError M108."""
    try:
        yield
    except (RecursionError, SyntaxError) as error:
        if isinstance(error, SyntaxError) and "too many" not in str(error):
            raise
        spec.problem(
            "M108", "the mapping is nested too deeply", _deepest(spec.data), label="down here",
            notes=("about 25 lists or cases inside each other are possible",), fix="move inner parts to let",
        )  # fmt: skip
        spec.raise_if_errors()


def _deepest(data: Any) -> str:
    """The pointer of the field (or the like) that holds the deepest value."""
    deepest, found = 0, ""
    waiting: list[tuple[int, str, Any]] = [(0, "", data)]
    while waiting:
        depth, pointer, value = waiting.pop()
        if depth > deepest:
            deepest, found = depth, pointer
        if isinstance(value, dict | list):
            members = value.items() if isinstance(value, dict) else enumerate(value)
            # Two steps name the field; more would be unreadable.
            waiting += [(depth + 1, at(pointer, key) if depth < 2 else pointer, part) for key, part in members]
    return found
