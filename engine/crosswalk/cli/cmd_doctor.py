"""`crosswalk doctor`: every connection of a pipeline tried, one record read and mapped, nothing written."""

from __future__ import annotations

import click

from .command import Command
from .options import param_option
from .view import Result, View
from .which import surroundings, the_pipeline


@click.command("doctor", cls=Command)
@click.argument("pipeline", required=False)
@param_option
@click.pass_obj
def doctor(view: View, pipeline: str | None, params: dict[str, str]) -> Result:
    """Try every connection of a pipeline, writing nothing.

    Exit status 3 when something does not work.

    \b
    Example:
      crosswalk doctor pipelines/nightly.json
    """
    from ..runtime.doctor import doctor as examine

    checks = examine(**surroundings(view, the_pipeline(pipeline), params))
    lines = []
    for check in checks:
        lines.append(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}")
        if check.fix:
            lines.append(f"     fix: {check.fix}")
    bad = any(not check.ok for check in checks)
    return Result({"checks": [check.to_dict() for check in checks]}, 3 if bad else 0, text="\n".join(lines))
