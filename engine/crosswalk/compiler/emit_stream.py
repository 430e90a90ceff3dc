"""From a record to its outputs, as code: filter, explode, where, outputs and checks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..reject import FieldError
from .emit_cond import emit_cond
from .emit_loop import emit_loops
from .emit_object import emit_members
from .emit_part import emit_lets
from .emitter import Emitter
from .failures import Site
from .plan import Const, Field, Let, Loop, Object, OutputPlan, Plan
from .plan_step import Cond


def emit_head(e: Emitter, plan: Plan) -> None:
    """The lets of the record, and its filter."""
    emit_lets(e, plan.let)
    if plan.filter is not None:
        _condition(e, plan.filter, "/filter", "keep")
        _unless_kept(e)


def _unless_kept(e: Emitter) -> None:
    """What is filtered out has no errors."""
    with e.w.block("if not keep:"):
        if e.quick is None or e.w.mentions("E"):
            e.w("del E[:]")
        e.w("return M")


def _condition(e: Emitter, cond: Cond, pointer: str, local: str) -> None:
    """A record-level condition; when it fails the record is an error, and kept for now."""
    _guarded(e, Field(pointer, pointer[1:], Const(None)), cond, lambda: emit_cond(e, cond, local), f"{local} = True")


def _guarded(e: Emitter, owner: Field, reads: Any, body: Callable[[], None], after: str = "") -> None:
    """Code of the record itself, whose failure is noted."""
    w = e.w
    if e.quick is not None:
        body()
        return
    site = w.const(Site(owner, w.marks, is_let=False, hard=True, reads=reads), "S")
    with w.block("try:", nests=True):
        body()
    with w.block("except Exception as x:"):
        w(f"fail(E, x, {site}){'; ' if after else ''}{after}")


def exploded(e: Emitter, loops: list[Loop], inner: Callable[[], None]) -> None:
    """Explode loops, whose own failures are the record's."""
    if not loops:
        inner()
        return
    owner = Field(loops[0].pointer, "explode", Const(None))
    _guarded(e, owner, loops, lambda: emit_loops(e, loops, inner, into=False))


def emit_stream(e: Emitter, plan: Plan) -> None:
    """Explode, let_each, where, outputs, checks."""
    w = e.w
    if not plan.multiple:
        emit_lets(e, plan.let_each)
        if plan.where is not None:
            _condition(e, plan.where, "/where", "keep")
            _unless_kept(e)
        _output(e, plan, plan.outputs[0], lambda out: w(f"return {out}"))
        w("return M")
        return
    w("found = []; before = len(E); dropped = False")

    def outputs() -> None:
        for number, output in enumerate(plan.outputs):
            emit_output(e, plan, number, output)

    exploded(e, plan.loops, lambda: emit_if(e, plan.let_each, plan.where, "/where", outputs))
    return_found(e)


def return_found(e: Emitter) -> None:
    """A record of which `where` leaves nothing is filtered, whatever its lets met."""
    e.w("if dropped and not found and len(E) == before: del E[:]")
    e.w("return found")


def emit_if(e: Emitter, lets: list[Let], cond: Cond | None, pointer: str, body: Callable[[], object]) -> None:
    """Lets and a `where` that reads them; what is left out has no errors."""
    w = e.w
    if cond is None:
        emit_lets(e, lets)
        body()
        return
    test, errors = w.temp("b"), w.temp("n")
    w(f"{errors} = len(E)")
    emit_lets(e, lets)
    _condition(e, cond, pointer, test)
    with w.block(f"if {test}:"):
        body()
        w("pass")
    with w.block("else:"):
        w(f"del E[{errors}:]; dropped = True")


def emit_output(e: Emitter, plan: Plan, number: int, output: OutputPlan) -> None:
    """One of several streams, its records appended to `found`."""
    append = f"found.append(({number}, %s))"

    def inner() -> None:
        place = output.pointer + "/where"
        emit_if(
            e, output.let_each, output.where, place, lambda: _output(e, plan, output, lambda out: e.w(append % out))
        )

    exploded(e, output.loops, inner)


def _output(e: Emitter, plan: Plan, output: OutputPlan, emit: Callable[[str], None]) -> None:
    w = e.w
    out = plan.out.expr
    if isinstance(output.body, Object):
        emit_members(e, output.body, out)
        _checks(e, plan)
        emit(out)
    else:
        e.field(output.body, out)
        _checks(e, plan)
        with w.block(f"if {out} is not M:"):
            emit(out)


def _checks(e: Emitter, plan: Plan) -> None:
    w = e.w
    for rule in plan.checks:
        test = w.temp("b")
        owner = Field(rule.pointer, "", Const(None))
        _guarded(e, owner, rule.cond, partial(emit_cond, e, rule.cond, test), f"{test} = False")
        if rule.level == "reject" and e.quick is not None:
            w(f"if {test}: refuse({plan.out.expr})")
            continue
        error = w.const(FieldError("M342", rule.message, "", rule.pointer), "X")
        w(f"if {test}: E{'' if rule.level == 'reject' else '.warnings'}.append({error})")
