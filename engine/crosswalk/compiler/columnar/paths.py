"""Paths of names over columns: members of structs, with missing and null told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..plan import PathPlan, Var
from .column import Column, Env, Frame, Irregular, all_missing, either, single, some
from .notes import Eval, Unsupported

_BLANK = single("")
_NO_TEXT = single(None, pa.string())


def path_eval(path: PathPlan, homes: Mapping[str, int]) -> Eval:
    """What reads a path; raises Unsupported for expressions, which the language itself must evaluate.

    `homes`: the number of the context that a variable stands for, by the local that both have in generated code.
    """
    segments: tuple[str | int, ...] = ()
    if path.compiled is not None:
        if path.compiled.segments is None:
            raise Unsupported(
                f'"{path.text}" is an expression, not a plain path', path.pointer,
                'write a plain path and steps, or "each" with "where" for a list',
            )  # fmt: skip
        segments = path.compiled.segments
    elif path.var is None:
        raise Unsupported("an empty path", path.pointer)
    var, empty = path.var, path.empty
    number = path.ctx.id if var is None else homes.get(var.expr)
    key = (number if number is not None else id(var), segments, empty)

    def read(frame: Frame) -> Column:
        found = frame.memo.get(key)
        if found is None:
            if number is not None:
                base = frame.context(number)
            else:
                assert var is not None
                base = _variable(frame, var)
            found = frame.memo[key] = emptied(below(frame.env, base, segments), empty)
        return found

    return read


def _variable(frame: Frame, var: Var) -> Column:
    held = frame.value(id(var))
    if held is None:
        root = frame
        while root.parent is not None:
            root = root.parent
        root.values[id(var)] = root.env.variables(var)
        held = frame.value(id(var))
    if held is None:
        raise Irregular
    return held


def below(env: Env, column: Column, segments: tuple[str | int, ...]) -> Column:
    """What stands at the segments below a column."""
    for segment in segments:
        column = _member(env, column, segment) if isinstance(segment, str) else _item(env, column, segment)
    return column


def _member(env: Env, column: Column, name: str) -> Column:
    if column.members is not None:
        made = next((member for key, member in column.members if key == name), None)
        return made if made is not None else all_missing(len(column.data))
    kind = column.data.type
    if not pa.types.is_struct(kind) or kind.get_field_index(name) < 0:
        return all_missing(len(column.data))
    if not column.source:
        # Whether a null inside is a missing member is only known of the source.
        raise Irregular
    data = normal(pc.struct_field(column.data, name))
    if data.null_count == 0:
        return Column(data, source=True)
    absent = data.is_null() if env.nulls_are_missing else column.data.is_null()
    return Column(data, absent if some(absent) else None, source=True)


def _item(env: Env, column: Column, place: int) -> Column:
    if column.items is not None or not pa.types.is_list(column.data.type):
        if column.items is not None:
            raise Irregular
        return all_missing(len(column.data))
    lengths = pc.list_value_length(column.data).fill_null(0)
    starts = column.data.offsets[:-1]
    wanted = pc.add(starts, place) if place >= 0 else pc.add(pc.add(starts, lengths), place)
    there = pc.greater(lengths, place) if place >= 0 else pc.greater_equal(lengths, -place)
    data = normal(column.data.values.take(pc.if_else(there, wanted, None)))
    missing = pc.invert(there)
    return Column(data, missing if missing.true_count else None, source=column.source)


def emptied(column: Column, empty: str) -> Column:
    """The column with what empty texts mean."""
    if empty == "keep" or not pa.types.is_string(column.data.type):
        return column
    blank = pc.equal(column.data, _BLANK)
    if blank.true_count == 0:
        return column
    data = pc.if_else(blank, _NO_TEXT, column.data)
    missing = column.missing
    if empty == "missing":
        missing = either(missing, blank.fill_null(False) if blank.null_count else blank)
    return Column(data, missing, source=column.source)


def normal(data: Any) -> Any:
    """The array in one of the types that kernels are written for; raises Irregular for other types."""
    kind = data.type
    if isinstance(data, pa.ChunkedArray):
        data = data.combine_chunks()
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        data, kind = data.cast(pa.string()), pa.string()
    if pa.types.is_string(kind):
        return _from_zero(data)
    if pa.types.is_integer(kind) and kind != pa.int64():
        try:
            return data.cast(pa.int64())
        except pa.ArrowInvalid:
            raise Irregular from None
    if pa.types.is_floating(kind) and kind != pa.float64():
        return data.cast(pa.float64())
    if pa.types.is_dictionary(kind):
        return normal(data.dictionary_decode())
    if pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind) or pa.types.is_list_view(kind):
        return data.cast(pa.list_(kind.value_type))
    return data


def _from_zero(texts: Any) -> Any:
    """Texts whose first offset is 0: for others, which casts of slices make, case kernels of Arrow 26 break arrays."""
    validity, offsets, held = texts.buffers()
    if texts.offset or offsets is None or held is None or not len(texts):
        return texts
    ends = pa.Array.from_buffers(pa.int32(), len(texts) + 1, [None, offsets])
    first = ends[0].as_py()
    if not first:
        return texts
    moved = pc.subtract(ends, pa.scalar(first, pa.int32())).buffers()[1]
    return pa.Array.from_buffers(pa.string(), len(texts), [validity, moved, held.slice(first)], texts.null_count)
