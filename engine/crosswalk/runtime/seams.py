"""Seams: named moments of a run at which tests kill the process, to see that nothing is lost."""

from __future__ import annotations

import os
import signal

_WANTED = os.environ.get("CROSSWALK_TEST_KILL_AT", "")
_counts: dict[str, int] = {}


def seam(name: str) -> None:
    """Do nothing, unless CROSSWALK_TEST_KILL_AT is `name:n`: then the n-th passage (from 1) is the process's last."""
    if _WANTED:
        wanted, _, number = _WANTED.partition(":")
        if wanted == name:
            _counts[name] = _counts.get(name, 0) + 1
            if _counts[name] == int(number or 1):
                os.kill(os.getpid(), signal.SIGKILL)
