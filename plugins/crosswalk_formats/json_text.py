"""Lines of JSON by the compiled writer, where it was built; it lets other threads go on meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from .scratch import Scratch, give_back

try:
    from ._json_text import write_lines
except ImportError:  # no compiler was at hand
    write_lines = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from ._json_text import Column, Kind

_FEW = 20
_SHARE = 50
"""Where one of so many rows, and a few, have doubles of many digits, another writer is quicker."""

_MOST_PLACES = 38
"""More decimals than digits are for another writer."""


def available() -> bool:
    """Whether the compiled writer was built."""
    return write_lines is not None


def written_lines(
    table: Any, null_at: Mapping[str, Any] | None, *, explicit_nulls: bool
) -> tuple[memoryview, list[int]] | None:
    """The records of a RecordBatch as JSON, a line each, in memory of `scratch`, and the rows whose line is not to be
    used: they have a float that takes more than 15 digits, or an exponent. None for other types, and many such rows.

    `null_at`: by column a mask of the nulls that are written, where others are left out.
    """
    members = _members(table.schema.names, table.columns, null_at or {})
    if members is None:
        return None
    rows = table.num_rows
    record: Column = (b"", "o", None, 0, rows, None, None, 0, None, 0, members)
    most = _FEW + rows // _SHARE
    row, hard = 0, list[int]()
    out = Scratch()
    while True:
        row, end, more = write_lines(out.memory, out.end, record, explicit_nulls, row, most - len(hard))
        out.end = end
        hard += more
        if row == rows:
            return out.taken(), hard
        if len(hard) > most:
            give_back(out.taken())
            return None
        out.grow()


def _members(names: Sequence[str], arrays: Sequence[Any], null_at: Mapping[str, Any]) -> tuple[Column, ...] | None:
    """The members of an object as the compiled writer takes them; None where it does not know a type."""
    found = []
    for name, array in zip(names, arrays, strict=True):
        column = _column(orjson.dumps(name) + b":", array, null_at.get(name))
        if column is None:
            return None
        found.append(column)
    return tuple(found)


def _column(key: bytes, array: Any, null_at: Any = None) -> Column | None:
    """An array as the compiled writer takes it; None for a type that it does not know."""
    import pyarrow as pa
    import pyarrow.types as t

    kind, scale = array.type, 0
    children: tuple[Column, ...] = ()
    name: Kind
    if t.is_string(kind) or t.is_large_string(kind):
        name = "t" if t.is_string(kind) else "T"
    elif t.is_integer(kind):
        name = "u" if t.is_uint64(kind) else "i"
        array = array if t.is_int64(kind) or t.is_uint64(kind) else array.cast(pa.int64())
    elif t.is_float64(kind):
        name = "f"
    elif t.is_boolean(kind):
        name = "b"
    elif t.is_decimal128(kind) and 0 <= kind.scale <= _MOST_PLACES:
        name, scale = "d", kind.scale
    elif t.is_null(kind):
        name = "n"
    elif t.is_struct(kind):
        name = "o"
        members = _members([field.name for field in kind], [array.field(at) for at in range(kind.num_fields)], {})
        if members is None:
            return None
        children = members
    elif t.is_list(kind) or t.is_large_list(kind):
        name = "l" if t.is_list(kind) else "L"
        item = _column(b"", array.values)
        if item is None:
            return None
        children = (item,)
    else:
        return None
    validity, *buffers = array.buffers()
    own = [] if name in "on" else buffers[: 2 if name in "tT" else 1]
    first, second = [*own, None, None][:2]
    mask, mask_offset = (None, 0) if null_at is None else (null_at.buffers()[1], null_at.offset)
    return key, name, validity, array.offset, len(array), first, second, scale, mask, mask_offset, children
