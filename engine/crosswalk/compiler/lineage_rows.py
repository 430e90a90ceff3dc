"""The rows of a lineage's picture: streams, what decides about records, and fields as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from ..lean import lean_dataclass
from .lineage import Dependency, FieldLineage, Lineage

RECORDS = "which records"


@lean_dataclass
class Row:
    """One row. `whole`: the path of the field, `label`: what it says below those above it. `heading`: of a stream;
    `group`: an object or list that fields stand in, with what decides about all of them."""

    label: str
    whole: str = ""
    note: str = ""
    depends: tuple[Dependency, ...] = ()
    depth: int = 0
    heading: bool = False
    group: bool = False
    y: float = 0.0


@lean_dataclass
class _Node:
    """A member of the output: a field, or something that fields stand in."""

    name: str
    found: FieldLineage | None = None
    below: dict[str, _Node] = field(default_factory=dict)

    def fields(self) -> Iterator[FieldLineage]:
        """The fields from here on."""
        if self.found is not None:
            yield self.found
        for node in self.below.values():
            yield from node.fields()


def rows(lineage: Lineage) -> list[Row]:
    """All rows from the top."""
    found: list[Row] = []
    for stream in lineage.streams:
        if stream.stream or len(lineage.streams) > 1:
            found.append(Row(stream.stream or "(unnamed)", heading=True))
        if stream.depends:
            found.append(Row(RECORDS, RECORDS, depends=stream.depends))
        found += _below(_tree(stream.fields))
    return found or [Row("no fields", heading=True)]


def _tree(fields: Sequence[FieldLineage]) -> dict[str, _Node]:
    top: dict[str, _Node] = {}
    for one in fields:
        level, parts = top, one.field.split(".")
        for part in parts[:-1]:
            level = level.setdefault(part, _Node(part)).below
        node = level.setdefault(parts[-1], _Node(parts[-1]))
        # Two fields of one path, as in a mapping that writes a member twice, are told apart by their place.
        while node.found is not None:
            node = level.setdefault(f"{node.name}\0", _Node(node.name))
        node.found = one
    return top


def _below(
    level: dict[str, _Node], told: tuple[Dependency, ...] = (), depth: int = 0, path: str = "", label: str = ""
) -> Iterator[Row]:
    """The rows of a level. `told`: what those above say already; `label`: members above that have no row."""
    for node in level.values():
        whole, shown = f"{path}{node.name}", f"{label}{node.name}"
        if node.found is not None:
            depends = tuple(part for part in node.found.depends if part not in told)
            yield Row(shown, node.found.field, _note(node.found), depends, depth)
        inside = [found for below in node.below.values() for found in below.fields()]
        if node.found is not None or len(inside) > 1:
            shared: tuple[Dependency, ...] = ()
            if node.found is None:
                first = [part for part in inside[0].depends if not part.direct and part not in told]
                shared = tuple(part for part in first if all(part in one.depends for one in inside))
                yield Row(shown, whole, depends=shared, depth=depth, group=True)
            yield from _below(node.below, (*told, *shared), depth + 1, f"{whole}.")
        else:
            yield from _below(node.below, told, depth, f"{whole}.", f"{shown}.")


def _note(found: FieldLineage) -> str:
    if not found.resolvers and not any(part.direct for part in found.depends):
        return "constants" if found.depends else "constant"
    return ", ".join(found.resolvers)


def by_source(depends: tuple[Dependency, ...]) -> list[list[Dependency]]:
    """What a field depends on, gathered by where it comes from: each is drawn as one line."""
    found: dict[tuple[str, str], list[Dependency]] = {}
    for part in depends:
        found.setdefault((part.kind, part.name), []).append(part)
    return list(found.values())
