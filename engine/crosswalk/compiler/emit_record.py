"""A whole mapping as code: `record(r, E, Mt)`, with care or quick, and with `group` the pair `collect`, `grouped`."""

from __future__ import annotations

from typing import Any

from ..errors import DataError
from ..plugin.path import PathLanguage
from .emit_context import Sparse
from .emit_field import emit_field
from .emit_group import emit_group
from .emit_stream import emit_head, emit_stream
from .emitter import Emitter
from .plan import Plan
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
    e = _emitter(plan, languages, tracing=tracing, sparse=sparse)
    if plan.group is None:
        with e.w.block("def record(r, E, Mt):"), e.context(plan.root):
            emit_head(e, plan)
            emit_stream(e, plan)
    else:
        emit_group(e, plan)
    return e.w


def emit_attempt(
    plan: Plan, languages: dict[str, PathLanguage], sparse: Sparse, varied: frozenset[str]
) -> Writer | None:
    """`record` as an attempt without guards; where that fails, `careful`, which `emit_plan` writes, does all anew.

    None for plans that cannot do things twice. Where the writer is `lean`, E may be None or a plain list: then SLOW
    stands for a failure, and the list gets the record. `varied`: places of steps whose results are not worth keeping.
    """
    quick = Quick.of(plan)
    if quick is None:
        return None
    e = _emitter(plan, languages, sparse=sparse, quick=quick, varied=varied)
    w = e.w
    warns = any(rule.level == "warn" for rule in plan.checks)
    with w.block("def record(r, E=None, Mt=(None, 0, 0)):"):
        if warns:
            w("warned = len(E.warnings)")
        with w.block("try:", nests=True), e.context(plan.root):
            emit_head(e, plan)
            emit_stream(e, plan)
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


def _emitter(plan: Plan, languages: dict[str, PathLanguage], **how: Any) -> Emitter:
    e = Emitter(languages, emit_field, **how)
    e.missing_as_null = plan.missing_as_null
    e.w.namespace["NO_ARGUMENT"] = _no_argument
    return e


def _no_argument(name: str, text: str) -> None:
    raise DataError("M313", f'the argument {text} of "{name}" is missing')
