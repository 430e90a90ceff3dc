"""Objects whose keys come from the data, over columns: a column for each key that a batch has, nested for several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from ..plan import KeyedObject, Object
from .column import Column, Frame, Irregular, Items, repeated, single, taken
from .lists import offsets_of, parents_of
from .notes import Eval, Note

if TYPE_CHECKING:
    from .fields import FieldBuilder
    from .iterate import Walk

_MOST_KEYS = 100
"""With more keys in a batch, nearly empty columns cost more than rows."""


def keyed_eval(build: FieldBuilder, origin: KeyedObject, walk: Walk, pointer: str) -> Eval:
    """The object that is made of the items of every row; raises Unsupported."""
    keys = [build.field(key) for key in origin.keys]
    inner = origin.each.body
    body = build.object(inner, keep_empty=True) if isinstance(inner, Object) else build.field(inner)
    build.notes.append(Note(pointer, "", "object", "G"))

    def compute(frame: Frame) -> Column:
        child, offsets = walk(frame)
        named, values = [key(child) for key in keys], body(child)
        there = repeated(True, child.count) if values.missing is None else pc.invert(values.missing)
        for key in named:
            child.doubt(pc.and_not(there, key.data.is_valid()))
            there = pc.and_(there, key.data.is_valid())
        places = pc.indices_nonzero(there).cast(pa.int64())
        rows = parents_of(offsets, frame.count).take(places).cast(pa.int64())
        texts = [_texts(key).take(places) for key in named]
        found = _Keyed(frame, values, origin.duplicates).object(texts, rows, places)
        return Column(repeated(True, frame.count), None, found.members)

    return compute


class _Keyed:
    """Makes the objects of the rows of a frame. Items are given by their keys, their rows, and their places among
    `values`, in the order of the items."""

    def __init__(self, frame: Frame, values: Column, duplicates: str) -> None:
        self._frame = frame
        self._values = values
        self._duplicates = duplicates
        self._count = 0

    def object(self, keys: list[Any], rows: Any, places: Any) -> Column:
        """The objects by the first keys, of objects by the others; missing for rows without items."""
        frame = self._frame
        coded = keys[0].dictionary_encode()
        names, codes = coded.dictionary.to_pylist(), coded.indices.cast(pa.int64())
        self._count += len(names)
        if not names or self._count > _MOST_KEYS:
            raise Irregular
        slots = pc.add(pc.multiply(rows, single(len(names))), codes)
        first = _first_of_each(slots)
        order = _order(codes.filter(first), rows.filter(first), len(names))
        frame.doubt(_out_of_order(order, codes.filter(first), rows.filter(first), frame.count))
        if len(keys) == 1 and self._duplicates != "collect":
            if first.false_count and self._duplicates == "error":
                frame.doubt(_is_among(rows.filter(pc.invert(first)).unique(), frame.count))
            wanted = first if self._duplicates != "last" else _last_of_each(slots)
            codes, rows, places = codes.filter(wanted), rows.filter(wanted), places.filter(wanted)
        members = []
        for code in order:
            own = pc.equal(codes, single(code))
            inner = [key.filter(own) for key in keys[1:]]
            members.append((names[code], self._member(inner, rows.filter(own), places.filter(own))))
        there = _is_among(rows, frame.count)
        return Column(pc.if_else(there, there, single(None, pa.bool_())), pc.invert(there), members)

    def _member(self, keys: list[Any], rows: Any, places: Any) -> Column:
        """What stands under one key."""
        if keys:
            return self.object(keys, rows, places)
        everyone = pa.array(range(self._frame.count), pa.int64())
        if self._duplicates != "collect":
            return taken(self._values, places.take(pc.index_in(everyone, value_set=rows)).cast(pa.int32()))
        items = taken(self._values, places.cast(pa.int32()))
        items.missing = None  # those that are missing were left out
        counts = rows.value_counts()
        lengths = counts.field("counts").take(pc.index_in(everyone, value_set=counts.field("values")))
        there = lengths.is_valid()
        data = pc.if_else(there, there, single(None, pa.bool_()))
        return Column(data, pc.invert(there), items=Items(offsets_of(lengths.fill_null(single(0))), items))


def _texts(keys: Column) -> Any:
    """The keys as texts; Irregular for those that only Python writes."""
    kind = keys.data.type
    if keys.members is not None or keys.items is not None:
        raise Irregular
    if t.is_string(kind):
        return keys.data
    if t.is_int64(kind) or t.is_boolean(kind) or t.is_date32(kind) or t.is_null(kind):
        return keys.data.cast(pa.string())
    raise Irregular


def _first_of_each(slots: Any) -> Any:
    """True at the first of equal numbers."""
    if pc.count_distinct(slots).as_py() == len(slots):
        return repeated(True, len(slots))
    return _chosen(slots, "min")


def _last_of_each(slots: Any) -> Any:
    return _chosen(slots, "max")


def _chosen(slots: Any, which: str) -> Any:
    places = pa.array(range(len(slots)), pa.int64())
    groups = pa.table({"slot": slots, "place": places}).group_by("slot", use_threads=False)
    return pc.is_in(places, value_set=groups.aggregate([("place", which)]).column(f"place_{which}").combine_chunks())


def _is_among(rows: Any, count: int) -> Any:
    return pc.is_in(pa.array(range(count), pa.int64()), value_set=rows)


def _next(codes: Any, rows: Any) -> tuple[Any, Any, Any]:
    """The codes of all that have one behind them in their row, those behind, and the rows."""
    same = pc.equal(rows[1:], rows[:-1])
    return codes[:-1].filter(same), codes[1:].filter(same), rows[1:].filter(same)


def _order(codes: Any, rows: Any, count: int) -> list[int]:
    """The keys in an order that most objects have them in; by first appearance where they do not say."""
    one, other, _ = _next(codes, rows)
    pairs = pc.value_counts(pc.add(pc.multiply(one, single(count)), other))
    often = {divmod(pair["values"], count): pair["counts"] for pair in pairs.to_pylist()}
    after: dict[int, set[int]] = {code: set() for code in range(count)}
    for (a, b), times in often.items():
        if times > often.get((b, a), 0):
            after[b].add(a)
    found: list[int] = []
    left = dict.fromkeys(range(count))
    while left:
        code = next((code for code in left if not after[code] & left.keys()), next(iter(left)))
        found.append(code)
        del left[code]
    return found


def _out_of_order(order: list[int], codes: Any, rows: Any, count: int) -> Any:
    """The rows whose keys stand in another order."""
    ranks = pa.array(sorted(range(len(order)), key=order.__getitem__), pa.int64())
    one, other, at = _next(ranks.take(codes), rows)
    wrong = pc.greater(one, other)
    return _is_among(at.filter(wrong), count) if wrong.true_count else None
