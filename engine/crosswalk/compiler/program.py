"""Generated code, compiled and loaded: the text once per mapping, the functions once per set of parameters."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from ..plugin.calls import GENERATED
from ..plugin.path import PathLanguage
from ..plugin.resolver import RunInfo
from .emit_record import emit_plan
from .plan import Plan

_serial = count(1)
_OFTEN = 0.1
_ENOUGH = 50


@dataclass(slots=True)
class Loaded:
    """The functions of one load. `misses` counts, by context, records in which a path of names found nothing."""

    record: Callable[..., Any]
    collect: Callable[..., Any]
    grouped: Callable[..., Any]
    misses: list[int]
    records: int = 0

    def often_missing(self, records: int) -> frozenset[int]:
        """Note so many more records; the contexts that should be read with care from now on."""
        self.records += records
        limit = max(_ENOUGH, self.records * _OFTEN)
        return frozenset(number for number, misses in enumerate(self.misses) if misses > limit)


class Program:
    """The code of a mapping. `sparse`: contexts whose paths often match nothing, read without exceptions."""

    def __init__(
        self,
        plan: Plan,
        languages: dict[str, PathLanguage],
        *,
        tracing: bool = False,
        sparse: frozenset[int] = frozenset(),
    ) -> None:
        self.sparse = sparse
        writer = emit_plan(plan, languages, tracing=tracing, sparse=sparse)
        self.text = writer.source()
        self.namespace = writer.namespace
        self.reads_meta = "Mt[" in self.text
        self._contexts = plan.contexts
        file = f"{GENERATED} {plan.name} #{next(_serial)}>"
        # Tracebacks show generated code through linecache.
        linecache.cache[file] = (len(self.text), None, self.text.splitlines(True), file)
        self._code = compile(self.text, file, "exec")

    def load(self, params: Mapping[str, Any], run: RunInfo) -> Loaded:
        """The functions with these parameters (in declaration order) and run facts."""
        namespace: dict[str, Any] = dict(self.namespace)
        for number, value in enumerate(params.values(), 1):
            namespace[f"P{number}"] = value
        run = RunInfo(run.id, run.started_at, params, run.sequences)
        misses = [0] * (self._contexts + 1)
        namespace.update(RUN=run, R_id=run.id, R_started_at=run.started_at, MISS=misses)
        exec(self._code, namespace)
        record, collect, grouped = (namespace.get(name, _absent) for name in ("record", "collect", "grouped"))
        return Loaded(record, collect, grouped, misses)


def _absent(*_: Any) -> Any:
    raise AssertionError("the mapping has no such function")
