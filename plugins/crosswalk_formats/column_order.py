"""The order of columns where the records decide them: each new name stands behind the one before it in its record."""

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
        place = self._fixed
        for name in names:
            if name not in self._known:
                self._known.add(name)
                self.names.insert(place, name)
                place += 1
            else:
                place = max(self._fixed, self.names.index(name) + 1)
