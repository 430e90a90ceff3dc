"""Lineage as a Mermaid flowchart, for a page that renders Mermaid: a README, a wiki, a pull request."""

from __future__ import annotations

from .lineage import Dependency, Lineage, StreamLineage
from .lineage_rows import by_source

_ESCAPES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\\": "#92;"}


def mermaid(lineage: Lineage) -> str:
    """The text of the chart. Labels are escaped; ids are numbers in the order of appearance."""
    lines = ["flowchart LR"]
    sources: dict[tuple[str, str], str] = {}
    edges: list[str] = []
    framed = len(lineage.streams) > 1  # frames make Mermaid place the fields worse
    for number, stream in enumerate(lineage.streams, 1):
        if framed:
            lines.append(f'  subgraph out{number}["{escaped(stream.stream or lineage.mapping)}"]')
        for target, label, depends in _rows(stream, number):
            lines.append(f'  {target}["{escaped(label)}"]')
            for ways in by_source(depends):
                first = ways[0]
                key = (first.kind, first.name)
                source = sources.setdefault(key, f"s{len(sources) + 1}")
                edges.append(f"  {source} {_arrow(ways)} {target}")
        if framed:
            lines.append("  end")
    for (kind, name), source in sources.items():
        shape = '[("{}")]' if kind == "table" else '["{}"]' if kind == "path" else '(["{}"])'
        lines.append(
            f"  {source}{shape.format(escaped(name if kind in ('path', 'meta', 'run') else f'{kind} {name}'))}"
        )
    return "\n".join([*lines, *edges]) + "\n"


def escaped(text: str) -> str:
    """A text inside a quoted label."""
    return "".join(_ESCAPES.get(char, char if char.isprintable() else " ") for char in text)


def _rows(stream: StreamLineage, number: int) -> list[tuple[str, str, tuple[Dependency, ...]]]:
    rows = [(f"f{number}_{place}", f.field, f.depends) for place, f in enumerate(stream.fields, 1)]
    return [*([(f"r{number}", "which records", stream.depends)] if stream.depends else []), *rows]


def _arrow(ways: list[Dependency]) -> str:
    if any(part.direct for part in ways):
        return "-->"
    return f"-. {ways[0].subtype.lower().replace('_', ' ')} .->"
