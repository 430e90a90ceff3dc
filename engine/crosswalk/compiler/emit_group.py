"""`group` as code: one function that collects records by key, and one that maps the records of a key."""

from __future__ import annotations

from .emit_part import emit_lets
from .emit_stream import emit_head, emit_if, emit_output, exploded, return_found
from .emitter import Emitter
from .plan import Plan


def emit_group(e: Emitter, plan: Plan) -> None:
    """`collect` gives (key, row, loop variables) per exploded record; `grouped` maps the items of one key."""
    w = e.w
    group = plan.group
    assert group is not None
    names = _names(plan)
    with w.block("def collect(r, E, Mt):"), e.context(plan.root):
        emit_head(e, plan)
        w("found = []; before = len(E); dropped = False")

        def add() -> None:
            keys = []
            for by in group.by:
                keys.append(w.temp())
                e.field(by, keys[-1])
            w.unmark()
            key = f"hashable(({', '.join(keys)}, )) if not E else None"
            w(f"found.append(({key}, {_row_view(plan)}, (r, {names})))")

        exploded(e, plan.loops, lambda: emit_if(e, plan.let_each, plan.where, "/where", add))
        return_found(e)
    with w.block("def grouped(items, E, Mt):"):
        w(f"(r, {names}) = items[0][2]")
        w(f"{group.rows.expr} = [item[1] for item in items]")
        with e.context(plan.root):
            emit_lets(e, plan.let)
            emit_lets(e, plan.let_each)
            w("found = []; dropped = False")
            for number, output in enumerate(plan.outputs):
                emit_output(e, plan, number, output)
            w("return found")


def _names(plan: Plan) -> str:
    names = []
    for loop in plan.loops:
        names.append(loop.item.local)
        variables = (loop.index, loop.key, loop.scope_key, *loop.captures)
        names += [var.expr for var in variables if var is not None]
    return "".join(f"{name}, " for name in names)


def _row_view(plan: Plan) -> str:
    """What an item of `$rows` is: the record, with the `as` names of explode over it."""
    if not plan.loops:
        return "r"
    named = [(var.name, var.expr) for loop in plan.loops for var in (loop.var, loop.index, loop.key) if var is not None]
    members = "".join(f", {name!r}: {expr}" for name, expr in named)
    view = f"{{**(r if isinstance(r, dict) else {{}}){members}}}"
    # Where an outer explode found nothing, its names are missing.
    outer = any(loop.outer for loop in plan.loops)
    return f"{{name: value for name, value in {view}.items() if value is not M}}" if outer else view
