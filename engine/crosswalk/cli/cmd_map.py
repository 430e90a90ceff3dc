"""`crosswalk map`: one mapping, one input, one output (or one for each stream), without a pipeline."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ..errors import Diagnostic, RunFailed, UsageError
from .command import Command
from .options import from_option, limit_option, param_option
from .terminable import terminable
from .view import Result, View

if TYPE_CHECKING:
    from ..compiler.mapper import Mapper
    from ..plugin.executor import Executor
    from .outputs import Output, Outputs


_ROOT = "no record path: the root element is the one record; set source.record"

_WORTH_COLUMNS = 4_000_000
"""Below so many bytes, loading what columns need takes longer than mapping the rows."""

_WORTH_COPIES = 16_000_000
"""Inputs of so many bytes are mapped by copies of this process from the start."""


@click.command("map", cls=Command)
@click.argument("mapping")
@click.argument("input", required=False, metavar="[INPUT|-]")
@click.option("-o", "--output", metavar="OUT", help="Write here, when whole; {stream} stands for the stream's name.")
@from_option
@click.option("--to", metavar="FORMAT", help="Format of the output: ndjson, csv, ... or an object.")
@param_option
@click.option("--rejects", metavar="FILE", help="Write refused records here, as NDJSON documents.")
@click.option("--engine", type=click.Choice(["auto", "row", "columnar"]), default="auto", help="How to compute.")
@limit_option("Read only the first N records.")
@click.option("--max-rejects", metavar="N|P%", help="Fail when more records are refused: a count, or 1%.")
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="How many threads or processes map at once; 0: as many as cores.",
)
@click.option(
    "--sync/--no-sync",
    default=True,
    show_default=True,
    help="Wait until the disk holds the files. Without, a loss of power soon after may leave them incomplete.",
)
@click.pass_obj
def map_(
    view: View,
    mapping: str,
    input: str | None,
    output: str | None,
    from_: str | None,
    to: str | None,
    params: dict[str, str],
    rejects: str | None,
    engine: str,
    limit: int | None,
    max_rejects: str | None,
    workers: int,
    sync: bool,
) -> Result:
    """Map a file or stdin once, without a pipeline.

    Records go to stdout as NDJSON unless the mapping, --to or the ending of OUT says otherwise; compression goes by
    the endings. Files appear only when whole. Exit status 4 tells that some records were rejected.

    \b
    Examples:
      crosswalk map orders.mapping.json orders.csv.gz -o orders.parquet --rejects bad.ndjson
      cat orders.ndjson | crosswalk map orders.mapping.json | head
    """
    from ..compiler.absent import no_records_told
    from ..plugin.format import WriteOptions
    from ..runtime.policy import RejectLimit
    from ..spec.data_report import DataReport
    from . import formats
    from .inputs import size_of
    from .map_job import MapJob
    from .outputs import Outputs
    from .prepare import prepare
    from .progress import Progress

    output = None if output == "-" else output
    if view.as_json and output is None:
        raise UsageError("U106", "with --json, stdout is for the summary", fix="say where the records go: -o OUT")
    prepared = prepare(view, mapping, input, from_, params)
    known = prepared.name is not None and os.path.isfile(prepared.name)
    total = size_of(prepared.name) if known else None
    if engine == "columnar":
        prepared.mapper = prepared.mapper.with_back_end("columnar", prepared.reader)
    elif engine == "row" or (not prepared.mapper.batched and (limit is not None or (total or 0) < _WORTH_COLUMNS)):
        prepared.mapper = prepared.mapper.with_back_end("row")
    long = limit is None and (total or 0) >= _WORTH_COPIES
    if long:
        # Where numpy is installed, pyarrow loads it, and with it a library that starts threads: they would be in the
        # way of copies.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    mapper = prepared.mapper
    share = RejectLimit.parse(mapper.max_rejects if max_rejects is None else max_rejects)
    with terminable(), prepared.batches(limit) as batches, Outputs(durable=sync) as outputs:
        sinks = _sinks(view, mapper, outputs, output, to)
        ndjson = formats.build(view.engine.registry, "ndjson")
        refused = outputs.add(rejects, ndjson, WriteOptions()) if rejects is not None else None
        with Progress(total=total, enabled=output is not None and not view.as_json) as progress:
            job = MapJob(
                mapper, sinks, refused, share, run_id=prepared.run.id, report=DataReport(mapper.spec),
                watch=lambda t: progress.update(records=t.read, bytes=t.bytes, rejected=t.rejected),
                executor=_executor(view, workers) if limit is None else None, long=long,
            )  # fmt: skip
            failure: RunFailed | None = None
            try:
                job.run(batches)
            except RunFailed as error:
                failure = error
        if failure is None:
            outputs.publish()
        elif refused is not None:
            outputs.publish([refused])
    tally = job.tally
    data = {"mapping": mapper.name, "output": output, "rejects": rejects, **tally.to_dict()}
    findings = job.findings()
    if prepared.reader.type == "xml" and not mapper.read_options.record and tally.read == tally.rejected == 1:
        findings = [replace(d, notes=(*d.notes, _ROOT)) if d.code == "M301" else d for d in findings]
    if engine == "columnar" and mapper.left_to_rows:
        findings.append(_not_columns(mapper.left_to_rows, tally.read))
    if not tally.read and limit != 0 and failure is None:
        findings += no_records_told(mapper.spec)
    if failure is not None:
        data["written"], data["streams"] = 0, {}
        return Result(data, failure.exit_code, diagnostics=[*findings, *failure.diagnostics])
    return Result(data, 4 if tally.rejected else 0, diagnostics=findings, note=tally.line())


def _not_columns(count: int, read: int) -> Diagnostic:
    """What is told where columns were insisted on, and only the data showed that they do not hold it."""
    told = f"{count:,} of {read:,} records were mapped row by row: columns do not hold them as they are"
    fix = "name the members of objects that are copied whole; crosswalk explain MAPPING --plan tells what else is slow"
    return Diagnostic("U122", told, "warning", fix=fix)


def _sinks(view: View, mapper: Mapper, outputs: Outputs, output: str | None, to: str | None) -> dict[str, Output]:
    from . import formats
    from .outputs import check_target

    streams = mapper.streams
    if len(streams) > 1 and (output is None or "{stream}" not in output):
        raise UsageError(
            "U107", f"the mapping has several outputs: {', '.join(streams)}",
            fix="give each its file: -o 'out-{stream}.ndjson'",
        )  # fmt: skip
    registry = view.engine.registry
    found: dict[str, Output] = {}
    for stream in streams:
        name = output.replace("{stream}", stream or "records") if output is not None else None
        if name is not None:
            check_target(name)
        config = formats.choose(registry, formats.format_config(to), mapper.target_format, name, default="ndjson")
        found[stream] = outputs.add(name, formats.build(registry, config), mapper.write_options(stream))
    return found


def _executor(view: View, workers: int) -> Executor | None:
    """What maps several blocks or lots of records at once."""
    from ..plugin.executor import Executor
    from ..runtime.components import build

    found = build(view.engine.registry, "executors", {"type": "local", "workers": workers})
    return found if isinstance(found, Executor) else None
