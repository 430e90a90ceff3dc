"""Whether the columnar form of a bundled resolver takes the arguments of a step: asked with the values of its examples,
by those who want to know how a mapping runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ..plan_step import CallStep
from .column import Irregular
from .from_python import column_of
from .notes import Note

_TYPES: dict[type, Any] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    Decimal: pa.decimal128(38, 2),
    bool: pa.bool_(),
    dt.date: pa.date32(),
    dt.datetime: pa.timestamp("us", "UTC"),
}


def as_run(notes: list[Note], asked: Iterable[tuple[Note, CallStep, CallStep | None]]) -> list[Note]:
    """The notes, those of steps without a kernel for their arguments as D; `asked`: steps with the ones before them.

    What is said of a step already stays.
    """
    slow = {id(note) for note, step, before in asked if not note.why and not _has_kernel(step, before)}
    return [_called(note) if id(note) in slow else note for note in notes]


def _called(note: Note) -> Note:
    why = f'"{note.what}" has no kernel for these arguments: it is called once per distinct value'
    return Note(note.pointer, note.target, note.what, "D", why)


def _has_kernel(step: CallStep, before: CallStep | None) -> bool:
    """Whether some kernel may do the step. Of resolvers that take texts beside others, like `date`, the texts count."""
    accepts, vector = step.resolver.accepts, step.resolver.vector
    if accepts is None or vector is None:
        return True
    known = before.resolver.returns if before is not None else None
    kinds = [kind for kind in known or ([str] if str in accepts else accepts) if kind in accepts]
    if not kinds or any(kind not in _TYPES for kind in kinds):
        return True
    tried = [pa.array([], _TYPES[kind]) for kind in kinds]
    for example in step.resolver.examples:
        if type(example.input) in kinds:
            try:
                tried.append(column_of([example.input]).data)
            except Irregular:
                continue
    for array in tried:
        try:
            if vector(array, **step.args) is not NotImplemented:
                return True
        except (pa.ArrowException, ValueError, TypeError):
            continue
    return False
