"""The values that flow through a mapping: the three states, type names, and how a value is written as text."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, final

from .errors import DataError


@final
class Missing:
    """The path matched nothing. One instance, `MISSING`; false, and distinct from `None` (JSON null)."""

    _instance: Missing | None = None

    def __new__(cls) -> Missing:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"

    def __reduce__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1

TYPE_NAMES: Final[dict[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "float",
    Decimal: "decimal",
    dt.datetime: "datetime",
    dt.date: "date",
    dt.time: "time",
    dt.timedelta: "duration",
    bytes: "bytes",
    list: "list",
    dict: "object",
    type(None): "null",
    Missing: "missing",
}


def type_name(value: Any) -> str:
    """The language's name for the value's type: string, integer, decimal, float, boolean, date, list, object, ..."""
    return TYPE_NAMES.get(type(value), type(value).__name__)


def float_text(value: float) -> str:
    """A float as JSON writes it: shortest digits that read back the same; refuses NaN and infinities (M310)."""
    if value != value or value in (float("inf"), float("-inf")):
        raise DataError("M310", "not a finite number", value)
    return repr(value)


def decimal_text(value: Decimal) -> str:
    """A decimal with its exact digits in plain notation: `19.00`, never `1.9E+1`; refuses NaN and infinities (M310)."""
    if not value.is_finite():
        raise DataError("M310", "not a finite number", str(value))
    return format(value, "f")


def text_of(value: Any) -> str:
    """A scalar as text, the same in templates, `string` and csv: exact digits, `true`/`false`, ISO 8601, base64.

    Raises DataError M313 for lists and objects: they have no one text.
    """
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is float:
        return float_text(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return duration_text(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, str | int):
        return str(value)
    raise DataError("M313", f"text cannot be made of {_with_article(type_name(value))}", value)


def _with_article(name: str) -> str:
    return f"an {name}" if name[:1] in "aeio" else f"a {name}"


def duration_text(value: dt.timedelta) -> str:
    """A duration in ISO 8601 (`P1DT2H3.5S`)."""
    micros = (value.days * 86400 + value.seconds) * 1_000_000 + value.microseconds
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, micros = divmod(micros, 1_000_000)
    days, seconds = divmod(seconds, 86400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    date = f"{days}D" if days else ""
    return f"{sign}P{date}{'T' + clock if clock else ''}" if date or clock else "PT0S"


_EXACT = re.compile(r'"\ue000(-?[0-9.]+)"')


def exact_json(value: Any, default: Callable[[Any], Any], indent: int | None = None) -> str:
    """JSON text in which decimals are numbers with their exact digits; `default` is asked for what else JSON lacks."""

    def written(part: Any) -> Any:
        return f"\ue000{decimal_text(part)}" if isinstance(part, Decimal) and part.is_finite() else default(part)

    return _EXACT.sub(r"\1", json.dumps(value, ensure_ascii=False, indent=indent, default=written))


def sample_of(value: Any, limit: int = 60) -> str:
    """A short, printable form of a value for messages and rejects: JSON where it has one, cut at `limit` characters.

    A decimal is a number with its exact digits.
    """
    if value is MISSING:
        return "(missing)"
    try:
        text = exact_json(value, _sample_default)
    except (TypeError, ValueError, RecursionError):
        text = f"({type_name(value)})"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _sample_default(value: Any) -> Any:
    try:
        return text_of(value)
    except DataError:
        return f"({type_name(value)})"
