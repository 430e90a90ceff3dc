"""Makes the report of a run of its counts and of what it found."""

from __future__ import annotations

import json
from collections.abc import Collection

from ..errors import CrosswalkError
from .logs import masked
from .outcome import Outcome
from .report import Report
from .runs import Run


def report_of(pipeline: str, run: Run, outcome: Outcome, error: CrosswalkError | None) -> Report:
    """The report of a run as it stands, `error` being what ended it early; how it went is for `conclude` to say."""
    counts = run.counts
    # No shares where they would be wrong: an earlier attempt's rejects are not at hand, nor a failed run's reads.
    total = counts.read if run.attempt == 1 and error is None else 0
    return Report(
        run.id,
        pipeline,
        "done",
        attempt=run.attempt,
        files=counts.files,
        read=counts.read,
        written=counts.written,
        rejected=counts.rejected,
        filtered=counts.filtered,
        bytes=counts.bytes,
        streams=counts.streams,
        skipped=outcome.skipped,
        failed_files=outcome.failed,
        waiting=outcome.waiting,
        warnings=outcome.warnings,
        samples=outcome.findings.samples,
        findings=[d.to_dict() for d in outcome.findings.diagnostics(total)],
    )


def mask_report(report: Report, secrets: Collection[str]) -> None:
    """Keep secrets out of texts that came from elsewhere, such as a driver's error message."""
    if secrets and report.error:
        report.error = json.loads(masked(json.dumps(report.error, ensure_ascii=False), secrets))
    report.findings = json.loads(masked(json.dumps(report.findings, ensure_ascii=False), secrets))
    report.failed_files = {name: masked(text, secrets) for name, text in report.failed_files.items()}
    report.warnings = json.loads(masked(json.dumps(report.warnings, ensure_ascii=False), secrets))
    report.next_step = masked(report.next_step, secrets)
