"""The feeds, sinks and executor of one pass over a pipeline, built and bound; all that is wrong with them is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import CrosswalkError, SpecError, UsageError
from ..lean import lean_dataclass
from ..plugin.component import Component
from ..plugin.context import Context, unknown_format
from ..plugin.executor import Executor
from ..plugin.fault import guarded
from ..plugin.format import Format, WriteOptions
from ..plugin.resolver import RunInfo
from ..plugin.sink import FansOut, Sink
from ..plugin.source import Source
from ..spec.near import near_name
from ..spec.pointer import exists, join, resolve
from .commit import Outlet
from .components import bound, build, format_for_file, format_of
from .feed import Feed
from .guarantee import Guarantee, of_pipeline
from .guard import opened
from .interpolation import interpolate
from .kinds import output_kinds
from .logs import masked
from .mapperlike import MapperLike, needed_params, param_names, read_options, streams_of, write_options
from .memory import Memory, remember
from .placing import place, placed
from .runs import Run

if TYPE_CHECKING:
    from .plan import Plan

FEWEST_IN_COLUMNS = 2_000
"""Columns of fewer records at a time cost more than rows."""
DEFAULT_EXECUTOR: dict[str, Any] = {"type": "local"}
DEFAULT_REJECTS: dict[str, Any] = {"type": "files", "url": ".crosswalk/rejects/${pipeline}-${run.id}.ndjson"}
REJECTS = "~rejects"


@lean_dataclass(slots=False)
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


class Preparation:
    """Builds what `Plan.prepare` gives. One part that is wrong keeps no other from being looked at."""

    def __init__(
        self, plan: Plan, run: Run, *, scope: str, fence: int, sequences: Mapping[str, int], memory: Memory | None
    ) -> None:
        self._plan = plan
        self._spec = plan.spec
        self._registry = plan.registry
        self._memory = memory
        self._info = RunInfo(run.id, run.started_at, plan.params, dict(sequences))
        self._names = plan.names(run)
        self._context = Context(
            base=str(plan.base),
            pipeline=plan.name,
            scope=scope,
            run_id=run.id,
            started_at=run.started_at,
            attempt=run.attempt,
            fence=fence,
            build=lambda kind, config: build(self._registry, kind, config),
            find_format=lambda name: format_for_file(self._registry, name),
        )
        self._wrong: list[CrosswalkError] = []

    def prepared(self) -> Prepared:
        """All parts. Raises what is wrong with one; SpecError for several, of which one is a mistake."""
        given = self._plan.data["source"]
        entries = given if isinstance(given, list) else [given]
        mappers: list[MapperLike] = []
        feeds: list[Feed] = []
        for number, entry in enumerate(entries):
            pointer = join("/source", number) if isinstance(given, list) else "/source"
            with self._noted():
                mappers.append(self._mapper(entry, pointer))
                feeds.append(self._feed(entry, str(entry.get("name", number)), mappers[-1], pointer))
        sinks: list[tuple[str, Sink]] = []
        if len(mappers) == len(entries):  # else nobody knows which outputs there are, and in which formats
            sinks = self._sinks(mappers)
        rejects: list[Sink] = []
        executor = None
        with self._noted():
            rejects = self._rejects()
        with self._noted():
            executor = self._executor()
        self._raise_if_wrong()
        guarantee = of_pipeline([feed.source for feed in feeds], [sink for _, sink in sinks])
        return Prepared(feeds, sinks, rejects, self._info.sequences, guarantee, executor)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except CrosswalkError as error:
            self._wrong.append(error)

    def _raise_if_wrong(self) -> None:
        if not self._wrong:
            return
        mistaken = [error for error in self._wrong if error.exit_code == UsageError.exit_code]
        if len(self._wrong) == 1 or not mistaken:
            raise self._wrong[0]
        secrets = self._plan.secrets.seen
        found = [replace(one, message=masked(one.message, secrets)) for each in self._wrong for one in each.diagnostics]
        raise SpecError(list(dict.fromkeys(found)))

    # ---- sources --------------------------------------------------------------------------------------------------

    def _mapper(self, entry: Mapping[str, Any], pointer: str) -> MapperLike:
        plan = self._plan
        compiled = plan.mapper(entry.get("mapping", plan.data.get("mapping")), self._format_name(entry))
        undeclared = [name for name in needed_params(compiled) if name not in plan.data.get("params", {})]
        if undeclared:
            name = undeclared[0]
            error = UsageError(
                "M206", f"the mapping needs the parameter {name!r}, which the pipeline does not declare",
                fix=f'"params": {{ "{name}": {{ "type": "string", "required": true }} }}',
            )  # fmt: skip
            raise place(self._spec, join(pointer, "mapping") if "mapping" in entry else "/mapping", error)
        wanted = param_names(compiled)
        return compiled.bind(params={k: v for k, v in plan.params.items() if k in wanted}, run=self._info)

    def _format_name(self, entry: Mapping[str, Any]) -> str | None:
        given = entry.get("format")
        if given is not None:
            return str(given if isinstance(given, str) else given.get("type"))
        cls = self._registry.format_for_file(str(entry.get("url", "")))
        return cls.type if cls else None

    def _feed(self, entry: Mapping[str, Any], key: str, mapper: MapperLike, pointer: str) -> Feed:
        own = {name: value for name, value in entry.items() if name not in ("mapping", "optional", "name")}
        with placed(self._spec, pointer):
            source = build(self._registry, "sources", interpolate(own, self._names))
            if not isinstance(source, Source):
                raise UsageError("P113", f"{entry.get('type')!r} is not a source")
        stated = format_of(self._registry, getattr(mapper, "source_format", None))
        read = read_options(mapper)
        # No batch larger than a commit's records: a commit happens between batches.
        most = min(read.records, max(1, self._plan.commit_policy.records))
        read = replace(read, records=most, columnar=read.columnar and most >= FEWEST_IN_COLUMNS)
        around = self._context.with_(read=read, find_format=self._finder(stated, pointer, prefer_stated=True))
        feed = Feed(key, source, around, mapper, bool(entry.get("optional")))
        feed.bound()  # whatever is wrong with it shows now
        return feed

    # ---- sinks ----------------------------------------------------------------------------------------------------

    def _sinks(self, mappers: list[MapperLike]) -> list[tuple[str, Sink]]:
        data = self._plan.data
        streams = {stream for mapper in mappers for stream in streams_of(mapper)}
        configs: dict[str, Any] = data.get("sinks") or {}
        if "sink" in data:
            configs = {next(iter(streams)) if len(streams) == 1 else "": data["sink"], **configs}
        with self._noted():
            self._all_taken(streams, configs)
        found: list[tuple[str, Sink]] = []
        for stream, config in configs.items():
            pointer = "/sink" if config is data.get("sink") else join("/sinks", stream)
            mapper = next((mapper for mapper in mappers if stream in streams_of(mapper)), None)
            stated = format_of(self._registry, getattr(mapper, "target_format", None))
            types, whole = output_kinds(mappers, stream)
            own = self._context.with_(
                stream=stream,
                write=write_options(mapper, stream) if mapper else WriteOptions(),
                types=types,
                whole=whole,
                find_format=self._finder(stated, pointer, prefer_stated=False),
            )
            with self._noted():
                found += [(stream, sink) for sink in self._targets(config, own, pointer)]
        return found

    def _all_taken(self, streams: set[str], configs: Mapping[str, Any]) -> None:
        missing, idle = sorted(streams - set(configs)), sorted(set(configs) - streams)
        told = "/sinks" if "sinks" in self._plan.data else "/sink"
        named = ", ".join(sorted(streams - {""}))
        notes = [f"outputs of the mapping: {named}"] if named else ["the mapping has one output, without a name"]
        if missing:
            what = f"the output {missing[0]!r}" if missing[0] else "the output of the mapping"
            fix = f'"sinks": {{"{missing[0]}": {{"type": ...}}}}' if missing[0] else '"sink": {"type": ...}'
            raise place(self._spec, told, UsageError("P112", f"no sink takes {what}", fix=fix, notes=notes))
        if idle:
            near = near_name(idle[0], streams)
            told = join(told, idle[0]) if idle[0] else "/sink"
            what = f"the sink {idle[0]!r}" if idle[0] else '"sink"'
            fix = f"did you mean {near!r}?" if near else "remove it"
            raise place(self._spec, told, UsageError("P112", f"{what} takes no output", fix=fix, notes=notes))

    def _rejects(self) -> list[Sink]:
        if self._plan.data.get("on_error", {}).get("record") == "skip":
            return []
        own = self._context.with_(stream=REJECTS, find_format=self._finder(None, "/rejects", prefer_stated=False))
        return self._targets(self._plan.data.get("rejects", DEFAULT_REJECTS), own, "/rejects")

    def _targets(self, config: Mapping[str, Any], context: Context, pointer: str) -> list[Sink]:
        with placed(self._spec, pointer):
            found: Component = build(self._registry, "sinks", interpolate(config, self._names))
            if not isinstance(found, Sink):
                raise UsageError("P113", f"{config.get('type')!r} is not a sink")
            sink = bound(found, remember(self._memory, context))
            if not isinstance(sink, FansOut):
                return [sink]
            with guarded(sink, "targets"):
                return list(sink.targets())

    # ---- both -----------------------------------------------------------------------------------------------------

    def _executor(self) -> Executor | None:
        config = self._plan.data.get("executor", DEFAULT_EXECUTOR)
        with placed(self._spec, "/executor"):
            found = build(self._registry, "executors", interpolate(config, self._names))
            if not isinstance(found, Executor):
                raise UsageError("P113", f"{config.get('type')!r} is not an executor")
        return found

    def _finder(self, stated: Format | None, pointer: str, *, prefer_stated: bool) -> Callable[[str], Format | None]:
        """Which format a file has: for what is read the mapping's word counts first, for what is written the ending.

        `pointer`: the component that asks; P111 is told at its url.
        """

        def find(name: str) -> Format | None:
            claimed = format_for_file(self._registry, name)
            if stated is not None and (prefer_stated or claimed is None or claimed.type == stated.type):
                return stated
            if claimed is None:
                url = join(pointer, "url")
                text = str(resolve(self._plan.data, url)) if exists(self._plan.data, url) else ""
                if any(f"${{params.{param}}}" in text for param in self._plan.stand_ins):
                    return next(cls() for cls in self._registry.formats.values())  # the real name may be known
                endings = [ending for cls in self._registry.formats.values() for ending in cls.extensions]
                near = near_name(name.rpartition(".")[2], endings) if "." in name else None
                raise place(self._spec, url if text else pointer, unknown_format(name, near or ""))
            return claimed

        return find
