"""Cuts the text that a style sheet wrote of XML records into Arrow columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import pack
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from crosswalk import Columns

from .xml_sheet import CELL, NIL, PLACE, SECTION, VALUE, Level, LevelColumn

_VALUE, _CELL, _NIL = VALUE.encode(), CELL.encode(), NIL.encode()


def columns_of(text: bytes, level: Level, count: int) -> Columns | None:
    """The columns of `count` records; None where the text is not what it must be.

    A text of the document that has one of the marks makes more values, cells or sections than there can be.
    """
    sections = iter(text.split(SECTION.encode()))
    try:
        table = _Cutter(sections).table(level, count)
    except pa.ArrowInvalid:  # a text in the place of a number
        return None
    if table is None or list(sections) != [b""]:
        return None
    unsure = table.unsure
    return Columns(
        pa.RecordBatch.from_struct_array(table.structs()),
        "missing",
        unsure if unsure is not None and unsure.true_count else None,
    )


@dataclass
class _Table:
    """Columns of equal length; `unsure` where one of them cannot tell."""

    count: int
    names: list[str]
    arrays: list[Any]
    unsure: pa.BooleanArray | None = None

    def structs(self) -> pa.StructArray:
        if not self.arrays:
            return pa.array([{}] * self.count, pa.struct([]))
        return pa.StructArray.from_arrays(self.arrays, self.names)

    def doubt(self, mask: pa.BooleanArray) -> None:
        if mask.true_count:
            self.unsure = mask if self.unsure is None else pc.or_(self.unsure, mask)


@dataclass
class _Cells:
    """The cells of a column: the one value of each where they are `plain`, else all values, each with its mark."""

    texts: pa.StringArray
    plain: bool
    nil: bool


class _Cutter:
    """Takes the sections of a text in turn."""

    def __init__(self, sections: Iterator[bytes]) -> None:
        self._sections = sections

    def table(self, level: Level, count: int) -> _Table | None:
        """The next sections as the columns of a level of `count` nodes; None when there are not so many."""
        made = _Table(count, [column.name for column in level.columns], [])
        cells = self._cells(made, level) if level.width else iter(())
        walked = self._walked(made, len(level.walked)) if level.walked else iter(())
        if cells is None or walked is None:
            return None
        for column in level.columns:
            array = next(walked) if column.kind == "walked" else self._column(made, column, cells)
            if array is None:
                return None
            made.arrays.append(array)
        return made

    def _cells(self, made: _Table, level: Level) -> Iterator[_Cells] | None:
        section = next(self._sections, b"")
        wanted = made.count * level.width
        if section.count(_CELL) != wanted:
            return None
        # Mostly there is one value in each cell: then both marks at once part them.
        plain = section.count(_VALUE + _CELL) == section.count(_VALUE) == wanted
        nil = _NIL in section
        strides = _strided(_split(section, VALUE + CELL if plain else CELL), level.width)
        return iter([_Cells(texts, plain, nil) for texts in strides])

    def _walked(self, made: _Table, width: int) -> Iterator[pa.StringArray] | None:
        section = next(self._sections, b"")
        if section.count(_CELL) != made.count:
            return None
        lists = pc.split_pattern(_split(section, CELL), VALUE)
        values, rows = lists.flatten(), pc.list_parent_indices(lists).cast(pa.int64())
        written = pc.not_equal(values, "")  # behind the last mark of each cell there is nothing
        values, rows = values.filter(written), rows.filter(written)
        columns = pc.utf8_slice_codeunits(values, 0, PLACE).cast(pa.int64())
        values = pc.utf8_slice_codeunits(values, PLACE)
        places = pc.add(pc.multiply(rows, width), columns)
        everywhere = pa.array(range(made.count * width), pa.int64())
        if _NIL in section:
            made.doubt(_among(made.count, rows.filter(pc.match_substring(values, NIL))))
        if not places.equals(everywhere):
            found = pc.value_counts(places)
            several = found.field("values").filter(pc.greater(found.field("counts"), 1))
            made.doubt(_among(made.count, pc.divide(several, width)))
            values = values.take(pc.index_in(everywhere, value_set=places))
        return iter(_strided(values, width))

    def _column(self, made: _Table, column: LevelColumn, cells: Iterator[_Cells]) -> Any:
        cell = next(cells)
        if cell.nil:
            made.doubt(pc.match_substring(cell.texts, NIL))
        if column.kind == "all":
            one_each = pa.repeat(pa.scalar(1, pa.int32()), made.count)
            found = one_each if cell.plain else pc.count_substring(cell.texts, VALUE)
            made.doubt(pc.not_equal(found, _one(made, next(cells)).cast(pa.int32())))
            return _lists(found, _values(cell))
        values = _one(made, cell)
        if column.kind not in ("number", "node", "nodes"):
            return values
        numbers = values.cast(pa.int32())
        total = pc.sum(numbers).as_py() or 0
        if column.level is None:
            return _lists(numbers, pa.nulls(total))
        below = self.table(column.level, total)
        if below is None:
            return None
        structs = below.structs()
        lists = pa.ListArray.from_arrays(_offsets(numbers), structs)
        if below.unsure is not None:
            parents = pc.list_parent_indices(lists).filter(below.unsure)
            made.doubt(_among(made.count, parents))
        if column.kind == "nodes":
            return lists
        made.doubt(pc.greater(numbers, 1))
        return structs.take(pc.if_else(pc.equal(numbers, 0), pa.scalar(None, pa.int32()), lists.offsets[:-1]))


def _one(made: _Table, cells: _Cells) -> pa.StringArray:
    """The one value of each cell, null where it has none."""
    if cells.plain:
        return cells.texts
    found = pc.count_substring(cells.texts, VALUE)
    made.doubt(pc.greater(found, 1))
    values = pc.replace_substring(cells.texts, VALUE, "")
    return pc.if_else(pc.equal(found, 0), pa.scalar(None, pa.string()), values)


def _among(count: int, places: pa.Array) -> pa.BooleanArray:
    """True at some of the first so many places."""
    return pc.is_in(pa.array(range(count), places.type), places)


def _split(section: bytes, mark: str) -> pa.StringArray:
    """What stands before each mark."""
    ends = pa.py_buffer(pack("=ii", 0, len(section)))
    whole = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(section)])
    return pc.split_pattern(whole, mark).values[:-1]


def _strided(cells: pa.StringArray, width: int) -> list[pa.StringArray]:
    """Each of `width` columns, of which every row has one cell after the other."""
    rows = pa.FixedSizeListArray.from_arrays(cells, width)
    return [pc.list_element(rows, place) for place in range(width)] if width > 1 else [cells]


def _values(cells: _Cells) -> pa.StringArray:
    """The values of all cells."""
    if cells.plain:
        return cells.texts
    filled = cells.texts.filter(pc.not_equal(cells.texts, ""))
    return pc.split_pattern(pc.utf8_slice_codeunits(filled, 0, -1), VALUE).values


def _lists(numbers: pa.Int32Array, values: pa.Array) -> pa.ListArray:
    """A list of so many of the values in each row, null where there is none."""
    none = pc.equal(numbers, 0)
    return pa.ListArray.from_arrays(_offsets(numbers), values, mask=none if none.true_count else None)


def _offsets(numbers: pa.Int32Array) -> pa.Int32Array:
    return pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(numbers)])
