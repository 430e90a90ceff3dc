"""The embedder's door: an Engine owns its plugins, compiles mappings and runs pipelines; nothing is global."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .compiler.build_mapping import build_plan
from .compiler.mapper import Mapper
from .registry import Registry
from .spec.mapping_spec import MappingSpec, load_mapping


class Engine:
    """Compiles mappings and runs pipelines with the plugins that are installed.

    `Engine(my_module)` adds a plugin module without installing it; `Engine(discover=False)` sees only the given ones.
    """

    def __init__(self, *modules: Any, discover: bool = True) -> None:
        self.registry = Registry(*modules, discover=discover)

    def load(self, source: str | Path | Mapping[str, Any]) -> MappingSpec:
        """A mapping document with its includes, structurally checked; problems are on the result, not raised."""
        return load_mapping(source, registry=self.registry)

    def mapping(
        self,
        source: str | Path | Mapping[str, Any],
        *,
        params: Mapping[str, Any] | None = None,
        source_format: str | None = None,
    ) -> Mapper:
        """Compile a mapping from a file or a dict.

        `params` are its `$context`. `source_format` is the format of the data where the mapping does not say.
        Raises SpecError with everything that is wrong with the document.
        """
        spec = self.load(source)
        mapper = Mapper(spec, build_plan(spec, self.registry, source_format=source_format), self.registry)
        return mapper.bind(params) if params is not None else mapper
