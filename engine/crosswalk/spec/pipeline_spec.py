"""`load_pipeline`: from a file or a dict to a checked `PipelineSpec`, with the settings of every component checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CrosswalkError, UsageError
from ..plugin.held import family_of, held_fields
from .complaints import Codes
from .component_check import check_component
from .document import Document, Part
from .files import find_root, read_document
from .interpolation_check import check_places, holds_place
from .lock_check import check_lock
from .mapping_spec import document_of
from .near import near_name
from .pipeline_lint import lint_pipeline
from .pointer import exists, join, resolve
from .problems import Spec
from .schemas import load_schema
from .walk import Walker
from .words import listing, short_json, spot

if TYPE_CHECKING:
    from ..registry import Registry

DOCUMENT_CODES = Codes(unknown="P101", wrong="P102", absent="P104", choice="P107")
SETTING_CODES = Codes(unknown="P105", wrong="P105", absent="P104", choice="P105")

_KINDS = {
    "source": "sources",
    "source_entry": "sources",
    "sink": "sinks",
    "state_backend": "state_backends",
    "executor": "executors",
    "secret_provider": "secret_providers",
}
_SYNONYMS = {
    "sources": "source", "input": "source", "from": "source", "output": "sink", "outputs": "sinks", "to": "sink",
    "target": "sink", "destination": "sink", "map": "mapping", "mappings": "mapping", "errors": "on_error",
    "dead_letter": "rejects", "reject": "rejects", "retries": "retry", "guarantee": "require", "vars": "params",
    "parameters": "params", "variables": "params", "batch_size": "batch", "kind": "type", "path": "url",
    "exactly_once": "effectively_once", "once": "effectively_once", "max_attempts": "attempts",
    "str": "string", "int": "integer", "bool": "boolean", "array": "list", "timestamp": "datetime", "double": "float",
    "dict": "object", "number": "decimal",
}  # fmt: skip


class PipelineSpec(Spec):
    """A pipeline document with the problems found in it."""

    def __init__(self, document: Document, path: Path | None, root: Path) -> None:
        super().__init__(document.data, path, root)
        self._document = document
        self.registry: Registry | None = None
        """The plugins that the pipeline may use."""

    def origin(self, pointer: str) -> tuple[Document, str, Path | None]:
        return self._document, pointer, self.path

    def inline(self, mapping: Any) -> Document:
        """The mapping that stands in the pipeline itself, with its places there."""
        entries = self.data["source"] if isinstance(self.data["source"], list) else ()
        places = ["/mapping", *(join("/source", number, "mapping") for number in range(len(entries)))]
        there = next(place for place in places if exists(self.data, place) and resolve(self.data, place) is mapping)
        return Part(self._document, there)


def load_pipeline(
    source: str | Path | Mapping[str, Any], registry: Registry | None = None, *, root: Path | None = None
) -> PipelineSpec:
    """Load a pipeline and check all of it; without a `registry` the settings of components are not checked.

    Problems are noted in the result (call `raise_if_errors`); raised are UsageError M110 (cannot read the file) and
    SpecError M101 (not JSON). The mapping's content is not looked at here.
    """
    if isinstance(source, Mapping):
        path, document = None, document_of(source)
        home = root or Path.cwd()
    else:
        path = Path(source)
        document = read_document(path)
        home = root or find_root(path)
    spec = PipelineSpec(document, path, home)
    if not isinstance(spec.data, dict):
        spec.problem("P102", "a pipeline is a JSON object", "", fix='{"pipeline": "1", "source": {}, "sink": {}}')
        return spec
    spec.registry = _limited(spec, registry)
    _Validator(spec, spec.registry).run()
    return spec


def _limited(spec: PipelineSpec, registry: Registry | None) -> Registry | None:
    """The plugins that the pipeline's own list lets in."""
    said = spec.data.get("plugins")
    if registry is None or not isinstance(said, list):
        return registry
    limited = registry.limited([word for word in said if isinstance(word, str)], "plugins")
    try:
        limited.entries  # noqa: B018  the names are checked here
    except UsageError as error:
        spec.problem("X106", error.message.removeprefix("plugins: "), "/plugins", notes=error.notes, fix=error.fix)
        return registry
    return limited


def _is_pipeline(path: Path) -> bool:
    try:
        data = read_document(path).data
    except CrosswalkError:
        return False  # told when the mapping is read
    return isinstance(data, dict) and "pipeline" in data and data.get("mapping") != "1"


