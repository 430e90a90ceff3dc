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
    from ..reject import Reject
    from ..runtime.mapperlike import AppliedLike, MapperLike


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
    """Each record of a batch with its outputs, or the errors that refuse it; then the groups, where it groups."""
    from ..batch import Batch
    from ..runtime.mapperlike import groups_records

    if groups_records(mapper):
        return _grouped(mapper, batch)
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
        errors = [line for reject in applied.rejects for line in _errors(reject)]
        found[number] = {
            "record": number, "given": _given(row), "outputs": _outputs(applied), "errors": errors,
            "filtered": bool(applied.filtered),
        }  # fmt: skip
    return [found[number] for number in sorted(found)]


def _grouped(mapper: MapperLike, batch: Batch) -> list[dict[str, Any]]:
    """The records of a batch, and the groups that they make among themselves, each as an entry without a record."""
    parts = [mapper.apply(batch), mapper.flush()]
    refused = {reject.number: reject for part in parts for reject in part.rejects}
    found = []
    for number, row in [*zip(batch.numbers, batch.rows, strict=True), *((bad.number, bad.raw) for bad in batch.bad)]:
        errors = _errors(refused[number]) if number in refused else []
        found.append({"record": number, "given": _given(row), "outputs": [], "errors": errors, "grouped": not errors})
    made = [output for part in parts for output in _outputs(part)]
    groups = [{"record": None, "given": None, "outputs": [output], "errors": []} for output in made]
    return [*sorted(found, key=lambda entry: entry["record"]), *groups]


def _outputs(applied: AppliedLike) -> list[Any]:
    from ..runtime.rejects import plain

    return [
        {"stream": name, "record": plain(record)} if name else plain(record)
        for name, records in applied.outputs.items()
        for record in records
    ]


def _errors(reject: Reject) -> list[str]:
    return [
        f"{error.code} {error.field}: {error.message}" + (f" ({error.sample})" if error.sample else "")
        for error in reject.errors
    ]


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
            words = "filtered out" if entry.get("filtered") else "no output"
            after = Text("in a group below, or filtered out" if entry.get("grouped") else words, style="dim")
        if entry["record"] is None:
            table.add_row("", Text("a group of these records", style="dim"), after)
            continue
        table.add_row(str(entry["record"]), Text(given if isinstance(given, str) else to_json(given)), after)
    view.print(table)
    if not shown:
        view.say("the input has no records")
