"""`each` and `object` as code: loops with where, sort, distinct_by and limit, and what is made of each item."""

from __future__ import annotations

from collections.abc import Callable

from ..spec.pointer import parent
from .emit_cond import emit_cond
from .emit_loop import emit_loops
from .emit_object import body_of
from .emit_part import can_raise, emit_lets, forget_errors, mark_errors
from .emitter import Emitter
from .plan import Each, KeyedObject, Source


def emit_each(e: Emitter, each: Each, local: str) -> None:
    """Set `local` to the list."""
    found = e.w.temp("l")
    e.w(f"{found} = []")

    def append() -> None:
        value, maybe = body_of(e, each.body)
        e.w(f"{f'if {value} is not M: ' if maybe else ''}{found}.append({value})")

    _iterate(e, each, append)
    e.w(f"{local} = {found}")


def emit_keyed(e: Emitter, origin: KeyedObject, local: str) -> None:
    """Set `local` to the object whose keys come from the items."""
    w = e.w
    found = w.temp("o")
    w(f"{found} = {{}}")

    def put() -> None:
        keys = []
        for key in origin.keys:
            keys.append(w.temp())
            e.field(key, keys[-1], is_let=True)
        value, maybe = body_of(e, origin.each.body)
        last = origin.keys[-1]
        tried = last.origin.tried if len(keys) == 1 and isinstance(last.origin, Source) else ""
        w.mark(last.pointer if len(keys) == 1 else parent(last.pointer), keys[-1], tried)
        guarded = [can_raise(plan) and not e.is_quick(plan) for plan in origin.keys]
        tests = [f"{key} is not POISON" for key, may_fail in zip(keys, guarded, strict=True) if may_fail]
        tests += [f"{value} is not M"] if maybe else []
        skip = f"if {' and '.join(tests)}: " if tests else ""
        w(f"{skip}put_key({found}, ({', '.join(keys)}, ), {value}, {origin.duplicates!r})")

    _iterate(e, origin.each, put)
    w(f"{local} = {found}")


def _iterate(e: Emitter, each: Each, inner: Callable[[], None]) -> None:
    """The loops of an `each` around `inner`, with where, sort, distinct_by, limit and the item's lets."""
    w = e.w
    counting = each.index.used or each.number.used
    place = w.temp("i")
    if counting:
        w(f"{place} = -1")

    def item() -> None:
        if counting:
            w(f"{place} += 1")
            w(f"{each.index.expr} = {place}; {each.number.expr} = {place} + 1")
        emit_lets(e, each.let)
        inner()

    def passing(body: Callable[[], None]) -> None:
        if each.where is None:
            emit_lets(e, each.early)
            body()
            return
        test, errors = w.temp("b"), mark_errors(e, each.early)
        emit_lets(e, each.early)
        emit_cond(e, each.where, test)
        with w.block(f"if {test}:"):
            body()
            w("pass")
        forget_errors(e, errors)

    if not (each.sort or each.distinct or each.limit is not None):
        emit_loops(e, each.loops, lambda: passing(item), into=True)
        return
    names = _loop_names(each)
    queue = w.temp("l")
    w(f"{queue} = []")

    def collect() -> None:
        keys = []
        for sort in each.sort:
            keys.append(w.temp())
            e.field(sort.field, keys[-1])
        marks = []
        for path in each.distinct:
            marks.append(w.temp())
            e.path(path, marks[-1])
        keys_text, marks_text = ("".join(f"{part}, " for part in parts) for parts in (keys, marks))
        w(f"{queue}.append((({keys_text}), ({marks_text}), ({names}, )))")

    emit_loops(e, each.loops, lambda: passing(collect), into=True)
    if each.sort:
        w(f"{queue} = sort_items({queue}, {w.const(tuple(sort.desc for sort in each.sort))})")
    if each.distinct:
        w(f"{queue} = distinct_items({queue})")
    if each.limit is not None:
        w(f"del {queue}[{each.limit}:]")
    with w.block(f"for _, _, ({names}, ) in {queue}:", nests=True):
        _reopen(e, each, 0, item)


def _reopen(e: Emitter, each: Each, place: int, inner: Callable[[], None]) -> None:
    if place == len(each.loops):
        inner()
        return
    with e.context(each.loops[place].item):
        _reopen(e, each, place + 1, inner)


def _loop_names(each: Each) -> str:
    names: list[str] = []
    for loop in each.loops:
        names.append(loop.item.local)
        variables = (loop.index, loop.key, loop.scope_key, *loop.captures)
        names += [var.expr for var in variables if var is not None]
    return ", ".join([*names, *(let.var.expr for let in each.early)])
