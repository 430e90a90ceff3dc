"""OpenLineage run events of a pipeline: START, and COMPLETE, FAIL or ABORT, to a file or a function."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..compiler.lineage_facet import CORE, PRODUCER, facet, job, output_facets, table_dataset, tables_of, utc
from ..errors import CrosswalkError, EnvironmentFailure
from .events import Event, RunStarted
from .logs import masked
from .on_event import OnEvent
from .report import Report
from .runs import new_run

if TYPE_CHECKING:
    from .plan import Plan

NAMESPACE = "crosswalk"
"""The namespace of jobs, and of datasets that have no address."""
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ENDED = {"done": "COMPLETE", "interrupted": "ABORT", "failed": "FAIL"}

Dataset = dict[str, str]
LineageTarget = str | Path | Callable[[dict[str, Any]], object]
"""Where events go: a file that they are appended to, one a line, or a function that is called with each."""


class RunLineage:
    """Gives the events of a run to `target`, each as it happens. Set up before the run, so that it fails first.

    `plan`: the pipeline with its parameters. What its datasets are called comes from the document as written: what
    stands in `${...}` stays, so that names hold from run to run and no secret gets in.
    """

    def __init__(self, target: LineageTarget, plan: Plan) -> None:
        self._give = target if callable(target) else _appended(Path(target))
        self._name = plan.name
        self._inputs: dict[tuple[str, str], dict[str, Any]] = {}
        self._outputs: dict[str, list[dict[str, Any]]] = {}
        self._run: dict[str, Any] | None = None
        self._secrets = plan.secrets.seen
        self._describe(plan)

    def _describe(self, plan: Plan) -> None:
        given = plan.data["source"]
        entries = given if isinstance(given, list) else [given]
        sinks: dict[str, Any] = dict(plan.data.get("sinks") or {})
        for entry, feed in zip(entries, plan.prepare(new_run(), scope=plan.name, fence=0).feeds, strict=True):
            source = dataset_of(entry, plan.base)
            self._inputs[source["namespace"], source["name"]] = dict(source)
            mapper: Any = feed.mapper
            lineage = mapper.lineage() if hasattr(mapper, "lineage") else None
            tables = {name: table_dataset(source, name) for name in (tables_of(lineage) if lineage else ())}
            self._inputs.update({(table["namespace"], table["name"]): dict(table) for table in tables.values()})
            streams = lineage.streams if lineage else ()
            facets = {s.stream: output_facets(lineage, s, source, tables) for s in streams} if lineage else {"": {}}
            for stream, found in facets.items():
                config = sinks.get(stream, plan.data.get("sink"))
                for one in _each(config):
                    self._output(stream, dataset_of(one, plan.base), found)

    def _output(self, stream: str, target: Dataset, facets: dict[str, Any]) -> None:
        """An output dataset; what several mappings write to it is united, field by field."""
        known = self._outputs.setdefault(stream, [])
        for other in known:
            if (other["namespace"], other["name"]) == (target["namespace"], target["name"]):
                _unite(other["facets"], facets)
                return
        known.append({**target, "facets": json.loads(json.dumps(facets))})

    # ---- a run --------------------------------------------------------------------------------------------------

    def heard(self, event: Event) -> None:
        """Take note of an event of the run."""
        if isinstance(event, RunStarted):
            self._start(event)

    def broken(self, error: BaseException) -> None:
        """The run has ended without a report: by an error, or by being told to stop at once."""
        message = f"{error.code}: {error.message}" if isinstance(error, CrosswalkError) else type(error).__name__
        kind = "FAIL" if isinstance(error, Exception) else "ABORT"
        self._end(kind, message=masked(message, self._secrets))

    def done(self, report: Report) -> None:
        """The run has ended with this report."""
        error = report.error or {}
        message = f"{error['code']}: {error['message']}" if error else ""
        if not message and report.failed_files:
            message = "; ".join(f"{name}: {text}" for name, text in report.failed_files.items())
        self._end(_ENDED.get(report.status, "COMPLETE"), message=message, report=report)

    def _start(self, event: RunStarted) -> None:
        if self._run is not None:  # the run that had died was finished first, and this one is new
            self._end("COMPLETE")
        known = f"crosswalk:{self._name}:{event.run_id}:{event.attempt}"
        self._run = {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, known))}
        self._write("START", self._run, [part for parts in self._outputs.values() for part in parts])

    def _end(self, kind: str, *, message: str = "", report: Report | None = None) -> None:
        run, self._run = self._run, None
        if run is None:
            return
        if message:
            told = facet("ErrorMessageRunFacet", message=message, programmingLanguage="python")
            run = {**run, "facets": {"errorMessage": told}}
        outputs = []
        for stream, parts in self._outputs.items():
            for part in parts:
                written = report.streams.get(stream) if report and report.streams else None
                if written is None and report is not None and len(self._outputs) == 1:
                    written = report.written
                if written is not None:
                    count = facet("OutputStatisticsOutputDatasetFacet", rowCount=written)
                    part = {**part, "outputFacets": {"outputStatistics": count}}
                outputs.append(part)
        self._write(kind, run, outputs)

    def _write(self, kind: str, run: dict[str, Any], outputs: list[dict[str, Any]]) -> None:
        event = {
            "eventType": kind, "eventTime": utc(dt.datetime.now(dt.UTC)), "producer": PRODUCER,
            "schemaURL": f"{CORE}/RunEvent", "run": run, "job": job(NAMESPACE, self._name),
            "inputs": list(self._inputs.values()), "outputs": outputs,
        }  # fmt: skip
        self._give(event)


def _appended(path: Path) -> Callable[[dict[str, Any]], object]:
    """Appends events to a file, which is made at once."""
    try:
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        raise EnvironmentFailure("C105", f"{path}: {error.strerror or error}") from None

    def append(event: dict[str, Any]) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event, ensure_ascii=False) + "\n")

    return append


@contextmanager
def lineage_events(
    target: LineageTarget | None, plan: Plan, on_event: OnEvent
) -> Iterator[tuple[OnEvent, Callable[[Report], None]]]:
    """What a run is to call with its events, and with its report. Without a target nothing is told.

    Raises EnvironmentFailure when the file cannot be written.
    """
    if target is None:
        yield on_event, lambda report: None
        return
    lineage = RunLineage(target, plan)

    def heard(event: Event) -> None:
        lineage.heard(event)
        on_event(event)

    try:
        yield heard, lineage.done
    except BaseException as error:
        lineage.broken(error)
        raise


def dataset_of(config: Mapping[str, Any], base: Path) -> Dataset:
    """Namespace and name of what a source or sink reads or writes, after OpenLineage's naming.

    A file is `file` and its absolute path, a URL its scheme and host, and its path; a table in a database goes by the
    database's address and the table. User names and passwords in addresses are left out.
    """
    address = next((str(config[key]) for key in ("url", "path", "dsn") if config.get(key)), "")
    table = str(config.get("table") or ("query" if config.get("query") else ""))
    local = "://" not in address
    if not address or (local and not (config.get("url") or config.get("path"))):
        # Such as "host=... password=...", which is nobody's business.
        return {"namespace": NAMESPACE, "name": f"{config.get('type', 'unknown')}{table and f'/{table}'}"}
    if address.startswith("${"):
        return {"namespace": NAMESPACE, "name": f"{address}{table and f'#{table}'}"}
    if local:
        whole = address.startswith("/") or _DRIVE.match(address)
        name = address if whole else (base / address).as_posix()
        return {"namespace": "file", "name": f"{name}{table and f'#{table}'}"}
    scheme, _, rest = address.partition("://")
    if scheme == "file":
        return {"namespace": "file", "name": f"{urlsplit(address).path}{table and f'#{table}'}"}
    host, slash, path = rest.partition("/")
    path = path.partition("?")[0]
    namespace = f"{scheme}://{host.rpartition('@')[2]}"
    return {"namespace": namespace, "name": ".".join(part for part in (path, table) if part) or slash or "/"}


def _each(config: Any) -> list[Mapping[str, Any]]:
    """A sink's configuration, or those of a `tee`."""
    if not isinstance(config, Mapping):
        return []
    inner = config.get("sinks") if config.get("type") == "tee" else None
    return [part for one in inner for part in _each(one)] if isinstance(inner, list) else [config]


def _unite(known: dict[str, Any], more: dict[str, Any]) -> None:
    for name in more:
        if name not in known:
            known[name] = json.loads(json.dumps(more[name]))
    if "schema" in known and "schema" in more:
        fields = known["schema"]["fields"]
        fields += [field for field in more["schema"]["fields"] if field not in fields]
    if "columnLineage" in known and "columnLineage" in more:
        ours, theirs = known["columnLineage"], more["columnLineage"]
        for name, found in theirs["fields"].items():
            inputs = ours["fields"].setdefault(name, {"inputFields": []})["inputFields"]
            inputs += [part for part in found["inputFields"] if part not in inputs]
        whole = ours.get("dataset", [])
        whole = [*whole, *(part for part in theirs.get("dataset", []) if part not in whole)]
        if whole:
            ours["dataset"] = whole
