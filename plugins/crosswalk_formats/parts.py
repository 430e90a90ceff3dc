"""What readers find: parts that are gathered into batches of the wanted size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crosswalk import BadRecord, Batch


@dataclass(slots=True)
class Part:
    """Some consecutive records, good and bad, as one step of a reader found them.

    `numbers` and `lines` belong to `rows`. `size` is how many bytes of text they came from.
    """

    rows: list[Any] = field(default_factory=list)
    numbers: Sequence[int] = range(0)
    lines: Sequence[int] | None = None
    bad: list[BadRecord] = field(default_factory=list)
    size: int = 0


class Gatherer:
    """Adds up parts until they make a batch."""

    def __init__(self, records: int, size: int) -> None:
        self._records = max(1, records)
        self._size = size
        self._held = Part()
        self._last = 0

    @property
    def room(self) -> int:
        """How many more records fit."""
        return self._records - len(self._held.rows) - len(self._held.bad)

    @property
    def full(self) -> bool:
        """Whether another part like the last one would not fit."""
        return self.room <= 0 or self._held.size + self._last > self._size

    def add(self, part: Part) -> None:
        held, self._last = self._held, part.size
        if not held.rows and not held.bad:
            self._held = Part(part.rows, part.numbers, part.lines, part.bad, held.size + part.size)
            return
        held.numbers = _joined(held.numbers, part.numbers)
        held.lines = None if part.lines is None else _joined(held.lines or range(0), part.lines)
        held.rows += part.rows
        held.bad += part.bad
        held.size += part.size

    def take(self, cursor: Any, bytes_read: int) -> list[Batch]:
        """The batch, in a list that is empty when there is nothing in it; the next one starts empty."""
        held, self._held = self._held, Part()
        if not held.rows and not held.bad:
            return []
        rows, numbers, lines, bad = held.rows, held.numbers, held.lines, held.bad
        return [Batch.of_rows(rows, cursor=cursor, numbers=numbers, lines=lines, bad=bad, bytes_read=bytes_read)]


def _joined(left: Sequence[int], right: Sequence[int]) -> Sequence[int]:
    if not left:
        return right
    if not right:
        return left
    if isinstance(left, range) and isinstance(right, range) and left.stop == right.start:
        return range(left.start, right.stop)
    if isinstance(left, list):
        left.extend(right)
        return left
    return [*left, *right]
