"""Lineage as one SVG picture: sources left, fields right, a line for each dependency."""

from __future__ import annotations

import re
from html import escape

from .lineage import Dependency, Lineage
from .lineage_rows import RECORDS, Row, by_source, rows

ROW, CHAR, FONT, EDGE, STEP = 24, 7.3, 12, 20, 18
"""Height of a row, width of a character of the monospace font, its size, the margin, how far what stands in an object
or a list is moved to the right; all in pixels."""
MOST = 44
"""Longer labels are cut; their title has them whole."""
COLORS = {"path": "#e8eef7", "table": "#e6f3ea", "parameter": "#f7efe0", "meta": "#f0eef5", "run": "#f0eef5"}
_RULES = (
    f"text{{font:{FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1b1f24}}",
    ".h{font-weight:bold}",
    ".n{fill:#5b6470}",
    ".e{fill:none;stroke:#3f6ea8;stroke-width:1.2;stroke-opacity:.75}",
    ".i{stroke:#b26a1f;stroke-dasharray:4 3}",
    ".e:hover{stroke-width:3;stroke-opacity:1}",
    "rect{stroke:#aab4c0;stroke-width:.8}",
)
_STYLE = "".join(f".lineage {rule}" for rule in _RULES)
"""Below a class of ours: a picture that stands in a page must not change the page."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def svg(lineage: Lineage) -> str:
    """The document. The same lineage gives the same text."""
    fields = rows(lineage)
    top = EDGE + ROW
    names = {(part.kind, part.name) for row in fields for part in row.depends}
    # The shorter column stands in the middle of the longer one.
    start = top + max(0, len(names) - len(fields)) * ROW / 2
    for number, row in enumerate(fields):
        row.y = start + number * ROW
    sources = _placed(fields, top)
    tags = {key: "" if key[0] == "path" else key[0] for key in sources}
    left = max((_width(name) + _width(tags[kind, name]) for kind, name in sources), default=60) + 24
    gap = min(420, 160 + 3 * len(fields))
    right = EDGE + left + gap
    width = right + max(row.depth * STEP + _width(row.label) + _width(row.note) + 30 for row in fields) + EDGE
    bottom = max([row.y for row in fields] + list(sources.values())) + 2 * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {bottom + EDGE:.0f}" '
        f'width="{width:.0f}" height="{bottom + EDGE:.0f}" class="lineage" role="img">',
        f"<title>{_text(f'Lineage of {lineage.mapping}')}</title><style>{_STYLE}</style>",
        '<rect x="0" y="0" width="100%" height="100%" fill="#ffffff" stroke="none"/>',
        f'<text class="h" x="{EDGE}" y="{EDGE + 4}">{_text(_cut(lineage.mapping))}</text>',
    ]
    for row in fields:
        for ways in by_source(row.depends):
            y = sources[ways[0].kind, ways[0].name]
            parts.append(_line(EDGE + left, y, right + row.depth * STEP, row.y, ways, row.whole))
    for (kind, name), y in sources.items():
        parts.append(_box(EDGE, y, left, name, tags[kind, name], COLORS[kind]))
    parts += [_target(right + row.depth * STEP, row) for row in fields]
    parts.append(_legend(bottom))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _placed(rows: list[Row], top: float) -> dict[tuple[str, str], float]:
    """The height of each source: near the middle of its fields, in that order, none over another."""
    users: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for part in row.depends:
            users.setdefault((part.kind, part.name), []).append(row.y)
    wanted = sorted((sum(ys) / len(ys), number, key) for number, (key, ys) in enumerate(users.items()))
    last = max(rows[-1].y, top + (len(wanted) - 1) * ROW)
    found: dict[tuple[str, str], float] = {}
    floor = top
    for place, (middle, _, key) in enumerate(wanted):
        # What follows must still find room above the last line.
        y = max(floor, min(middle, last - (len(wanted) - 1 - place) * ROW))
        found[key], floor = y, y + ROW
    return found


def _line(x1: float, y1: float, x2: float, y2: float, ways: list[Dependency], label: str) -> str:
    bend = (x2 - x1) * 0.45
    kind = "e" if any(part.direct for part in ways) else "e i"
    told = ", ".join(part.subtype.lower().replace("_", " ") for part in ways)
    curve = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return f'<path class="{kind}" d="{curve}"><title>{_text(f"{ways[0].name} → {label}: {told}")}</title></path>'


def _box(x: float, y: float, width: float, name: str, tag: str, color: str, whole: str = "") -> str:
    place = f'x="{x:.1f}" y="{y - ROW / 2 + 2:.1f}" width="{width:.1f}" height="{ROW - 4}" rx="4" fill="{color}"'
    note = f'<text class="n" x="{x + width - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{tag}</text>' if tag else ""
    title = f"<title>{_text(whole or name)}</title>"
    return f'<g>{title}<rect {place}/><text x="{x + 8:.1f}" y="{y + 4:.1f}">{_text(_cut(name))}</text>{note}</g>'


def _target(x: float, row: Row) -> str:
    if row.heading:
        return f'<text class="h" x="{x:.1f}" y="{row.y + 4:.1f}">{_text(_cut(row.label))}</text>'
    color = "#fdf6ec" if row.whole == RECORDS else "#eceff3" if row.group else "#f6f8fa"
    box = _box(x, row.y, _width(row.label) + 16, row.label, "", color, row.whole)
    if not row.note:
        return box
    note = f'<text class="n" x="{x + _width(row.label) + 24:.1f}" y="{row.y + 4:.1f}">{_text(_cut(row.note))}</text>'
    return f"{box}<g><title>{_text(row.note)}</title>{note}</g>"


def _legend(y: float) -> str:
    lines = f'<path class="e" d="M{EDGE} {y}h30"/><path class="e i" d="M{EDGE + 170} {y}h30"/>'
    return (
        f'{lines}<text class="n" x="{EDGE + 38}" y="{y + 4}">becomes the value</text>'
        f'<text class="n" x="{EDGE + 208}" y="{y + 4}">only decides</text>'
    )


def _width(text: str) -> float:
    from ..spec.render import display_width

    return display_width(_cut(text)) * CHAR


def _cut(text: str) -> str:
    return text if len(text) <= MOST else text[: MOST - 1] + "…"


def _text(text: str) -> str:
    """Text for XML, which has no place for control characters and lone surrogates."""
    return escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text))
