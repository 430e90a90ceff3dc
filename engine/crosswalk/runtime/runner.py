"""The runner: one run of a pipeline from lease to report, in as many passes as it takes."""

from __future__ import annotations

import hashlib
import json
import logging
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

from ..errors import ConnectorError, CrosswalkError, EnvironmentFailure, StateError
from ..plugin.calls import Overdue
from ..plugin.source import PartChanged
from ..plugin.state import Put, Store
from .commit import Committer, action_put, finish_parts
from .events import Event, FileFailed, RetryPlanned, RunFinished, RunRecovered, RunStarted, Stopping
from .guarantee import enforce
from .guard_state import opened_state
from .jobs import expired_jobs
from .leases import Lease
from .ledger import Ledger
from .logs import masked
from .loop import Loop, PartFailed, Settings
from .memory import Memory, retention_of
from .on_event import OnEvent
from .outcome import Outcome
from .plan import Plan
from .policy import RejectLimit
from .prepare import Prepared
from .recovery import recover
from .report import Report, conclude
from .retry import sleep
from .run_report import mask_report, report_of
from .runs import Run, expired_runs, new_run, position_key, reap, run_key
from .signals import Stopper

log = logging.getLogger("crosswalk.run")


class Runner:
    """One call of `run_pipeline`."""

    def __init__(
        self,
        plan: Plan,
        limit: int | None,
        reprocess: str | None,
        max_rejects: int | str | None,
        on_event: OnEvent,
        stop: Stopper,
    ) -> None:
        self._plan = plan
        self._limit = limit
        self._reprocess = reprocess
        self._max_rejects = max_rejects
        self._on_event = on_event
        self._stop = stop
        self._outcome = Outcome()
        self._recovered = False
        self._started = time.monotonic()

    def run(self) -> Report:
        """See `run_pipeline`."""
        plan = self._plan
        ttl, wait = plan.lock
        self._run = new_run()
        backend = plan.backend(self._run)
        self._retention = retention_of(backend)
        try:
            with opened_state(backend) as store, Lease(store, plan.name, ttl=ttl, wait=wait) as lease:
                position = self._position(store)
                self._run = self._begin(store, lease, position)
                try:
                    return self._passes(store, lease, self._run, position)
                except CrosswalkError as error:
                    return self._failed(store, lease, error, position)
                except Overdue as overdue:
                    self._left(overdue)
                    with suppress(StateError):
                        lease.commit([Put(run_key(plan.name, self._run.id), self._run.record("interrupted"))])
        except Overdue as overdue:  # the state, before or after
            self._left(overdue)
        return self._report(self._run)

    # ---- beginning ----------------------------------------------------------------------------------------------

    def _position(self, store: Store) -> dict[str, Any]:
        found = store.get(position_key(self._plan.name))
        # The epoch keeps a sink's memory of an earlier state (deleted, reset) from being taken for this one's.
        fresh = {"epoch": uuid.uuid4().hex[:12], "seq": 0, "run": "", "params": "", "sequences": {}}
        return found.value if found else fresh

    def _begin(self, store: Store, lease: Lease, position: dict[str, Any]) -> Run:
        """A new run, or the unfinished one under its own id."""
        params = _digest(self._plan.params)
        found = store.get(run_key(self._plan.name, position["run"])) if position["run"] else None
        if found is None:
            run = new_run(params)
        else:
            run = Run.from_record(found.value)
            if run.params != params:
                raise EnvironmentFailure(
                    "R130",
                    f"the run {run.id} was interrupted with other parameters and is not finished",
                    fix="finish it with its own parameters first; or give it up: crosswalk state reset",
                )
            run.attempt += 1
        self._run = run
        position["run"] = run.id
        position["params"] = params
        lease.commit(
            [
                *reap(store, self._plan.name, run.id),
                Put(position_key(self._plan.name), position),
                Put(run_key(self._plan.name, run.id), run.record("running")),
            ]
        )
        self._event(RunStarted, pipeline=self._plan.name, attempt=run.attempt)
        log.info("run %s of %s started, attempt %d", run.id, self._plan.name, run.attempt, extra={"run": run.id})
        return run

    # ---- passes -------------------------------------------------------------------------------------------------

    def _passes(self, store: Store, lease: Lease, run: Run, position: dict[str, Any]) -> Report:
        """Passes until one reaches the end: a broken file or a transient failure rolls back and begins another."""
        attempt = 1
        while True:
            try:
                if self._pass(store, lease, run, position):
                    break
                found = store.get(position_key(self._plan.name))
                position = found.value if found else position
                if not position["run"]:
                    # The run that died had been finished but for the last put; what is new belongs to a new run.
                    self._outcome.warn(f"run {run.id} died just before its end and was finished first")
                    run = self._begin(store, lease, position)
                else:
                    record = store.get(run_key(self._plan.name, run.id))
                    run.counts = Run.from_record(record.value).counts if record else run.counts
            except PartFailed as failure:
                self._part_failed(store, lease, run, failure)
            except ConnectorError as error:
                wait = None if self._stop() else self._plan.retry.wait_of(attempt, error)
                if wait is None:
                    raise
                self._event(RetryPlanned, code=error.code, message=error.message, attempt=attempt, wait=round(wait, 3))
                attempt += 1
                sleep(wait, self._stop)
            found = store.get(position_key(self._plan.name))
            position = found.value if found else position
        self._run = run
        if not self._stop():
            self._clean(store, lease)
        return self._report(run)

    def _pass(self, store: Store, lease: Lease, run: Run, position: dict[str, Any]) -> bool:
        """True when the run reached its end (or was asked to stop); False when recovery changed where it stands."""
        scope = f"{self._plan.name}:{position['epoch']}"
        memory = Memory(store, lease, self._retention, self._plan.secrets.seen)
        prepared = self._plan.prepare(
            run, scope=scope, fence=lease.fence, sequences=position["sequences"], memory=memory
        )
        enforce(prepared.guarantee, self._plan.data.get("require"))
        self._guarantee = prepared.guarantee
        finish_parts(store, lease, prepared.feeds)
        ledgers = self._ledgers(store, prepared)
        with ExitStack() as stack:
            outlets = prepared.open(stack)
            committer = Committer(store, lease, run, outlets, ledgers, prepared.feeds, position, prepared.sequences)
            loop = Loop(
                prepared.feeds,
                ledgers,
                committer,
                self._settings(prepared),
                self._outcome,
                self._cursors(store, prepared),
            )
            if recover(committer, prepared.feeds, loop.documents):
                self._recovered = True
                self._event(RunRecovered)
                # Leave as after a failure: what recovery committed stays, and nothing is published that is not whole.
                stack.pop_all().__exit__(_Reopen, _Reopen(), None)
                return False
            loop.run()
            if self._stop():
                self._event(Stopping, signal=self._stop.signal)
                if committer.possible:
                    loop.commit(status="interrupted")
                else:
                    lease.commit([Put(run_key(self._plan.name, run.id), run.record("interrupted"))])
                stack.pop_all().__exit__(_Reopen, _Reopen(), None)
                return True
            loop.commit(final=True, status="failed" if self._outcome.failed or self._outcome.waiting else "done")
        return True

    def _settings(self, prepared: Prepared) -> Settings:
        plan = self._plan
        limit = RejectLimit.parse(self._max_rejects) if self._max_rejects is not None else plan.reject_limit
        return Settings(
            commit=plan.commit_policy,
            rejects=limit,
            retry=plan.retry,
            limit=self._limit,
            stopped=self._stop,
            on_event=self._on_event,
            pipeline=plan.name,
            executor=prepared.executor,
        )

    def _ledgers(self, store: Store, prepared: Prepared) -> dict[str, Ledger]:
        return {
            feed.key: Ledger(
                store,
                self._plan.name,
                feed.key,
                attempts=self._plan.retry.attempts,
                reprocess=self._reprocess,
                run=self._run.id,
            )
            for feed in prepared.feeds
            if feed.by_parts
        }

    def _cursors(self, store: Store, prepared: Prepared) -> dict[str, Any]:
        found = {feed.key: store.get(("cursor", self._plan.name, feed.key)) for feed in prepared.feeds}
        return {key: entry.value["cursor"] for key, entry in found.items() if entry is not None}

    def _part_failed(self, store: Store, lease: Lease, run: Run, failure: PartFailed) -> None:
        """Note the attempt, leave the part aside for this run, and plan what `after` says when it is given up."""
        part, retry = failure.todo.part, self._plan.retry
        self._outcome.aside.add(part.id)
        message = masked(getattr(failure.error, "message", str(failure.error)), self._plan.secrets.seen)
        if isinstance(failure.error, PartChanged):
            self._outcome.changed.add(part.name)
            self._outcome.warn(f"{message}; it is left to the next run")
            self._outcome.skipped["changed"] = self._outcome.skipped.get("changed", 0) + 1
            return
        self._outcome.failed[part.name] = f"{getattr(failure.error, 'code', '')}: {message}".lstrip(": ")
        self._event(FileFailed, file=part.name, message=message)
        log.warning("run %s: %s failed: %s", run.id, part.name, message, extra={"run": run.id})
        attempts = failure.todo.attempts + 1
        ledger = Ledger(store, self._plan.name, failure.feed.key)
        puts = [ledger.failed(part, run.id, attempts, message, retry.backoff, retry.max_backoff)]
        where = failure.feed.bound().after_action("failed")
        kind = getattr(failure.error, "kind", "permanent")
        if where and (attempts >= retry.attempts or kind == "permanent"):
            puts.append(action_put(self._plan.name, failure.feed.key, part, "failed", where))
        lease.commit(puts)

    # ---- ending -------------------------------------------------------------------------------------------------

    def _clean(self, store: Store, lease: Lease) -> None:
        """Advance the watermarks and forget what is older than the retention."""
        plan = self._plan
        puts: list[Put] = []
        retention = self._retention
        gone = expired_runs(store, plan.name, retention) + expired_jobs(store, plan.name, retention)
        given = plan.data["source"]
        for number, entry in enumerate(given if isinstance(given, list) else [given]):
            ledger = Ledger(store, plan.name, str(entry.get("name", number)))
            mark = ledger.watermark()
            key = ("watermark", plan.name, str(entry.get("name", number)))
            before = store.get(key)
            if mark is not None and (before is None or before.value["modified"] < mark):
                puts.append(Put(key, {"modified": mark}))
            gone += ledger.expired(retention, self._outcome.present)
        if puts or gone:
            lease.commit(puts, gone)

    def _failed(self, store: Store, lease: Lease, error: CrosswalkError, position: dict[str, Any]) -> Report:
        run = self._run
        log.error("run %s failed: %s", run.id, error, extra={"run": run.id})
        with suppress(StateError):
            lease.commit(
                [
                    Put(
                        run_key(self._plan.name, run.id),
                        run.record("failed", masked(str(error), self._plan.secrets.seen)),
                    )
                ]
            )
        report = self._report(run, error)
        self._event(RunFinished, report=report.to_dict())
        return report

    def _left(self, overdue: Overdue) -> None:
        """Note that the run, asked to stop, left a plugin that did not come back: nothing more is committed."""
        self._outcome.warn(str(overdue), "R143")
        log.warning("run %s: %s", self._run.id, overdue, extra={"run": self._run.id})
        self._event(Stopping, signal=self._stop.signal)

    def _report(self, run: Run, error: CrosswalkError | None = None) -> Report:
        outcome = self._outcome
        if self._reprocess is not None and not (outcome.asked or error or self._stop()):
            outcome.warn(f"no file of the source is like {self._reprocess}, so none was read again")
        report = report_of(self._plan.name, run, outcome, error)
        report.seconds = time.monotonic() - self._started
        report.guarantee = getattr(getattr(self, "_guarantee", None), "level", "")
        report.recovered = self._recovered
        conclude(report, error, self._stop.signal)
        mask_report(report, self._plan.secrets.seen)
        if error is None:
            self._event(RunFinished, report=report.to_dict())
            text = f"{report.status}: {report.read} read, {report.written} written, {report.rejected} rejected"
            log.info("run %s %s", run.id, text, extra={"run": run.id})
        return report

    def _event(self, kind: type[Event], **data: Any) -> None:
        self._on_event(kind(self._run.id, **data))


class _Reopen(Exception):
    """Makes sinks leave without publishing."""


def _digest(params: Mapping[str, Any]) -> str:
    """A fingerprint of parameters: they may be confidential, so they are not stored themselves."""
    return hashlib.sha256(json.dumps(params, sort_keys=True, default=str).encode()).hexdigest()[:16] if params else ""
