"""`crosswalk rejects`: refused records of a pipeline; listed, shown, and mapped again."""

from __future__ import annotations

from typing import Any

import click

from ..errors import UsageError
from ..spec.files import show_file
from .command import Command
from .lazy import NearGroup
from .options import param_option
from .run_findings import diagnostic_of
from .tables import table
from .view import Result, View, to_json
from .which import split, surroundings, the_pipeline


@click.group("rejects", cls=NearGroup)
def rejects() -> None:
    """List, show and replay refused records.

    PIPELINE may be left out where the current folder has just one.

    \b
    Examples:
      crosswalk rejects list nightly.json
      crosswalk rejects show nightly.json 5aa26b
      crosswalk rejects replay nightly.json
    """


@rejects.command("list", cls=Command)
@click.argument("pipeline", required=False)
@click.option("--all", "closed", is_flag=True, help="Also those that a replay has closed.")
@param_option
@click.pass_obj
def list_(view: View, pipeline: str | None, closed: bool, params: dict[str, str]) -> Result:
    """List the open rejects of a pipeline."""
    from ..runtime.open_rejects import list_rejects

    found = list_rejects(**surroundings(view, the_pipeline(pipeline), params), closed=closed)
    rows = [(d["id"][:12], d["status"], d["run"], _place(d), *_reason(d)) for d in found]
    head = ("id", "status", "run", "where", "code", "field", "why")
    note = f"{len(found):,} rejects" if len(found) != 1 else "1 reject"
    return Result({"rejects": found}, text=table(head, rows) if rows else "", note=note)


@rejects.command("show", cls=Command)
@click.argument("args", nargs=-1, metavar="[PIPELINE] ID")
@param_option
@click.pass_obj
def show(view: View, args: tuple[str, ...], params: dict[str, str]) -> Result:
    """Show one reject, by its id or how it begins."""
    from ..runtime.open_rejects import show_reject

    pipeline, reject_id = split(args, "ID")
    found = show_reject(**surroundings(view, pipeline, params), reject_id=reject_id)
    return Result({"reject": found}, text=to_json(found))


@rejects.command("replay", cls=Command)
@click.argument("pipeline", required=False)
@click.option("--only", metavar="ID", help="Only the reject whose id begins so.")
@param_option
@click.pass_obj
def replay(view: View, pipeline: str | None, only: str | None, params: dict[str, str]) -> Result:
    """Map the open rejects again, into the same sinks.

    Correct the mapping before. What succeeds is closed, so that a second replay does nothing; what is refused again
    stays open.
    """
    from ..runtime.replay import replay as run_again

    report = run_again(**surroundings(view, the_pipeline(pipeline), params), only=only)
    diagnostics = [diagnostic_of(finding) for finding in report.findings]
    if only is not None and not (report.closed or report.open or report.unreadable):
        raise UsageError("P132", f"no open reject has an id that begins with {only!r}", fix="crosswalk rejects list")
    note = f"{report.closed:,} closed, {report.open:,} refused again, {report.written:,} records written"
    if report.unreadable:
        note += f", {report.unreadable:,} could not be read at the source and cannot be mapped again"
    return Result({"replay": report.to_dict()}, report.exit_code, diagnostics=diagnostics, note=note)


def _place(document: dict[str, Any]) -> str:
    source = document["source"]
    name = show_file(source["file"]) if source["file"] else source["feed"]
    return f"{name}:{source['line']}" if source["line"] else f"{name} record {source['number']}"


def _reason(document: dict[str, Any]) -> tuple[str, str, str]:
    first = document["errors"][0]
    more = f" (and {len(document['errors']) - 1} more)" if len(document["errors"]) > 1 else ""
    return first["code"], first["field"], first["message"] + more
