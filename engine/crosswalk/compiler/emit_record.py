"""A whole mapping as code: `record(r, E, Mt)`, with care or quick, and with `group` the pair `collect`, `grouped`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..errors import DataError
from ..plugin.path import PathLanguage
from ..reject import FieldError
from .emit_cond import emit_cond
from .emit_field import emit_field, emit_lets, emit_members
from .emit_loop import emit_loops
from .emitter import Emitter, Sparse
from .failures import Site
from .plan import Cond, Const, Field, Let, Loop, Object, OutputPlan, Plan
from .quick import Quick
from .writer import Writer


def emit_plan(
    plan: Plan,
    languages: dict[str, PathLanguage],
    *,
    tracing: bool = False,
    sparse: Sparse = frozenset(),
) -> Writer:
    """Code for the row back end.

    `record` returns what one record gives: one output, a list of (stream number, output), or M when it is filtered out.
    Failures are appended to `E`. `Mt` is (file, row, line). `sparse`: paths that often match nothing.
    """
    e = _emitter(plan, languages, tracing, sparse)
    if plan.group is None:
        with e.w.block("def record(r, E, Mt):"), e.context(plan.root):
            _head(e, plan)
            _stream(e, plan)
    else:
        _emit_group(e, plan)
    return e.w


def emit_quick(plan: Plan, languages: dict[str, PathLanguage], sparse: Sparse, varied: frozenset[str]) -> Writer | None:
    """`record` as an attempt without guards; where that fails, `careful`, which `emit_plan` writes, does all anew.

    None for plans that cannot do things twice. Where the writer is `lean`, E may be None or a plain list: then SLOW
    stands for a failure, and the list gets the record. `varied`: places of steps whose results are not worth keeping.
    """
    quick = Quick.of(plan)
    if quick is None:
        return None
    e = _emitter(plan, languages, False, sparse)
    e.quick, e.varied = quick, varied
    w = e.w
    warns = any(rule.level == "warn" for rule in plan.checks)
    with w.block("def record(r, E=None, Mt=(None, 0, 0)):"):
        if warns:
            w("warned = len(E.warnings)")
        with w.block("try:", nests=True), e.context(plan.root):
            _head(e, plan)
            _stream(e, plan)
        w.lean = not w.mentions("E")
        w("except ConnectorError: raise")
        with w.block("except Exception:"):
            if w.lean:
                w("if E is None: return SLOW")
                w("if type(E) is list: E.append(r); return SLOW")
            else:
                w("del E[:]")
            if warns:
                w("del E.warnings[warned:]")
        w("return careful(r, E, Mt)")
    return w


def _emitter(plan: Plan, languages: dict[str, PathLanguage], tracing: bool, sparse: Sparse) -> Emitter:
    e = Emitter(languages, tracing=tracing, sparse=sparse)
    e.missing_as_null = plan.missing_as_null
    e.w.namespace["NO_ARGUMENT"] = _no_argument
    return e


def _no_argument(name: str, text: str) -> None:
    raise DataError("M313", f'the argument {text} of "{name}" is missing')


def _head(e: Emitter, plan: Plan) -> None:
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


def _loops(e: Emitter, loops: list[Loop], inner: Callable[[], None]) -> None:
    """Explode loops, whose own failures are the record's."""
    if not loops:
        inner()
        return
    owner = Field(loops[0].pointer, "explode", Const(None))
    _guarded(e, owner, loops, lambda: emit_loops(e, loops, inner, into=False))


def _stream(e: Emitter, plan: Plan) -> None:
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
            _one(e, plan, number, output)

    _loops(e, plan.loops, lambda: _if(e, plan.let_each, plan.where, "/where", outputs))
    _return_found(e)


def _return_found(e: Emitter) -> None:
    """A record of which `where` leaves nothing is filtered, whatever its lets met."""
    e.w("if dropped and not found and len(E) == before: del E[:]")
    e.w("return found")


def _if(e: Emitter, lets: list[Let], cond: Cond | None, pointer: str, body: Callable[[], object]) -> None:
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


def _one(e: Emitter, plan: Plan, number: int, output: OutputPlan) -> None:
    append = f"found.append(({number}, %s))"

    def inner() -> None:
        place = output.pointer + "/where"
        _if(e, output.let_each, output.where, place, lambda: _output(e, plan, output, lambda out: e.w(append % out)))

    _loops(e, output.loops, inner)


def _output(e: Emitter, plan: Plan, output: OutputPlan, emit: Callable[[str], None]) -> None:
    w = e.w
    out = plan.out.expr
    if isinstance(output.body, Object):
        emit_members(e, output.body, out)
        _checks(e, plan)
        emit(out)
    else:
        emit_field(e, output.body, out)
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


# ---- group ------------------------------------------------------------------------------------------------------


def _emit_group(e: Emitter, plan: Plan) -> None:
    """`collect` gives (key, row, loop variables) per exploded record; `grouped` maps the items of one key."""
    w = e.w
    group = plan.group
    assert group is not None
    names = _group_names(plan)
    with w.block("def collect(r, E, Mt):"), e.context(plan.root):
        _head(e, plan)
        w("found = []; before = len(E); dropped = False")

        def add() -> None:
            keys = []
            for by in group.by:
                keys.append(w.temp())
                emit_field(e, by, keys[-1])
            w.unmark()
            key = f"hashable(({', '.join(keys)}, )) if not E else None"
            w(f"found.append(({key}, {_row_view(plan)}, (r, {names})))")

        _loops(e, plan.loops, lambda: _if(e, plan.let_each, plan.where, "/where", add))
        _return_found(e)
    with w.block("def grouped(items, E, Mt):"):
        w(f"(r, {names}) = items[0][2]")
        w(f"{group.rows.expr} = [item[1] for item in items]")
        with e.context(plan.root):
            emit_lets(e, plan.let)
            emit_lets(e, plan.let_each)
            w("found = []; dropped = False")
            for number, output in enumerate(plan.outputs):
                _one(e, plan, number, output)
            w("return found")


def _group_names(plan: Plan) -> str:
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
