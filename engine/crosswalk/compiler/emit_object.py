"""Objects as code: a display of their members where that can be, else step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .emit_quick import quick_value
from .emitter import Emitter
from .failures import Site
from .ops_member import copier_of
from .plan import Const, Field, Object

MAX_DOUBTS = 4
"""So few members that may be missing are taken out again; where there are more, the object is made step by step."""
MAX_BRACKETS = 20
"""Python allows two hundred brackets inside each other; an object of more objects is a variable."""


def emit_object(e: Emitter, obj: Object, local: str) -> None:
    """Set `local` to the object of the members, M when there is none."""
    out = e.w.temp("o")
    emit_members(e, obj, out)
    e.w(f"{local} = {out} if {out} else M")


def emit_members(e: Emitter, obj: Object, out: str) -> None:
    """Set `out` to a new dict with the members."""
    members, doubtful = _members(e, obj)
    _collect(e, obj, out, members, doubtful)


def body_of(e: Emitter, body: Field | Object) -> tuple[str, bool]:
    """An expression for what is made of an item, and whether it may give M."""
    if isinstance(body, Field):
        text, sure = _member(e, body)
        return text, not sure
    members, doubtful = _members(e, body)
    if not doubtful and body.spread is None and body.passthrough is None:
        return _display(members), False
    local = e.w.temp()
    _collect(e, body, local, members, doubtful)
    return local, False


def _members(e: Emitter, obj: Object) -> tuple[list[tuple[str, str]], list[str]]:
    """Expressions for the members, and those of them that may give M, all locals."""
    w = e.w
    members: list[tuple[str, str]] = []
    doubtful: list[str] = []
    for name, member in obj.members:
        text, sure = _member(e, member)
        members.append((name, text))
        if not sure:
            doubtful.append(text)
    w.unmark()
    if e.missing_as_null:
        w("".join(f"{value} = None if {value} is M else {value}; " for value in doubtful) or "pass")
        doubtful = []
    return members, doubtful


def _member(e: Emitter, member: Field | Object) -> tuple[str, bool]:
    """An expression for a member, and whether it never gives M; a local where it may."""
    value = e.w.temp()
    if isinstance(member, Field):
        quick = quick_value(e, member)
        return (quick.whole, True) if quick is not None else (value, not e.field(member, value))
    if not e.is_quick(member):
        emit_object(e, member, value)
        return value, False
    members, doubtful = _members(e, member)
    display = _display(members)
    if members and not doubtful and display.count("{") < MAX_BRACKETS:
        return display, True
    out = e.w.temp("o")
    _collect(e, member, out, members, doubtful)
    e.w(f"{value} = {out} if {out} else M")
    return value, False


def _display(members: list[tuple[str, str]]) -> str:
    return f"{{{', '.join(f'{name!r}: {value}' for name, value in members)}}}"


def _collect(e: Emitter, obj: Object, out: str, members: list[tuple[str, str]], doubtful: list[str]) -> None:
    """Set `out` to a dict of the members: one display where all are there, which is the fastest way."""
    w = e.w
    display = f"{out} = {_display(members)}"
    if len(doubtful) <= MAX_DOUBTS:
        w(display)
        for name, value in members:
            if value in doubtful:
                w(f"if {value} is M: del {out}[{name!r}]")
    else:
        w(f"if {' and '.join(f'{value} is not M' for value in doubtful)}: {display}")
        with w.block("else:"):
            w(f"{out} = {{}}")
            for name, value in members:
                w(f"{f'if {value} is not M: ' if value in doubtful else ''}{out}[{name!r}] = {value}")
    if obj.spread is not None:
        value = w.temp()
        e.field(obj.spread, value)
        _try(e, obj, obj.spread, lambda: w(f"spread_into({out}, {value})"))
    if obj.passthrough is not None:
        rest = obj.passthrough
        copier = copier_of(rest)
        owner = Field("/passthrough", "", Const(None))
        _try(e, obj, owner, lambda: w(f"{w.const(copier, 'F')}({out}, {rest.ctx.local})"))


def _try(e: Emitter, obj: Object, owner: Field, body: Callable[[], Any]) -> None:
    w = e.w
    if e.is_quick(obj):
        w.unmark()
        body()
        return
    site = w.const(Site(owner, w.marks, is_let=False, hard=True), "S")
    w.unmark()
    with w.block("try:", nests=True):
        body()
    with w.block("except Exception as x:"):
        w(f"fail(E, x, {site})")
