"""Replay: rejects again through the (corrected) mapping into the same sinks."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from ..batch import Batch
from ..errors import DataError, StateError, UsageError
from ..lean import lean_dataclass
from ..plugin.state import Put
from ..registry import Registry
from ..reject import FieldError, Reject
from ..spec.pipeline_lint import name_by_run, replaced_name, sinks_of
from ..spec.pointer import join
from .careful import cannot_carry
from .commit import Outlet
from .findings import Findings
from .guard_state import opened_state
from .leases import Lease
from .logs import masked
from .mapperlike import groups_records, mapping_hash, mapping_spec
from .memory import Memory, retention_of
from .open_rejects import closed_key, reject_documents
from .placing import placed
from .plan import LoadMapping, Plan, SpecLike
from .regroup import regroup
from .rejects import record_of
from .runs import new_run, position_key
from .seams import seam


@lean_dataclass(slots=False)
class ReplayReport:
    """What a replay did: `closed` now written, `filtered` dropped by the corrected mapping, `open` refused again.

    `samples`: the first documents that were refused again. `findings`: why, as diagnostics, one per field and code.
    """

    run_id: str
    pipeline: str
    closed: int = 0
    filtered: int = 0
    open: int = 0
    skipped: int = 0
    unreadable: int = 0
    written: int = 0
    samples: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    findings: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    exit_code: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"replay": "1"} | vars(self)


def replay(
    spec: SpecLike, *, registry: Registry, load_mapping: LoadMapping, params: Mapping[str, Any] | None = None,
    only: str | None = None,
) -> ReplayReport:  # fmt: skip
    """Map every open reject again; write what succeeds and close it in the same commit.

    Idempotent: what is closed is skipped, and a replay that was killed is finished by the next. `only`: the beginning
    of an id. Takes the pipeline's lease. What is refused again stays open and is not written to the rejects a second
    time.
    """
    plan = Plan(spec, registry, load_mapping, params or {})
    _refuse_fixed_names(plan)
    ttl, wait = plan.lock
    backend = plan.backend(new_run())
    with opened_state(backend) as store, Lease(store, plan.name, ttl=ttl, wait=wait) as lease:
        memory = Memory(store, lease, retention_of(backend), plan.secrets.seen)
        return _Replay(plan, memory, only).run()


def _refuse_fixed_names(plan: Plan) -> None:
    """Raise UsageError P133 where a sink would write over the file of the run that the rejects are of."""
    for config, pointer in sinks_of(plan.data):
        replaced = None if pointer.startswith("/rejects") else replaced_name(plan.registry, config)
        if replaced is not None and "${run." not in replaced[1]:
            setting, name = replaced
            with placed(plan.spec, join(pointer, setting)):
                raise UsageError(
                    "P133",
                    f"the replay would replace {name}, which a run wrote",
                    fix=f'"{setting}": {json.dumps(name_by_run(name))}',
                    notes=("or map all of the source again: crosswalk run PIPELINE --reprocess '*'",),
                )


class _Replay:
    """One call of `replay`. Its position is its own (`NAME/replay`), its lease the pipeline's."""

    def __init__(self, plan: Plan, memory: Memory, only: str | None) -> None:
        self._plan = plan
        self._memory = memory
        self._store = memory.store
        self._lease = memory.lease
        self._only = only
        self._key = position_key(f"{plan.name}/replay")

    def run(self) -> ReplayReport:
        """See `replay`."""
        plan = self._plan
        found = self._store.get(position_key(plan.name))
        if found is None:
            raise StateError("S112", f"{plan.name} has no state, so it has no rejects", fix="run the pipeline first")
        epoch = found.value["epoch"]
        own = self._store.get(self._key)
        position = own.value if own else {"epoch": epoch, "seq": 0, "run": ""}
        # Each pass has names of its own for what it writes: what was rolled forward is whole, and not to be replaced.
        while (report := self._pass(position)) is None:
            pass
        report.exit_code = 4 if report.open or report.unreadable else 0
        return report

    def _pass(self, position: dict[str, Any]) -> ReplayReport | None:
        """Map and commit; None when an earlier replay had to be finished first (`position` is then behind that)."""
        run = new_run()
        scope = f"{self._plan.name}/replay:{position['epoch']}"
        prepared = self._plan.prepare(run, scope=scope, fence=self._lease.fence)
        prepared.rejects.clear()
        report = ReplayReport(run.id, self._plan.name)
        with ExitStack() as stack:
            outlets = prepared.open(stack)
            if self._roll_forward(outlets, prepared.feeds, position):
                return None
            closing = self._map(prepared.feeds, outlets, report)
            seam("after_write")
            position = {**position, "seq": position["seq"] + 1, "run": run.id}
            self._lease.check()
            self._commit(outlets, position["seq"], [*closing, Put(self._key, position)])
        return report

    def _roll_forward(self, outlets: list[Outlet], feeds: Any, position: dict[str, Any]) -> bool:
        """Finish a replay that died between its sinks' commits, or before its put; False when there was none."""
        committed = {at: outlet.writer.committed for at, outlet in enumerate(outlets) if outlet.commits}  # type: ignore[attr-defined]
        ahead = max((token for token in committed.values() if token), key=lambda token: token["seq"], default=None)
        if ahead is None or ahead["seq"] <= position["seq"]:
            return False
        behind = [outlets[at] for at, token in committed.items() if not token or token["seq"] < ahead["seq"]]
        if behind:
            ids = {key[2] for key, _, _ in ahead["puts"] if key[0] == "reject"}
            self._map(feeds, behind, ReplayReport("", self._plan.name), ids)
            for outlet in behind:
                outlet.writer.commit(ahead, final=True)  # type: ignore[attr-defined]
        self._lease.commit([Put(tuple(key), value, ttl) for key, value, ttl in ahead["puts"]])
        position["seq"] = ahead["seq"]
        return True

    def _map(self, feeds: Any, outlets: list[Outlet], report: ReplayReport, ids: set[str] | None = None) -> list[Put]:
        """Map open rejects (or those with `ids`) into the outlets; returns the puts that close them."""
        by_key = {feed.key: feed for feed in feeds}
        documents = {found["id"]: found for found in reject_documents(self._plan)}
        findings = Findings()
        puts = []
        grouped: dict[str, list[tuple[dict[str, Any], Any]]] = {}
        for name, found in documents.items():
            key = closed_key(self._plan.name, name)
            if ids is not None:
                if name not in ids:
                    continue
            elif (self._only and not name.startswith(self._only)) or self._store.get(key) is not None:
                report.skipped += 1
                continue
            feed = by_key.get(found["source"]["feed"]) or feeds[0]
            try:
                record = record_of(found)
            except ValueError:
                report.unreadable += 1
                continue
            if groups_records(feed.mapper):
                if self._only:
                    raise UsageError(
                        "P134", "the mapping groups records, and one reject may be a part of a group only",
                        fix="leave out --only: all rejects together make the groups",
                    )  # fmt: skip
                grouped.setdefault(feed.key, []).append((found, record))
                continue
            source = found["source"]
            numbers, lines = [source["number"]], [source["line"]]
            batch = Batch.of_rows([record], numbers=numbers, lines=lines, file=source["file"] or None)
            applied = feed.mapper.apply(batch)
            if applied.rejects:
                report.open += 1
                errors = [error.to_dict() for error in applied.rejects[0].errors]
                findings.add(feed.key, mapping_spec(feed.mapper), applied.rejects, [found | {"errors": errors}])
                continue
            try:
                self._write(applied.outputs, outlets, report)
            except DataError as error:
                if len(outlets) != 1:
                    raise cannot_carry(error) from error
                report.open += 1
                why = FieldError(error.code, error.message)
                refused = Reject(record, (why,), source["number"], source["line"], source["file"] or None, "write")
                told = [found | {"errors": [why.to_dict()]}]
                findings.add(feed.key, mapping_spec(feed.mapper), [refused], told)
                continue
            report.filtered += applied.filtered
            puts.append(self._closed(feed, found, report))
        for feed_key, rejects in grouped.items():
            puts += self._regroup(by_key[feed_key], rejects, outlets, report, findings)
        report.samples = findings.samples
        text = json.dumps([diagnostic.to_dict() for diagnostic in findings.diagnostics()], ensure_ascii=False)
        report.findings = json.loads(masked(text, self._plan.secrets.seen))
        return puts

    def _regroup(
        self, feed: Any, rejects: list[tuple[dict[str, Any], Any]], outlets: list[Outlet], report: ReplayReport,
        findings: Findings,
    ) -> list[Put]:  # fmt: skip
        """The same for the rejects of a mapping that groups."""
        made = regroup(feed.mapper, rejects)
        try:
            self._write(made.outputs, outlets, report)
        except DataError as error:
            if len(outlets) != 1:
                raise cannot_carry(error) from error
            why = FieldError(error.code, error.message)
            made.refused += [(found, Reject(None, (why,), stage="write")) for found in made.closed]
            made.closed.clear()
        for found, refused in made.refused:
            report.open += 1
            told = found | {"errors": [error.to_dict() for error in refused.errors]}
            findings.add(feed.key, mapping_spec(feed.mapper), [refused], [told])
        report.filtered += made.filtered
        return [self._closed(feed, found, report) for found in made.closed]

    def _closed(self, feed: Any, found: dict[str, Any], report: ReplayReport) -> Put:
        report.closed += 1
        value = {"closed_by": report.run_id, "mapping": mapping_hash(feed.mapper), "at": time.time()}
        return Put(closed_key(self._plan.name, found["id"]), value)

    @staticmethod
    def _write(outputs: Mapping[str, Any], outlets: list[Outlet], report: ReplayReport) -> None:
        for stream, records in outputs.items():
            if len(records):
                for outlet in outlets:
                    if outlet.stream == stream:
                        outlet.writer.write(Batch.of_rows(list(records)))
            report.written += len(records)

    def _commit(self, outlets: list[Outlet], seq: int, puts: list[Put]) -> None:
        token = {"seq": seq, "final": True, "ranges": [], "puts": [[list(p.key), p.value, p.ttl] for p in puts]}
        seam("before_flush")
        # As in a run: a sink without a transaction first, or a kill behind the first commit would lose its records.
        for outlet in outlets:
            if not outlet.commits:
                outlet.writer.flush()
        for outlet in outlets:
            if outlet.commits:
                outlet.writer.commit(token, final=True)  # type: ignore[attr-defined]
                seam("after_publish")
        seam("before_put")
        self._lease.commit(puts)
        seam("after_put")
