"""Gathers records into batches that end, where that can be, at a state of the tap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crosswalk import Batch, ReadOptions


class Gatherer:
    """Records since the last batch, and the last state among them.

    A state says that the tap can go on behind all records before it. So a batch that ends at one has it as its cursor;
    one that was full before any state came has none, and is durable only with the next that has.
    """

    def __init__(self, options: ReadOptions, file: str) -> None:
        self._options = options
        self._file = file
        self._rows: list[Any] = []
        self._lines: list[int] = []
        self._sizes = 0
        self._read = 0
        self._number = 1
        self._state: Any = None
        self._mark: int | None = None

    def add(self, record: Any, line: int, size: int) -> None:
        """A record from a line of so many bytes."""
        self._rows.append(record)
        self._lines.append(line)
        self._sizes += size
        self._read += size

    def state(self, value: Any) -> None:
        """The tap can go on here."""
        self._state = value
        self._mark = len(self._rows)

    @property
    def full(self) -> bool:
        """Whether a batch is to be cut."""
        return len(self._rows) >= self._options.records or self._sizes >= self._options.bytes

    def settled(self) -> Iterator[Batch]:
        """What stands before the last state, which it may be alone."""
        if self._mark is not None:
            yield self._batch(self._mark, {"state": self._state})

    def all(self) -> Iterator[Batch]:
        """Everything, in up to two batches."""
        yield from self.settled()
        if self._rows:
            yield self._batch(len(self._rows), None)

    def cut(self) -> Iterator[Batch]:
        """What is settled; or everything, where nothing is."""
        if self._mark:
            yield from self.settled()
        else:
            yield from self.all()

    def _batch(self, count: int, cursor: Any) -> Batch:
        rows, self._rows = self._rows[:count], self._rows[count:]
        lines, self._lines = self._lines[:count], self._lines[count:]
        first, self._number = self._number, self._number + count
        self._mark, self._sizes = None, 0
        return Batch.of_rows(rows, cursor=cursor, first=first, lines=lines, file=self._file, bytes_read=self._read)
