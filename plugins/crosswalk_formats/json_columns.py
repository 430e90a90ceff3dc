"""Writes Arrow columns as lines of JSON, the same bytes that their rows would give, mostly without holding the lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, cast

from crosswalk import Columns

from . import json_text
from .json_join import joined_lines
from .masks import either, places_of
from .scratch import Scratch, give_back
from .text_columns import NotAsText, as_texts, is_text_kind

_SHARE = 4
"""When more than one of so many rows has to be written from its values, all are."""
_DEEPEST = 64
# Beyond these the two writers give a float another form, such as 1.0e10.
_SMALLEST, _BEYOND = 1e-5, 1e10


def json_lines(
    columns: Columns, write_rows: Callable[[list[int]], list[bytes]], decimals: str
) -> bytes | memoryview | None:
    """The records as JSON, a line each; None when they have to be written as rows.

    `write_rows` gives the lines of the rows at some places: of those that have a float out of the usual range.
    """
    explicit = columns.nulls == "null"
    try:
        if json_text.available():
            table, odd = _prepared(columns, decimals == "string", check_floats=False)
            places = places_of(odd)
            if len(places) > table.num_rows // _SHARE:
                return None
            written = json_text.written_lines(table, columns.null_at, explicit_nulls=explicit)
            if written is not None:
                lines, hard = written
                return _with_rows(lines, sorted({*places, *hard}), write_rows)
        table, odd = _prepared(columns, decimals == "string")
    except NotAsText:
        return None
    places = places_of(odd)
    if len(places) > table.num_rows // _SHARE:
        return None
    held = joined_lines(table, None if explicit else columns.null_at)
    if held is None:
        try:
            from arro3.io import write_ndjson  # which flat tables do without
        except ImportError:
            return None
        for mask in columns.null_at.values():
            odd = either(odd, mask)
        places = places_of(odd)
        if len(places) > table.num_rows // _SHARE:
            return None
        out = Scratch()
        try:
            write_ndjson(table, cast(IO[bytes], out), explicit_nulls=explicit)
        except BaseException as error:  # a panic in Rust is no Exception; the rows can still be written
            if type(error).__name__ == "PanicException":
                return None
            raise
        held = out.taken()
    return _with_rows(held, places, write_rows)


def _with_rows(
    held: memoryview, places: list[int], write_rows: Callable[[list[int]], list[bytes]]
) -> bytes | memoryview:
    """The lines with those at some places replaced."""
    if not places:
        return held
    lines = bytes(held).splitlines(keepends=True)
    give_back(held)
    for place, line in zip(places, write_rows(places), strict=True):
        lines[place] = line
    return b"".join(lines)


def _prepared(columns: Columns, decimals_as_text: bool, *, check_floats: bool = True) -> tuple[Any, Any]:
    """The table with all that JSON has no form for as text, and a mask of rows to write otherwise (None for none).

    `check_floats`: whether such rows are those with unusual floats, too.
    """
    import pyarrow as pa

    table = columns.table
    _check_names(table.schema.names)
    arrays = []
    odd = columns.unsure
    for column in table.columns:
        plain, mask = _plain(column, decimals_as_text, check_floats, 0)
        arrays.append(plain)
        odd = either(odd, mask)
    if not arrays:
        return table, odd
    return pa.RecordBatch.from_arrays(arrays, names=table.schema.names), odd


def _plain(array: Any, decimals_as_text: bool, check_floats: bool, depth: int) -> tuple[Any, Any]:
    """The array in types whose JSON is proven, and a mask of the items that are not; raises NotAsText."""
    import pyarrow as pa
    import pyarrow.types as t

    kind = array.type
    if depth > _DEEPEST or isinstance(array, pa.ExtensionArray):
        raise NotAsText
    if t.is_dictionary(kind):
        return _plain(array.dictionary_decode(), decimals_as_text, check_floats, depth)
    if t.is_floating(kind):
        # A shorter float is written as the double that Python makes of it.
        double = array if t.is_float64(kind) else array.cast(pa.float64())
        return double, _odd_floats(double) if check_floats else None
    if t.is_struct(kind):
        return _plain_struct(array, decimals_as_text, check_floats, depth)
    if t.is_list(kind) or t.is_large_list(kind):
        return _plain_list(array, decimals_as_text, check_floats, depth)
    if t.is_decimal(kind) and not decimals_as_text:
        if kind.scale < 0:
            raise NotAsText
        return array, None
    if t.is_string_view(kind):
        # Slices of these make arro3 0.9 panic.
        return array.cast(pa.string()), None
    if t.is_string(kind) or t.is_large_string(kind):
        return array, None
    if t.is_integer(kind) or t.is_boolean(kind) or t.is_null(kind):
        return array, None
    if is_text_kind(kind):
        return as_texts(array), None
    raise NotAsText


def _odd_floats(array: Any) -> Any:
    import pyarrow.compute as pc

    sizes = pc.abs(array)
    extremes = pc.min_max(sizes)
    low, high = extremes["min"].as_py(), extremes["max"].as_py()
    nan = array.null_count < len(array) and pc.any(pc.is_nan(array)).as_py()
    if not nan and (low is None or (high < _BEYOND and low >= _SMALLEST)):
        return None
    usual = pc.or_(pc.equal(sizes, 0.0), pc.and_(pc.greater_equal(sizes, _SMALLEST), pc.less(sizes, _BEYOND)))
    return pc.fill_null(pc.invert(usual), False)


def _plain_struct(array: Any, decimals_as_text: bool, check_floats: bool, depth: int) -> tuple[Any, Any]:
    import pyarrow as pa

    names = [field.name for field in array.type]
    _check_names(names)
    odd = None
    parts, same = [], True
    for part in array.flatten():
        plain, mask = _plain(part, decimals_as_text, check_floats, depth + 1)
        same = same and plain is part
        parts.append(plain)
        odd = either(odd, mask)
    # Slices of nested structs make arro3 0.9 panic; made anew, only the leaves are slices.
    if (same and not array.offset) or not parts:
        return array, odd
    return pa.StructArray.from_arrays(parts, names, mask=array.is_null()), odd


def _plain_list(array: Any, decimals_as_text: bool, check_floats: bool, depth: int) -> tuple[Any, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    items = array.flatten()
    plain, mask = _plain(items, decimals_as_text, check_floats, depth + 1)
    if mask is not None:
        parents = pc.list_parent_indices(array).filter(mask)
        mask = pc.is_in(pa.array(range(len(array)), parents.type), parents)
    if plain is items and not array.offset:
        return array, mask
    lengths = pc.fill_null(pc.list_value_length(array), 0).cast(pa.int64())
    ends = pc.cumulative_sum(lengths)
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), ends])
    return pa.LargeListArray.from_arrays(offsets, plain, mask=array.is_null()), mask


def _check_names(names: list[str]) -> None:
    # Of equal names a row keeps one.
    if len(set(names)) < len(names):
        raise NotAsText
