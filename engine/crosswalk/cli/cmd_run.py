"""`crosswalk run`: one pipeline, to the end of its sources, with progress and a summary."""

from __future__ import annotations

import glob
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import Diagnostic
from ..spec.files import show_path
from .command import Command
from .options import limit_option, param_option
from .tables import time_of
from .view import Result, View, to_json
from .which import surroundings

if TYPE_CHECKING:
    from ..runtime.report import Event, Report

_TOLD = 20
"""How many files a run tells of that wait; the state knows them all."""


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
    from .progress import Progress

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
        diagnostics=[*_found(report), *_waiting(report, pipeline, params)], note=_summary(report, view),
    )  # fmt: skip


def _outputs(report: Report) -> str:
    """The first records that a dry run would have written, one a line."""
    lines = [
        (f"{stream}: " if stream else "") + to_json(record, indent=None)
        for stream, records in report.preview.items()
        for record in records
    ]
    return "\n".join(lines)


def _found(report: Report) -> list[Diagnostic]:
    """The errors of the data, aggregated; failed files; the error that ended the run."""
    found = [Diagnostic("R140", text, "warning") for text in report.warnings]
    found += [_diagnostic(finding) for finding in report.findings]
    for name, error in report.failed_files.items():
        found.append(Diagnostic("R141", f"{_shown(name)}: {error.replace(name, _shown(name))}"))
    if report.error:
        found.append(_diagnostic(report.error))
    return found


def _diagnostic(data: dict[str, Any]) -> Diagnostic:
    return Diagnostic(**(data | {"notes": tuple(data.get("notes", ()))}))


def _waiting(report: Report, pipeline: str, params: dict[str, str]) -> list[Diagnostic]:
    """Files that failed in an earlier run and were not tried in this one; how to try them now."""
    # Values may be confidential, and this ends in logs.
    given = "".join(f" --param {key}=..." for key in params)
    command = f"crosswalk run {shlex.quote(pipeline)}{given} --reprocess"
    found = []
    for file in report.waiting[:_TOLD]:
        name, error = file["file"], file["error"]
        when = f"runs from {time_of(file['next_attempt'])} on try it again" if file["next_attempt"] else "given up"
        found.append(
            Diagnostic(
                "R142", f"{_shown(name)} failed before and was not tried now: {error.replace(name, _shown(name))}",
                notes=(f"attempts: {file['attempts']}; {when}",),
                fix=f"to try it now: {command} {shlex.quote(glob.escape(_shown(name)))}",
            )
        )  # fmt: skip
    if len(report.waiting) > _TOLD:
        more = f"{len(report.waiting) - _TOLD:,} more files failed before and were not tried now"
        found.append(Diagnostic("R142", more, fix="crosswalk state show lists them"))
    return found


def _shown(name: str) -> str:
    """A file as people name it from here; a url, and what is not below this folder, in full."""
    return name if "://" in name else show_path(Path(name))


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
