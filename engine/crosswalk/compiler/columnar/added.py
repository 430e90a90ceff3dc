"""Members that are not known before the data, over columns: what `spread` adds and `passthrough` copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow.compute as pc
import pyarrow.types as t

from ..ops_member import CopyRest, copier_of
from ..plan import Object
from .column import Column, Frame, repeated
from .members import emptied, members_of
from .notes import Eval

Members = list[tuple[str, Column]]
Adding = Callable[[Frame, Members], Members]


def adding(obj: Object, spread: Eval | None) -> Adding | None:
    """What adds the members to those that an object declares; None where none are added.

    `spread`: what computes the object whose members are added.
    """
    rest = obj.passthrough
    if spread is None and rest is None:
        return None
    copier = copier_of(rest) if rest is not None else None

    def add(frame: Frame, declared: Members) -> Members:
        found = list(declared)
        if spread is not None:
            found += _spread(frame, spread(frame), {name for name, _ in declared})
        if rest is not None and copier is not None:
            found += _copied(frame, frame.context(rest.ctx.id), copier, dict(found[len(declared) :]))
        return found

    return add


def _spread(frame: Frame, column: Column, declared: set[str]) -> Members:
    """The members of the objects; rows of which a name is declared, or that have no object, are in doubt."""
    found = []
    for name, member in _members(frame, column):
        if name in declared:
            frame.doubt(_there(frame, member))
        else:
            found.append((name, member))
    return found


def _copied(frame: Frame, record: Column, copier: CopyRest, spread: dict[str, Column]) -> Members:
    """The members of the records that are wanted; rows that lack one of the same name that others spread are in doubt,
    since it stands elsewhere in them."""
    found = []
    for name, member in _members(frame, record):
        if not copier.wanted(name):
            continue
        member = emptied(member, copier.empty)
        if name not in spread:
            found.append((name, member))
        elif spread[name].missing is not None:
            frame.doubt(pc.and_(spread[name].missing, _there(frame, member)))
    return found


def _members(frame: Frame, column: Column) -> Members:
    if column.members is None and not t.is_struct(column.data.type):
        frame.doubt(column.data.is_valid())
        return []
    return members_of(frame.env, column)


def _there(frame: Frame, member: Column) -> Any:
    return repeated(True, frame.count) if member.missing is None else pc.invert(member.missing)
