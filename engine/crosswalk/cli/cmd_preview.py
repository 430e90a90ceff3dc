"""`crosswalk preview`: some records before and after, side by side; of a mapping with an input, or of a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .command import Command
from .documents import kind_of
from .options import from_option, param_option
from .view import Result, View, to_json

if TYPE_CHECKING:
    from ..batch import Batch
    from ..runtime.mapperlike import MapperLike


@click.command("preview", cls=Command)
@click.argument("what", metavar="MAPPING|PIPELINE")
@click.argument("input", required=False)
@click.option("-n", "count", type=click.IntRange(min=1), default=5, metavar="N", help="How many records (5).")
@from_option
@param_option
@click.pass_obj
def preview(view: View, what: str, input: str | None, count: int, from_: str | None, params: dict[str, str]) -> Result:
    """Show some records before and after, side by side.

    Nothing is written, and no position moves.

    \b
    Examples:
      crosswalk preview orders.mapping.json orders.csv -n 3
      crosswalk preview pipelines/nightly.json
    """
    if kind_of(Path(what), named=True) == "pipeline":
        if input is not None:
            raise UsageError("U114", "a pipeline names its own source", fix="leave the input out")
        from .pipelines import preview_pipeline

        return preview_pipeline(view, what, count, params)
    from ..compiler.absent import no_records_told
    from .prepare import prepare

    prepared = prepare(view, what, input, from_, params)
    shown: list[dict[str, Any]] = []
    with prepared.batches(count) as batches:
        for batch in batches:
            shown += told(prepared.mapper, batch)
    missed = [] if shown else no_records_told(prepared.mapper.spec)
    data = {"mapping": prepared.mapper.name, "records": shown}
    return Result(data, text=lambda: table(view, shown), diagnostics=missed)


def told(mapper: MapperLike, batch: Batch) -> list[dict[str, Any]]:
    """Each record of a batch with its outputs, or the errors that refuse it."""
    from ..batch import Batch
    from ..runtime.rejects import plain

    found: dict[int, dict[str, Any]] = {}
    for bad in batch.bad:
        raw = bad.raw if isinstance(bad.raw, str) else repr(bad.raw)
        found[bad.number] = {"record": bad.number, "given": raw, "outputs": [], "errors": [f"{bad.code} {bad.message}"]}
    for index, row in enumerate(batch.rows):
        number = batch.numbers[index]
        one = Batch.of_rows(
            [row], numbers=[number], lines=[batch.lines[index]] if batch.lines else None, file=batch.file
        )
        applied = mapper.apply(one)
        outputs = [
            {"stream": name, "record": plain(record)} if name else plain(record)
            for name, records in applied.outputs.items()
            for record in records
        ]
        errors = [
            f"{error.code} {error.field}: {error.message}" + (f" ({error.sample})" if error.sample else "")
            for reject in applied.rejects
            for error in reject.errors
        ]
        filtered = bool(applied.filtered)
        found[number] = {
            "record": number, "given": _given(row), "outputs": outputs, "errors": errors, "filtered": filtered,
        }  # fmt: skip
    return [found[number] for number in sorted(found)]


def _given(row: Any) -> Any:
    from ..runtime.rejects import plain

    if hasattr(row, "getroottree"):
        from lxml import etree

        return etree.tostring(row, encoding="unicode", with_tail=False)
    return plain(row)


def table(view: View, shown: list[dict[str, Any]]) -> None:
    """Print them side by side."""
    from rich.table import Table
    from rich.text import Text

    table = Table("", "before", "after", show_lines=True)
    for entry in shown:
        given = entry["given"]
        after = Text("\n".join(to_json(output) for output in entry["outputs"]))
        if entry["errors"]:
            after = Text("rejected\n" + "\n".join(entry["errors"]), style="red")
        elif not entry["outputs"]:
            after = Text("filtered out" if entry.get("filtered") else "no output yet", style="dim")
        table.add_row(str(entry["record"]), Text(given if isinstance(given, str) else to_json(given)), after)
    view.print(table)
    if not shown:
        view.say("the input has no records")
