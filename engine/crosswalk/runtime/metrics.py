"""The metrics file: a run's numbers in the Prometheus text format, for the node exporter's textfile collector."""

from __future__ import annotations

import os
import time

from .report import Report

_NUMBERS = (
    ("read", "records_read", "Records read in the last run, durable ones only."),
    ("written", "records_written", "Records written in the last run."),
    ("rejected", "records_rejected", "Records rejected in the last run."),
    ("filtered", "records_filtered", "Records left out by a filter in the last run."),
    ("files", "files", "Files finished in the last run."),
    ("bytes", "bytes_read", "Bytes read in the last run."),
    ("seconds", "duration_seconds", "How long the last run took."),
)


def metrics_text(report: Report, ended: float) -> str:
    """The text; `ended` in seconds since 1970. See https://prometheus.io/docs/instrumenting/exposition_formats/."""
    label = f'{{pipeline="{_escaped(report.pipeline)}"}}'
    lines = []
    for name, metric, text in _NUMBERS:
        lines += _metric(f"crosswalk_run_{metric}", text, label, getattr(report, name))
    good = int(report.status == "done")
    lines += _metric(
        "crosswalk_run_failed_files", "Files that failed in the last run.", label, len(report.failed_files)
    )
    lines += _metric("crosswalk_run_success", "1 when the last run reached its end without failures.", label, good)
    lines += _metric("crosswalk_run_end_time_seconds", "When the last run ended.", label, round(ended, 3))
    return "\n".join(lines) + "\n"


def _metric(name: str, text: str, label: str, value: float) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} gauge", f"{name}{label} {value}"]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write_metrics(path: str, report: Report) -> None:
    """Replace the file in one step, so that a collector never reads half of it. Raises OSError."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    temporary = f"{path}.{os.getpid()}.new"
    with open(temporary, "w", encoding="utf-8") as stream:
        stream.write(metrics_text(report, time.time()))
    os.replace(temporary, path)