class _Validator:
    def __init__(self, spec: PipelineSpec, registry: Registry | None) -> None:
        self.spec = spec
        self.registry = registry
        self.walker = Walker(spec.problem, load_schema("pipeline"), DOCUMENT_CODES)
        self.walker.synonyms = _SYNONYMS
        self.walker.lenient = holds_place
        self.settings = Walker(spec.problem, {}, SETTING_CODES)
        self.settings.synonyms, self.settings.lenient = _SYNONYMS, holds_place
        for name in _KINDS:
            self.walker.special[name] = partial(self.component, name)
        self.walker.special["mapping"] = self.mapping

    def run(self) -> None:
        data = self.spec.data
        source = data.get("source")
        if isinstance(source, str) and self.registry is not None:
            self.bare("source", source, "/source")
            self.walker.lenient = lambda value: value is source or holds_place(value)
        self.walker.object(self.walker.schema, data, "")
        check_lock(self.spec, data.get("lock"))
        declared = data.get("params")
        check_places(self.spec.problem, data, set(declared) if isinstance(declared, dict) else set())
        if self.registry is not None:
            lint_pipeline(self.spec, self.registry)

    def mapping(self, value: Any, pointer: str) -> None:
        self.walker.define("mapping", value, pointer)
        if isinstance(value, str) and value and not holds_place(value):
            path = self.spec.resolve_file(pointer, value)
            if path is not None and _is_pipeline(path):
                fix = 'name a file that begins with "mapping": "1"'
                label = "a mapping stands here"
                self.spec.problem("P102", f"{value} is a pipeline itself", pointer, label=label, fix=fix)

    def component(self, name: str, value: Any, pointer: str) -> None:
        """A component: its type first, then only the settings of that type."""
        if isinstance(value, str) and self.registry is not None:
            self.bare(name, value, pointer)
            return
        self.walker.define(name, value, pointer)
        if not isinstance(value, dict) or self.registry is None:
            return
        own = {"name", "mapping", "optional"} if name == "source_entry" else set()
        kind = self.walker.defs[name].get("title", "component")
        self.installed(_KINDS[name], kind, {k: v for k, v in value.items() if k not in own}, pointer)

    def bare(self, name: str, value: str, pointer: str) -> None:
        """A text in place of a component: its type, or the file that is meant."""
        known = self.registry.components(_KINDS[name]) if self.registry else {}
        if value in known:
            fix = f'{{ "type": "{value}" }}'
        else:
            fix = f'{{ "type": "files", "url": {short_json(value)} }}' if name in ("source", "sink") else ""
        label = 'a component says its "type"'
        self.spec.problem("P102", f"{spot(pointer)} must be an object", pointer, label=label, fix=fix)

    def installed(self, family: str, word: str, config: dict[str, Any], pointer: str) -> None:
        """The settings of one component, and of the components and formats that they hold."""
        if self.registry is None or not isinstance(config.get("type"), str):
            return
        known = self.registry.components(family)
        cls = known.get(config["type"])
        if cls is None:
            self.unknown_type(word, config["type"], list(known), join(pointer, "type"))
            return
        check_component(self.settings, cls, config, pointer)
        for name, kind in held_fields(cls).items():
            given = config.get(name)
            for i, inner in enumerate(given if isinstance(given, list) else [given]):
                if isinstance(inner, dict):
                    place = join(pointer, name, i) if isinstance(given, list) else join(pointer, name)
                    self.installed(family_of(kind), kind, inner, place)
        held = config.get("format")
        if isinstance(held, str) and not holds_place(held) and held not in self.registry.formats:
            self.unknown_type("format", held, list(self.registry.formats), join(pointer, "format"))
        elif isinstance(held, dict):
            self.installed("formats", "format", held, join(pointer, "format"))
        sinks = config.get("sinks")
        for i, sink in enumerate(sinks if isinstance(sinks, list) else ()):
            if isinstance(sink, dict):
                self.component("sink", sink, join(pointer, "sinks", i))

    def unknown_type(self, word: str, name: str, known: list[str], pointer: str) -> None:
        if holds_place(name):
            label = "a type is written out"
            self.spec.problem(
                "P106", 'a "type" cannot hold ${...}', pointer, label=label, fix=f'"{known[0]}"' if known else ""
            )
            return
        near = near_name(name, known)
        label = f'did you mean "{near}"?' if near else f"no {word} of this name is installed"
        notes: tuple[str, ...] = (
            f"installed: {listing(sorted(known)) or 'none'}",
            "crosswalk plugins list tells what offers them",
        )
        notes += self.registry.notes() if self.registry else ()
        fix = f'"{near}"' if near else ""
        self.spec.problem("P103", f'unknown {word} type "{name}"', pointer, label=label, notes=notes, fix=fix)
