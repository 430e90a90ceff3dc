"""Pipelines for the commands: their plan, their check with the guarantee, their preview."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CrosswalkError, Diagnostic
from ..plugin.fault import guarded
from ..plugin.source import PartChanged, PartVanished
from ..runtime.guarantee import enforce
from ..runtime.plan import Plan
from ..runtime.runs import new_run
from ..spec.pipeline_spec import load_pipeline
from .view import Result, View

if TYPE_CHECKING:
    from ..batch import Batch
    from ..runtime.feed import Feed

_UNSET = ("P121", "P122")
"""Codes of a validation that lacks the surroundings of a run: an environment variable, a secret."""


def plan_of(view: View, path: str | Path, params: Mapping[str, Any]) -> Plan:
    """The plan of a pipeline with its parameters. Raises UsageError and SpecError."""
    spec = view.engine.pipeline(path)
    engine = view.engine.limited_to(spec)
    return Plan(spec, engine.registry, engine.compile_for, params)


def check_pipeline(view: View, path: Path) -> tuple[list[Diagnostic], dict[str, str]]:
    """Every problem of the pipeline and its mappings, and the facts about it: the guarantee."""
    spec = load_pipeline(path, view.engine.registry)
    found = spec.in_order()
    if any(problem.level == "error" for problem in found):
        return found, {}
    declared = spec.data.get("params") or {}
    stand_ins = {name: "1" for name, param in declared.items() if param.get("default") is None}
    try:
        engine = view.engine.limited_to(spec)
        plan = Plan(spec, engine.registry, engine.compile_for, stand_ins, frozenset(stand_ins))
        prepared = plan.prepare(new_run(), scope=plan.name, fence=0)
        enforce(prepared.guarantee, spec.data.get("require"))
    except CrosswalkError as error:
        told = error.diagnostics
        unset = [one for one in told if one.code in _UNSET]
        wrong = [one for one in told if one not in unset]
        return [*found, *wrong], {} if wrong else {"guarantee": f"unknown ({unset[0].message})"}
    for feed in prepared.feeds:
        found += getattr(feed.mapper, "warnings", [])
    return found, {"guarantee": prepared.guarantee.level.replace("_", " ")}


def preview_pipeline(view: View, path: str, count: int, params: Mapping[str, Any]) -> Result:
    """The first records of the pipeline's sources, whatever its state says, and what its mappings make of them."""
    from .cmd_preview import table, told

    plan = plan_of(view, path, params)
    prepared = plan.prepare(new_run(), scope=plan.name, fence=0)
    shown: list[dict[str, Any]] = []
    gone: list[Diagnostic] = []
    for feed in prepared.feeds:
        for batch in _first(feed, count - len(shown), gone):
            shown += told(feed.mapper, batch)
    document = {"pipeline": plan.name, "records": shown}
    return Result(document, text=lambda: table(view, shown), diagnostics=gone)


def _first(feed: Feed, count: int, gone: list[Diagnostic]) -> Iterator[Batch]:
    """The first records of a feed; parts that vanish or change meanwhile are told in `gone`, as a run does."""
    from .inputs import first_of

    if count <= 0:
        return

    def left() -> int:
        return count

    parts: Iterable[Any] = [None]
    if feed.by_parts:
        source = feed.bound(count)
        with guarded(source, "parts"):
            parts = list(source.parts())
    for part in parts:
        try:
            with closing(feed.batches(part, None, left)) as stream:
                for batch in stream:
                    batch = first_of(batch, count)
                    count -= len(batch) + len(batch.bad)
                    yield batch
                    if count <= 0:
                        return
        except (PartVanished, PartChanged) as error:
            gone.append(Diagnostic("R140", str(error), "warning"))
