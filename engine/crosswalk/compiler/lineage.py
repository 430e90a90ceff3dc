"""Lineage: which source paths, tables, parameters and resolvers each target field depends on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from .plan import OutputPlan

if TYPE_CHECKING:
    from .mapping_facts import MappingFacts

Kind = Literal["path", "table", "parameter", "meta", "run"]
Type = Literal["DIRECT", "INDIRECT"]
Subtype = Literal["IDENTITY", "TRANSFORMATION", "AGGREGATION", "JOIN", "GROUP_BY", "FILTER", "SORT", "CONDITIONAL"]


@dataclass(frozen=True, slots=True, order=True)
class Dependency:
    """One thing that a value depends on, in the words of OpenLineage's column lineage facet 1-2-0.

    `name`: an absolute path of the record (`lines[].sku`), `table.column` (`table.*` for whole rows), a parameter, or
    `meta.row`, `run.id` and the like. DIRECT: the value is made of it (IDENTITY as it is, TRANSFORMATION by steps,
    AGGREGATION of several). INDIRECT: it only decides (CONDITIONAL: which value, FILTER: whether, JOIN: the key of a
    lookup or the list that is iterated, GROUP_BY, SORT).
    """

    kind: Kind
    name: str
    type: Type
    subtype: Subtype

    @property
    def direct(self) -> bool:
        """Whether the value is made of it."""
        return self.type == "DIRECT"


@dataclass(frozen=True, slots=True)
class FieldLineage:
    """A target field: its path in the output (`lines[].sku`), where the mapping says it, what it depends on.

    `resolvers`: the steps that its value goes through, in order. The field `*` stands for what is passed through.
    """

    field: str
    pointer: str
    depends: tuple[Dependency, ...]
    resolvers: tuple[str, ...] = ()
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class StreamLineage:
    """One output stream. `depends`: what decides which records there are: filter, where, explode, group, checks."""

    stream: str
    depends: tuple[Dependency, ...]
    fields: tuple[FieldLineage, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The lineage of a mapping; made by `Mapper.lineage`.

    ```python
    lineage = order.lineage()
    assert [part.name for part in lineage.depends("qty")] == ["qty"]
    Path("order.svg").write_text(lineage.to_svg())
    ```
    """

    mapping: str
    hash: str
    streams: tuple[StreamLineage, ...]

    def depends(self, field: str, stream: str | None = None) -> tuple[Dependency, ...]:
        """Everything that a field depends on, what decides about its record included; raises KeyError."""
        found: dict[Dependency, None] = {}
        for one in self.of(field).streams:
            if stream in (None, one.stream):
                found.update(dict.fromkeys(part for entry in one.fields for part in entry.depends))
                found.update(dict.fromkeys(one.depends))
        return tuple(found)

    def of(self, field: str) -> Lineage:
        """The part about one field and what is below it; raises KeyError when no stream has it."""
        below = (f"{field}.", f"{field}[")
        kept = []
        for stream in self.streams:
            fields = tuple(f for f in stream.fields if f.field == field or f.field.startswith(below))
            if fields:
                kept.append(StreamLineage(stream.stream, stream.depends, fields))
        if not kept:
            raise KeyError(field)
        return Lineage(self.mapping, self.hash, tuple(kept))

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON (`schemas/lineage.schema.json`)."""
        streams: list[dict[str, Any]] = []
        for stream in self.streams:
            fields = [asdict(f) | {"resolvers": list(f.resolvers), "depends": _told(f.depends)} for f in stream.fields]
            streams.append({"stream": stream.stream, "depends": _told(stream.depends), "fields": fields})
        return {"lineage": "1", "mapping": self.mapping, "hash": self.hash, "streams": streams}

    def to_mermaid(self) -> str:
        """A Mermaid flowchart: sources left, fields right; what only decides is a dotted arrow."""
        from .lineage_mermaid import mermaid

        return mermaid(self)

    def to_svg(self) -> str:
        """A picture of the same as one SVG document, without scripts, fonts or links from elsewhere."""
        from .lineage_svg import svg

        return svg(self)

    def to_openlineage(self, *, time: dt.datetime | None = None, namespace: str = "crosswalk") -> dict[str, Any]:
        """An OpenLineage JobEvent: the lineage as designed, without a run. `time` is UTC, now by default."""
        from .lineage_facet import job_event

        return job_event(self, time or dt.datetime.now(dt.UTC), namespace)

    def column_facet(
        self, stream: str, source: Mapping[str, str], tables: Mapping[str, Mapping[str, str]] | None = None
    ) -> dict[str, Any]:
        """The `columnLineage` facet of one stream's dataset.

        `source`: namespace and name of the dataset that paths are fields of; `tables`: those of lookup tables by name
        (default: named beside the source).
        """
        from .lineage_facet import column_facet

        return column_facet(self, stream, dict(source), tables or {})

    def _repr_svg_(self) -> str:
        return self.to_svg()


def _told(found: tuple[Dependency, ...]) -> list[dict[str, str]]:
    return [asdict(part) for part in found]


def lineage_of(mapper: MappingFacts) -> Lineage:
    """The lineage of a compiled mapping, from its plan alone: no record is read."""
    from .lineage_trace import Tracer

    tracer = Tracer(mapper)
    streams: dict[str, list[OutputPlan]] = {}
    for output in mapper.plan.outputs:
        streams.setdefault(output.name, []).append(output)
    return Lineage(mapper.name, mapper.hash, tuple(tracer.stream(name, outputs) for name, outputs in streams.items()))
