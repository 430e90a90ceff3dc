"""Fields over columns: every origin that has a columnar form, then steps, default, required and check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...plugin.path import PathForm
from ..plan import (
    Array,
    Calc,
    Const,
    Each,
    Field,
    KeyedObject,
    Let,
    Lookup,
    Loop,
    NoInput,
    Object,
    Source,
    Switch,
    Template,
    Use,
)
from ..plan_path import PathPlan
from ..plan_step import CallStep
from .arithmetic import calc_eval, template_eval
from .column import Column, Frame, Irregular, repeated
from .conditions import CondBuilder
from .from_python import column_of
from .iterate import Walk, each_eval, each_walk, loop_walk
from .keyed import keyed_eval
from .mixing import merged
from .names import Languages, is_rows_of_nodes
from .notes import Eval, Note, Unsupported
from .objects import array_eval, chosen_column, object_eval, switch_eval, use_eval
from .paths import path_eval, path_note
from .steps import StepBuilder
from .table_steps import TableStep, several_keys

# What str.isspace says of, for `required`: pyarrow's own notion of white space is another one.
_SPACES = "".join(map(chr, [*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029,
                            0x202F, 0x205F, 0x3000]))  # fmt: skip


class FieldBuilder:
    """Builds what computes fields. `homes`: see path_eval; `notes` gathers the class of each step."""

    def __init__(self, languages: Languages, *, missing_as_null: bool) -> None:
        self._languages = languages
        self.homes: dict[str, int] = {}
        self.notes: list[Note] = []
        self.missing_as_null = missing_as_null
        self.conds = CondBuilder(self.path, lambda step: self.steps.step(step, ""))
        self.steps = StepBuilder(self.conds.check, self.conds.cond, self.path, self.notes.append)

    def path(self, path: PathPlan, form: PathForm = "value", target: str = "") -> Eval:
        """What reads a path, for the field of a target."""
        read = path_eval(path, self.homes, form, self._languages)
        if (note := path_note(path, target)) is not None:
            self.notes.append(note)
        return read

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
            return chosen_column(frame, [(mask, value)], otherwise)

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
            return self._source(origin, self._form(field, origin), field.target)
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
            return each_eval(self, origin, field.pointer)
        if isinstance(origin, Switch):
            return switch_eval(self, origin, field)
        if isinstance(origin, Lookup):
            table, keys = TableStep.of(origin.step), _listed_keys(origin.key)
            if table.has_several and keys is not None:
                why = "a key of several columns is looked up for every record"
                self.notes.append(Note(field.pointer, field.target, "lookup", "R", why, "give the table a key of one"))
                return several_keys(table, [self.field(key) for key in keys])
            key, step = self.field(origin.key), self.steps.step(origin.step, field.target)
            return lambda frame: step(frame, key(frame))
        if isinstance(origin, Use):
            return use_eval(self, origin)
        if isinstance(origin, Array):
            return array_eval(self, origin)
        assert isinstance(origin, KeyedObject)
        return keyed_eval(self, origin, each_walk(self, origin.each), field.pointer)

    def _form(self, field: Field, origin: Source) -> PathForm:
        """Which answers of its paths a field asks for; of nodes that are no more than counted, the nodes."""
        first = field.steps[0] if field.steps else None
        is_shallow = isinstance(first, CallStep) and first.resolver.shallow
        if is_shallow and all(is_rows_of_nodes(path, self._languages) for path in origin.paths):
            return "nodes"
        return "values" if field.takes_all else "value"

    def _source(self, origin: Source, form: PathForm, target: str) -> Eval:
        reads = [self.path(path, form, target) for path in origin.paths]
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
        return object_eval(self, obj, keep_empty=keep_empty)

    def loop(self, loop: Loop) -> Walk:
        """What walks one level of `each` or `explode`."""
        return loop_walk(self, loop)


def _listed_keys(key: Field) -> list[Field] | None:
    """The parts of a key that is no more than a list of fixed length."""
    if not isinstance(key.origin, Array) or key.origin.compact or key.when is not None or key.let or key.steps:
        return None
    return None if key.check is not None or key.has_default or key.required != "no" else key.origin.items


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
