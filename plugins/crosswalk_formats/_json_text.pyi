from typing import Literal, TypeAlias

from _typeshed import ReadableBuffer, WriteableBuffer

Kind: TypeAlias = Literal["t", "T", "i", "u", "f", "b", "d", "n", "o", "l", "L"]
Column: TypeAlias = tuple[
    bytes,
    Kind,
    ReadableBuffer | None,
    int,
    int,
    ReadableBuffer | None,
    ReadableBuffer | None,
    int,
    ReadableBuffer | None,
    int,
    tuple["Column", ...],
]
"""What stands before a value; the kind; validity, offset and length; the two buffers behind validity; of decimals the
scale; a mask of the nulls that are written where others are left out, and its offset; and what it holds."""

def write_lines(
    out: WriteableBuffer, at: int, record: Column, explicit_nulls: bool, row: int, most: int, /
) -> tuple[int, int, list[int]]:
    """Writes rows from `row` on into `out` from `at` on: the next row, where it would be written, and the rows with a
    double that is for another writer. Ends where there is no more room, and behind more than `most` of such rows.

    Raises ValueError for arrays whose buffers do not hold what they should, and for those nested too deeply.
    """
