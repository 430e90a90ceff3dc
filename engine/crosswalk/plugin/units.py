"""Sizes and durations as settings say them: `64MB`, `10s`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NewType

from ..errors import ArgumentError

Size = NewType("Size", int)
"""A number of bytes; written `64MB`, `1.5GiB` or a plain integer."""
Duration = NewType("Duration", float)
"""Seconds; written `10s`, `5m`, `1h30m`, `250ms` or a plain number."""

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kKMGT]i?)?B?")
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {"ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}

SIZE_SCHEMA: dict[str, Any] = {
    "type": ["integer", "string"],
    "minimum": 0,
    "pattern": r"^\d+(\.\d+)? ?([kKMGT]i?)?B?$",
    "examples": ["64MB"],
}
DURATION_SCHEMA: dict[str, Any] = {
    "type": ["number", "string"],
    "minimum": 0,
    "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d))+$",
    "examples": ["10s"],
}


def size(text: str | int) -> int:
    """Bytes of `64MB` (10^6) or `64MiB` (2^20); raises ArgumentError."""
    if isinstance(text, int):
        return text
    match = _SIZE.fullmatch(text)
    if not match:
        raise ArgumentError(f"{text!r} is not a size", fix='write bytes, or a size such as "64MB"')
    unit = (match[2] or "").replace("K", "k")
    return int(Decimal(match[1]) * _UNITS[unit])


def duration(text: str | float) -> float:
    """Seconds of `1h30m`, `10s`, `250ms` or a number; raises ArgumentError."""
    if isinstance(text, int | float):
        return float(text)
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ArgumentError(f"{text!r} is not a duration", fix='write seconds, or a duration such as "10s" or "1h30m"')
    return float(sum(float(number) * _SECONDS[unit] for number, unit in parts))
