"""Tables for notebooks: escaped HTML of mappers, rejects and reports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from .values import text_of

SHOWN = 20
"""Rows of a table at most."""
_LONG = 200


def cell(value: Any) -> str:
    """A value in a cell, cut when long."""
    if isinstance(value, Html):
        return value
    try:
        text = value if isinstance(value, str) else text_of(value)
    except Exception:
        text = str(value)
    return escape(text if len(text) <= _LONG else text[:_LONG] + "…")


def json_text(value: Any) -> str:
    """A part of a document, compact."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], total: int | None = None) -> Html:
    """A table of the first rows; `total`: how many there are, told below when not all are shown."""
    held = [row for row, _ in zip(rows, range(SHOWN), strict=False)]
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell(value)}</td>' for value in row)}</tr>" for row in held)
    more = f"<div>… of {total:,}</div>" if total is not None and total > len(held) else ""
    return Html(f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{more}")


def facts(title: str, pairs: Iterable[tuple[str, Any]]) -> Html:
    """A titled list of what is known; pairs without a value are left out."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{cell(value)}</td></tr>"
        for name, value in pairs
        if value not in ("", None, [], {})
    )
    return Html(f"<div><strong>{escape(title)}</strong><table><tbody>{rows}</tbody></table></div>")


def records(rows: Sequence[Any]) -> Html:
    """A table of records, a column for every key that occurs in those shown."""
    shown = list(rows[:SHOWN])
    names = list(dict.fromkeys(key for row in shown if isinstance(row, dict) for key in row))
    if not names:
        return table(["value"], ([row] for row in shown), len(rows))
    return table(names, ([row.get(name, "") for name in names] for row in shown), len(rows))


def rejects(found: Sequence[Any]) -> Html:
    """A table of rejects, a row for each error."""
    rows = [
        (one.number, one.file or "", one.line or "", error.code, error.field, error.message, error.sample)
        for one in found[:SHOWN]
        for error in one.errors
    ]
    return table(["record", "file", "line", "code", "field", "message", "sample"], rows, len(found))
