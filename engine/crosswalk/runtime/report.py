"""Reports: what a run did, for people and as the JSON of `--json`."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import html
from ..errors import ConnectorError, CrosswalkError, Diagnostic
from .events import Event as Event
from .on_event import OnEvent as OnEvent
from .on_event import ignore as ignore

NOTICED = "R140"
"""The code of what a run noticed that has none of its own."""
Status = Literal["done", "failed", "interrupted", "dry run"]


@dataclass
class Report:
    """The summary of a run; counts are of durable records only.

    `files`: finished in this run; `skipped`: listed but not read, by reason; `failed_files`: name to error; `waiting`:
    files that failed in an earlier run and were not tried in this one (`file`, `error`, `attempts`, and `next_attempt`
    in seconds since 1970, None when given up); `warnings`: what the run noticed, a diagnostic each; `findings`: the
    errors of the rejects, one diagnostic for each field and code with a count and examples; `samples`: the first
    rejects (all of a dry run's outputs are in `preview`). `exit_code`: 0 done, 1 failed, 4 done with rejects, 130 or
    143 interrupted. `next_step`: the next command, when something needs the user.

    ```python
    from pathlib import Path

    from crosswalk import Engine

    engine = Engine()
    Path("in.ndjson").write_text('{"n": 1}\\n{"n": "x"}\\n{"n": 2}\\n')
    document = {
        "pipeline": "1",
        "name": "numbers",
        "source": {"type": "files", "url": "in.ndjson"},
        "mapping": {"mapping": "1", "fields": {"n": ["n", "int"]}},
        "sink": {"type": "files", "url": "out-${run.id}.ndjson"},
    }
    report = engine.run(document)
    assert (report.read, report.written, report.rejected, report.exit_code) == (3, 2, 1, 4)
    assert report.findings[0]["code"] == "M310"
    ```
    """

    run_id: str
    pipeline: str
    status: Status
    attempt: int = 1
    files: int = 0
    read: int = 0
    written: int = 0
    rejected: int = 0
    filtered: int = 0
    bytes: int = 0
    streams: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    failed_files: dict[str, str] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    guarantee: str = ""
    recovered: bool = False
    warnings: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)
    preview: dict[str, list[Any]] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    next_step: str = ""
    exit_code: int = 0

    @property
    def rate(self) -> float:
        """Records read per second."""
        return self.read / self.seconds if self.seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON (`schemas/report.schema.json`)."""
        return {"report": "1"} | vars(self) | {"seconds": round(self.seconds, 3), "rate": round(self.rate, 1)}

    def _repr_html_(self) -> str:
        """For notebooks."""
        always, otherwise = ("status", "files", "read", "written", "rejected"), ("filtered", "skipped", "failed_files")
        pairs = [(name, getattr(self, name)) for name in always]
        pairs += [(name.replace("_", " "), getattr(self, name) or None) for name in otherwise]
        pairs += [("outputs", {name: count for name, count in self.streams.items() if name})]
        pairs += [
            ("seconds", f"{self.seconds:.2f}"),
            ("guarantee", self.guarantee),
            ("warnings", [warning["message"] for warning in self.warnings]),
        ]
        pairs += [("error", (self.error or {}).get("message")), ("next", self.next_step), ("run", self.run_id)]
        found = [(one["code"], one["message"], one.get("fix", "")) for one in self.findings]
        wrong = html.table(["code", "errors", "fix"], found, len(found)) if found else ""
        return html.shown(html.facts(f"pipeline {self.pipeline}", pairs), wrong)


def warning(text: str, code: str = NOTICED, pointer: str = "") -> dict[str, Any]:
    """An entry of a report's `warnings`."""
    return Diagnostic(code, text, "warning", pointer).to_dict()


def conclude(report: Report, error: CrosswalkError | None, signal_number: int) -> None:
    """Status, exit code and next step."""
    if error is not None:
        report.status = "failed"
        report.exit_code = 1 if isinstance(error, ConnectorError) and report.read else error.exit_code
        report.error = error.diagnostics[0].to_dict()
        report.next_step = error.fix
    elif signal_number:
        report.status = "interrupted"
        report.exit_code = 130 if signal_number == signal.SIGINT else 143
        report.next_step = "run it again: it goes on where it was committed"
    elif report.failed_files:
        report.status = "failed"
        report.exit_code = 1
        report.next_step = "correct the files that failed and run again; crosswalk state show lists their attempts"
    elif report.waiting:
        # Healthy only when nothing is left behind: a nightly job would never be looked at otherwise.
        report.status = "failed"
        report.exit_code = 1
        report.next_step = "correct or remove the files that failed; crosswalk state show lists their attempts"
    elif report.rejected:
        report.exit_code = 4
        report.next_step = "crosswalk rejects list, correct the mapping, then: crosswalk rejects replay"
