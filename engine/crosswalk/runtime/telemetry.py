"""OpenTelemetry spans of runs; without the extra `crosswalk[otel]` nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any


@contextmanager
def run_span(pipeline: str) -> Iterator[Any]:
    """A span around a run; yields it (or None) so that the caller can add what the run did."""
    if find_spec("opentelemetry") is None:
        yield None
        return
    from opentelemetry import trace

    with trace.get_tracer("crosswalk").start_as_current_span(
        "crosswalk.run", attributes={"crosswalk.pipeline": pipeline}
    ) as span:
        yield span


def describe(span: Any, report: Any) -> None:
    """Put a report's numbers on a span."""
    if span is None:
        return
    span.set_attribute("crosswalk.run_id", report.run_id)
    span.set_attribute("crosswalk.status", report.status)
    for name in ("read", "written", "rejected", "filtered", "files", "bytes", "attempt"):
        span.set_attribute(f"crosswalk.{name}", getattr(report, name))
    if report.status == "failed":
        from opentelemetry.trace import Status, StatusCode

        code = report.error["code"] if report.error else "failed files"
        span.set_status(Status(StatusCode.ERROR, code))
