"""Lines of JSON by joining texts, for flat tables: one kernel for all members, so that other threads go on meanwhile.

For where the compiled writer was not built, or floats have many digits. arro3 is a little quicker on one thread, and
knows every type, but holds Python's lock as long as it writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from crosswalk import text_buffer

_SCALE = 6
"""Decimals with more places can have an exponent in Arrow's text."""
_FLOAT_FROM = 1e-3
"""Arrow writes smaller floats with an exponent where JSON's writers do not, or the reverse."""


def joined_lines(table: Any, null_at: Mapping[str, Any] | None) -> memoryview | None:
    """The records of a RecordBatch as JSON, a line each; None for types and values that are for another writer.

    `null_at`: by column the mask of the nulls that are written, others being missing; None where all are. Floats must
    be finite, and zero or of a size between 1e-5 and 1e10, or their lines are not to be used.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not all(map(_has_text, table.schema.types)):
        return None
    pieces: list[Any] = []
    literal = "{"
    first: Any = None
    for at, (name, column) in enumerate(zip(table.schema.names, table.columns, strict=True)):
        text = _text(column)
        if text is None:
            return None
        quote = '"' if pa.types.is_string(column.type) else ""
        key = f"{',' if at else ''}{orjson.dumps(name).decode()}:"
        if not column.null_count:
            pieces += [_scalar(literal + key + quote), text]
            literal = quote
        elif null_at is None:
            pieces += [_scalar(literal + key), _quoted(text, quote).fill_null(_scalar("null"))]
            literal = ""
        else:
            member = _quoted(text, quote, key)
            if name in null_at:
                member = pc.if_else(null_at[name], _scalar(key + "null"), member)
            member = member.fill_null(_scalar(""))
            if not at:
                first, literal = member, ""
            else:
                pieces += [_scalar(literal), member]
                literal = ""
    if not pieces and first is None:
        return None
    try:
        if first is not None:
            # Where the first member is missing, there is no comma before the next one.
            rest = pc.binary_join_element_wise(*pieces, _scalar(literal), _scalar("")) if pieces else None
            pieces, literal = [_scalar("{"), first], ""
            if rest is not None:
                pieces.append(pc.if_else(pc.equal(first, _scalar("")), pc.utf8_slice_codeunits(rest, 1), rest))
        lines = pc.binary_join_element_wise(*pieces, _scalar(literal + "}\n"), _scalar(""))
    except (pa.ArrowInvalid, pa.ArrowCapacityError):  # 2 GB and more
        return None
    return memoryview(text_buffer(lines))


def _quoted(text: Any, quote: str, before: str = "") -> Any:
    import pyarrow.compute as pc

    if not quote and not before:
        return text
    return pc.binary_join_element_wise(_scalar(before + quote), text, _scalar(quote), _scalar(""))


def _scalar(text: str) -> Any:
    import pyarrow as pa

    return pa.scalar(text, pa.string())


def _has_text(kind: Any) -> bool:
    """Whether Arrow's text of values of the type is that of JSON, or nearly."""
    import pyarrow.types as t

    if t.is_decimal128(kind):
        return bool(0 <= kind.scale <= _SCALE)
    return bool(t.is_string(kind) or t.is_integer(kind) or t.is_float64(kind) or t.is_boolean(kind) or t.is_null(kind))


def _text(column: Any) -> Any:
    """The values as they stand in JSON, but for quotes around texts; None where that is not sure."""
    import pyarrow as pa
    import pyarrow.types as t

    if t.is_string(column.type):
        return _escaped(column)
    return _floats(column) if t.is_float64(column.type) else column.cast(pa.string())


def _escaped(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    held = text_buffer(column)
    if not held.size:
        return column
    characters = pa.Array.from_buffers(pa.uint8(), held.size, [None, held])
    if pc.min_max(characters)["min"].as_py() < ord(" "):
        return None
    data = held.to_pybytes()
    for mark in ("\\", '"'):
        if data.find(mark.encode()) >= 0:
            column = pc.replace_substring(column, mark, "\\" + mark)
    return column


def _floats(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    sizes, kind = pc.abs(column), pa.float64()
    tiny = pc.and_(pc.greater(sizes, pa.scalar(0.0, kind)), pc.less(sizes, pa.scalar(_FLOAT_FROM, kind)))
    if tiny.true_count:
        return None
    texts = column.cast(pa.string())
    whole = pc.equal(pc.trunc(column), column)
    if not whole.true_count:
        return texts
    return pc.if_else(whole, pc.binary_join_element_wise(texts, _scalar(".0"), _scalar("")), texts)
