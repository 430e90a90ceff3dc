"""Generated code, compiled and loaded: the text once per mapping, the functions once per set of parameters."""

from __future__ import annotations

import linecache
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from ..lean import lean_dataclass
from ..plugin.calls import GENERATED
from ..plugin.path import PathLanguage
from ..plugin.resolver import RunInfo
from .emit_context import Sparse
from .emit_record import emit_attempt, emit_plan
from .ops_value import Place
from .plan import Plan
from .writer import Writer

_serial = count(1)
_OFTEN = 0.1
_ENOUGH = 50
WARM = 500
"""After so many records the quick code is worth compiling."""


@lean_dataclass
class Loaded:
    """The functions of one load, and the version of the program that they are of."""

    version: int
    record: Callable[..., Any]
    collect: Callable[..., Any]
    grouped: Callable[..., Any]
    lean: bool = False
    """Whether `record` may be called with the record alone, or with a plain list; see `emit_attempt`."""


class Program:
    """The code of a mapping, compiled anew as its records show what they are like.

    `sparse`: paths that often match nothing, read without exceptions. `quick`: attempt each record without
    guards before all is done with care; compiling that takes as long as the careful code, so it waits for some records.
    """

    def __init__(
        self,
        plan: Plan,
        languages: dict[str, PathLanguage],
        *,
        tracing: bool = False,
        sparse: Sparse = frozenset(),
        quick: bool = False,
    ) -> None:
        self._plan = plan
        self._languages = languages
        self._tracing = tracing
        self.sparse = sparse
        self.quick = quick
        self._varied: frozenset[str] = frozenset()
        self._version = 0
        self._compile()

    def _compile(self) -> None:
        self._records = 0
        self._misses: Counter[Place] = Counter()
        writer = emit_plan(self._plan, self._languages, tracing=self._tracing, sparse=self.sparse)
        self._code = careful = _Code(self._plan, writer)
        self.namespace = careful.namespace
        self.reads_meta = "Mt[" in careful.text
        self._compile_quick()

    def _compile_quick(self) -> None:
        writer = emit_attempt(self._plan, self._languages, self.sparse, self._varied) if self.quick else None
        self._attempt = None if writer is None else _Code(self._plan, writer)
        # Last: a thread that loads meanwhile gets the older version, and comes back.
        self._version += 1

    def learn(self, records: int) -> int:
        """Note so many more records; the version of the code, of which other functions than before may be loaded."""
        self._records += records
        limit = max(_ENOUGH, self._records * _OFTEN)
        sparse = frozenset(place for place, misses in list(self._misses.items()) if misses > limit)
        idle = [memo.pointer for memo in self._attempt.memos if memo.is_idle(self._records)] if self._attempt else ()
        quick = self.quick or self._records >= WARM
        changed = quick > self.quick or bool(idle)
        self.quick, self._varied = quick, self._varied.union(idle)
        if not sparse <= self.sparse:
            self.sparse |= sparse
            self._compile()
        elif changed:
            self._compile_quick()
        return self._version

    def load(self, params: Mapping[str, Any], run: RunInfo) -> Loaded:
        """The functions with these parameters (in declaration order) and run facts."""
        version, careful, attempt = self._version, self._code, self._attempt
        run = RunInfo(run.id, run.started_at, params, run.sequences)
        names = {f"P{number}": value for number, value in enumerate(params.values(), 1)}
        names.update(RUN=run, R_id=run.id, R_started_at=run.started_at, MISSES=self._misses)
        namespace = careful.run(names)
        record, collect, grouped = (namespace.get(name, _absent) for name in ("record", "collect", "grouped"))
        if attempt is None:
            return Loaded(version, record, collect, grouped)
        quick = attempt.run({**names, "careful": record})["record"]
        return Loaded(version, quick, collect, grouped, attempt.lean)


class _Code:
    """A module of generated code."""

    def __init__(self, plan: Plan, writer: Writer) -> None:
        self.text = writer.source()
        self.namespace = writer.namespace
        self.lean = writer.lean
        self.memos = writer.memos
        file = f"{GENERATED} {plan.name} #{next(_serial)}>"
        # Tracebacks show generated code through linecache, which would keep it for good.
        linecache.cache[file] = (len(self.text), None, self.text.splitlines(True), file)
        weakref.finalize(self, linecache.cache.pop, file, None).atexit = False
        self._code = compile(self.text, file, "exec")

    def run(self, names: Mapping[str, Any]) -> dict[str, Any]:
        """Its functions, with more names that they see."""
        namespace = {**self.namespace, **names}
        exec(self._code, namespace)
        return namespace


def _absent(*_: Any) -> Any:
    raise AssertionError("the mapping has no such function")
