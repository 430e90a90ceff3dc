from typing import Literal, TypeAlias

Node: TypeAlias = tuple[bytes, Literal["t", "i", "f", "b", "o", "l", "u"], bool, tuple["Node", ...]]
"""Name, kind (text, integer, float, bool, object, list, unknown), whether it was ever there, and what it holds."""

class Buffer:
    """Memory that can be written to, with the buffer protocol."""
    def __buffer__(self, flags: int, /) -> memoryview: ...

Slots: TypeAlias = tuple[int, int, Buffer | None, Buffer | None, Buffer | None, Buffer | None]
"""Of an array: its length, how many nulls, validity, offsets, values, and which records have a JSON null there."""
Long: TypeAlias = tuple[int, int, int, int, int]
"""A number to be read with care: of which array, which slot, its start and size in the text, its line."""
Marks: TypeAlias = tuple[Buffer, int]
"""A bit for each line, and how many are set."""

def read_lines(
    text: bytes, record: Node, lines: int, most: int, /
) -> tuple[int, list[Slots], list[Long], Marks, Marks, Marks] | tuple[Literal["unseen", "unlike", "unsure"], int]:
    """The lines read; the arrays of all nodes, a parent before what it holds; numbers to be read with care; and the
    lines that are unsure, that have a JSON null inside, and that lack a member.

    Stops at a line with a value that is not known (`unseen`), or where more than `most` lines are unsure; `unlike` when
    that is for values of other kinds, which a tenth of all lines may have. Raises ValueError where
    a record is no node, or is nested too deeply.
    """
