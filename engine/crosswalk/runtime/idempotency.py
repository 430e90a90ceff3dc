"""Idempotency records: the outcome of each piece that a sink has sent, so that a run which repeats it does not send."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

from ..plugin.context import Context
from ..plugin.state import Key, Put, Store
from .leases import Lease
from .runs import position_key
from .seams import seam


def outcome_key(scope: str, stream: str, key: str) -> Key:
    """The key of a record: outcome, run, time."""
    return ("sent", scope, stream, key)


class StoredOutcomes:
    """See `Idempotency`. The context's scope is the name of a position (the pipeline's, a replay's) and its epoch.

    `retention` and `clean` as in `Memory`.
    """

    def __init__(
        self, store: Store, lease: Lease, context: Context, retention: float, clean: Callable[[Any], Any]
    ) -> None:
        self._store = store
        self._lease = lease
        self._scope = context.scope
        self._stream = context.stream
        self._run = context.run_id
        self._retention = retention
        self._clean = clean
        self._seq = -1
        self._piece = 0

    def key(self, payload: bytes) -> str:
        """See Idempotency. Pieces count from the last commit, because a run that died is repeated from there."""
        entry = self._store.get(position_key(self._scope.rpartition(":")[0]))
        seq = entry.value["seq"] if entry else 0
        self._piece = self._piece + 1 if seq == self._seq else 0
        self._seq = seq
        digest = hashlib.sha256(f"{self._scope}\0{self._stream}\0{seq}\0{self._piece}\0".encode())
        digest.update(payload)
        return digest.hexdigest()[:32]

    def once(self, key: str, send: Callable[[], Any], *, ttl: float | None = None) -> Any:
        """See Idempotency."""
        where = outcome_key(self._lease.scope, self._stream, key)
        entry = self._store.get(where)
        if entry is not None:
            return entry.value["outcome"]
        self._lease.check()
        seam("before_send")
        outcome = send()
        seam("after_send")
        value = {"outcome": self._clean(outcome), "run": self._run, "at": time.time()}
        self._lease.commit([Put(where, value, self._retention if ttl is None else ttl)])
        return outcome
