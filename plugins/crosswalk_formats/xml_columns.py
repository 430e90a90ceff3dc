"""Records of an XML document as columns: a style sheet writes what is read of them, Arrow kernels cut it up again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from struct import pack
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from crosswalk import Columns, NameTree

from .xml_sheet import CELL, NIL, SECTION, VALUE, Level, LevelColumn, nil_test, style_sheet

_VALUE, _CELL, _NIL = VALUE.encode(), CELL.encode(), NIL.encode()


class Shredder:
    """Makes columns of the records of a document; safe from several threads.

    `record`: an absolute XPath of the records. `names`: what is read of each, see ReadOptions.
    """

    def __init__(self, record: str, names: NameTree, namespaces: Mapping[str, str]) -> None:
        self._record = record
        self._namespaces = dict(namespaces)
        self._level = Level.of(names, self._namespaces, [])
        self._sheets = threading.local()

    def columns(self, root: Any, count: int) -> Columns | None:
        """The columns of `count` records, None where they cannot be had.

        A text of the document that has one of the marks makes more values, cells or sections than there can be.
        """
        from lxml import etree

        try:
            text = bytes(self._sheet(root)(root))
        except etree.XSLTApplyError:
            return None
        sections = text.split(SECTION.encode())
        table = _Cutter(iter(sections)).table(self._level, count)
        if table is None or len(sections) != 1 + sum(1 for _ in self._level.sections()):
            return None
        unsure = table.unsure
        return Columns(
            pa.RecordBatch.from_struct_array(table.structs()),
            "missing",
            unsure if unsure is not None and unsure.true_count else None,
        )

    def _sheet(self, root: Any) -> Any:
        held = self._sheets
        if not hasattr(held, "nil"):
            held.nil = nil_test()
        name = "with_nil" if held.nil(root) else "plain"
        if not hasattr(held, name):
            sheet = style_sheet(self._record, self._level, self._namespaces, nil=name == "with_nil")
            setattr(held, name, sheet)
        return getattr(held, name)


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


class _Cutter:
    """Takes the sections of a text in turn."""

    def __init__(self, sections: Iterator[bytes]) -> None:
        self._sections = sections

    def table(self, level: Level, count: int) -> _Table | None:
        """The next sections as the columns of a level of `count` nodes; None when there are not so many."""
        made = _Table(count, [column.name for column in level.columns], [])
        if not level.columns:
            return made
        section = next(self._sections, b"")
        wanted = count * level.width
        if section.count(_CELL) != wanted:
            return None
        # Mostly there is one value in each cell: then both marks at once part them.
        plain = section.count(_VALUE + _CELL) == section.count(_VALUE) == wanted
        nil = _NIL in section
        cells = iter(_strided(_split(section, VALUE + CELL if plain else CELL), level.width))
        for column in level.columns:
            texts = next(cells)
            if nil:
                made.doubt(pc.match_substring(texts, NIL))
            number = next(cells) if column.kind == "all" else None
            array = self._column(made, column, texts, number, plain=plain)
            if array is None:
                return None
            made.arrays.append(array)
        return made

    def _column(self, made: _Table, column: LevelColumn, cells: Any, number: Any, *, plain: bool) -> Any:
        if number is not None:
            found = pa.repeat(pa.scalar(1, pa.int32()), len(cells)) if plain else pc.count_substring(cells, VALUE)
            made.doubt(pc.not_equal(found, _one(made, number, plain=plain).cast(pa.int32())))
            return _lists(found, _values(cells, plain=plain))
        values = _one(made, cells, plain=plain)
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
            made.doubt(pc.is_in(pa.array(range(made.count), parents.type), parents))
        if column.kind == "nodes":
            return lists
        made.doubt(pc.greater(numbers, 1))
        return structs.take(pc.if_else(pc.equal(numbers, 0), pa.scalar(None, pa.int32()), lists.offsets[:-1]))


def _one(made: _Table, cells: pa.StringArray, *, plain: bool) -> pa.StringArray:
    """The one value of each cell, null where it has none."""
    if plain:
        return cells
    found = pc.count_substring(cells, VALUE)
    made.doubt(pc.greater(found, 1))
    return pc.if_else(pc.equal(found, 0), pa.scalar(None, pa.string()), pc.replace_substring(cells, VALUE, ""))


def _split(section: bytes, mark: str) -> pa.StringArray:
    """What stands before each mark."""
    ends = pa.py_buffer(pack("=ii", 0, len(section)))
    whole = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(section)])
    return pc.split_pattern(whole, mark).values[:-1]


def _strided(cells: pa.StringArray, width: int) -> list[pa.StringArray]:
    """Each of `width` columns, of which every row has one cell after the other."""
    rows = pa.FixedSizeListArray.from_arrays(cells, width)
    return [pc.list_element(rows, place) for place in range(width)] if width > 1 else [cells]


def _values(cells: pa.StringArray, *, plain: bool) -> pa.StringArray:
    """The values of all cells; where they are not one in each, every one has its mark still."""
    if plain:
        return cells
    filled = cells.filter(pc.not_equal(cells, "")).cast(pa.binary())
    return pc.split_pattern(pc.binary_slice(filled, 0, -len(_VALUE)).cast(pa.string()), VALUE).values


def _lists(numbers: pa.Int32Array, values: pa.Array) -> pa.ListArray:
    """A list of so many of the values in each row, null where there is none."""
    none = pc.equal(numbers, 0)
    return pa.ListArray.from_arrays(_offsets(numbers), values, mask=none if none.true_count else None)


def _offsets(numbers: pa.Int32Array) -> pa.Int32Array:
    return pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(numbers)])
