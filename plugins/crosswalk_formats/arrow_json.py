"""Where Arrow's JSON reader takes what the reader of rows refuses, in values that are not read."""

from __future__ import annotations

LEVELS = 1024
"""How deeply orjson reads; it refuses the rest, where Arrow goes on."""
NOT_FINITE = r"[-:,\[ \t\r\n](?:NaN|Inf(?:inity)?)[ \t\r\n,}\]]"
_TINY = r"[eE]-[0-9]{4}"
ODD = f"{_TINY}|{NOT_FINITE}"
"""A pattern of what Arrow passes over, though it is no JSON or has no float."""
