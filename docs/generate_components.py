"""The pages of formats and connectors, from their settings, and the table of delivery guarantees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crosswalk import Component, Format, Sink, Source
from crosswalk.cli.reference import component_section
from crosswalk.registry import Registry
from crosswalk.runtime.guarantee import of_pipeline

FORMATS = """# Formats

A format reads bytes to records and writes records to bytes. Name it in a mapping (`source.format`, `target.format`), in
a pipeline's source or sink, or with `--from` and `--to`. A name alone takes the defaults: `"csv"`. An object sets
options: `{ "type": "csv", "delimiter": ";" }`. Where none is named, the file's ending decides.

Files that end in `.gz`, `.bz2`, `.xz` or `.zst` are read and written compressed. `orders.csv.gz` is csv.

| format | endings | paths in a mapping | an empty text read means |
|---|---|---|---|
"""
FORMATS_MORE = """
The language of paths and the meaning of an empty text are the defaults; `source.paths` and `source.empty` say
otherwise. See [three states](language.md#missing-null-and-empty).

**Bad records.** What one record has wrong (a CSV row with too few fields, a line that is not JSON) makes a reject with
its line number, and reading goes on. What the whole document has wrong (an XML file that breaks off) ends the input
with an error; the records before it are kept.
"""
CONNECTORS = """# Connectors

Sources, sinks, state backends, executors and secret providers of a pipeline. Each is chosen by `type`. The other keys
are its settings, listed here. Plugins add more; `crosswalk plugins` lists what is installed.

Sizes are bytes or a text such as `"64MB"` (10⁶) or `"64MiB"` (2²⁰). Durations are seconds or a text such as `"10s"` or
`"1h30m"`. Relative paths start at the folder of the pipeline's file.
"""
KINDS = {
    "sources": ("Sources", 'Where records come from: `"source": { "type": ... }`.'),
    "sinks": ("Sinks", 'Where records go: `"sink": { "type": ... }`, and the same for `rejects`.'),
    "state_backends": (
        "State backends",
        'Where a pipeline remembers what it has done: `"state": { "type": ... }`. '
        "Without one, `sqlite` in `.crosswalk/state.db`.",
    ),
    "executors": (
        "Executors",
        'Where the work of a run is done: `"executor": { "type": ... }`. Without one, as with `local`.',
    ),
    "secret_providers": (
        "Secret providers",
        'Where `${secret:NAME}` is looked up: `"secrets": [{ "type": ... }]`, in the order given.',
    ),
}
SAMPLES: dict[str, list[dict[str, Any]]] = {
    "source": [
        {"type": "files", "url": "data/in/*.csv"},
        {"type": "sqlite", "path": "shop.db", "table": "orders", "order_by": "id"},
        {"type": "sqlite", "path": "shop.db", "table": "orders"},
        {"type": "stdin"},
    ],
    "sink": [
        {"type": "files", "url": "data/out/orders-${run.id}.ndjson"},
        {"type": "sqlite", "path": "shop.db", "table": "orders"},
        {"type": "sqlite", "path": "shop.db", "table": "orders", "key": ["id"]},
        {"type": "stdout"},
    ],
}


def pages() -> Iterator[tuple[str, str]]:
    """The two pages."""
    registry = Registry()
    yield "reference/formats.md", _formats(registry)
    yield "reference/connectors.md", _connectors(registry)


def guarantee_table() -> str:
    """The guarantee of every pair of a bundled source and sink, as the runtime computes it."""
    registry = Registry()
    sinks = [(config, registry.components("sinks")[config["type"]].from_config(config)) for config in SAMPLES["sink"]]
    lines = ["| source | " + " | ".join(f"to {_named(config)}" for config, _ in sinks) + " |"]
    lines.append("|---" * (len(sinks) + 1) + "|")
    for config in SAMPLES["source"]:
        source = registry.components("sources")[config["type"]].from_config(config)
        cells = []
        for _, sink in sinks:
            assert isinstance(source, Source)
            assert isinstance(sink, Sink)
            cells.append(of_pipeline([source], [sink]).level.replace("_", " "))
        lines.append(f"| {_named(config)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _named(config: Mapping[str, Any]) -> str:
    told = [name for name in ("order_by", "key") if name in config]
    return f"`{config['type']}`" + (f" with `{told[0]}`" if told else "")


def _formats(registry: Registry) -> str:
    classes = registry.formats.values()
    rows = [
        f"| [`{c.type}`](#{c.type}) | {', '.join(f'`.{e}`' for e in c.extensions)} | {c.default_paths} | {c.empty} |"
        for c in classes
    ]
    return "\n\n".join([FORMATS + "\n".join(rows) + "\n" + FORMATS_MORE, *(_section(c, "##") for c in classes)])


def _connectors(registry: Registry) -> str:
    parts = [CONNECTORS]
    for kind, (title, about) in KINDS.items():
        parts.append(f"## {title}\n\n{about}")
        found = registry.components(kind).values()
        parts += [_section(cls, "###", anchor=f"{cls.kind.split()[0]}-{cls.type}") for cls in found]
    return "\n\n".join(parts)


def _section(cls: type[Component], level: str, anchor: str = "") -> str:
    heading = f"{level} {cls.type}" + (f" {{ #{anchor} }}" if anchor else "")
    joins = issubclass(cls, Format) and cls.appendable
    return component_section(cls, heading, "Two files of this format may simply be concatenated." if joins else "")
