"""A plugin whose resolver misbehaves in worker processes only: it dies there, raises, prints or takes its time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable

from crosswalk import Resolver, hookimpl, resolver

MAIN = "ACME_MAIN"
"""The variable with the id of the process that is no worker."""


@resolver("acme.misbehave")
def misbehave(value: int, *, how: str, every: int = 1, at: int = 0) -> int:
    """Give the value; misbehave for some of them."""
    if value % every == at and os.environ.get(MAIN) != str(os.getpid()):
        if how == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif how == "exit":
            raise SystemExit(3)
        elif how == "raise":
            raise RuntimeError("not in a worker")
        elif how == "hang":
            time.sleep(3600)
        elif how == "slow":
            time.sleep(0.001)
    if how == "print":
        print("value", value)
    if how == "break" and value % every == at:
        raise RuntimeError(f"broken at {value}")
    return value


@hookimpl
def crosswalk_resolvers() -> Iterable[Resolver]:
    """The one."""
    return [misbehave]
