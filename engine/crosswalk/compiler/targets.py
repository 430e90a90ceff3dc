"""Target keys: dots nest, a backslash makes a dot literal."""

from __future__ import annotations

import re

_PART = re.compile(r"(?:[^.\\]|\\.|\\$)+")


def split_target(key: str) -> list[str]:
    """`address.city` gives two parts, `a\\.b` one."""
    return [re.sub(r"\\(.)", r"\1", part) for part in _PART.findall(key)] or [key]
