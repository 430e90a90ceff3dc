"""The embedder's door: an Engine owns its plugins, compiles mappings and runs pipelines; nothing is global."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .batch import Batch
from .compiler.absent import no_records
from .compiler.build_mapping import build_plan
from .compiler.depth import limited_depth
from .compiler.mapper import Applied, Mapper
from .plugin.source import Source
from .registry import Registry
from .runtime.on_event import OnEvent, ignore
from .runtime.worker import GRACE, READ_GRACE, drained
from .spec.mapping_spec import MappingSpec, load_mapping
from .values import MISSING

if TYPE_CHECKING:
    from .runtime.openlineage import LineageTarget
    from .runtime.report import Report
    from .runtime.signals import CancelToken
    from .spec import document
    from .spec.pipeline_spec import PipelineSpec

Document = str | Path | Mapping[str, Any]
"""A document: a file's path, or the object itself."""


class Engine:
    """Compiles mappings and runs pipelines with the plugins that are installed.

    `Engine(my_module)` adds a plugin module without installing it; `Engine(discover=False)` sees only the given ones;
    `Engine(plugins="crosswalk,acme")` uses only these of the installed ones, `plugins="-acme"` all but that one (also
    as a list). An engine may be used from several threads, and pickled: the copy finds its plugins again. It prints
    nothing; its log goes to the logger `crosswalk` of the standard library.

    ```python
    from crosswalk import Engine

    engine = Engine()
    order = engine.mapping({"mapping": "1", "fields": {"id": ["OrderID", "string"]}})
    assert order({"OrderID": 7}) == {"id": "7"}
    ```
    """

    registry: Registry

    def __init__(self, *modules: Any, discover: bool = True, plugins: str | Iterable[str] | None = None) -> None:
        self.registry = Registry(*modules, discover=discover, plugins=plugins)

    # ---- mappings -----------------------------------------------------------------------------------------------

    def load(self, source: Document, *, root: Path | None = None) -> MappingSpec:
        """A mapping document with its includes, structurally checked; problems are on the result, not raised.

        `root`: the folder that file references may not leave (default: the project around the file).
        """
        return load_mapping(source, registry=self.registry, root=root)

    def mapping(
        self,
        source: Document,
        *,
        params: Mapping[str, Any] | None = None,
        source_format: str | None = None,
        root: Path | None = None,
    ) -> Mapper:
        """Compile a mapping from a file or a dict.

        `params` are its `$context`. `source_format` is the format of the data where the mapping does not say.
        Raises SpecError with everything that is wrong with the document.
        """
        mapper = self._compiled(self.load(source, root=root), source_format)
        return mapper.bind(params) if params is not None else mapper

    def _compiled(self, spec: MappingSpec, source_format: str | None) -> Mapper:
        with limited_depth(spec):
            plan = build_plan(spec, self.registry, source_format=source_format)
            return Mapper(spec, plan, self.registry, source_format)

    # ---- reading ------------------------------------------------------------------------------------------------

    def read(
        self,
        source: Source | Mapping[str, Any],
        *,
        base: str | Path = ".",
        cursor: Any = None,
        params: Mapping[str, Any] | None = None,
    ) -> Generator[Batch, None, None]:
        """The batches of a source, given as the member `source` of a pipeline, or as a Source.

        Nothing is remembered: `cursor` of a batch, given back, goes on behind it. `base`: the folder of relative paths.
        `params`: for `${params.x}`. Raises UsageError for a wrong configuration, ConnectorError when the source fails.

        ```python
        for batch in engine.read({"type": "files", "url": "in.ndjson"}):
            assert batch.rows == [{"n": 1}, {"n": 2}]
        ```
        """
        from .runtime.reading import read_batches

        return read_batches(self.registry, source, base=Path(base), cursor=cursor, params=params)

    def map(
        self,
        source: Source | Mapping[str, Any],
        mapping: Mapper | Document,
        *,
        base: str | Path = ".",
        cursor: Any = None,
        params: Mapping[str, Any] | None = None,
    ) -> Generator[Applied, None, None]:
        """What a mapping makes of each batch of a source, as `mapper.apply` gives it; writes and remembers nothing.

        Where the source has nothing at the mapping's record path, one result without records has the warning M414.
        `params` are given to the mapping where it is a document; see also `read`.

        ```python
        source = {"type": "files", "url": "in.ndjson"}
        for applied in engine.map(source, {"mapping": "1", "fields": {"twice": ["n", {"multiply": 2}]}}):
            assert applied.records == [{"twice": 2}, {"twice": 4}]
        ```
        """
        from .runtime.reading import read_batches

        mapper = self._bound(mapping, source, params)
        batches = read_batches(
            self.registry, source, base=Path(base), cursor=cursor, params=params, mapper=mapper
        )  # fmt: skip
        read = 0
        with closing(batches):
            for batch in batches:
                read += batch.total
                yield mapper.apply(batch)
        last = mapper.flush()
        missed = no_records(mapper.spec) if not read and cursor is None else None
        if missed is not None:
            last.warnings.append(missed)
        if any(last.outputs.values()) or last.rejects or last.warnings:
            yield last

    def _bound(self, mapping: Mapper | Document, source: Any, params: Mapping[str, Any] | None) -> Mapper:
        """A mapper of its own for one source: groups are held from batch to batch."""
        if isinstance(mapping, Mapper):
            return mapping.bind({name: value for name, value in mapping.params.items() if value is not MISSING})
        given = source.get("format") if isinstance(source, Mapping) else None
        found = given.get("type") if isinstance(given, Mapping) else given
        if found is None and isinstance(source, Mapping):
            cls = self.registry.format_for_file(str(source.get("url", "")))
            found = cls.type if cls else None
        return self.mapping(mapping, source_format=found).bind(params)

    def aread(
        self,
        source: Source | Mapping[str, Any],
        *,
        base: str | Path = ".",
        cursor: Any = None,
        params: Mapping[str, Any] | None = None,
        grace: float = READ_GRACE,
    ) -> AsyncGenerator[Batch, None]:
        """`read` for asyncio: `async for batch in engine.aread(...)`; reading never blocks the event loop.

        The rows of a batch are made before it is handed over. When the task is cancelled while the source blocks, the
        source is left behind after `grace` seconds.

        ```python
        async def count() -> int:
            batches = engine.aread({"type": "files", "url": "in.ndjson"})
            return sum([len(batch) async for batch in batches])


        assert asyncio.run(count()) == 2
        ```
        """

        def batches() -> Iterator[Batch]:
            with closing(self.read(source, base=base, cursor=cursor, params=params)) as found:
                for batch in found:
                    _ = batch.rows  # made here, not on the loop when first asked for
                    yield batch

        return drained("crosswalk-read", batches, grace)

    def amap(
        self,
        source: Source | Mapping[str, Any],
        mapping: Mapper | Document,
        *,
        base: str | Path = ".",
        cursor: Any = None,
        params: Mapping[str, Any] | None = None,
        grace: float = READ_GRACE,
    ) -> AsyncGenerator[Applied, None]:
        """`map` for asyncio: reading and mapping happen on a thread of their own; see also `aread`."""

        def results() -> Iterator[Applied]:
            with closing(self.map(source, mapping, base=base, cursor=cursor, params=params)) as found:
                for applied in found:
                    _ = applied.outputs
                    yield applied

        return drained("crosswalk-map", results, grace)

    # ---- pipelines ----------------------------------------------------------------------------------------------

    def pipeline(self, source: Document) -> PipelineSpec:
        """A pipeline document, checked; raises SpecError with everything that is wrong with it."""
        from .spec.pipeline_spec import load_pipeline

        spec = load_pipeline(source, registry=self.registry)
        spec.raise_if_errors()
        return spec

    def limited_to(self, spec: PipelineSpec) -> Engine:
        """The engine that a pipeline runs in: this one, or one with only the plugins that its `plugins` lets in."""
        if spec.registry is None or spec.registry is self.registry:
            return self
        found = Engine.__new__(type(self))
        found.__dict__.update(self.__dict__)
        found.registry = spec.registry
        return found

    def compile_for(
        self, source: str | Mapping[str, Any] | document.Document, folder: Path, source_format: str | None
    ) -> Mapper:
        """The mapping a pipeline names, as the runtime asks for it: a file, or a document inline in `folder`."""
        root = None if isinstance(source, str) else folder
        return self._compiled(load_mapping(source, registry=self.registry, root=root), source_format)

    def run(
        self,
        source: Document,
        *,
        params: Mapping[str, Any] | None = None,
        limit: int | None = None,
        dry_run: bool = False,
        reprocess: str | None = None,
        max_rejects: int | str | None = None,
        on_event: OnEvent = ignore,
        cancel: CancelToken | None = None,
        lineage: LineageTarget | None = None,
    ) -> Report:
        """Run a pipeline until its sources have nothing new; see `Report.status` for how it went.

        `limit`: at most so many records this time. `dry_run`: read and map only. `reprocess`: a glob of files to read
        again. `max_rejects`: a count, or a share such as "1%". `on_event` is called with progress and lifecycle events.
        `cancel`: stops the run from elsewhere; in the main thread SIGINT and SIGTERM do so too. `lineage`: a file that
        OpenLineage events are appended to, one a line, or a function that is called with each. Raises SpecError and
        UsageError for wrong documents and parameters, EnvironmentFailure and StateError for what keeps a run from
        starting.

        ```python
        from pathlib import Path

        Path("in.ndjson").write_text('{"n": 1}\\n{"n": 2}\\n')
        document = {
            "pipeline": "1",
            "name": "copy",
            "source": {"type": "files", "url": "in.ndjson"},
            "sink": {"type": "files", "url": "out.ndjson"},
        }
        report = engine.run(document)
        assert (report.status, report.written) == ("done", 2)
        assert engine.run(document).read == 0  # nothing is new
        ```
        """
        # The runtime is not small, and mapping needs none of it.
        from .runtime.pipeline import run_pipeline

        spec = self.pipeline(source)
        engine = self.limited_to(spec)
        return run_pipeline(
            spec, registry=engine.registry, load_mapping=engine.compile_for, params=params, limit=limit,
            dry_run=dry_run, reprocess=reprocess, max_rejects=max_rejects, on_event=on_event, cancel=cancel,
            lineage=lineage,
        )  # fmt: skip

    async def arun(
        self,
        source: Document,
        *,
        params: Mapping[str, Any] | None = None,
        limit: int | None = None,
        dry_run: bool = False,
        reprocess: str | None = None,
        max_rejects: int | str | None = None,
        on_event: OnEvent = ignore,
        cancel: CancelToken | None = None,
        lineage: LineageTarget | None = None,
        grace: float = GRACE,
    ) -> Report:
        """`run` for asyncio: on a thread of its own, with `on_event` called on the event loop.

        When the task is cancelled the run finishes its batch, commits, and CancelledError is raised, after at most
        `grace` seconds; the next run goes on there. What `on_event` raises ends the run in the same way, and is raised.

        ```python
        import asyncio

        report = asyncio.run(engine.arun(document, reprocess="*"))
        assert report.written == 2
        ```
        """
        from .runtime.run_async import run_async

        def run(told: OnEvent, token: CancelToken) -> Report:
            return self.run(
                source, params=params, limit=limit, dry_run=dry_run, reprocess=reprocess, max_rejects=max_rejects,
                on_event=told, cancel=token, lineage=lineage,
            )  # fmt: skip

        return await run_async(run, on_event, cancel, grace)
