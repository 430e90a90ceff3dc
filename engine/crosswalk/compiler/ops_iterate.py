"""Iterations in the rare case: entries, zips, globs, repeats, sorting, distinct items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..errors import DataError
from ..values import MISSING, type_name
from .ops_compare import ordered
from .ops_value import with_article
from .poison import POISON, Poisoned

M: Final = MISSING
MAX_REPEAT: Final = 100_000


def entries_of(value: Any) -> list[tuple[str, Any]]:
    """The members of an object as (key, value)."""
    if value is None or value is M:
        return []
    if value is POISON:
        raise Poisoned
    if not isinstance(value, Mapping):
        raise DataError("M313", f"entries needs an object, not {with_article(type_name(value))}", value)
    return list(value.items())


def zip_lists(names: tuple[str, ...], lists: list[Any], uneven: str) -> list[dict[str, Any]]:
    """Parallel lists as objects; lists of unlike length are an error, padded (missing members) or cut."""
    sizes = [len(column) for column in lists]
    if len(set(sizes)) > 1 and uneven == "error":
        shown = ", ".join(f"{name} {size}" for name, size in zip(names, sizes, strict=True))
        raise DataError("M315", f"the lists differ in length ({shown})")
    count = (min if uneven == "cut" else max)(sizes, default=0)
    return [
        {name: column[i] for name, column in zip(names, lists, strict=True) if i < len(column) and column[i] is not M}
        for i in range(count)
    ]


def match_key(key: str, patterns: Iterable[re.Pattern[str]]) -> tuple[str, ...] | None:
    """The captures of the first glob that matches."""
    for pattern in patterns:
        found = pattern.fullmatch(key)
        if found:
            return found.groups()
    return None


def repeat_count(value: Any) -> int:
    """How often an item is repeated: a whole number, nothing counts as none."""
    if value is None or value is M:
        return 0
    if value is POISON:
        raise Poisoned
    if isinstance(value, bool) or not isinstance(value, int):
        raise DataError("M313", f"repeat needs a whole number, not {with_article(type_name(value))}", value)
    if value > MAX_REPEAT:
        raise DataError("M311", f"repeat is limited to {MAX_REPEAT:,}", value)
    return max(0, value)


class _Reverse:
    """Turns the order of one sort key around."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Reverse) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reverse) and bool(other.value == self.value)


def sort_items(items: list[tuple[Any, ...]], descending: tuple[bool, ...]) -> list[tuple[Any, ...]]:
    """Items by their keys (`item[0]`), stable; missing and null come last; unlike types are M320."""
    for place in range(len(descending)):
        known = [item[0][place] for item in items if item[0][place] is not None and item[0][place] is not M]
        for value in known[1:]:
            ordered(known[0], value)

    def key(item: tuple[Any, ...]) -> tuple[Any, ...]:
        parts: list[Any] = []
        for value, down in zip(item[0], descending, strict=True):
            absent = value is None or value is M
            parts += [absent, 0 if absent else _Reverse(value) if down else value]
        return tuple(parts)

    return sorted(items, key=key)


def distinct_items(items: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The first item of each distinct value (`item[1]`)."""
    seen: set[Any] = set()
    found = []
    for item in items:
        mark = hashable(item[1])
        if mark not in seen:
            seen.add(mark)
            found.append(item)
    return found


def hashable(value: Any) -> Any:
    """A stand-in that is equal when the values are, and can be a dict key; true is not 1."""
    if isinstance(value, list | tuple):
        return tuple(hashable(part) for part in value)
    if isinstance(value, dict):
        return ("{}", *sorted((key, hashable(part)) for key, part in value.items()))
    return (bool, value) if isinstance(value, bool) else value
