"""Columns of JSON lines by the compiled reader, where it was built; without it Arrow's reader does the work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from crosswalk import Columns

from .exact_numbers import exact_float
from .json_learner import SAMPLE, Learner
from .masks import either, places_of
from .ndjson_schema import Shape
from .ndjson_unsure import most_unsure

try:
    from ._json_lines import read_lines
except ImportError:  # no compiler was at hand
    read_lines = None  # type: ignore[assignment]

if TYPE_CHECKING:
    import pyarrow as pa

    from crosswalk import NameTree

    from ._json_lines import Buffer, Long, Marks, Node, Slots

    Read = tuple[int, list[Slots], list[Long], Marks, Marks, Marks]

_KINDS: dict[type, Literal["t", "i", "f", "b", "o", "l", "u"]] = {
    str: "t",
    int: "i",
    float: "f",
    bool: "b",
    dict: "o",
    list: "l",
}
_LONGEST = 2**31 - 1
"""Offsets have 32 bits."""


class Text(Protocol):
    """Whole lines, each with one object or what should be one."""

    def sample(self) -> list[Any]:
        """Some rows from all over the lines."""

    def all_rows(self) -> Iterator[Any]:
        """All rows; raises ValueError where one is no JSON."""

    def rows(self, places: Sequence[int]) -> list[Any]:
        """The rows at some places; raises ValueError where one is no JSON."""

    def some_rows(self, place: int, count: int) -> list[Any]:
        """The rows of so many lines from one on, without those that are no JSON."""


def available() -> bool:
    """Whether the compiled reader was built."""
    return read_lines is not None


def columns_of(text: bytes, lines: int, rows: Text, learner: Learner) -> Columns | None:
    """The columns of a text of so many lines; None where too many of them need their rows, or are beyond columns.

    Lines that columns do not render exactly are unsure. What the values are like is learnt from the rows. Raises
    ValueError where a line is no JSON.
    """
    if len(text) > _LONGEST:
        return None
    learnt = learner.learnt or learner.learn(rows.sample())
    most = most_unsure(lines)
    while learnt is not None:
        found = read_lines(text, _record(learnt.shape, learner.names), lines, most)
        if len(found) > 2:
            if found[0] != lines:
                return None
            reading = _Reading(text, lines, found)
            rows.rows(reading.in_doubt())
            return reading.columns(learnt.shape, learner.names, most)
        why, place = found
        if why == "unsure" or not learner.may_study():
            return None
        before = learnt
        if why == "unlike":
            learnt = learner.learn(rows.all_rows())
        else:
            learnt = learner.learn(rows.some_rows(place, SAMPLE)) or learner.learn(rows.some_rows(place, 1))
        if learnt is before:
            return None
    return None


def _record(shape: Shape, names: NameTree) -> Node:
    return b"", "o", True, _members(shape, names)


def _members(shape: Shape, names: NameTree | None) -> tuple[Node, ...]:
    return tuple(_node(name, shape.members.get(name), below) for name, below in (names or {}).items())


def _node(name: str, shape: Shape | None, names: NameTree | None) -> Node:
    if shape is None or shape.kind is None:
        return name.encode(), "u", shape is not None, ()
    held: tuple[Node, ...] = ()
    if shape.kind is dict:
        held = _members(shape, names)
    elif shape.kind is list:
        held = (_node("", shape.item or Shape(), names),)
    return name.encode(), _KINDS[shape.kind], True, held


class _Reading:
    """What was read of a text."""

    def __init__(self, text: bytes, lines: int, read: Read) -> None:
        self._text = text
        self._lines = lines
        _, self._slots, longs, unsure, nulls, gaps = read
        for long in longs:
            unsure = self._with_care(long, unsure)
        self._unsure, self._nulls, self._gaps = unsure, nulls, gaps
        self._next = iter(self._slots)
        self._null_at: dict[str, pa.BooleanArray] = {}

    def in_doubt(self) -> list[int]:
        """The lines that were left out."""
        return places_of(self._mask(self._unsure))

    def columns(self, shape: Shape, names: NameTree, most: int) -> Columns | None:
        """The columns, and what their nulls stand for; None when too many lines are unsure."""
        import pyarrow as pa

        arrays = self._held(shape, names, self._null_at)
        table = pa.RecordBatch.from_arrays(list(arrays.values()), list(arrays))
        if not arrays:
            table = pa.RecordBatch.from_struct_array(pa.array([{}] * self._lines, pa.struct([])))
        null_at = {name: mask for name, mask in self._null_at.items() if mask.true_count}
        unsure = self._mask(self._unsure)
        nulls, gaps = self._mask(self._nulls), self._mask(self._gaps)
        # All nulls are nulls, but in the records that are unsure; or they stand for members that are missing.
        if (null_at or nulls) and (gaps is None or self._gaps[1] < self._nulls[1]):
            found = Columns(table, "null", either(unsure, gaps))
        else:
            found = Columns(table, "missing", either(unsure, nulls), null_at)
        return found if found.unsure is None or found.unsure.true_count <= most else None

    def _with_care(self, long: Long, unsure: Marks) -> Marks:
        """Fill in a number of many digits; where no float is the same number, its line is unsure."""
        node, slot, start, size, line = long
        value = exact_float(self._text[start : start + size])
        values = self._slots[node][4]
        if value is not None and values is not None:
            memoryview(values).cast("d")[slot] = value
            return unsure
        marks = memoryview(unsure[0])
        marks[line // 8] |= 1 << line % 8
        return unsure[0], unsure[1] + 1

    def _mask(self, marks: Marks) -> pa.BooleanArray | None:
        return _bits(marks[0], self._lines) if marks[1] else None

    def _held(self, shape: Shape, names: NameTree | None, null_at: dict[str, pa.BooleanArray]) -> dict[str, pa.Array]:
        """The arrays of an object's members that were ever there."""
        found = {}
        for name, below in (names or {}).items():
            member = shape.members.get(name)
            if member is None:
                next(self._next)
                continue
            found[name], nulls = self._array(member, below)
            if nulls is not None:
                null_at[name] = _bits(nulls, self._lines)
        return found

    def _array(self, shape: Shape, names: NameTree | None) -> tuple[pa.Array, Buffer | None]:
        """The next array with what it holds, and its mask of JSON nulls."""
        import pyarrow as pa

        length, nulls, *buffers, null_at = next(self._next)
        validity, offsets, values = (None if buffer is None else pa.py_buffer(buffer) for buffer in buffers)
        made = pa.Array.from_buffers
        if shape.kind is None:
            return pa.nulls(length), null_at
        if shape.kind is dict:
            held = self._held(shape, names, {})
            kind = pa.struct([(name, array.type) for name, array in held.items()])
            return made(kind, length, [validity], nulls, children=list(held.values())), null_at
        if shape.kind is list:
            item, _ = self._array(shape.item or Shape(), names)
            return made(pa.list_(item.type), length, [validity, offsets], nulls, children=[item]), null_at
        values = values or pa.py_buffer(b"")
        if shape.kind is str:
            return made(pa.string(), length, [validity, offsets, values], nulls), null_at
        plain = {int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
        return made(plain[shape.kind], length, [validity, values], nulls), null_at


def _bits(buffer: Buffer, count: int) -> pa.BooleanArray:
    import pyarrow as pa

    return pa.Array.from_buffers(pa.bool_(), count, [None, pa.py_buffer(buffer)])
