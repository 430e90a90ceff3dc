"""Writes what the benchmark found into docs/explanation/speed.md, and a bar chart beside it."""

from __future__ import annotations

import platform
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "explanation"
_BEGIN, _END = "<!-- measured -->", "<!-- /measured -->"
Rows = list[tuple[str, float, float, float]]
Found = list[tuple[str, int, float, float, float, Rows]]
_COLOURS = {
    "crosswalk": "#3f51b5",
    "crosswalk --no-sync": "#7986cb",
    "polars": "#8d99ae",
    "duckdb": "#b0a18a",
    "python": "#a3b18a",
}


def write_page(found: Found, lines: list[str]) -> None:
    """Replace the measured part of the page, and the chart."""
    page = DOCS / "speed.md"
    text = page.read_text("utf-8")
    before, after = text.split(_BEGIN)[0], text.split(_END)[1]
    page.write_text(f"{before}{_BEGIN}\n{_tables(found, lines)}\n{_END}{after}", "utf-8")
    (DOCS / "speed.svg").write_text(_svg(found), "utf-8")


def _tables(found: Found, lines: list[str]) -> str:
    parts = [f"Python {platform.python_version()}, {platform.machine()}, 2 cores.\n"]
    for title, records, target, alike, synced, rows in found:
        parts.append(
            f"**{title}**, {records:,} records: {alike:.2f} of the fastest peer's time (aim: {target}), {synced:.2f} "
            "with the wait for the disk.\n"
        )
        parts.append("| | seconds | crosswalk takes | peak memory |\n|---|---|---|---|")
        parts += [f"| {peer} | {seconds:.2f} | {times:.2f} of it | {mb:.0f} MB |" for peer, seconds, times, mb in rows]
        parts.append("")
    return "\n".join([*parts, *(f"- {line}" for line in lines)])


def _svg(found: Found) -> str:
    """A group of horizontal bars for each job; within a group, the longest bar has the full width.

    Bars more than ten times as long as the shortest are broken off.
    """
    y, parts = 10, []
    for title, records, _, _, _, rows in found:
        parts.append(f'<text x="10" y="{y + 14}" font-weight="bold">{title}, {records:,} records</text>')
        y += 22
        most = 10 * min(seconds for _, seconds, _, _ in rows)
        longest = max(seconds for _, seconds, _, _ in rows if seconds <= most)
        for peer, seconds, _, _ in sorted(rows, key=lambda row: row[1]):
            width = max(2, round(440 * min(seconds / longest, 1.0)))
            parts.append(f'<text x="140" y="{y + 13}" text-anchor="end">{peer}</text>')
            colour = _COLOURS.get(peer, "#c9ada7")
            parts.append(f'<rect x="148" y="{y + 1}" width="{width}" height="16" fill="{colour}"/>')
            if seconds > most:
                parts.append(f'<path d="M{width + 118} {y + 19} l8 -20 h6 l-8 20 z" fill="white"/>')
            parts.append(f'<text x="{154 + width}" y="{y + 13}">{seconds:.2f} s</text>')
            y += 20
        y += 12
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 {y}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, f'<rect width="680" height="{y}" fill="white"/>', *parts, "</svg>\n"])
