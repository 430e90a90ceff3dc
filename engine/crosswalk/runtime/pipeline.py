"""Run a pipeline: `run_pipeline` is the one door for the engine and the command line."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from ..errors import CrosswalkError
from ..registry import Registry
from .guarantee import enforce
from .logs import Redaction, masked
from .metrics import write_metrics
from .openlineage import LineageTarget, lineage_events
from .plan import LoadMapping, Plan, SpecLike
from .preview import dry_run as run_dry
from .report import OnEvent, Report, ignore, warning
from .runner import Runner
from .runs import new_run
from .signals import CancelToken, Stopper
from .telemetry import describe, run_span

log = logging.getLogger("crosswalk.run")
logging.getLogger("crosswalk").addHandler(logging.NullHandler())


def run_pipeline(
    spec: SpecLike,
    *,
    registry: Registry,
    load_mapping: LoadMapping,
    params: Mapping[str, Any] | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    reprocess: str | None = None,
    max_rejects: int | str | None = None,
    on_event: OnEvent = ignore,
    stopper: Stopper | None = None,
    cancel: CancelToken | None = None,
    metrics: str | None = None,
    lineage: LineageTarget | None = None,
) -> Report:
    """Run a pipeline to the end of its sources.

    `limit`: stop after so many records (committed; the next run goes on there). `dry_run`: read and map, but write and
    remember nothing. `reprocess`: read files again whose names match, though they are done. `stopper`: asks the run to
    stop; by default it listens to SIGINT and SIGTERM, and to `cancel`. `metrics`: a file that the run's numbers are
    written to, in the Prometheus text format (default: the environment variable CROSSWALK_METRICS).
    `lineage`: a file that OpenLineage run events are appended to, one a line, or a function that is called with each.
    Failures of data and files are in the report (`status`, `exit_code`, `error`); raised are wrong documents and
    parameters (UsageError), and what kept the run from starting (EnvironmentFailure, StateError).
    """
    plan = Plan(spec, registry, load_mapping, params or {})
    # Whatever is wrong with the documents shows here, before anything is locked or remembered.
    enforce(plan.prepare(new_run(), scope=plan.name, fence=0).guarantee, plan.data.get("require"))
    if dry_run:
        return run_dry(plan, limit=limit, reprocess=reprocess, on_event=on_event)
    redaction = Redaction(plan.secrets.seen)
    log.addFilter(redaction)
    try:
        with (
            stopper or Stopper(cancel) as stop,
            run_span(plan.name) as span,
            lineage_events(lineage, plan, on_event) as (heard, ended),
        ):
            report = Runner(plan, limit, reprocess, max_rejects, heard, stop).run()
            describe(span, report)
            ended(report)
    except CrosswalkError as error:
        error.message = masked(error.message, plan.secrets.seen)
        raise
    finally:
        log.removeFilter(redaction)
    target = metrics or os.environ.get("CROSSWALK_METRICS")
    if target:
        try:
            write_metrics(target, report)
        except OSError as error:
            # The run is over and its report matters more.
            text = f"the metrics could not be written to {target}: {error.strerror or error}"
            report.warnings.append(warning(text))
    return report
