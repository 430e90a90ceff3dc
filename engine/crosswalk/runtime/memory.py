"""Memory: gives the sinks of a run what they remember in its state, each under its stream."""

from __future__ import annotations

import json
from typing import Any

from ..lean import lean_dataclass
from ..plugin.context import Context
from ..plugin.state import StateBackend, Store
from .idempotency import StoredOutcomes
from .jobs import StoredJobs
from .leases import Lease
from .logs import masked

KEPT = 90 * 86400.0
"""Seconds that finished things are remembered where the backend has no such setting."""


def retention_of(backend: StateBackend) -> float:
    """Seconds that finished things are remembered."""
    return float(getattr(backend, "retention", KEPT))


@lean_dataclass(frozen=True, slots=False)
class Memory:
    """The state that is open, under the lease that protects it. `secrets` are values that must not be stored."""

    store: Store
    lease: Lease
    retention: float
    secrets: set[str]

    def bind(self, context: Context) -> Context:
        """The context of a sink with its jobs and outcomes."""
        jobs = StoredJobs(self.store, self.lease, context.stream, context.run_id, self._clean)
        outcomes = StoredOutcomes(self.store, self.lease, context, self.retention, self._clean)
        return context.with_(jobs=jobs, idempotency=outcomes)

    def _clean(self, value: Any) -> Any:
        return json.loads(masked(json.dumps(value, ensure_ascii=False), self.secrets)) if self.secrets else value


def remember(memory: Memory | None, context: Context) -> Context:
    """The context, with its memory where there is a run."""
    return memory.bind(context) if memory else context
