"""The rejects that the runs of a pipeline wrote: read back, listed as open or closed, one shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ..batch import Batch
from ..errors import UsageError
from ..plugin.context import Context
from ..plugin.fault import guarded
from ..plugin.sink import SupportsReadBack
from ..plugin.source import Source, SupportsParts
from ..plugin.state import Key
from ..registry import Registry
from .components import bound, build, format_for_file
from .guard import checked_batches
from .guard_state import opened_state
from .interpolation import interpolate, wildcard
from .plan import LoadMapping, Plan, SpecLike
from .prepare import DEFAULT_REJECTS
from .runs import new_run


def closed_key(pipeline: str, reject_id: str) -> Key:
    """Where it is noted that a reject is closed."""
    return ("reject", pipeline, reject_id)


def reject_documents(plan: Plan) -> Iterator[dict[str, Any]]:
    """The documents that all runs of a pipeline wrote, in order of run; each id once, its latest document counts."""
    run = new_run()
    # A text that survives interpolation marks what differs between runs; the sink then says how to read all of them.
    config = interpolate(wildcard(plan.data.get("rejects", DEFAULT_REJECTS)), plan.names(run))
    context = Context(
        base=str(plan.base),
        build=lambda kind, found: build(plan.registry, kind, found),
        find_format=lambda name: format_for_file(plan.registry, name),
    )
    sink = build(plan.registry, "sinks", config)
    if not isinstance(sink, SupportsReadBack):
        raise UsageError("P131", f"rejects in a sink of type {config['type']!r} cannot be read back")
    source = build(plan.registry, "sources", sink.source_config())
    if isinstance(source, Source):
        for batch in _batches(bound(source, context)):
            yield from (_decoded(row) for row in batch.rows)


def _batches(source: Any) -> Iterator[Batch]:
    if isinstance(source, SupportsParts):
        with guarded(source, "parts"):
            parts = list(source.parts())
        for part in parts:
            yield from checked_batches(source, "read_part", partial(source.read_part, part))
    else:
        yield from checked_batches(source, "read", source.read)


def _decoded(row: Mapping[str, Any]) -> dict[str, Any]:
    """A document from a table has its objects as JSON text."""
    found = {}
    for name, value in row.items():
        nested = name in ("source", "errors", "record", "raw") and isinstance(value, str)
        found[name] = json.loads(value) if nested else value
    return {name: value for name, value in found.items() if value is not None}


def list_rejects(
    spec: SpecLike, *, registry: Registry, load_mapping: LoadMapping, params: Mapping[str, Any] | None = None,
    closed: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """Open rejects (with `closed`, those too), each with `status` open or closed."""
    plan = Plan(spec, registry, load_mapping, params or {})
    with opened_state(plan.backend(new_run())) as store:
        done = {key[-1] for key, _ in store.scan(("reject", plan.name))}
    found = {
        document["id"]: document | {"status": "closed" if document["id"] in done else "open"}
        for document in reject_documents(plan)
    }
    return [document for document in found.values() if closed or document["status"] == "open"]


def show_reject(
    spec: SpecLike, reject_id: str, *, registry: Registry, load_mapping: LoadMapping,
    params: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One document by its id or the beginning of it. Raises UsageError P132 when there is not exactly one."""
    every = list_rejects(spec, registry=registry, load_mapping=load_mapping, params=params, closed=True)
    found = [document for document in every if document["id"].startswith(reject_id)]
    if len(found) != 1:
        how_many = "no reject" if not found else f"{len(found)} rejects"
        raise UsageError("P132", f"{how_many} whose id begins with {reject_id!r}", fix="crosswalk rejects list")
    return found[0]
