"""Warnings about pipelines: files that the next run writes over (P140), globs over several formats (P141)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import CrosswalkError
from ..plugin.sink import Sink
from .document import parse_document
from .pointer import join

if TYPE_CHECKING:
    from ..registry import Registry
    from .pipeline_spec import PipelineSpec

_PLACE = re.compile(r"\$\{([^{}]*)\}")
_FIELD = re.compile(r"\{(?!part\b)\w[^{}]*\}")
_BRACES = re.compile(r"\{([^{}$]*,[^{}]*)\}")
_WILD = re.compile(r"[*?\[]|\{[^{}]*,[^{}]*\}")


def lint_pipeline(spec: PipelineSpec, registry: Registry) -> None:
    """Note P140 and P141; what is not well formed is told elsewhere."""
    given = spec.data.get("source")
    many = isinstance(given, list)
    sources = [
        (config, join("", "source", number) if many else "/source")
        for number, config in enumerate(given if isinstance(given, list) else [given])
        if isinstance(config, dict)
    ]
    for config, pointer in sources:
        _lint_formats(spec, registry, config, pointer)
    goes_on = any("order_by" in config or _WILD.search(_url(config)) for config, _ in sources)
    for config, pointer in sinks_of(spec.data):
        # One input that is always read whole is refreshed; rejects are always the next run's to replay.
        if goes_on or pointer.startswith("/rejects"):
            _lint_name(spec, registry, config, pointer)


def sinks_of(data: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every sink with its place, the ones inside others too."""
    named = data.get("sinks")
    found = [(data.get(key), f"/{key}") for key in ("sink", "rejects")]
    found += [(config, join("/sinks", name)) for name, config in (named if isinstance(named, dict) else {}).items()]
    while found:
        config, pointer = found.pop(0)
        if isinstance(config, dict):
            yield config, pointer
            inner = config.get("sinks")
            found += [
                (part, join(pointer, "sinks", i)) for i, part in enumerate(inner if isinstance(inner, list) else ())
            ]


def replaced_name(registry: Registry, config: Mapping[str, Any]) -> tuple[str, str] | None:
    """The setting and the name that a sink writes anew in every run; None for a sink that adds to what is there."""
    cls = registry.components("sinks").get(str(config.get("type")))
    setting = cls.replaces if cls is not None and issubclass(cls, Sink) else ""
    name = config.get(setting)
    return (setting, name) if isinstance(name, str) and name else None


def name_by_run(name: str) -> str:
    """The name with the run's id in it."""
    folder, _, last = name.rpartition("/")
    stem, dot, ending = last.partition(".")
    return f"{folder}/" * bool(folder) + f"{stem}-${{run.id}}{dot}{ending}"


def _lint_name(spec: PipelineSpec, registry: Registry, config: dict[str, Any], pointer: str) -> None:
    replaced = replaced_name(registry, config)
    if replaced is None:
        return
    setting, name = replaced
    changing = any(place != "pipeline" for place in _PLACE.findall(name))
    if changing or _FIELD.search(_PLACE.sub("", name)):
        return
    spec.problem(
        "P140", "the next run writes over this file", join(pointer, setting), level="warning",
        label="every run replaces it, and reads only what is new", fix=f'"{setting}": {json.dumps(name_by_run(name))}',
    )  # fmt: skip


def _lint_formats(spec: PipelineSpec, registry: Registry, config: dict[str, Any], pointer: str) -> None:
    url = _url(config)
    if "format" in config or not _WILD.search(url) or _states_format(spec, config):
        return
    cls = registry.components("sources").get(str(config.get("type")))
    if cls is None or "format" not in cls.config_schema()["properties"]:
        return
    found = {registry.format_for_file(name) for name in _endings(url.rpartition("/")[2])}
    kinds = sorted(cls.type for cls in found if cls is not None)
    open_end = None in found and re.search(r"\*$|\*\.\*", url) is not None
    if len(kinds) < 2 and not open_end:
        return
    of = f"files of several formats ({', '.join(kinds)})" if len(kinds) > 1 else "files of any format"
    spec.problem(
        "P141", f"the url takes {of}", join(pointer, "url"), level="warning",
        label="each file is read by its ending, with one mapping for all",
        fix='say which: "format": "csv"; or narrow the url: "in/*.csv"',
    )  # fmt: skip


def _endings(name: str) -> list[str]:
    """The names that `{a,b}` stands for."""
    match = _BRACES.search(name)
    if match is None:
        return [name]
    parts = match[1].split(",")
    return [found for part in parts for found in _endings(name[: match.start()] + part + name[match.end() :])]


def _states_format(spec: PipelineSpec, config: dict[str, Any]) -> bool:
    """Whether the mapping says which format it reads, which counts for every file."""
    mapping = config.get("mapping", spec.data.get("mapping"))
    if isinstance(mapping, str) and spec.path is not None:
        try:
            mapping = parse_document((spec.path.parent / mapping).read_bytes(), mapping).data
        except (OSError, CrosswalkError):
            return True  # told elsewhere
    source = mapping.get("source") if isinstance(mapping, dict) else None
    return isinstance(source, dict) and "format" in source


def _url(config: Mapping[str, Any]) -> str:
    """The url without `${...}`, which is no wildcard."""
    found = config.get("url")
    return _PLACE.sub("x", found) if isinstance(found, str) else ""
