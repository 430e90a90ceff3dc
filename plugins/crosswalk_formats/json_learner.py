"""Learns the schema of the records of a stream while they are read by it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .ndjson_schema import Irregular, Shape
from .patience import Patience

if TYPE_CHECKING:
    import pyarrow as pa

    from crosswalk import NameTree

SAMPLE = 200
"""How many rows of the first text are learnt from."""
_LESSONS = 16
"""How often all rows of a text are learnt from, which costs more than reading them."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt so far; never changed. The schema has all names that are read, at any depth; `float_names`: how
    those of floats are called, None where some have no name."""

    shape: Shape
    schema: pa.Schema
    float_names: tuple[str, ...] | None

    @property
    def has_floats(self) -> bool:
        """Whether floats were seen, at any depth."""
        return self.float_names != ()


class Taught(ABC):
    """A text whose records are read by a learnt schema, and are learnt from."""

    @abstractmethod
    def table(self, learnt: Learnt) -> pa.RecordBatch | None:
        """The records in columns; None where Arrow fails."""

    @abstractmethod
    def sample(self) -> Iterable[Any]:
        """Some of the rows, of all parts of the text."""

    @abstractmethod
    def all_rows(self) -> Iterable[Any]:
        """All rows."""


class Learner:
    """The knowledge that the texts of one stream share.

    Threads use it at once and without a lock: what is held is replaced as a whole, and where one thread's lesson is
    lost to another's, the next text that needs it teaches it again.
    """

    def __init__(self, names: NameTree) -> None:
        self.names = names
        self.learnt: Learnt | None = None
        self._lessons = _LESSONS
        self.patience = Patience()

    def read(self, text: Taught) -> tuple[pa.RecordBatch, Learnt] | None:
        """The records by what was learnt, or by what is learnt from all of them where that fails.

        Raises ValueError for what is no JSON.
        """
        learnt = self.learnt or self.learn(text.sample())
        if learnt is None:
            return None
        table = text.table(learnt)
        if table is None and self.may_study():
            more = self.learn(text.all_rows())
            if more is None or more is learnt:
                return None
            table, learnt = text.table(more), more
        return (table, learnt) if table is not None else None

    def learn(self, rows: Iterable[Any]) -> Learnt | None:
        """What is learnt with these rows; None, and all is as it was, when they are irregular."""
        shape = self.learnt.shape.copy() if self.learnt else Shape(dict)
        try:
            for row in rows:
                shape.see(row, self.names)
            if self.learnt is None or shape != self.learnt.shape:
                self.learnt = _learnt(shape, shape.schema(self.names))
        except (Irregular, RecursionError):
            return None
        return self.learnt

    def may_study(self) -> bool:
        """Whether it is worth while to learn from all rows of one more text."""
        self._lessons -= 1
        return self._lessons >= 0


def _learnt(shape: Shape, schema: pa.Schema) -> Learnt:
    names = shape.float_names()
    return Learnt(shape, schema, None if names is None else tuple(sorted(names)))
