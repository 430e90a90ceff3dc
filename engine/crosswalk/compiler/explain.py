"""Explain one record: per field the value after each step, and why a field came out empty."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from ..lean import lean_dataclass
from ..plugin.resolver import RunInfo
from ..reject import FieldError
from ..values import MISSING, sample_of
from .failures import Errors
from .mapper import Mapper
from .plan_path import PathPlan
from .poison import POISON
from .program import Program
from .redact import sensitive_fields
from .walk import walk


@lean_dataclass
class StepTrace:
    """The value after one step; `label` is the path's text, the resolver's name, `default`, `calc` or `when`."""

    pointer: str
    label: str
    value: str


@lean_dataclass
class FieldTrace:
    """How one field (or `$let`) got its value. `why` explains a missing, null or failed result, else ""."""

    field: str
    pointer: str
    steps: list[StepTrace] = dataclasses.field(default_factory=list)
    value: str = ""
    state: str = "value"
    why: str = ""
    depth: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The `--json` shape."""
        steps = [{"pointer": s.pointer, "label": s.label, "value": s.value} for s in self.steps]
        return {
            "field": self.field, "pointer": self.pointer, "state": self.state, "value": self.value, "why": self.why,
            "steps": steps,
        }  # fmt: skip


@lean_dataclass
class Explanation:
    """All fields of one record in the order of evaluation, the outputs, the errors."""

    fields: list[FieldTrace]
    outputs: list[Any]
    errors: list[FieldError]
    filtered: bool


class _Tracer:
    """What tracing code calls: `enter`, the object itself per step, `leave`."""

    def __init__(self) -> None:
        self.fields: list[FieldTrace] = []
        self._open: list[FieldTrace] = []

    def enter(self, pointer: str, target: str) -> None:
        trace = FieldTrace(target, pointer, depth=len(self._open))
        self.fields.append(trace)
        self._open.append(trace)

    def __call__(self, pointer: str, label: str, value: Any) -> None:
        if self._open:
            self._open[-1].steps.append(StepTrace(pointer, label, _shown(value)))

    def leave(self, _pointer: str, value: Any) -> None:
        trace = self._open.pop()
        trace.value = _shown(value)
        if value is POISON:
            trace.state = "failed"
        elif value is MISSING or value is None:
            trace.state = "missing" if value is MISSING else "null"
            trace.why = _why(trace)


def _shown(value: Any) -> str:
    return "(failed)" if value is POISON else sample_of(value, 200)


def _why(trace: FieldTrace) -> str:
    for step in trace.steps:
        if step.label == "when":
            return "its when was false"
        if step.value in ("(missing)", "null"):
            known = step.label if step.label != "default" else "the default"
            if step is trace.steps[0]:
                return f'the path "{known}" matched nothing' if step.value == "(missing)" else f'"{known}" is null'
            return f"{known} gave nothing"
        if step.value == "(failed)":
            return f"{step.label} failed before"
    return ""


def explain_record(
    mapper: Mapper, record: Any, *, field: str | None = None, params: Mapping[str, Any] | None = None, number: int = 1
) -> Explanation:
    """Map one source record and tell how. `field` keeps the targets of that name, what is below it, and lets."""
    plan = mapper.plan
    tracer = _Tracer()
    program = Program(plan, mapper.languages, tracing=True)
    program.namespace["T"] = tracer
    bound = mapper.bind(params) if params is not None else mapper
    run = RunInfo(uuid.uuid4().hex, dt.datetime.now(dt.UTC))
    loaded = program.load(bound.params, run)
    errors = Errors()
    outputs: list[Any] = []
    meta = (None, number, 0)
    if plan.group is not None:
        made = loaded.collect(record, errors, meta)
        if made and made is not MISSING and not errors:
            outputs = [out for _, out in loaded.grouped([(record, *made[0][1:])], errors, meta)]
    else:
        made = loaded.record(record, errors, meta)
        if plan.multiple:
            outputs = [out for _, out in made] if made is not MISSING else []
        elif made is not MISSING:
            outputs = [made]
    hidden = sensitive_fields(plan)
    for trace in tracer.fields:
        own = [error for error in errors if error.field == trace.field and trace.field]
        if own:
            trace.state, trace.why = "failed", "; ".join(f"{e.code} {e.message}" for e in own)
        if trace.field in hidden:
            trace.value = "***"
            trace.steps = [StepTrace(s.pointer, s.label, "***") for s in trace.steps]
    fields = [t for t in tracer.fields if field is None or _concerns(t.field, field)]
    return Explanation(fields, outputs, list(errors), made is MISSING)


def never_matched(mapper: Mapper, records: Iterable[Any]) -> list[PathPlan]:
    """The source paths that found nothing in any of the sample's records (M414), in order of place in the plan."""
    watch = _Watch()
    program = Program(mapper.plan, mapper.languages, tracing=True)
    program.namespace["T"] = watch
    loaded = program.load(mapper.params, RunInfo("", dt.datetime.now(dt.UTC)))
    errors = Errors()
    function = loaded.record if mapper.plan.group is None else loaded.collect
    for number, record in enumerate(records, 1):
        function(record, errors, (None, number, 0))
    paths = [node for node in walk(mapper.plan) if isinstance(node, PathPlan) and node.var is None]
    return [path for path in paths if path.pointer in watch.read and path.pointer not in watch.found]


class _Watch:
    """A tracer that only notes which paths were read, and which found something."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.found: set[str] = set()

    def enter(self, pointer: str, target: str) -> None:
        """Nothing to note."""

    leave = enter

    def __call__(self, pointer: str, label: str, value: Any) -> None:
        self.read.add(pointer)
        if value is not MISSING:
            self.found.add(pointer)


def _concerns(name: str, wanted: str) -> bool:
    if name.startswith("$") and not wanted.startswith("$"):
        return True
    return name == wanted or name.startswith((f"{wanted}.", f"{wanted}["))
