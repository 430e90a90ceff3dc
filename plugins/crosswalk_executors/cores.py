"""How many cores this process may use: those it is bound to, and no more than its control group has time of."""

from __future__ import annotations

import math
import os

_QUOTA = "/sys/fs/cgroup/cpu.max"
_OLD_QUOTA, _OLD_PERIOD = "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"


def cores() -> int:
    """At least 1."""
    affinity = getattr(os, "sched_getaffinity", None)
    found = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(found, _allowed() or found))


def _allowed() -> int:
    """The cores that a container's limit leaves, rounded up; 0 for no limit."""
    quota, _, period = _read(_QUOTA).partition(" ")
    if not quota:
        quota, period = _read(_OLD_QUOTA), _read(_OLD_PERIOD)
    try:
        return max(0, math.ceil(int(quota) / int(period)))
    except (ValueError, ZeroDivisionError):  # "max", or no such file
        return 0


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return ""
