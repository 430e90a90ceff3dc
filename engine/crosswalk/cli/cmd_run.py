"""`crosswalk run`: one pipeline, to the end of its sources, with progress and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..errors import UsageError
from .command import Command
from .options import limit_option, param_option
from .view import Result, View, to_json
from .which import surroundings

if TYPE_CHECKING:
    from ..runtime.report import Event, Report


@click.command("run", cls=Command)
@click.argument("pipeline")
@param_option
@click.option("--dry-run", is_flag=True, help="Read and map, but write nothing and remember nothing.")
@limit_option("Stop after N records; the next run goes on there.")
@click.option("--reprocess", metavar="GLOB", help="Read files again whose names match, though they are done.")
@click.option("--max-rejects", metavar="N|P%", help="Fail when more records are refused: a count, or 1%.")
@click.option("--log", type=click.Choice(["text", "json"]), help="Log to stderr, a line per event.")
@click.option("--metrics", metavar="FILE", help="Write the run's numbers in the Prometheus text format.")
@click.option("--lineage", metavar="FILE", help="Append OpenLineage events of the run, one a line.")
@click.pass_obj
def run(
    view: View,
    pipeline: str,
    params: dict[str, str],
    dry_run: bool,
    limit: int | None,
    reprocess: str | None,
    max_rejects: str | None,
    log: str | None,
    metrics: str | None,
    lineage: str | None,
) -> Result:
    """Run a pipeline.

    It reads what is new, and goes on where a run that was killed stood. Ctrl-C finishes the batch and commits; a
    second one stops at once. While a file that failed is there and not read, every run ends with status 1.

    \b
    Examples:
      crosswalk run pipelines/nightly.json --param retailer=34
      crosswalk run pipelines/nightly.json --dry-run --limit 100
    """
    from ..runtime.pipeline import run_pipeline
    from ..runtime.policy import RejectLimit
    from .progress import Progress
    from .run_findings import told

    if max_rejects is not None:
        RejectLimit.parse(max_rejects)  # a slip of the hand is no run that failed
    if dry_run and lineage is not None:
        raise UsageError(
            "U101", "--lineage tells of data that was written, and --dry-run writes none",
            fix="leave one of them out; crosswalk graph MAPPING shows the lineage without a run",
        )  # fmt: skip
    around = surroundings(view, pipeline, params)
    with Progress(enabled=not view.as_json and log is None) as progress:

        def on_event(event: Event) -> None:
            if event.kind == "batch":
                data = event.data
                progress.update(records=data["read"], bytes=data["bytes"], rejected=data["rejected"])

        report = run_pipeline(
            **around, limit=limit, dry_run=dry_run, reprocess=reprocess, max_rejects=max_rejects, on_event=on_event,
            metrics=metrics, lineage=lineage,
        )  # fmt: skip
    return Result(
        {"report": report.to_dict()}, report.exit_code, text=_outputs(report),
        diagnostics=told(report, around["spec"].data, pipeline, params), note=_summary(report, view),
    )  # fmt: skip


def _outputs(report: Report) -> str:
    """The first records that a dry run would have written, one a line."""
    lines = [
        (f"{stream}: " if stream else "") + to_json(record, indent=None)
        for stream, records in report.preview.items()
        for record in records
    ]
    return "\n".join(lines)


def _summary(report: Report, view: View) -> str:
    counts = [f"{report.files:,} file{'s' * (report.files != 1)}"]
    counts += [f"{report.read:,} read", f"{report.written:,} written"]
    counts += [f"{report.rejected:,} rejected"] * bool(report.rejected)
    counts += [f"{report.filtered:,} filtered"] * bool(report.filtered)
    counts += [f"{count:,} left out ({why})" for why, count in report.skipped.items()]
    line = f"{report.pipeline} {report.status}: {', '.join(counts)} in {report.seconds:.2f} s"
    if report.seconds >= 1:
        line += f" ({report.rate:,.0f}/s)"
    if report.guarantee:
        line += f"; {report.guarantee.replace('_', ' ')}"
    line += f"; run {report.run_id}"
    step = view.runnable(report.next_step)
    return f"{line}\nnext: {step}" if step else line
