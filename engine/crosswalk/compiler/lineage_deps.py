"""Sets of dependencies, while they are gathered: merged, and marked by what happens to the value on its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .lineage import Dependency, FieldLineage, Kind, Subtype, Type
from .places import Place

PLAIN: tuple[Type, Subtype] = ("DIRECT", "IDENTITY")
MADE: tuple[Type, Subtype] = ("DIRECT", "TRANSFORMATION")
SUMMED: tuple[Type, Subtype] = ("DIRECT", "AGGREGATION")


class Deps:
    """What a value depends on, each with every way in which it does, and the resolvers it went through."""

    def __init__(self) -> None:
        self.edges: dict[tuple[Kind, str], dict[tuple[Type, Subtype], None]] = {}
        self.resolvers: dict[str, None] = {}

    def add(self, kind: Kind, name: str, how: tuple[Type, Subtype]) -> None:
        """Note one dependency."""
        self.edges.setdefault((kind, name), {})[how] = None

    @classmethod
    def of(cls, entries: Iterable[FieldLineage]) -> Deps:
        """All that the fields of a structure depend on."""
        found = cls()
        for entry in entries:
            for part in entry.depends:
                found.add(part.kind, part.name, (part.type, part.subtype))
            found.resolvers.update(dict.fromkeys(entry.resolvers))
        return found

    def take(self, other: Deps) -> Deps:
        """Add all of another's; itself."""
        for key, ways in other.edges.items():
            self.edges.setdefault(key, {}).update(ways)
        self.resolvers.update(other.resolvers)
        return self

    def made(self, how: tuple[Type, Subtype] = MADE) -> Deps:
        """The same after a step: nothing is as it was."""
        return self._with(lambda way: how if way == PLAIN or (way == MADE and how == SUMMED) else way)

    def deciding(self, subtype: Subtype) -> Deps:
        """The same where the value only decides; its resolvers are none of the field's."""
        found = self._with(lambda way: ("INDIRECT", subtype) if way[0] == "DIRECT" else way)
        found.resolvers.clear()
        return found

    def _with(self, change: Any) -> Deps:
        found = Deps()
        found.resolvers.update(self.resolvers)
        found.edges = {key: dict.fromkeys(change(way) for way in ways) for key, ways in self.edges.items()}
        return found

    def told(self) -> tuple[Dependency, ...]:
        """Direct ones first, each group in the order of finding."""
        found = [Dependency(kind, name, *way) for (kind, name), ways in self.edges.items() for way in ways]
        return tuple(sorted(found, key=lambda part: not part.direct))


def piped(found: Deps) -> Place:
    """The one path that a value is, unchanged; else a place without a name."""
    plain = [key for key, ways in found.edges.items() if PLAIN in ways]
    direct = [key for key, ways in found.edges.items() if any(way[0] == "DIRECT" for way in ways)]
    if len(plain) == 1 == len(direct) and plain[0][0] == "path":
        return Place("path", plain[0][1].removeprefix("@"))
    parts = tuple(Place("path", name) for kind, name in direct if kind == "path")
    return Place("value", of=parts)


def meets(field: str, wanted: str) -> bool:
    """Whether one of two paths of names is the other, or leads to it."""
    first, second = f"{field}.".replace("[]", "."), f"{wanted}.".replace("[]", ".")
    return first.startswith(second) or second.startswith(first)


def held(entries: Iterable[FieldLineage], holder: Deps) -> Iterator[FieldLineage]:
    """Entries inside lists or a fragment. A value read from one tells so by itself; of the others each names it too."""
    about = holder.told()
    for entry in entries:
        direct = [part.name for part in entry.depends if part.direct]
        more = [part for part in about if not any(name.startswith(part.name) for name in direct)]
        depends = tuple(dict.fromkeys((*entry.depends, *more)))
        yield FieldLineage(entry.field, entry.pointer, depends, entry.resolvers, entry.sensitive)


def united(first: FieldLineage, second: FieldLineage) -> FieldLineage:
    depends: Iterable[Dependency] = dict.fromkeys((*first.depends, *second.depends))
    return FieldLineage(
        first.field, first.pointer, tuple(depends), tuple(dict.fromkeys((*first.resolvers, *second.resolvers))),
        first.sensitive or second.sensitive,
    )  # fmt: skip
