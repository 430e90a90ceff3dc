"""Dry runs: read and map as a run would, write nothing and remember nothing."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from ..errors import ConnectorError
from ..plugin.source import PartChanged, PartVanished
from .commit import Range
from .events import RunFinished
from .feed import Feed
from .findings import SAMPLES, Findings
from .ledger import Ledger, Todo
from .mapperlike import mapping_hash, mapping_spec
from .on_event import OnEvent
from .plan import Plan
from .rejects import document
from .report import Report, warning
from .runs import new_run

SHOWN = 20
"""How many output records of each stream a dry run shows."""


def dry_run(plan: Plan, *, limit: int | None, reprocess: str | None, on_event: OnEvent) -> Report:
    """The report of a run that leaves no trace; `preview` holds the first outputs of each stream."""
    run = new_run()
    started = time.monotonic()
    prepared = plan.prepare(run, scope=plan.name, fence=0)
    report = Report(run.id, plan.name, "dry run", guarantee=prepared.guarantee.level)
    findings = Findings()
    with plan.backend(run).open() as store:
        for feed in prepared.feeds:
            ledger = Ledger(store, plan.name, feed.key, attempts=plan.retry.attempts, reprocess=reprocess)
            entry = store.get(("cursor", plan.name, feed.key))
            todos = (
                _todos(feed, ledger, report) if feed.by_parts else [(None, entry.value["cursor"] if entry else None)]
            )
            for part, cursor in todos:
                if limit is not None and report.read >= limit:
                    break
                try:
                    _read(feed, Range(feed.key, part, cursor), report, findings, limit)
                except (PartVanished, PartChanged) as error:
                    report.warnings.append(warning(str(error)))
                except ConnectorError as error:
                    report.failed_files[part.name if part else feed.key] = str(error)
            with suppress(AttributeError):
                _count(feed, None, feed.mapper.flush(), report, findings)
    report.samples = findings.samples
    report.findings = [found.to_dict() for found in findings.diagnostics(report.read)]
    report.seconds = time.monotonic() - started
    report.exit_code = 1 if report.failed_files or report.waiting else 4 if report.rejected else 0
    on_event(RunFinished(run.id, report.to_dict()))
    return report


def _todos(feed: Feed, ledger: Ledger, report: Report) -> list[tuple[Any, Any]]:
    found = []
    for part in feed.bound().parts():
        todo = ledger.todo(part)
        if isinstance(todo, Todo):
            found.append((todo.part, todo.cursor))
        else:
            report.skipped[todo] = report.skipped.get(todo, 0) + 1
            if todo != "done":
                report.waiting.append(ledger.waiting(part))
    return found


def _read(feed: Feed, reach: Range, report: Report, findings: Findings, limit: int | None) -> None:
    def left() -> int | None:
        return None if limit is None else limit - report.read

    for batch in feed.batches(reach.part, reach.start, left):
        report.read += len(batch) + len(batch.bad)
        _count(feed, reach, feed.mapper.apply(batch), report, findings)
        if limit is not None and report.read >= limit:
            return
    report.files += 1 if reach.part else 0


def _count(feed: Feed, reach: Range | None, applied: Any, report: Report, findings: Findings) -> None:
    for stream, found in applied.outputs.items():
        records = found if isinstance(found, list) else found.rows
        report.written += len(records)
        report.streams[stream] = report.streams.get(stream, 0) + len(records)
        shown = report.preview.setdefault(stream, [])
        shown += records[: max(0, SHOWN - len(shown))]
    report.filtered += applied.filtered
    report.rejected += len(applied.rejects)
    part = reach.part.id if reach and reach.part else ""
    run, mapping = report.run_id, mapping_hash(feed.mapper)
    documents = [
        document(reject, pipeline=report.pipeline, run=run, attempt=0, mapping=mapping, feed=feed.key, part=part)
        for reject in applied.rejects[:SAMPLES]
    ]
    findings.add(feed.key, mapping_spec(feed.mapper), applied.rejects, documents)
