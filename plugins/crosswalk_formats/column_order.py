"""The order of columns where the records decide them: each new name stands by those around it in its record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class ColumnOrder:
    """Names in order: some that are known first, then those of records, as near to their own order as can be."""

    def __init__(self, known: Iterable[Any] = ()) -> None:
        self.names = list(dict.fromkeys(known))
        self._known = set(self.names)
        self._fixed = len(self.names)
        self._seen: set[tuple[Any, ...]] = set()

    def with_rows(self, rows: Iterable[Mapping[Any, Any]]) -> ColumnOrder:
        """The same, with the names of some records."""
        made = ColumnOrder()
        made.names, made._known, made._fixed = list(self.names), set(self._known), self._fixed
        made._seen = set(self._seen)
        for names in dict.fromkeys(map(tuple, rows)):
            if names not in made._seen:
                made._add(names)
        return made

    def _add(self, names: tuple[Any, ...]) -> None:
        self._seen.add(names)
        place: int | None = None
        for at, name in enumerate(names):
            if name in self._known:
                place = max(self._fixed, self.names.index(name) + 1)
                continue
            if place is None:
                behind = next((later for later in names[at + 1 :] if later in self._known), None)
                place = len(self.names) if behind is None else max(self._fixed, self.names.index(behind))
            self.names.insert(place, name)
            self._known.add(name)
            place += 1
