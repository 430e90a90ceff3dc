"""A mapper in a notebook: what it takes, and its fields with their types and what they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import html

if TYPE_CHECKING:
    from .lineage import Dependency
    from .mapping_facts import MappingFacts


def mapper_html(mapper: MappingFacts) -> str:
    """Facts, then a table of the fields of each output."""
    pairs = [
        ("format", mapper.source_format or mapper._made_for), ("parameters", ", ".join(mapper.plan.params)),
        ("outputs", ", ".join(name for name in mapper.streams if name)), ("hash", mapper.hash[:12]),
    ]  # fmt: skip
    pairs += [(warning.code, warning.message) for warning in mapper.warnings]
    parts = [html.facts(f"mapping {mapper.name}", pairs)]
    for stream in mapper.lineage().streams:
        types = mapper.output_type(stream.stream).leaves()
        rows = [
            (
                field.field, str(types.get(field.field, "")), _names(field.depends, direct=True),
                ", ".join(field.resolvers), _names(field.depends, direct=False),
            )
            for field in stream.fields
        ]  # fmt: skip
        parts += [html.caption(stream.stream)] if stream.stream else []
        parts.append(html.table(["field", "type", "made of", "steps", "decided by"], rows, len(rows)))
    return html.shown(*parts)


def _names(depends: Iterable[Dependency], *, direct: bool) -> str:
    found = (
        part.name if part.kind == "path" else f"{part.kind} {part.name}" for part in depends if part.direct == direct
    )
    return ", ".join(dict.fromkeys(found))
