"""Plans: a pipeline document as the parts of one run: feeds, sinks, policies."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from ..errors import UsageError
from ..plugin.component import Component
from ..plugin.context import Context, unknown_format
from ..plugin.executor import Executor
from ..plugin.fault import guarded
from ..plugin.format import Format, WriteOptions
from ..plugin.resolver import RunInfo
from ..plugin.sink import FansOut, Sink
from ..plugin.source import Source
from ..plugin.state import StateBackend
from ..plugin.units import duration
from ..registry import Registry
from ..spec.lock_check import LEAST_TTL, TTL_TOO_SHORT
from ..spec.near import near_name
from ..spec.pointer import exists, join, resolve
from .commit import Outlet
from .components import Secrets, bound, build, format_for_file, format_of
from .feed import Feed
from .guarantee import Guarantee, of_pipeline
from .guard import opened
from .interpolation import Names, interpolate
from .kinds import output_kinds
from .mapperlike import CopyThrough, MapperLike, param_names, read_options, streams_of, write_options
from .memory import Memory, remember
from .placing import place, placed
from .policy import CommitPolicy, RejectLimit
from .retry import RetryPolicy
from .runs import Run

DEFAULT_STATE: dict[str, Any] = {"type": "sqlite", "path": ".crosswalk/state.db"}
FEWEST_IN_COLUMNS = 2_000
"""Columns of fewer records at a time cost more than rows."""
DEFAULT_EXECUTOR: dict[str, Any] = {"type": "local"}
DEFAULT_REJECTS: dict[str, Any] = {"type": "files", "url": ".crosswalk/rejects/${pipeline}-${run.id}.ndjson"}
REJECTS = "~rejects"

LoadMapping = Callable[[str | Mapping[str, Any], Path, str | None], MapperLike]
"""Compiles a mapping: an absolute path or an inline document, the folder that relative paths of an inline one start at,
and the format's type of the data where it is known."""


class SpecLike(Protocol):
    """What the runtime needs of a loaded pipeline document."""

    data: Any
    path: Path | None
    project_root: Path


@dataclass
class Prepared:
    """The bound parts of one pass: what is read, and the sinks by stream (several per stream for a tee)."""

    feeds: list[Feed]
    sinks: list[tuple[str, Sink]]
    rejects: list[Sink]
    sequences: dict[str, int]
    guarantee: Guarantee
    executor: Executor | None = None

    def open(self, stack: ExitStack) -> list[Outlet]:
        """Open every sink on the stack."""
        found = [Outlet(stream, stack.enter_context(opened(sink))) for stream, sink in self.sinks]
        return found + [Outlet(REJECTS, stack.enter_context(opened(sink)), rejects=True) for sink in self.rejects]


