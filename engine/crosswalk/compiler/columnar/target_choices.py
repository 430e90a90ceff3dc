"""Choices of a JSON Schema over columns, from masks of the rows that may not fit a part, and that surely do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow.compute as pc

from .column import repeated

Mask = Callable[[Any, bool], Any]
"""Of a schema, and whether it is to be sure, the mask of the rows that do not fit it."""


def not_one(parts: Sequence[Any], mask: Mask, count: int, *, sure: bool) -> Any:
    """The rows of which not exactly one of the schemas holds."""
    if sure:
        none, once, twice = repeated(True, count), repeated(False, count), repeated(False, count)
        for part in parts:
            fits = pc.invert(mask(part, False))
            twice = pc.or_(twice, pc.and_(once, fits))
            once = pc.or_(once, fits)
            none = pc.and_(none, mask(part, True))
        return pc.or_(none, twice)
    # So far none fits for sure, or one does and no other.
    none, one = repeated(True, count), repeated(False, count)
    for part in parts:
        fits, fails = pc.invert(mask(part, False)), mask(part, True)
        one = pc.or_(pc.and_(one, fails), pc.and_(none, fits))
        none = pc.and_(none, fails)
    return pc.invert(one)


def not_chosen(schema: Mapping[str, Any], mask: Mask, *, sure: bool) -> Any:
    """The rows that do not fit `then` where `if` holds, or `else` where it does not."""
    then, otherwise = schema.get("then", True), schema.get("else", True)
    if sure:
        holds, fails = pc.invert(mask(schema["if"], False)), mask(schema["if"], True)
        return pc.or_(pc.and_(holds, mask(then, True)), pc.and_(fails, mask(otherwise, True)))
    may_hold, may_fail = pc.invert(mask(schema["if"], True)), mask(schema["if"], False)
    return pc.or_(pc.and_(may_hold, mask(then, False)), pc.and_(may_fail, mask(otherwise, False)))
