"""Plans: a pipeline document with the parameters of one run: its names, policies, state and mappings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Protocol

from ..errors import UsageError
from ..lean import lean_dataclass
from ..plugin.context import Context
from ..plugin.state import StateBackend
from ..plugin.units import duration
from ..registry import Registry
from ..spec.document import Document
from ..spec.lock_check import LEAST_TTL, TTL_TOO_SHORT
from ..spec.pipeline_spec import PipelineSpec
from .components import Secrets, bound, build
from .interpolation import Names, interpolate
from .mapperlike import CopyThrough, MapperLike
from .memory import Memory
from .placing import placed
from .policy import CommitPolicy, RejectLimit
from .prepare import Preparation, Prepared
from .retry import RetryPolicy
from .runs import Run

DEFAULT_STATE: dict[str, Any] = {"type": "sqlite", "path": ".crosswalk/state.db"}

LoadMapping = Callable[[str | Mapping[str, Any] | Document, Path, str | None], MapperLike]
"""Compiles a mapping: an absolute path or an inline document, the folder that relative paths of an inline one start at,
and the format's type of the data where it is known."""


class SpecLike(Protocol):
    """What the runtime needs of a loaded pipeline document."""

    data: Any
    path: Path | None
    project_root: Path


@lean_dataclass(slots=False)
class Plan:
    """A pipeline that is about to run with these parameters; the values of some may be `stand_ins`, for a check."""

    spec: SpecLike
    registry: Registry
    load_mapping: LoadMapping
    given: Mapping[str, Any] = field(default_factory=dict)
    stand_ins: frozenset[str] = frozenset()
    secrets: Secrets = field(init=False)
    params: dict[str, Any] = field(init=False)
    _mappers: dict[tuple[str, str | None], MapperLike] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.secrets = Secrets(self.registry, self.data.get("secrets"))
        self.params = self._checked_params()

    @property
    def data(self) -> dict[str, Any]:
        """The document."""
        found: dict[str, Any] = self.spec.data
        return found

    @property
    def name(self) -> str:
        """The pipeline's name: as said, else its file's."""
        path = self.spec.path
        return str(self.data.get("name") or (path.name.split(".")[0] if path else "pipeline"))

    @property
    def base(self) -> Path:
        """The folder that relative paths start at."""
        return (self.spec.path.parent if self.spec.path else self.spec.project_root).absolute()

    @property
    def lock(self) -> tuple[float, float]:
        """Seconds that a lease lasts without renewal, and seconds to wait for one."""
        lock = self.data.get("lock", {})
        ttl = duration(lock.get("ttl", 60))
        if ttl < LEAST_TTL:  # where `${...}` gave it; the rest was found when the pipeline was checked
            raise UsageError("P102", TTL_TOO_SHORT, fix='"ttl": "60s"')
        return ttl, duration(lock.get("wait", 0))

    @property
    def retry(self) -> RetryPolicy:
        """How failures are tried again."""
        return RetryPolicy.from_config(self.data.get("retry", {}))

    @property
    def commit_policy(self) -> CommitPolicy:
        """When to commit."""
        return CommitPolicy.from_config(self.data.get("batch", {}))

    @property
    def reject_limit(self) -> RejectLimit:
        """The pipeline's limit, else that of its mappings."""
        own = self.data.get("on_error", {})
        if "record" in own or "max_rejects" in own:
            return RejectLimit.from_config(own)
        limits = [getattr(mapper, "max_rejects", None) for mapper in self._mappers.values()]
        return RejectLimit.parse(next((limit for limit in limits if limit is not None), None))

    def _checked_params(self) -> dict[str, Any]:
        declared: dict[str, Any] = self.data.get("params", {})
        unknown = sorted(set(self.given) - set(declared))
        if unknown:
            raise UsageError(
                "M202",
                f"the pipeline has no parameter {unknown[0]!r}",
                notes=[f"parameters: {', '.join(declared) or 'none'}"],
            )
        found = {name: self.given.get(name, param.get("default")) for name, param in declared.items()}
        for name, param in declared.items():
            if found[name] is None and param.get("required"):
                raise UsageError("M206", f"parameter {name!r} is missing", fix=f"--param {name}=VALUE")
        return {name: value for name, value in found.items() if value is not None}

    def names(self, run: Run) -> Names:
        """What `${...}` stands for in a run."""
        return Names(self.name, run.id, run.started_at, self.params, os.environ, self.secrets.get)

    def backend(self, run: Run) -> StateBackend:
        """The state backend, bound."""
        config = interpolate(self.data.get("state", DEFAULT_STATE), self.names(run))
        with placed(self.spec, "/state"):
            found = build(self.registry, "state_backends", config)
            if not isinstance(found, StateBackend):
                raise UsageError("P113", f"{config.get('type')!r} is not a state backend")
        return bound(found, Context(base=str(self.base)))

    def prepare(
        self,
        run: Run,
        *,
        scope: str,
        fence: int,
        sequences: Mapping[str, int] | None = None,
        memory: Memory | None = None,
    ) -> Prepared:
        """Feeds and sinks of a run, bound; without `memory` they are not for opening a sink that remembers.

        Raises what is wrong with one of them; SpecError where several are wrong, of which one is a mistake.
        """
        return Preparation(self, run, scope=scope, fence=fence, sequences=sequences or {}, memory=memory).prepared()

    def mapper(self, given: Any, source_format: str | None = None) -> MapperLike:
        """The compiled mapping of a `mapping` member; compiled once for a format."""
        if given is None:
            return CopyThrough()
        # Without a `source`, a mapping is compiled for the format it reads: once for each.
        key = (given if isinstance(given, str) else str(id(given)), source_format)
        if key not in self._mappers:
            source = str(self.base / given) if isinstance(given, str) else self._inline(given)
            self._mappers[key] = self.load_mapping(source, self.base, source_format)
        return self._mappers[key]

    def _inline(self, given: Mapping[str, Any]) -> Mapping[str, Any] | Document:
        """A mapping inside the pipeline: messages about it show its places there."""
        return self.spec.inline(given) if isinstance(self.spec, PipelineSpec) else given
