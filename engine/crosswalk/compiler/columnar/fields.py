"""Fields over columns: every origin that has a columnar form, then steps, default, required and check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..plan import (
    Calc,
    Const,
    Each,
    Field,
    Let,
    Lookup,
    Loop,
    NoInput,
    Object,
    PathPlan,
    Source,
    Switch,
    Template,
    Use,
)
from .arithmetic import calc_eval, template_eval
from .column import Column, Frame, Irregular, both, either, repeated, some, taken
from .conditions import CondBuilder
from .from_python import column_of
from .lists import items_of, kept_offsets, list_column
from .notes import Eval, Note, Test, Unsupported
from .paths import path_eval
from .steps import StepBuilder

# What str.isspace says of, for `required`: pyarrow's own notion of white space is another one.
_SPACES = "".join(map(chr, [*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029,
                            0x202F, 0x205F, 0x3000]))  # fmt: skip


class FieldBuilder:
    """Builds what computes fields. `homes`: see path_eval; `notes` gathers the class of each step."""

    def __init__(self, *, missing_as_null: bool) -> None:
        self.homes: dict[str, int] = {}
        self.notes: list[Note] = []
        self.missing_as_null = missing_as_null
        self.conds = CondBuilder(self.path, lambda step: self.steps.step(step, ""))
        self.steps = StepBuilder(self.conds.check, self.conds.cond, self.path, self.notes.append)

    def path(self, path: PathPlan) -> Eval:
        """What reads a path."""
        return path_eval(path, self.homes)

    def lets(self, lets: list[Let]) -> Callable[[Frame], None]:
        """What sets each variable in turn."""
        built = [(id(let.var), self.field(let.field)) for let in lets]

        def compute(frame: Frame) -> None:
            for key, value in built:
                frame.values[key] = value(frame)

        return compute

    def field(self, field: Field) -> Eval:
        """What computes one field; raises Unsupported."""
        if not field.let and field.when is None:
            return self._value(field)
        lets, value = self.lets(field.let), self._value(field)
        if field.when is None:
            return lambda frame: _after(lets, value, frame)
        test = self.conds.cond(field.when)
        otherwise = self.field(field.otherwise) if field.otherwise is not None else None

        def compute(frame: Frame) -> Column:
            lets(frame)
            mask = test(frame)
            return _chosen(frame, [(mask, value)], otherwise)

        return compute

    def _value(self, field: Field) -> Eval:
        origin = self._origin(field)
        steps = self.steps.steps(field.steps, field.target)
        check = self.steps.step(field.check, field.target) if field.check is not None else None

        def compute(frame: Frame) -> Column:
            column = steps(frame, origin(frame))
            if field.has_default:
                column = _defaulted(frame, column, field.default)
            if field.required == "value":
                frame.doubt(_blank(column))
            elif field.required == "present":
                frame.doubt(column.missing)
            return check(frame, column) if check is not None else column

        return compute

    def _origin(self, field: Field) -> Eval:
        origin = field.origin
        if isinstance(origin, Source):
            return self._source(origin)
        if isinstance(origin, Const):
            return _const(origin.value)
        if isinstance(origin, NoInput):
            return lambda frame: Column(pa.nulls(frame.count), repeated(True, frame.count))
        if isinstance(origin, Template):
            self.notes.append(Note(field.pointer, field.target, "template", "V"))
            return template_eval(origin, self.path)
        if isinstance(origin, Calc):
            self.notes.append(Note(field.pointer, field.target, "calc", "G"))
            return calc_eval(origin, self.path)
        if isinstance(origin, Object):
            return self.object(origin)
        if isinstance(origin, Each):
            return self._each(origin, field.pointer)
        if isinstance(origin, Switch):
            return self._switch(origin, field)
        if isinstance(origin, Lookup):
            key, step = self.field(origin.key), self.steps.step(origin.step, field.target)
            return lambda frame: step(frame, key(frame))
        if isinstance(origin, Use) and origin.at is None:
            lets, body = self.lets(origin.let), self.object(origin.body)
            return lambda frame: _after(lets, body, frame)
        raise Unsupported(f"{_word(origin)} has no columnar form", field.pointer, _INSTEAD.get(type(origin), ""))

    def _source(self, origin: Source) -> Eval:
        reads = [self.path(path) for path in origin.paths]
        if len(reads) == 1:
            return reads[0]

        def first_of(frame: Frame) -> Column:
            column = reads[0](frame)
            for read in reads[1:]:
                if not column.data.null_count:
                    break
                column = merged(frame, [(column.data.is_valid(), column)], read(frame))
            return column

        return first_of

    def object(self, obj: Object, *, keep_empty: bool = False) -> Eval:
        """An object of members; missing when it has none, unless `keep_empty`."""
        if obj.passthrough is not None or obj.spread is not None:
            raise Unsupported("passthrough and spread make members that are not known before the data")
        members: list[tuple[str, Eval]] = []
        for name, member in obj.members:
            made = self.object(member) if isinstance(member, Object) else self.field(member)
            members.append((name, made))

        def compute(frame: Frame) -> Column:
            made = [(name, value(frame)) for name, value in members]
            if self.missing_as_null:
                made = [(name, Column(c.data, None, c.members, c.items, c.source)) for name, c in made]
            gone = None
            if not keep_empty and all(column.missing is not None for _, column in made):
                for _, column in made:
                    gone = both(gone, column.missing)
            there = repeated(True, frame.count)
            if not some(gone) and made:
                return Column(there, None, made)
            gone = gone if made else repeated(True, frame.count)
            return Column(pc.if_else(gone, None, there), gone, made)

        return compute

    def _switch(self, origin: Switch, field: Field) -> Eval:
        cases = [(self.conds.cond(cond), self.field(then)) for cond, then in origin.cases]
        otherwise = self.field(origin.otherwise) if origin.otherwise is not None else None
        self.notes.append(Note(field.pointer, field.target, "switch", "V"))

        def compute(frame: Frame) -> Column:
            open_ = None
            chosen: list[tuple[Any, Eval]] = []
            before = frame.active
            try:
                for test, then in cases:
                    frame.active = both(before, open_)
                    mask = both(open_, test(frame))
                    chosen.append((mask, then))
                    open_ = both(open_, pc.invert(mask))
            finally:
                frame.active = before
            return _chosen(frame, chosen, otherwise)

        return compute

    # ---- iteration ------------------------------------------------------------------------------------------------

    def loop(self, loop: Loop, *, explode: bool = False) -> Callable[[Frame], tuple[Frame, Any]]:
        """What walks one level: the frame of its items and their offsets by row."""
        simple = loop.path is not None and not (
            loop.zip or loop.entries or loop.match or loop.exclude or loop.repeat or loop.captures or loop.scope_key
        )
        if not simple or loop.limit is not None or loop.path is None:
            raise Unsupported("zip, entries, match, repeat and limit walk row by row", loop.pointer)
        if loop.outer and (loop.index or loop.key or loop.where):
            raise Unsupported('"outer" with "where" or an index walks row by row', loop.pointer)
        read = self.path(loop.path)
        number = loop.item.id
        self.homes[loop.item.local] = number
        where = self.conds.cond(loop.where) if loop.where is not None else None
        counters = [id(var) for var in (loop.index, loop.key) if var is not None]

        def walk(frame: Frame) -> tuple[Frame, Any]:
            column = read(frame)
            if pa.types.is_string(column.data.type):
                # Of a text that is empty the row function tells whether it counts as an item.
                raise Irregular
            items, parents, offsets = items_of(column)
            if loop.outer:
                items, parents, offsets = _with_empty(frame, items, parents, offsets)
            child = Frame(frame.env, len(parents), frame, parents)
            child.contexts[number] = items
            if counters:
                place = Column(_places(offsets, parents))
                child.values.update(dict.fromkeys(counters, place))
            if where is None:
                return child, offsets
            return kept(child, offsets, where(child))

        return walk

    def _each(self, each: Each, pointer: str) -> Eval:
        if each.sort or each.distinct or each.limit is not None or len(each.loops) != 1:
            raise Unsupported('"each" with sort, distinct_by, limit or several loops walks row by row', pointer)
        walk = self.loop(each.loops[0])
        early = self.lets(each.early)
        where = self.conds.cond(each.where) if each.where is not None else None
        lets = self.lets(each.let)
        body = self.object(each.body, keep_empty=True) if isinstance(each.body, Object) else self.field(each.body)
        index, number = id(each.index), id(each.number)
        counted = each.index.used or each.number.used
        self.notes.append(Note(pointer, "", "each", "V"))

        def compute(frame: Frame) -> Column:
            child, offsets = walk(frame)
            early(child)
            if where is not None:
                child, offsets = kept(child, offsets, where(child))
            if counted:
                places = _places(offsets, child.parents)
                child.values[index] = Column(places)
                child.values[number] = Column(pc.add(places, 1))
            lets(child)
            return list_column(frame, offsets, body(child))

        return compute


_INSTEAD: dict[type, str] = {Use: "write the fields in place of the fragment, with their whole paths"}


def _word(origin: Any) -> str:
    return {"KeyedObject": '"object"', "Array": '"array"', "Use": '"use" with "at"'}.get(
        type(origin).__name__, type(origin).__name__.lower()
    )


def _after(first: Callable[[Frame], None], then: Eval, frame: Frame) -> Column:
    first(frame)
    return then(frame)


def _const(value: Any) -> Eval:
    try:
        one = column_of([value])
    except Irregular:
        raise Unsupported("a constant of mixed types") from None
    return lambda frame: Column(one.data.take(repeated(0, frame.count)))


def _defaulted(frame: Frame, column: Column, default: Any) -> Column:
    if not column.data.null_count:
        return column
    if default is None:
        return Column(column.data, None, column.members, column.items, column.source)
    absent = column.data.is_null()
    if column.members is not None or column.items is not None:
        frame.doubt(absent)
        return column
    filler = column_of([default]).data
    kind = column.data.type
    if pa.types.is_null(kind):
        data = filler.take(repeated(0, frame.count))
        return Column(data)
    if kind != filler.type:
        # Values of two types have no column: those that need the default go to their row.
        frame.doubt(absent)
        return column
    return Column(pc.if_else(absent, filler[0], column.data))


def _blank(column: Column) -> Any:
    absent = column.data.is_null()
    if column.members is None and column.items is None and pa.types.is_string(column.data.type):
        return pc.or_(absent, pc.equal(pc.utf8_ltrim(column.data, _SPACES), "").fill_null(False))
    return absent


def _chosen(frame: Frame, cases: list[tuple[Any, Eval]], otherwise: Eval | None) -> Column:
    """The column of the first case whose mask holds; each is computed where it counts only."""
    before = frame.active
    rest = None
    columns: list[tuple[Any, Column]] = []
    try:
        for mask, value in cases:
            rest = both(rest, pc.invert(mask))
            if not mask.true_count:
                continue
            frame.active = both(before, mask)
            columns.append((mask, value(frame)))
        if otherwise is not None and (rest is None or rest.true_count):
            frame.active = both(before, rest)
            last = otherwise(frame)
        else:
            last = Column(pa.nulls(frame.count), repeated(True, frame.count))
    finally:
        frame.active = before
    return merged(frame, columns, last)


def merged(frame: Frame, cases: list[tuple[Any, Column]], last: Column) -> Column:
    """Per row the column of the first mask that holds, else `last`; raises Irregular for columns of unlike types."""
    found = last
    for mask, column in reversed(cases):
        if mask.true_count == frame.count:
            found = column
            continue
        if column.members is not None or column.items is not None:
            found = _masked(mask, column, found)
            continue
        if found.members is not None or found.items is not None:
            found = _masked(pc.invert(mask), found, column)
            continue
        kinds = {c.data.type for c in (column, found)} - {pa.null()}
        if len(kinds) > 1:
            raise Irregular
        kind = kinds.pop() if kinds else pa.null()
        nothing = pa.nulls(frame.count, kind)
        data = pc.if_else(mask, _typed(column, kind, nothing), _typed(found, kind, nothing))
        missing = None
        if column.missing is not None or found.missing is not None:
            none = repeated(False, frame.count)
            missing = pc.if_else(mask, none if column.missing is None else column.missing,
                                 none if found.missing is None else found.missing)  # fmt: skip
        held = [c.source for c in (column, found) if not pa.types.is_null(c.data.type)]
        if kind.num_fields and len(set(held)) > 1:
            raise Irregular  # nulls inside mean missing members in the one, and null in the other
        found = Column(data, missing if some(missing) else None, source=all(held))
    return found


def _masked(mask: Any, column: Column, other: Column) -> Column:
    """An object or list where the mask holds, nothing elsewhere: two of them have no common form."""
    if not pa.types.is_null(other.data.type):
        raise Irregular
    gone = repeated(False, len(mask)) if column.missing is None else column.missing
    elsewhere = repeated(False, len(mask)) if other.missing is None else other.missing
    missing = pc.if_else(mask, gone, elsewhere)
    data = pc.if_else(mask, column.data, None)
    return Column(data, missing if missing.true_count else None, column.members, column.items)


def _typed(column: Column, kind: Any, nothing: Any) -> Any:
    return column.data if column.data.type == kind else nothing


def kept(child: Frame, offsets: Any, keep: Any) -> tuple[Frame, Any]:
    """The frame and offsets of the items for which the mask holds."""
    if keep.true_count == child.count:
        return child, offsets
    places = pc.indices_nonzero(keep).cast(pa.int32())
    if child.parent is None:
        return Frame(child.env, len(places), child, places), offsets
    made = Frame(child.env, len(places), child.parent, child.parents.take(places))
    made.contexts = {number: taken(column, places) for number, column in child.contexts.items()}
    made.values = {key: taken(column, places) for key, column in child.values.items()}
    return made, None if offsets is None else kept_offsets(offsets, keep)


def _places(offsets: Any, parents: Any) -> Any:
    """The place of each item within its list, from 0."""
    everyone = pa.array(range(len(parents)), pa.int64())
    return pc.subtract(everyone, offsets.take(parents).cast(pa.int64()))


def _with_empty(frame: Frame, items: Column, parents: Any, offsets: Any) -> tuple[Column, Any, Any]:
    """The items, and a missing one for each row that has none."""
    starts = offsets.to_pylist()
    places: list[int | None] = []
    rows: list[int] = []
    sums = [0]
    for row in range(frame.count):
        found = range(starts[row], starts[row + 1])
        places += found or [None]
        rows += [row] * max(1, len(found))
        sums.append(len(rows))
    return taken(items, pa.array(places, pa.int32())), pa.array(rows, pa.int32()), pa.array(sums, pa.int32())


__all__ = ["FieldBuilder", "Test", "either", "kept"]
