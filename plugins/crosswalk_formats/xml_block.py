"""Records of an XML document that stand in one tree: as columns, or each moved into a tree of its own as a row."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crosswalk import Columns, Records

from .xml_frames import Frame

if TYPE_CHECKING:
    from .xml_columns import Shredder


class Block(Records):
    """The records of the document `root`; `frame` has the ancestors of its rows."""

    def __init__(self, root: Any, records: list[Any], frame: Frame, shredder: Shredder) -> None:
        self._root = root
        self._records = records
        self._frame = frame
        self._shredder = shredder
        self._moved: set[int] = set()
        self._lock = threading.Lock()

    def columns(self) -> Columns | None:
        with self._lock:
            return None if self._moved else self._shredder.columns(self._root, len(self._records))

    def rows(self, places: Sequence[int] | None = None) -> list[Any]:
        wanted = range(len(self._records)) if places is None else places
        with self._lock:
            for place in wanted:
                if place not in self._moved:
                    self._moved.add(place)
                    self._frame.move(self._records[place])
        return [self._records[place] for place in wanted]
