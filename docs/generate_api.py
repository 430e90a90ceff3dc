"""The reference of the Python API for those who embed: engine and mappers, runs, errors, from the docstrings."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from api_text import aliases, long_section, section

HEADS = {
    "api": """# Python API: engine, mappers, tables, lineage

Everything is imported from `crosswalk`, and typed: `mypy --strict` and pyright know it all. What is on these pages is
public, and changes only as [stability and versions](../explanation/stability.md) say.

- [Runs: reports, events, cancelling](api-runs.md)
- [Errors and rejects](api-errors.md)
- [Hooks and contracts of plugins](hooks.md), batches and sources among them

How to: [embed in Python](../how-to/embed-in-python.md), [with asyncio, threads and
processes](../how-to/embed-async.md), with
[FastAPI](../how-to/embed-with-other-tools.md#fastapi), [notebooks](../how-to/embed-with-other-tools.md#a-notebook),
[pandas](../how-to/embed-with-other-tools.md#pandas), [polars](../how-to/embed-with-other-tools.md#polars),
[DuckDB](../how-to/embed-with-other-tools.md#duckdb), [DataFusion](../how-to/embed-with-other-tools.md#datafusion) and
[pytest](../how-to/embed-with-other-tools.md#pytest). The examples on all these pages are run by our tests.
""",
    "api-runs": """# Python API: runs

What `engine.run` and `engine.arun` give and tell. Everything is imported from `crosswalk`.
See also [engine and mappers](api.md) and [errors and rejects](api-errors.md).
""",
    "api-errors": """# Python API: errors and rejects

Everything is imported from `crosswalk`. Errors that a plugin raises are explained with
[hooks and contracts](hooks.md#errors-to-raise); all codes have [pages of their own](errors/index.md).
See also [engine and mappers](api.md) and [runs](api-runs.md).
""",
}
GROUPS = {
    "api": {
        "The engine": ("Engine",),
        "Mappers": ("Mapper", "Applied", "Output"),
        "Tables": ("MappedTable",),
        "Lineage": ("Lineage", "StreamLineage", "FieldLineage", "Dependency"),
    },
    "api-runs": {
        "Report": ("Report",),
        "Cancelling": ("CancelToken",),
        "Events": (
            "Event", "RunStarted", "RunRecovered", "FileStarted", "FileDone", "FileFailed", "BatchDone", "Committed",
            "Rejected", "RetryPlanned", "Stopping", "RunFinished",
        ),
    },
    "api-errors": {
        "Errors": (
            "CrosswalkError", "SpecError", "UsageError", "RecordRejected", "RunFailed", "PluginError", "Diagnostic",
        ),
        "Rejects": ("Reject", "FieldError"),
    },
}  # fmt: skip
LONG = {
    "Engine": (
        "engine", ("__init__", "mapping", "run", "arun", "read", "aread", "map", "amap", "pipeline", "load"),
    ),
    "Mapper": (
        "mapper", (
            "__call__", "apply", "expand", "table", "bind", "lineage", "output_type", "execution", "with_back_end",
            "flush", "name", "hash", "params", "streams", "warnings",
        ),
    ),
    "MappedTable": ("table", ("read_all", "reader", "__iter__", "rejects", "filtered", "skipped", "warnings")),
    "Lineage": (
        "lineage", ("depends", "of", "to_dict", "to_mermaid", "to_svg", "to_openlineage", "column_facet"),
    ),
    "CancelToken": ("token", ("__init__", "cancel", "cancelled")),
    "Report": ("report", ("to_dict", "rate")),
}  # fmt: skip
"""Classes whose members have headings: what an instance is called, and these members in this order."""
ALIASES = {
    "api": {
        "engine": ("Document",),
        "compiler.mapper": ("BackEnd",),
        "compiler.table": ("OnReject",),
        "runtime.on_event": ("OnEvent",),
        "runtime.openlineage": ("LineageTarget",),
    }
}


def pages() -> Iterator[tuple[str, str]]:
    """The pages."""
    for page, groups in GROUPS.items():
        parts = [HEADS[page]]
        for title, names in groups.items():
            parts += [
                f"## {title}",
                *(long_section(name, *LONG[name]) if name in LONG else section(name) for name in names),
            ]
        if page in ALIASES:
            parts += ["## Types in signatures", "Not to be imported; these say what is meant.", aliases(ALIASES[page])]
        yield f"reference/{page}.md", "\n\n".join(part.strip() for part in parts)
