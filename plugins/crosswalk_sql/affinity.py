"""What SQLite's column affinity would silently change: a text "007" in a column of numbers becomes 7.

The rules are those of https://www.sqlite.org/datatype3.html, sections 3 and 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from crosswalk import DataError, decimal_text, sample_of

Affinity = Literal["INTEGER", "TEXT", "NONE", "REAL", "NUMERIC"]
_NUMBER = re.compile(r"[ \t\n\v\f\r]*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\v\f\r]*")
_EXACT = 2**53


def affinity_of(declared: str) -> Affinity:
    """The affinity of a column that is declared with this type."""
    kind = declared.upper()
    if "INT" in kind:
        return "INTEGER"
    if any(part in kind for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if not kind or "BLOB" in kind:
        return "NONE"
    return "REAL" if any(part in kind for part in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


def check_kept(rows: list[dict[str, Any]], affinities: Mapping[str, Affinity]) -> None:
    """Raise DataError M361 for a value that its column would change, so that it could not be read back.

    A text of a number is changed unless it is how SQLite writes that number ("7", "1.5"), a decimal unless it is the
    same number, a whole number in a column of floats when it has more than 53 bits.
    """
    numeric = {name: kind for name, kind in affinities.items() if kind not in ("TEXT", "NONE")}
    for row in rows if numeric else ():
        for name, kind in numeric.items():
            value = row.get(name)
            if _changes(value, kind):
                shown = decimal_text(value) if isinstance(value, Decimal) else sample_of(value)
                raise DataError(
                    "M361",
                    f"the table does not take it: the column {name} is {kind}, which would change {shown}; "
                    "make it TEXT, or give the field a type of numbers",
                )


def _changes(value: Any, kind: Affinity) -> bool:
    if isinstance(value, str):
        return bool(_NUMBER.fullmatch(value)) and not _is_plain(value, kind)
    if isinstance(value, Decimal):
        return Decimal(repr(float(value))) != value and not _is_plain(decimal_text(value), kind)
    return kind == "REAL" and type(value) is int and abs(value) > _EXACT and float(value) != value


def _is_plain(text: str, kind: Affinity) -> bool:
    """Whether the text is how the number that SQLite makes of it is written."""
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        return str(int(text)) == text and (kind != "REAL" or abs(int(text)) <= _EXACT)
    number = float(text)
    # Only a column of floats keeps 7.0 as it is.
    return repr(number) == text and (kind == "REAL" or not number.is_integer())
