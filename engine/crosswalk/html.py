"""Tables for notebooks: escaped HTML of mappers, rejects and reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from .values import sample_of, text_of

SHOWN = 20
"""Rows of a table at most."""
_LONG = 200


def cell(value: Any) -> str:
    """A value in a cell, cut when long."""
    if isinstance(value, Html):
        return value
    try:
        text = value if isinstance(value, str) else sample_of(value, _LONG) if _nested(value) else text_of(value)
    except Exception:
        text = str(value)
    return escape(text if len(text) <= _LONG else text[:_LONG] + "…")


def _nested(value: Any) -> bool:
    return isinstance(value, dict | list | tuple)


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


_STYLE = (
    "<style>.crosswalk table{border-collapse:collapse;margin:2px 0 8px}.crosswalk th,.crosswalk td{text-align:left;"
    "vertical-align:top;padding:2px 12px 2px 6px;border-bottom:1px solid #8884}.crosswalk td{white-space:pre-wrap}"
    ".crosswalk thead th{border-bottom:1px solid}.crosswalk .note{opacity:.7}</style>"
)


def shown(*parts: Html | str) -> str:
    """What a notebook shows: the parts in a frame with their style, which holds for nothing else on the page."""
    return f"<div class='crosswalk'>{_STYLE}{''.join(parts)}</div>"


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], total: int | None = None) -> Html:
    """A table of the first rows; `total`: how many there are, told below when not all are shown.

    Columns without any value are left out.
    """
    held = [row for row, _ in zip(rows, range(SHOWN), strict=False)]
    full = [place for place in range(len(head)) if any(row[place] not in ("", None) for row in held)]
    top = "".join(f"<th>{escape(head[place])}</th>" for place in full)
    body = "".join(f"<tr>{''.join(f'<td>{cell(row[place])}</td>' for place in full)}</tr>" for row in held)
    more = f"<div class='note'>the first {len(held)} of {total:,}</div>" if (total or 0) > len(held) else ""
    return Html(f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{more}")


def facts(title: str, pairs: Iterable[tuple[str, Any]]) -> Html:
    """A titled list of what is known; pairs without a value are left out."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{cell(value)}</td></tr>"
        for name, value in pairs
        if value not in ("", None, [], {})
    )
    return Html(f"<div><strong>{escape(title)}</strong><table><tbody>{rows}</tbody></table></div>")


def caption(text: str) -> Html:
    """A line above a table."""
    return Html(f"<div>{escape(text)}</div>")


def records(rows: Sequence[Any]) -> Html:
    """A table of records, a column for every key that occurs in those shown."""
    first = list(rows[:SHOWN])
    names = list(dict.fromkeys(key for row in first if isinstance(row, dict) for key in row))
    if not names:
        return table(["value"], ([row] for row in first), len(rows))
    return table(names, ([row.get(name, "") for name in names] for row in first), len(rows))


def rejects(found: Sequence[Any]) -> Html:
    """A table of rejects, a row for each error."""
    rows = [
        (one.number, one.file or "", one.line or "", error.code, error.field, error.message, error.sample)
        for one in found[:SHOWN]
        for error in one.errors
    ]
    return table(["record", "file", "line", "code", "field", "message", "sample"], rows, len(found))
