"""Lineage in the words of OpenLineage 2-0-2: the `columnLineage` dataset facet 1-2-0, and a JobEvent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from .. import __version__
from .lineage import Dependency, FieldLineage, Lineage, StreamLineage

SPEC = "https://openlineage.io/spec"
CORE = f"{SPEC}/2-0-2/OpenLineage.json#/$defs"
PRODUCER = f"urn:crosswalk:{__version__}"
_VERSIONS = {
    "ColumnLineageDatasetFacet": "1-2-0",
    "SchemaDatasetFacet": "1-2-0",
    "JobTypeJobFacet": "2-0-4",
    "ErrorMessageRunFacet": "1-0-1",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
}

Dataset = Mapping[str, str]
"""`namespace` and `name` of a dataset."""


def facet(kind: str, **members: Any) -> dict[str, Any]:
    """A facet with the two members that every one has."""
    url = f"{SPEC}/facets/{_VERSIONS[kind]}/{kind}.json#/$defs/{kind}"
    return {"_producer": PRODUCER, "_schemaURL": url, **members}


def column_facet(lineage: Lineage, stream: str, source: Dataset, tables: Mapping[str, Dataset]) -> dict[str, Any]:
    """See `Lineage.column_facet`. Parameters and run facts are no datasets, so they are left out."""
    found = next(one for one in lineage.streams if one.stream == stream)
    fields = {f.field: {"inputFields": _inputs(f.depends, source, tables, f)} for f in found.fields}
    whole = _inputs(found.depends, source, tables, None)
    return facet("ColumnLineageDatasetFacet", fields=fields, **({"dataset": whole} if whole else {}))


def _inputs(
    depends: tuple[Dependency, ...], source: Dataset, tables: Mapping[str, Dataset], field: FieldLineage | None
) -> list[dict[str, Any]]:
    found: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for part in depends:
        if part.kind == "path":
            key = (source["namespace"], source["name"], part.name)
        elif part.kind == "table":
            table, _, column = part.name.rpartition(".")
            dataset = tables.get(table) or table_dataset(source, table)
            key = (dataset["namespace"], dataset["name"], column)
        else:
            continue
        way: dict[str, str] = {"type": part.type, "subtype": part.subtype}
        if field is not None and field.resolvers and part.direct and part.subtype != "IDENTITY":
            way["description"] = ", ".join(field.resolvers)
        found.setdefault(key, []).append(way)
    return [
        {"namespace": namespace, "name": name, "field": column, "transformations": ways}
        for (namespace, name, column), ways in found.items()
    ]


def table_dataset(source: Dataset, table: str) -> dict[str, str]:
    """The dataset of a lookup table: it belongs to the mapping, so it is named beside the source."""
    return {"namespace": source["namespace"], "name": f"{source['name']}#tables/{table}"}


def tables_of(lineage: Lineage) -> list[str]:
    """The lookup tables that any field depends on."""
    parts = [p for s in lineage.streams for deps in (s.depends, *(f.depends for f in s.fields)) for p in deps]
    return list(dict.fromkeys(part.name.rpartition(".")[0] for part in parts if part.kind == "table"))


def output_facets(
    lineage: Lineage, stream: StreamLineage, source: Dataset, tables: Mapping[str, Dataset]
) -> dict[str, Any]:
    """The facets of an output dataset: its fields, and where each comes from."""
    return {
        "schema": facet("SchemaDatasetFacet", fields=[{"name": field.field} for field in stream.fields]),
        "columnLineage": column_facet(lineage, stream.stream, source, tables),
    }


def job(namespace: str, name: str) -> dict[str, Any]:
    """The job of an event."""
    kind = facet("JobTypeJobFacet", processingType="BATCH", integration="CROSSWALK", jobType="JOB")
    return {"namespace": namespace, "name": name, "facets": {"jobType": kind}}


def utc(time: dt.datetime) -> str:
    """A time as events write it."""
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def job_event(lineage: Lineage, time: dt.datetime, namespace: str) -> dict[str, Any]:
    """See `Lineage.to_openlineage`."""
    source = {"namespace": namespace, "name": f"{lineage.mapping}/source"}
    tables = {name: table_dataset(source, name) for name in tables_of(lineage)}
    outputs = [
        {
            "namespace": namespace, "name": f"{lineage.mapping}/{stream.stream or 'output'}",
            "facets": output_facets(lineage, stream, source, tables),
        }
        for stream in lineage.streams
    ]  # fmt: skip
    return {
        "eventTime": utc(time), "producer": PRODUCER, "schemaURL": f"{CORE}/JobEvent",
        "job": job(namespace, lineage.mapping), "inputs": [source, *tables.values()], "outputs": outputs,
    }  # fmt: skip
