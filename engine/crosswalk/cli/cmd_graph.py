"""`crosswalk graph`: the lineage of a mapping as JSON, Mermaid, SVG or an OpenLineage event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import UsageError
from .command import Command
from .documents import meant_as
from .view import Result, View

if TYPE_CHECKING:
    from ..compiler.lineage import Dependency, Lineage

_ENDINGS = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".md": "mermaid", ".json": "json"}


@click.command("graph", cls=Command)
@click.argument("mapping")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "mermaid", "svg", "openlineage"]),
    help="What to print; by default the ending of FILE decides, else text.",
)  # fmt: skip
@click.option(
    "--from", "from_", metavar="FORMAT", help="Format of the input, where the mapping does not say: csv, json, ..."
)
@click.option("--field", metavar="F", help="Only this target field, and what is below it.")
@click.option("-o", "--output", metavar="FILE", help="Write here instead of to stdout.")
@click.pass_obj
def graph(
    view: View, mapping: str, form: str | None, from_: str | None, field: str | None, output: str | None
) -> Result:
    """Show what each target field depends on.

    Source paths are absolute. What a value is made of is told apart from what only decides: conditions, filters,
    the keys of lookups. Nothing but the mapping is read.

    \b
    Examples:
      crosswalk graph orders.mapping.json --field price
      crosswalk graph orders.mapping.json -o orders.svg
    """
    from . import formats

    said = formats.format_config(from_)
    kind = formats.find(view.engine.registry, said).type if said is not None else None
    with meant_as("mapping", mapping, view.command):
        lineage = view.engine.mapping(mapping, source_format=kind).lineage()
    if field is not None:
        lineage = _only(lineage, field)
    form = form or (_ENDINGS.get(Path(output).suffix.lower()) if output else None) or "text"
    text = _text(lineage, form)
    if output is None:
        return Result(lineage.to_dict(), text=text.rstrip("\n"))
    Path(output).write_text(text, "utf-8")
    return Result(lineage.to_dict() | {"output": output}, note=f"{output}: {form}")


def _only(lineage: Lineage, field: str) -> Lineage:
    try:
        return lineage.of(field)
    except KeyError:
        from ..spec.near import near_name

        names = list(dict.fromkeys(entry.field for stream in lineage.streams for entry in stream.fields))
        near = near_name(field, names)
        shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise UsageError(
            "U112", f'{lineage.mapping} has no target field "{field}"', notes=(f"fields: {shown}",),
            fix=f'did you mean "{near}"?' if near else "",
        ) from None  # fmt: skip


def _text(lineage: Lineage, form: str) -> str:
    if form == "svg":
        return lineage.to_svg()
    if form == "mermaid":
        return lineage.to_mermaid()
    if form == "openlineage":
        return json.dumps(lineage.to_openlineage(), ensure_ascii=False, indent=2) + "\n"
    if form == "json":
        return json.dumps(lineage.to_dict(), ensure_ascii=False, indent=2) + "\n"
    return "\n".join(_lines(lineage)) + "\n"


def _lines(lineage: Lineage) -> list[str]:
    lines: list[str] = []
    for stream in lineage.streams:
        if stream.stream:
            lines.append(f"{stream.stream}:")
        if stream.depends:
            lines.append("which records there are")
            lines += [f"    {_told(part)}" for part in stream.depends]
        for entry in stream.fields:
            steps = f"   ({', '.join(entry.resolvers)})" if entry.resolvers else ""
            lines.append(f"{entry.field}{steps}")
            lines += [f"    {_told(part)}" for part in entry.depends]
    return lines


def _told(part: Dependency) -> str:
    kind = f"{part.kind} " if part.kind in ("table", "parameter") else ""
    how = part.subtype.lower().replace("_", " ")
    return f"{'<-' if part.direct else '..'} {kind}{part.name}{'' if part.subtype == 'IDENTITY' else f'   {how}'}"
