"""The doctor: opens every connection of a pipeline and reads one record; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from ..errors import CrosswalkError
from ..lean import lean_dataclass
from ..plugin.fault import guarded
from ..plugin.source import PartChanged, PartVanished
from ..registry import Registry
from .feed import Feed
from .guarantee import enforce
from .guard_state import opened_state
from .plan import LoadMapping, Plan, SpecLike
from .runs import new_run


@lean_dataclass(frozen=True, slots=False)
class Check:
    """One thing that was tried: `ok`, and a sentence about what was found or what to do."""

    name: str
    ok: bool
    detail: str = ""
    fix: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return vars(self)


def doctor(
    spec: SpecLike, *, registry: Registry, load_mapping: LoadMapping, params: Mapping[str, Any] | None = None
) -> list[Check]:
    """Try plan, state, sources, mapping, sinks and guarantee, in this order; a failure spares the rest."""
    checks: list[Check] = []
    run = new_run()
    try:
        plan = Plan(spec, registry, load_mapping, params or {})
        prepared = plan.prepare(run, scope=plan.name, fence=0)
    except CrosswalkError as error:
        return [_failure("pipeline", error)]
    checks.append(Check("pipeline", True, plan.name))
    checks.append(_state(plan))
    for feed in prepared.feeds:
        checks.append(_source(feed))
    for stream, sink in [*prepared.sinks, *(("rejects", sink) for sink in prepared.rejects)]:
        name = f"sink {stream or sink.type}"
        try:
            with guarded(sink, "probe"):
                checks.append(Check(name, True, sink.probe()))
        except CrosswalkError as error:
            checks.append(_failure(name, error))
    try:
        enforce(prepared.guarantee, plan.data.get("require"))
        checks.append(Check("guarantee", True, prepared.guarantee.level))
    except CrosswalkError as error:
        checks.append(_failure("guarantee", error))
    return checks


def _state(plan: Plan) -> Check:
    try:
        with opened_state(plan.backend(new_run())) as store:
            known = store.get(("position", plan.name)) is not None
    except CrosswalkError as error:
        return _failure("state", error)
    return Check("state", True, "holds a position of this pipeline" if known else "holds nothing of this pipeline yet")


def _source(feed: Feed) -> Check:
    name = f"source {feed.key} ({feed.source.type})"
    try:
        if not feed.resumable:
            return Check(name, True, "read only by a run")
        if not feed.by_parts:
            return _first(feed, name, None, "")
        source = feed.bound()
        with guarded(source, "parts"):
            parts = list(source.parts())
        if not parts:
            return Check(name, True, "no file is there now")
        return _first(feed, name, parts[0], f"{len(parts)} files; ")
    except (PartVanished, PartChanged) as error:
        return Check(name, True, str(error))
    except CrosswalkError as error:
        return _failure(name, error)


def _first(feed: Feed, name: str, part: Any, prefix: str) -> Check:
    with closing(feed.batches(part, None, lambda: 1)) as stream:
        batch = next(stream, None)
    if batch is None:
        return Check(name, True, f"{prefix}the first has no record")
    applied = feed.mapper.apply(batch)
    if applied.rejects:
        error = applied.rejects[0].errors[0]
        return Check(
            name, False, f"{prefix}the first record is rejected: {error.code} {error.message}", "crosswalk explain"
        )
    return Check(name, True, f"{prefix}the first record was read and mapped")


def _failure(name: str, error: CrosswalkError) -> Check:
    said = "; ".join((str(error), *error.notes)) if error.code in ("X105", "X108", "X109") else str(error)
    return Check(name, False, said, error.fix)
