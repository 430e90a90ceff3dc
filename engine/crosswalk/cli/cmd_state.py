"""`crosswalk state`: what a pipeline remembers; shown, checked, reset and unlocked."""

from __future__ import annotations

import json
import sys

import click

from ..errors import Diagnostic, UsageError
from ..spec.files import show_file
from .command import Command
from .lazy import NearGroup
from .options import param_option
from .tables import table, time_of
from .view import Result, View
from .which import state_of, the_pipeline


@click.group("state", cls=NearGroup)
def state() -> None:
    """Look into the state of a pipeline, and repair it.

    PIPELINE may be left out where the current folder has just one.

    \b
    Examples:
      crosswalk state show nightly.json
      crosswalk state reset nightly.json --file 'orders-2026-01-*.csv'
    """


@state.command("list", cls=Command)
@click.argument("pipeline", required=False)
@param_option
@click.pass_obj
def list_(view: View, pipeline: str | None, params: dict[str, str]) -> Result:
    """List every pipeline that shares the state of this one."""
    from ..runtime.state_view import state_list

    with state_of(view, the_pipeline(pipeline), params) as (store, _):
        found = state_list(store)
    rows = [
        (
            entry["pipeline"], "running" if entry["running"] else (entry["last_run"] or {}).get("status"),
            (entry["last_run"] or {}).get("id"), *(entry["files"][kind] for kind in ("done", "partial", "failed")),
        )
        for entry in found
    ]  # fmt: skip
    head = ("pipeline", "status", "last run", "done", "half read", "failed")
    return Result({"pipelines": found}, text=table(head, rows))


@state.command("show", cls=Command)
@click.argument("pipeline", required=False)
@param_option
@click.pass_obj
def show(view: View, pipeline: str | None, params: dict[str, str]) -> Result:
    """Show what is kept of a pipeline.

    Its lock, unfinished run, cursors, watermarks, jobs at the destination, and the files that are half read or failed.
    """
    from ..runtime.state_view import state_show

    with state_of(view, the_pipeline(pipeline), params) as (store, name):
        found = state_show(store, name)
    lease = found["lease"]
    lock = f"held by process {lease['pid']} on {lease['host']}" if lease else "free"
    lines = [
        f"pipeline        {found['pipeline']}",
        f"lock            {lock}",
        f"unfinished run  {found['position']['run'] or '-'}",
        f"files done      {found['files_done']:,}",
        f"rejects closed  {found['rejects_closed']:,}",
        *(f"cursor {key}        {json.dumps(value.get('cursor'))}" for key, value in found["cursors"].items()),
        *(f"watermark {key}     {time_of(value)}" for key, value in found["watermarks"].items()),
    ]
    lines += [f"job {job['status']:<10}  {job['name']}  {json.dumps(job['handle'])}" for job in found["jobs"]]
    for file in found["files_unfinished"]:
        lines.append(f"{file['status']:<14}  {show_file(file['name'])}  {_progress(file)}")
    return Result({"state": found}, text="\n".join(lines))


def _progress(file: dict[str, object]) -> str:
    if file["status"] == "failed":
        return f"attempts: {file.get('attempts')}; {file.get('error')}"
    return f"committed records: {file.get('records')}"


@state.command("history", cls=Command)
@click.argument("pipeline", required=False)
@click.option("-n", "count", type=click.IntRange(min=1), default=50, metavar="N", help="How many (50).")
@param_option
@click.pass_obj
def history(view: View, pipeline: str | None, count: int, params: dict[str, str]) -> Result:
    """List the files of a pipeline, latest first."""
    from ..runtime.state_view import state_history

    with state_of(view, the_pipeline(pipeline), params) as (store, name):
        found = state_history(store, name, limit=count)
    rows = [
        (time_of(file["at"]), file["status"], file.get("records"), file["run"], show_file(file["name"]))
        for file in found
    ]
    return Result({"files": found}, text=table(("time", "status", "records", "run", "file"), rows))


@state.command("reset", cls=Command)
@click.argument("pipeline", required=False)
@click.option("--file", "pattern", metavar="GLOB", help="Forget only the files that match.")
@click.option("--rejects", "with_rejects", is_flag=True, help="Forget which rejects are closed, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@param_option
@click.pass_obj
def reset(
    view: View, pipeline: str | None, pattern: str | None, with_rejects: bool, yes: bool, params: dict[str, str]
) -> Result:
    """Forget what was done.

    The next run reads everything, or the files of --file, again.
    """
    from ..runtime.state_view import state_reset

    name_of_file = the_pipeline(pipeline)
    if not yes:
        if view.as_json or not sys.stdin.isatty():
            raise UsageError("U119", "nobody is there to confirm the reset", fix="say --yes")
        what = f"files like {pattern}" if pattern else "all files"
        if not click.confirm(f"The next run of {name_of_file} will read {what} again. Go on?", err=True):
            return Result(exit_code=1, note="nothing was changed")
    with state_of(view, name_of_file, params) as (store, name):
        count = state_reset(store, name, file=pattern, keep_rejects=not with_rejects)
    note = f"no file of {name} is like {pattern}; see: crosswalk state history {name_of_file}" if pattern else ""
    told = f"entries of {name} that are forgotten: {count:,}"
    return Result({"pipeline": name, "forgotten": count}, text=told, note="" if count else note)


@state.command("unlock", cls=Command)
@click.argument("pipeline", required=False)
@param_option
@click.pass_obj
def unlock(view: View, pipeline: str | None, params: dict[str, str]) -> Result:
    """End the lock of a pipeline by force.

    The run that holds it can commit no more.
    """
    from ..runtime.state_view import state_unlock

    with state_of(view, the_pipeline(pipeline), params) as (store, name):
        found = state_unlock(store, name)
    text = f"{name} is unlocked; process {found['pid']} on {found['host']} held it"
    return Result({"pipeline": name, "was": found}, text=text)


@state.command("verify", cls=Command)
@click.argument("pipeline", required=False)
@param_option
@click.pass_obj
def verify(view: View, pipeline: str | None, params: dict[str, str]) -> Result:
    """Check that the state is sound.

    Exit status 3 when it is not.
    """
    from ..runtime.state_view import state_verify

    with state_of(view, the_pipeline(pipeline), params) as (store, _):
        found = state_verify(store)
    diagnostics = [Diagnostic("S101", problem, fix="restore the state from a backup") for problem in found]
    text = "" if found else "the state is sound"
    return Result({"problems": found}, 3 if found else 0, text=text, diagnostics=diagnostics)
