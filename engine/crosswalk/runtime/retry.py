"""Retries: which failures are tried again, and how long to wait in between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ConnectorError
from ..lean import lean_dataclass
from ..plugin.units import duration


@lean_dataclass(frozen=True, slots=False)
class RetryPolicy:
    """`attempts` in all, waiting up to `backoff` seconds after the first, doubling, never over `max_backoff`."""

    attempts: int = 5
    backoff: float = 1.0
    max_backoff: float = 60.0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> RetryPolicy:
        """From the pipeline's `retry`."""
        return cls(
            int(config.get("attempts", 5)), duration(config.get("backoff", 1)), duration(config.get("max_backoff", 60))
        )

    def wait_of(self, attempt: int, error: ConnectorError) -> float | None:
        """Seconds to wait after the failed `attempt` (from 1), or None to give up.

        Only transient and rate-limited failures are tried again. Full jitter: anywhere between nothing and the
        ceiling, so that many clients do not come back at once (Brooker, "Exponential Backoff And Jitter", 2015). A
        server's own word (`retry_after`) is the least wait.
        """
        if error.kind not in ("transient", "rate_limited") or attempt >= self.attempts:
            return None
        ceiling = min(self.max_backoff, self.backoff * 2 ** (attempt - 1))
        return (error.retry_after or 0.0) + random.uniform(0, ceiling)


def sleep(seconds: float, stopped: Callable[[], bool]) -> None:
    """Wait, but end early when the run is asked to stop."""
    end = time.monotonic() + seconds
    while not stopped() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.2))
