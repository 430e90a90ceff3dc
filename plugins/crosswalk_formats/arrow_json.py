"""Where Arrow's JSON reader takes what the reader of rows refuses, or makes another number of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .line_nulls import whole_text

if TYPE_CHECKING:
    import pyarrow as pa

LEVELS = 1024
"""How deeply orjson reads; it refuses the rest, where Arrow goes on."""
NOT_FINITE = r"[-:,\[ \t\r\n](?:NaN|Inf(?:inity)?)[ \t\r\n,}\]]"
ODD = f"[eE]-[0-9]{{4}}|{NOT_FINITE}"
"""A pattern of what Arrow passes over, though it is no JSON or has no float."""
_TINY = ("e-[0-9]{4}", "E-[0-9]{4}")
_NAMES = (r"NaN[ \t\r\n,}\]]", r"Inf(?:inity)?[ \t\r\n,}\]]")
"""The same by parts, of which each begins with a fixed text: RE2 finds those many times faster."""
_ODD_OR_LONG = f"[0-9.eE+-]{{16}}|[eE]-[0-9]{{3}}|{NOT_FINITE}"
"""`ODD`, and numbers that a float may not render: see exact_numbers."""
_MOST_NAMES = 4
"""Looking for the names of more members takes as long as looking for any long number."""
_DIGITS = bytes(48 if chr(byte).isdigit() and byte < 128 else 32 for byte in range(256))
_STEP, _STEPS = 64, 15


def passes_over(text: bytes) -> bool:
    """Whether Arrow may pass over something in the text, as `ODD` has it."""
    whole = whole_text(text)
    if any(_has(whole, part) for part in _TINY):
        return True
    return any(_has(whole, part) for part in _NAMES) and _has(whole, NOT_FINITE)


def odd_patterns(text: bytes, float_names: Sequence[str] | None) -> list[str]:
    """Patterns of odd numbers that the text has, by which the lines with them are found.

    Those are numbers that Arrow passes over, and long ones of members that are read as floats. `float_names`: how these
    members are called, None where they have no names.
    """
    whole = whole_text(text)
    if float_names is None or (float_names and not _are_plain(float_names, whole)):
        return [_ODD_OR_LONG] if _has(whole, _ODD_OR_LONG) else []
    found = [ODD] if passes_over(text) else []
    found += [pattern for pattern in map(_member, float_names) if _has(whole, pattern)]
    # The reader of rows refuses numbers of so many digits, wherever they stand: a sample shows runs of them.
    if b"0" * _STEPS in text[::_STEP].translate(_DIGITS):
        found.append(f"[0-9]{{{_STEP * _STEPS}}}")
    return found


def _member(name: str) -> str:
    """A pattern of a number behind a name that has 16 characters or a small exponent."""
    number = r"(?:[0-9.eE+-]{16}|[0-9.-]+[eE]-[0-9]{3})"
    return rf'{re.escape(name)}"[ \t\r\n]*:[ \t\r\n]*{number}'


def _are_plain(names: Sequence[str], whole: pa.LargeBinaryArray) -> bool:
    """Whether a name can only stand in the text as it is."""
    if len(names) > _MOST_NAMES or not all(re.fullmatch(r"[A-Za-z0-9_ .-]+", name) for name in names):
        return False
    return not _has(whole, r"\\u00")


def _has(whole: pa.LargeBinaryArray, pattern: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.match_substring_regex(whole, pattern)[0].as_py())
