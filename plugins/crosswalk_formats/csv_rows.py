"""Turns lists of cells into dicts, as fast as Python can: one generated comprehension per number of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

Cells = list[Any]
BuildRows = Callable[[Iterable[Cells]], list[dict[str, Any]]]

_WIDEST = 200


def row_builder(header: Sequence[str], wanted: frozenset[str] | None = None) -> BuildRows:
    """A function from lists of cells to dicts by column name; only the `wanted` columns, in the header's order.

    The function raises ValueError when a list is not as long as the header.
    """
    kept = tuple(wanted is None or name in wanted for name in header)
    if len(header) > _WIDEST:
        return _zipped(list(header), kept)
    names = [name for name, keep in zip(header, kept, strict=True) if keep]
    build: BuildRows = _maker(kept)(*names)
    return build


@lru_cache(64)
def _maker(kept: tuple[bool, ...]) -> Any:
    # A dict display of known size beats dict(zip(...)) by far. The source text depends on positions only, never on
    # the names: those come in as arguments.
    count = len(kept)
    names = ", ".join(f"k{i}" for i in range(count) if kept[i])
    pairs = ", ".join(f"k{i}: v{i}" for i in range(count) if kept[i])
    cells = "".join(f"v{i}, " for i in range(count))
    source = f"def make({names}):\n    return lambda rows: [{{{pairs}}} for {cells} in rows]\n"
    namespace: dict[str, Any] = {}
    exec(compile(source, f"<rows of {count} cells>", "exec"), namespace)
    return namespace["make"]


def _zipped(header: list[str], kept: tuple[bool, ...]) -> BuildRows:
    places = [place for place, keep in enumerate(kept) if keep]
    names = [header[place] for place in places]
    every = len(places) == len(header)

    def build(rows: Iterable[Cells]) -> list[dict[str, Any]]:
        held = rows if isinstance(rows, list) else list(rows)
        if set(map(len, held)) - {len(header)}:
            raise ValueError("a row of another width")
        if every:
            return list(map(dict, map(zip, repeat(names), held)))
        return [{name: row[place] for name, place in zip(names, places, strict=True)} for row in held]

    return build


def with_nulls(build: BuildRows, tokens: frozenset[str]) -> BuildRows:
    """The same builder, with cells that are one of `tokens` as None."""

    def nulled(rows: Iterable[Cells]) -> Iterable[Cells]:
        for row in rows:
            yield row if tokens.isdisjoint(row) else [None if cell in tokens else cell for cell in row]

    return lambda rows: build(nulled(rows))
