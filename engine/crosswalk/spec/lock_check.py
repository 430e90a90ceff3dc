"""Checks `lock`: a lease must outlive the pauses between its heartbeats."""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError
from ..plugin.units import duration
from .interpolation_check import holds_place
from .problems import Spec

LEAST_TTL = 1.0
"""Seconds. A heartbeat comes three times in a ttl; a busy machine is late by tenths of a second."""
TTL_TOO_SHORT = "a lease must last 1s at least: else it ends while its run is alive, and two runs work at once"


def check_lock(spec: Spec, lock: Any) -> None:
    """Note P102 for a `ttl` that keeps nobody away."""
    ttl = lock.get("ttl") if isinstance(lock, dict) else None
    if ttl is None or isinstance(ttl, bool) or not isinstance(ttl, str | int | float) or holds_place(ttl):
        return
    try:
        seconds = duration(ttl)
    except ArgumentError:
        return  # the schema tells
    if seconds < LEAST_TTL:
        spec.problem("P102", TTL_TOO_SHORT, "/lock/ttl", fix='"ttl": "60s"')