@dataclass
class Plan:
    """A pipeline that is about to run with these parameters; the values of some may be `stand_ins`, for a check."""

    spec: SpecLike
    registry: Registry
    load_mapping: LoadMapping
    given: Mapping[str, Any] = field(default_factory=dict)
    stand_ins: frozenset[str] = frozenset()
    secrets: Secrets = field(init=False)
    params: dict[str, Any] = field(init=False)
    _mappers: dict[tuple[str, str | None], MapperLike] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.secrets = Secrets(self.registry, self.data.get("secrets"))
        self.params = self._checked_params()

    @property
    def data(self) -> dict[str, Any]:
        """The document."""
        found: dict[str, Any] = self.spec.data
        return found

    @property
    def name(self) -> str:
        """The pipeline's name: as said, else its file's."""
        path = self.spec.path
        return str(self.data.get("name") or (path.name.split(".")[0] if path else "pipeline"))

    @property
    def base(self) -> Path:
        """The folder that relative paths start at."""
        return (self.spec.path.parent if self.spec.path else self.spec.project_root).absolute()

    @property
    def lock(self) -> tuple[float, float]:
        """Seconds that a lease lasts without renewal, and seconds to wait for one."""
        lock = self.data.get("lock", {})
        ttl = duration(lock.get("ttl", 60))
        if ttl < LEAST_TTL:  # where `${...}` gave it; the rest was found when the pipeline was checked
            raise UsageError("P102", TTL_TOO_SHORT, fix='"ttl": "60s"')
        return ttl, duration(lock.get("wait", 0))

    @property
    def retry(self) -> RetryPolicy:
        """How failures are tried again."""
        return RetryPolicy.from_config(self.data.get("retry", {}))

    @property
    def commit_policy(self) -> CommitPolicy:
        """When to commit."""
        return CommitPolicy.from_config(self.data.get("batch", {}))

    @property
    def reject_limit(self) -> RejectLimit:
        """The pipeline's limit, else that of its mappings."""
        own = self.data.get("on_error", {})
        if "record" in own or "max_rejects" in own:
            return RejectLimit.from_config(own)
        limits = [getattr(mapper, "max_rejects", None) for mapper in self._mappers.values()]
        return RejectLimit.parse(next((limit for limit in limits if limit is not None), None))

    def _checked_params(self) -> dict[str, Any]:
        declared: dict[str, Any] = self.data.get("params", {})
        unknown = sorted(set(self.given) - set(declared))
        if unknown:
            raise UsageError(
                "M202",
                f"the pipeline has no parameter {unknown[0]!r}",
                notes=[f"parameters: {', '.join(declared) or 'none'}"],
            )
        found = {name: self.given.get(name, param.get("default")) for name, param in declared.items()}
        for name, param in declared.items():
            if found[name] is None and param.get("required"):
                raise UsageError("M206", f"parameter {name!r} is missing", fix=f"--param {name}=VALUE")
        return {name: value for name, value in found.items() if value is not None}

    def names(self, run: Run) -> Names:
        """What `${...}` stands for in a run."""
        return Names(self.name, run.id, run.started_at, self.params, os.environ, self.secrets.get)

    def backend(self, run: Run) -> StateBackend:
        """The state backend, bound."""
        config = interpolate(self.data.get("state", DEFAULT_STATE), self.names(run))
        with placed(self.spec, "/state"):
            found = build(self.registry, "state_backends", config)
            if not isinstance(found, StateBackend):
                raise UsageError("P113", f"{config.get('type')!r} is not a state backend")
        return bound(found, Context(base=str(self.base)))

    def prepare(
        self,
        run: Run,
        *,
        scope: str,
        fence: int,
        sequences: Mapping[str, int] | None = None,
        memory: Memory | None = None,
    ) -> Prepared:
        """Feeds and sinks of a run, bound; without `memory` they are not for opening a sink that remembers."""
        info = RunInfo(run.id, run.started_at, self.params, dict(sequences or {}))
        names = self.names(run)
        context = self._context(run, scope, fence)
        feeds = self._feeds(names, context, info)
        streams = {stream for feed in feeds for stream in streams_of(feed.mapper)}
        sinks = self._sinks(names, context, feeds, streams, memory)
        rejects_config = interpolate(self.data.get("rejects", DEFAULT_REJECTS), names)
        skip = self.data.get("on_error", {}).get("record") == "skip"
        own = context.with_(stream=REJECTS, find_format=self._finder(None, "/rejects", prefer_stated=False))
        rejects = [] if skip else self._targets(rejects_config, remember(memory, own), "/rejects")
        guarantee = of_pipeline([feed.source for feed in feeds], [sink for _, sink in sinks])
        return Prepared(feeds, sinks, rejects, info.sequences, guarantee, self._executor(names))

    def _executor(self, names: Names) -> Executor | None:
        config = self.data.get("executor", DEFAULT_EXECUTOR)
        with placed(self.spec, "/executor"):
            found = build(self.registry, "executors", interpolate(config, names))
            if not isinstance(found, Executor):
                raise UsageError("P113", f"{config.get('type')!r} is not an executor")
        return found

    def _context(self, run: Run, scope: str, fence: int) -> Context:
        return Context(
            base=str(self.base),
            pipeline=self.name,
            scope=scope,
            run_id=run.id,
            started_at=run.started_at,
            attempt=run.attempt,
            fence=fence,
            build=lambda kind, config: build(self.registry, kind, config),
            find_format=lambda name: format_for_file(self.registry, name),
        )

    def _feeds(self, names: Names, context: Context, info: RunInfo) -> list[Feed]:
        given = self.data["source"]
        found = []
        for number, entry in enumerate(given if isinstance(given, list) else [given]):
            own = {name: value for name, value in entry.items() if name not in ("mapping", "optional", "name")}
            key = str(entry.get("name", number))
            compiled = self.mapper(entry.get("mapping", self.data.get("mapping")), self._format_name(entry))
            wanted = param_names(compiled)
            mapper = compiled.bind(params={k: v for k, v in self.params.items() if k in wanted}, run=info)
            pointer = join("/source", number) if isinstance(given, list) else "/source"
            with placed(self.spec, pointer):
                source = build(self.registry, "sources", interpolate(own, names))
                if not isinstance(source, Source):
                    raise UsageError("P113", f"{entry.get('type')!r} is not a source")
            stated = format_of(self.registry, getattr(mapper, "source_format", None))
            read = read_options(mapper)
            # No batch larger than a commit's records: a commit happens between batches.
            most = min(read.records, max(1, self.commit_policy.records))
            read = replace(read, records=most, columnar=read.columnar and most >= FEWEST_IN_COLUMNS)
            around = context.with_(read=read, find_format=self._finder(stated, pointer, prefer_stated=True))
            feed = Feed(key, source, around, mapper, bool(entry.get("optional")))
            feed.bound()  # whatever is wrong with it shows now
            found.append(feed)
        return found

    def _finder(self, stated: Format | None, pointer: str, *, prefer_stated: bool) -> Callable[[str], Format | None]:
        """Which format a file has: for what is read the mapping's word counts first, for what is written the ending.

        `pointer`: the component that asks; P111 is told at its url.
        """

        def find(name: str) -> Format | None:
            claimed = format_for_file(self.registry, name)
            if stated is not None and (prefer_stated or claimed is None or claimed.type == stated.type):
                return stated
            if claimed is None:
                url = join(pointer, "url")
                text = str(resolve(self.data, url)) if exists(self.data, url) else ""
                if any(f"${{params.{param}}}" in text for param in self.stand_ins):
                    return next(cls() for cls in self.registry.formats.values())  # the real name may be known
                endings = [ending for cls in self.registry.formats.values() for ending in cls.extensions]
                near = near_name(name.rpartition(".")[2], endings) if "." in name else None
                raise place(self.spec, url if text else pointer, unknown_format(name, near or ""))
            return claimed

        return find

    def mapper(self, given: Any, source_format: str | None = None) -> MapperLike:
        """The compiled mapping of a `mapping` member; compiled once for a format."""
        if given is None:
            return CopyThrough()
        # Without a `source`, a mapping is compiled for the format it reads: once for each.
        key = (given if isinstance(given, str) else str(id(given)), source_format)
        if key not in self._mappers:
            source = str(self.base / given) if isinstance(given, str) else given
            self._mappers[key] = self.load_mapping(source, self.base, source_format)
        return self._mappers[key]

    def _format_name(self, entry: Mapping[str, Any]) -> str | None:
        given = entry.get("format")
        if given is not None:
            return str(given if isinstance(given, str) else given.get("type"))
        cls = self.registry.format_for_file(str(entry.get("url", "")))
        return cls.type if cls else None

    def _sinks(
        self, names: Names, context: Context, feeds: list[Feed], streams: set[str], memory: Memory | None
    ) -> list[tuple[str, Sink]]:
        configs: dict[str, Any] = self.data.get("sinks") or {}
        if "sink" in self.data:
            configs = {next(iter(streams)) if len(streams) == 1 else "": self.data["sink"], **configs}
        missing = sorted(streams - set(configs))
        if missing:
            error = UsageError(
                "P112",
                f"no sink takes the output {missing[0]!r}",
                fix=f'"sinks": {{"{missing[0]}": {{"type": ...}}}}',
                notes=[f"outputs of the mapping: {', '.join(sorted(streams))}"],
            )
            raise place(self.spec, "/sinks" if "sinks" in self.data else "/sink", error)
        found = []
        for stream, config in configs.items():
            pointer = "/sink" if config is self.data.get("sink") else join("/sinks", stream)
            mapper = next((f.mapper for f in feeds if stream in streams_of(f.mapper)), None)
            stated = format_of(self.registry, getattr(mapper, "target_format", None))
            own = context.with_(
                stream=stream,
                write=write_options(mapper, stream) if mapper else WriteOptions(),
                types=output_kinds([feed.mapper for feed in feeds], stream),
                find_format=self._finder(stated, pointer, prefer_stated=False),
            )
            found += [
                (stream, sink) for sink in self._targets(interpolate(config, names), remember(memory, own), pointer)
            ]
        return found

    def _targets(self, config: Mapping[str, Any], context: Context, pointer: str) -> list[Sink]:
        with placed(self.spec, pointer):
            found: Component = build(self.registry, "sinks", config)
            if not isinstance(found, Sink):
                raise UsageError("P113", f"{config.get('type')!r} is not a sink")
            sink = bound(found, context)
            if not isinstance(sink, FansOut):
                return [sink]
            with guarded(sink, "targets"):
                return list(sink.targets())
