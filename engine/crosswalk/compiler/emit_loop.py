"""Iterations as code: the loops of `each` and `explode`."""

from __future__ import annotations

from collections.abc import Callable

from .emit_cond import emit_cond
from .emitter import Emitter
from .plan import Loop
from .plan_path import Var


def emit_loops(e: Emitter, loops: list[Loop], inner: Callable[[], None], *, into: bool) -> None:
    """Nested loops around the code that `inner` writes; `into`: each item is the context of what is inside."""
    if not loops:
        inner()
        return
    loop, rest = loops[0], loops[1:]

    def body() -> None:
        emit_loops(e, rest, inner, into=into)

    _loop(e, loop, body, into)


def _loop(e: Emitter, loop: Loop, body: Callable[[], None], into: bool) -> None:
    w = e.w
    variables = _variables(loop)
    simple = not (
        loop.zip or loop.entries or loop.match or loop.exclude or loop.where or loop.repeat or loop.limit is not None
    )
    items = w.temp("l")
    if simple and not (loop.outer and variables):
        _items(e, loop, items)
        if loop.outer:
            w(f"if not {items}: {items} = (M,)")
        index = loop.index.expr if loop.index else None
        header = (
            f"for {index}, {loop.item.local} in enumerate({items}):" if index else f"for {loop.item.local} in {items}:"
        )
        with w.block(header, nests=True):
            _inside(e, loop, body, into)
        return
    _items(e, loop, items)
    chosen = w.temp("l")
    names = ", ".join([loop.item.local, *(var.expr for var in variables)])
    w(f"{chosen} = []")
    _choose(e, loop, items, chosen, names)
    if loop.outer:
        nothing = ", ".join("M" for _ in range(1 + len(variables)))
        w(f"if not {chosen}: {chosen}.append(({nothing},))")
    with w.block(f"for {names}, in {chosen}:" if not variables else f"for {names} in {chosen}:", nests=True):
        _inside(e, loop, body, into)


def _inside(e: Emitter, loop: Loop, body: Callable[[], None], into: bool) -> None:
    if into:
        with e.context(loop.item):
            body()
            e.w("pass")
    else:
        body()
        e.w("pass")


def _variables(loop: Loop) -> list[Var]:
    candidates = [loop.index, loop.key, loop.scope_key, *loop.captures]
    return [var for var in candidates if var is not None]


def _items(e: Emitter, loop: Loop, local: str) -> None:
    w = e.w
    if loop.zip:
        parts = []
        for _, path in loop.zip:
            part = w.temp()
            e.path(path, part, many=True)
            w(f"{part} = as_list({part})")
            if path.empty != "keep":
                w(f'{part} = [{"M" if path.empty == "missing" else "None"} if v == "" else v for v in {part}]')
            parts.append(part)
        names = w.const(tuple(name for name, _ in loop.zip))
        w.mark(loop.pointer, local)
        w(f"{local} = zip_lists({names}, [{', '.join(parts)}], {loop.uneven!r})")
    elif loop.path is not None and loop.entries:
        e.node(loop.path, local)
        w.mark(loop.pointer, local, loop.path.text)
        w(f"{local} = entries_of({local})")
    elif loop.path is not None:
        e.nodes(loop.path, local)


def _choose(e: Emitter, loop: Loop, items: str, chosen: str, names: str) -> None:
    """Collect the items that pass into `chosen`, with their variables."""
    w = e.w
    place = loop.index.expr if loop.index else w.temp("i")
    key = w.temp("k")
    what = f"({key}, {loop.item.local})" if loop.entries else loop.item.local
    with w.block(f"for {place}, {what} in enumerate({items}):", nests=True):
        w.unmark()
        if loop.entries:
            for var in (loop.key, loop.scope_key):
                if var is not None:
                    w(f"{var.expr} = {key}")
        elif loop.key is not None:
            w(f"{loop.key.expr} = {place}")
        if loop.exclude:
            w(f"if {key} in {w.const(loop.exclude)}: continue")
        if loop.match:
            found = w.temp()
            w(f"{found} = match_key({key}, {w.const(loop.match)})")
            w(f"if {found} is None: continue")
            for number, var in enumerate(loop.captures):
                w(f"{var.expr} = {found}[{number}] if len({found}) > {number} else M")
        if loop.where is not None or loop.repeat is not None:
            with e.context(loop.item):
                if loop.where is not None:
                    test = w.temp("b")
                    emit_cond(e, loop.where, test)
                    w(f"if not {test}: continue")
                times = ""
                if loop.repeat is not None:
                    count = w.temp()
                    e.path(loop.repeat, count)
                    times = f" * repeat_count({count})"
                w(f"{chosen} += [({names},)]{times}")
        else:
            w(f"{chosen}.append(({names},))")
        if loop.limit is not None:
            w(f"if len({chosen}) >= {loop.limit}: break")
    if loop.limit is not None:
        w(f"del {chosen}[{loop.limit}:]")
