"""The embedder's door: an Engine owns its plugins, compiles mappings and runs pipelines; nothing is global."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .compiler.build_mapping import build_plan
from .compiler.depth import limited_depth
from .compiler.mapper import Mapper
from .registry import Registry
from .runtime.pipeline import run_pipeline
from .runtime.report import OnEvent, Report, ignore
from .spec.mapping_spec import MappingSpec, load_mapping
from .spec.pipeline_spec import PipelineSpec, load_pipeline


class Engine:
    """Compiles mappings and runs pipelines with the plugins that are installed.

    `Engine(my_module)` adds a plugin module without installing it; `Engine(discover=False)` sees only the given ones.
    """

    def __init__(self, *modules: Any, discover: bool = True) -> None:
        self.registry = Registry(*modules, discover=discover)

    def load(self, source: str | Path | Mapping[str, Any], *, root: Path | None = None) -> MappingSpec:
        """A mapping document with its includes, structurally checked; problems are on the result, not raised.

        `root`: the folder that file references may not leave (default: the project around the file).
        """
        return load_mapping(source, registry=self.registry, root=root)

    def mapping(
        self,
        source: str | Path | Mapping[str, Any],
        *,
        params: Mapping[str, Any] | None = None,
        source_format: str | None = None,
        root: Path | None = None,
    ) -> Mapper:
        """Compile a mapping from a file or a dict.

        `params` are its `$context`. `source_format` is the format of the data where the mapping does not say.
        Raises SpecError with everything that is wrong with the document.
        """
        spec = self.load(source, root=root)
        with limited_depth(spec):
            mapper = Mapper(spec, build_plan(spec, self.registry, source_format=source_format), self.registry)
        return mapper.bind(params) if params is not None else mapper

    def pipeline(self, source: str | Path | Mapping[str, Any]) -> PipelineSpec:
        """A pipeline document, checked; raises SpecError with everything that is wrong with it."""
        spec = load_pipeline(source, registry=self.registry)
        spec.raise_if_errors()
        return spec

    def compile_for(self, source: str | Mapping[str, Any], folder: Path, source_format: str | None) -> Mapper:
        """The mapping a pipeline names, as the runtime asks for it: a file, or a document inline in `folder`."""
        root = folder if isinstance(source, Mapping) else None
        return self.mapping(source, source_format=source_format, root=root)

    def run(
        self,
        source: str | Path | Mapping[str, Any],
        *,
        params: Mapping[str, Any] | None = None,
        limit: int | None = None,
        dry_run: bool = False,
        reprocess: str | None = None,
        on_event: OnEvent = ignore,
    ) -> Report:
        """Run a pipeline until its sources have nothing new; see `Report.status` for how it went.

        `limit`: at most so many records this time. `dry_run`: read and map only. `reprocess`: a glob of files to read
        again. `on_event` is called with progress and lifecycle events. Raises SpecError and UsageError for wrong
        documents and parameters, EnvironmentFailure and StateError for what keeps a run from starting.
        """
        return run_pipeline(
            self.pipeline(source), registry=self.registry, load_mapping=self.compile_for, params=params, limit=limit,
            dry_run=dry_run, reprocess=reprocess, on_event=on_event,
        )  # fmt: skip
