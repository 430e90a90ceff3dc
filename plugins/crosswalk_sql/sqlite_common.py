"""What the SQLite source and sink share: names, values and errors."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from crosswalk import MISSING, ConnectorError, decimal_text, text_of


def quoted(name: str) -> str:
    """An identifier, safe in SQL."""
    return '"' + name.replace('"', '""') + '"'


_TYPES = {
    "string": "TEXT", "integer": "INTEGER", "decimal": "TEXT", "float": "REAL", "boolean": "INTEGER", "date": "TEXT",
    "datetime": "TEXT", "time": "TEXT", "object": "TEXT", "list": "TEXT", "bytes": "BLOB",
}  # fmt: skip


def declared_type(kind: str) -> str | None:
    """The column type for a field's type in a mapping, None for null, of which the values have to tell.

    Decimals are TEXT, so that every digit stays. What may be of several types has no column type ("") for the same
    reason: SQLite then stores each value as it is.
    """
    return None if kind == "null" else _TYPES.get(kind, "")


def column_type(value: Any) -> str:
    """The column type for a value; "" when it says nothing (null)."""
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool | int):
        return "INTEGER" if -(2**63) <= value < 2**63 else "TEXT"
    if isinstance(value, float):
        return "REAL"
    return "BLOB" if isinstance(value, bytes) else "TEXT"


def stored(value: Any) -> Any:
    """A value as SQLite keeps it: decimals and dates as exact text, lists and objects as JSON, booleans as 0 and 1."""
    if value is None or value is MISSING:
        return None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | str | float | bytes):
        return value
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=_default)
    return text_of(value)


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta | bytes):
        return text_of(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


@contextlib.contextmanager
def surfaced(path: str) -> Iterator[None]:
    """SQLite's errors as ConnectorErrors that say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise ConnectorError("C302", f"{path}: kept locked by another process", kind="transient") from error
        if "full" in text:
            raise ConnectorError("C303", f"{path}: {text}", fix="free some space and run again") from error
        if "unable to open" in text or "readonly" in text:
            raise ConnectorError(
                "C304", f"{path}: {text}", kind="auth", fix="check the path and who may read and write it"
            ) from error
        raise ConnectorError("C301", f"{path}: {text}") from error
