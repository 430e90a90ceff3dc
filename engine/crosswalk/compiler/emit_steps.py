"""Steps as code."""

from __future__ import annotations

from .emit_call import Types, emit_call
from .emit_cond import emit_cond, emit_tests
from .emitter import Emitter
from .plan_step import CallStep, CheckStep, EachStep, GetStep, LookupStep, MapStep, Step
from .tables import column_of, row_value


def emit_steps(e: Emitter, steps: list[Step], local: str) -> None:
    """Pipe `local` through the steps; missing and null pass by all that are not null-aware.

    Texts are the common case: the first steps get code of their own for them, without the checks that others need.
    """
    w = e.w
    first = _text_steps(steps)
    if first:
        with w.block(f"if type({local}) is str:"):
            _pipe(e, steps[:first], local, (str,), guarded=True)
        with w.block(f"elif {local} is not M and {local} is not None:"):
            _pipe(e, steps[:first], local, None, guarded=True)
    _pipe(e, steps[first:], local, None, guarded=False)


def _text_steps(steps: list[Step]) -> int:
    """How many steps from the start may be written twice: short ones that take a text and always give a value."""
    count = 0
    for step in steps:
        if isinstance(step, CallStep):
            resolver = step.resolver
            if resolver.null == "aware" or not resolver.takes_input or step.guarded or step.refs:
                break
            if count == 0 and not (resolver.accepts and str in resolver.accepts):
                break
            count += 1
            if resolver.optional:
                break
        elif isinstance(step, MapStep):
            count += 1
            if None in (*step.table.values(), step.otherwise):
                break
        else:
            break
    return count


def _pipe(e: Emitter, steps: list[Step], local: str, types: Types, *, guarded: bool) -> None:
    """The steps in turn; `guarded`: the code is inside a check for missing and null already."""
    w = e.w
    opened = False
    for step in steps:
        aware = isinstance(step, CallStep) and (step.resolver.null == "aware" or not step.resolver.takes_input)
        if opened and aware:
            w.dedent()
            opened = False
        if not guarded and not opened and not aware:
            w(f"if {local} is not M and {local} is not None:")
            w.indent()
            opened = True
        types, optional = _step(e, step, local, types)
        if w.tracing:
            w(f"T({step.pointer!r}, {_title(step)!r}, {local})")
        if opened and optional:
            w.dedent()
            opened = False
    if opened:
        w.dedent()


def _title(step: Step) -> str:
    return step.resolver.name if isinstance(step, CallStep) else type(step).__name__.removesuffix("Step").lower()


def _step(e: Emitter, step: Step, local: str, types: Types) -> tuple[Types, bool]:
    """Code of one step; returns what is known of the result: its types, and whether it may be nothing."""
    w = e.w
    w.mark(step.pointer, local, "", _title(step))
    if isinstance(step, CallStep):
        return emit_call(e, step, local, types)
    if isinstance(step, MapStep):
        return _map(e, step, local, types)
    if isinstance(step, LookupStep):
        emit_lookup(e, step, local)
        return None, True
    if isinstance(step, GetStep):
        w(f"{step.ctx.local} = {local}")
        with e.context(step.ctx):
            e.path(step.path, local)
        return None, True
    if isinstance(step, CheckStep):
        emit_check(e, step, local)
        return types, False
    _expect_list(e, "each" if isinstance(step, EachStep) else "filter", local, types)
    found, item = w.temp("l"), w.temp()
    w(f"{found} = []")
    if isinstance(step, EachStep):
        with w.block(f"for {item} in {local}:", nests=True):
            emit_steps(e, step.steps, item)
            w(f"if {item} is not M: {found}.append({item})")
    else:
        test = w.temp("b")
        with w.block(f"for {step.ctx.local} in {local}:", nests=True), e.context(step.ctx):
            emit_cond(e, step.cond, test)
            w(f"if {test}: {found}.append({step.ctx.local})")
    w(f"{local} = {found}")
    return (list,), False


def _expect_list(e: Emitter, name: str, local: str, types: Types) -> None:
    if types != (list,):
        e.w(f"if type({local}) is not list: {local} = accept({local}, {e.w.const((list,))}, {name!r})")


def _map(e: Emitter, step: MapStep, local: str, types: Types) -> tuple[Types, bool]:
    w = e.w
    table, found = w.const(step.table), w.temp()
    key = local if types == (str,) else f"{local} if type({local}) is str else map_key({local})"
    keys = f"{table}.get({key}, "
    values = [*step.table.values(), *([step.otherwise] if step.has_else else [])]
    if step.has_else:
        w(f"{local} = {keys}{w.const(step.otherwise)})")
    else:
        w(f"{found} = {keys}M)")
        w(f"if {found} is M: not_in_map({local})")
        w(f"{local} = {found}")
    if any(isinstance(value, list | dict) for value in values):
        w(f"{local} = fresh({local})")
    kinds = {type(value) for value in values}
    optional = type(None) in kinds
    return (None if optional else tuple(kinds)), optional


def emit_lookup(e: Emitter, step: LookupStep, local: str) -> None:
    """Replace the key in `local` by what the table says."""
    w = e.w
    key, found, rows = w.temp("k"), w.temp(), w.const(step.table.rows)
    w(f"{key} = {local} if type({local}) is str else lookup_key({local})")
    if isinstance(step.returns, str):
        w(f"{found} = {w.const(column_of(step.table, step.returns))}.get({key}, M)")
    else:
        w(f"{found} = {rows}.get({key}, M)")
    with w.block(f"if {found} is M and {key} not in {rows}:"):
        if step.on_missing == "error":
            w(f"lookup_miss({local}, {step.table.name!r})")
        else:
            w(f"{local} = {'None' if step.on_missing == 'null' else 'M'}")
    if isinstance(step.returns, str):
        column = column_of(step.table, step.returns)
        own = any(isinstance(value, list | dict) for value in column.values())
        w(f"else: {local} = fresh({found})" if own else f"else: {local} = {found}")
    else:
        w(f"else: {local} = fresh({w.const(row_value, 'F')}({found}, {w.const(step.returns)}))")


def emit_check(e: Emitter, step: CheckStep, local: str) -> None:
    """Raise M342 unless the tests hold; missing and null are not checked."""
    w = e.w
    good = w.temp("b")
    w.mark(step.pointer, local, "", "check")
    with w.block(f"if {local} is not M and {local} is not None:"):
        emit_tests(e, step.tests, local, good)
        message = step.message or "does not pass the check"
        w(f"if not {good}: check_failed({local}, {w.const(message)})")
