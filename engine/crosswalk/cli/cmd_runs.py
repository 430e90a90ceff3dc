"""`crosswalk runs`: the runs of a pipeline, latest first, or one of them."""

from __future__ import annotations

from typing import Any

import click

from .command import Command
from .lazy import NearGroup
from .options import param_option
from .tables import table
from .view import Result, View
from .which import split, state_of, the_pipeline


@click.group("runs", cls=NearGroup, default="list")
def runs() -> None:
    """List the runs of a pipeline, or show one.

    \b
    Examples:
      crosswalk runs nightly.json
      crosswalk runs show nightly.json 20260101T030000
    """


@runs.command("list", cls=Command)
@click.argument("pipeline", required=False)
@click.option("-n", "count", type=click.IntRange(min=1), default=20, metavar="N", help="How many (20).")
@param_option
@click.pass_obj
def list_(view: View, pipeline: str | None, count: int, params: dict[str, str]) -> Result:
    """List the runs of a pipeline, latest first."""
    from ..runtime.state_view import run_list

    with state_of(view, the_pipeline(pipeline), params) as (store, name):
        found = run_list(store, name, limit=count)
    rows = [(run["id"], run["status"], run["attempt"], *_counts(run), run["error"]) for run in found]
    head = ("run", "status", "attempt", "files", "read", "written", "rejected", "error")
    return Result({"runs": found}, text=table(head, rows))


@runs.command("show", cls=Command)
@click.argument("args", nargs=-1, metavar="[PIPELINE] ID")
@param_option
@click.pass_obj
def show(view: View, args: tuple[str, ...], params: dict[str, str]) -> Result:
    """Show one run, by its id or how it begins."""
    from ..runtime.state_view import run_show

    pipeline, run_id = split(args, "ID")
    with state_of(view, pipeline, params) as (store, _):
        found = run_show(store, run_id)
    counts = found["counts"]
    rows = [(name, found[name]) for name in ("pipeline", "id", "status", "started_at", "heartbeat", "attempt", "error")]
    rows += [(name, counts[name]) for name in ("files", "read", "written", "rejected", "filtered")]
    rows += [(f"written to {name}", count) for name, count in counts["streams"].items() if name]
    lines = [f"{name:<12}{value}" for name, value in rows if value not in ("", None)]
    return Result({"run": found}, text="\n".join(lines))


def _counts(run: dict[str, Any]) -> tuple[int, ...]:
    return tuple(run["counts"][name] for name in ("files", "read", "written", "rejected"))
