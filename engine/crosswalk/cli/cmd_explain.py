"""`crosswalk explain`: the page of a code, how one record got its values, or how fast each field is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .command import Command
from .options import from_option, param_option
from .view import Result, View

if TYPE_CHECKING:
    from ..batch import Batch
    from ..compiler.explain import Explanation

_CODE = re.compile(r"[A-Za-z]\d{3}")


@click.command("explain", cls=Command)
@click.argument("what", metavar="CODE|MAPPING")
@click.argument("input", required=False)
@click.option("--record", "number", type=click.IntRange(min=1), default=1, metavar="N", help="Which record, from 1.")
@click.option("--field", metavar="F", help="Only this field, and what it is made of.")
@click.option("--plan", is_flag=True, help="How the mapping runs: what is fast, what is slow, why. Reads no input.")
@from_option
@param_option
@click.pass_obj
def explain(
    view: View, what: str, input: str | None, number: int, field: str | None, plan: bool, from_: str | None,
    params: dict[str, str],
) -> Result:  # fmt: skip
    """Explain a code, a record's values, or how a mapping runs.

    For each field: its path, the value after each step, whether the default was used, and why it is missing or null.
    With --plan: whether the mapping runs by columns, what of a record it reads, the class of each field (exact kernel,
    guarded kernel, per distinct value, per record), why the last two are slow, and what to write instead.

    \b
    Examples:
      crosswalk explain M310
      crosswalk explain orders.mapping.json orders.csv --record 17 --field price
      crosswalk explain orders.mapping.json --plan
    """
    if plan:
        if input is not None:
            raise click.UsageError("--plan reads the mapping only; leave the input out")
        from .plan_text import explain_plan

        return explain_plan(view, what, from_, field)
    if _CODE.fullmatch(what) and input is None:
        return _code(what.upper())
    from ..compiler.explain import explain_record
    from .prepare import prepare

    prepared = prepare(view, what, input, from_, params)
    with prepared.batches(number) as batches:
        batch, index = _find(batches, number)
    mapper = prepared.mapper
    found = explain_record(mapper, batch.rows[index], field=field, params=params, number=number)
    if field is not None and not any(trace.field == field for trace in found.fields):
        from ..spec.near import near_name

        names = list(dict.fromkeys(trace.field for trace in explain_record(
            mapper, batch.rows[index], params=params, number=number
        ).fields))  # fmt: skip
        near = near_name(field, names)
        raise UsageError(
            "U112", f'record {number} has no field "{field}"', notes=(f"fields: {', '.join(names)}",),
            fix=f'did you mean "{near}"?' if near else "",
        )  # fmt: skip
    line = batch.lines[index] if batch.lines else 0
    data = {
        "mapping": mapper.name,
        "record": number,
        "line": line,
        "fields": [trace.to_dict() for trace in found.fields],
        "outputs": found.outputs,
        "errors": [error.to_dict() for error in found.errors],
        "filtered": found.filtered,
    }
    return Result(data, text=_text(found, number, line))


def _code(code: str) -> Result:
    from ..spec.codes import all_codes, explain

    page = explain(code)
    if page is None:
        from ..spec.near import near_name
        from .plugin_list import documented_by

        near = near_name(code, all_codes())
        plugins = ", ".join(documented_by()) or "none"
        note = f"the codes of a plugin stand in its own documentation; installed from other packages: {plugins}"
        fix = f"did you mean {near}?" if near else ""
        raise UsageError("U111", f"crosswalk itself has no code {code}", fix=fix, notes=[note])
    return Result({"code": code, "page": page}, text=page)


def _find(batches: Any, number: int) -> tuple[Batch, int]:
    seen = 0
    for batch in batches:
        for bad in batch.bad:
            if bad.number == number:
                raise UsageError("U113", f"record {number} cannot be read: {bad.message}", fix="correct the input")
        if number in batch.numbers:
            return batch, list(batch.numbers).index(number)
        seen += len(batch) + len(batch.bad)
    raise UsageError("U113", f"there is no record {number}: the input has {seen:,}", fix=f"--record {seen or 1}")


def _repeated(found: Explanation) -> str | None:
    """The pointer that each item of `explode` begins with, where there are several."""
    seen: set[str] = set()
    for trace in found.fields:
        if trace.depth == 0:
            if trace.pointer in seen:
                return trace.pointer
            seen.add(trace.pointer)
    return None


def _text(found: Explanation, number: int, line: int) -> str:
    lines = [f"record {number}" + (f" (line {line})" if line else "")]
    again, item = _repeated(found), 0
    for trace in found.fields:
        if trace.depth == 0 and trace.pointer == again:
            item += 1
            lines.append(f"  -- item {item} --")
        pad = "  " * (trace.depth + 1)
        state = "" if trace.state == "value" else f"   [{trace.state}]"
        lines.append(f"{pad}{trace.field} = {trace.value}{state}")
        for step in trace.steps:
            lines.append(f"{pad}    {step.label:<24} {step.value}")
        if trace.why:
            lines.append(f"{pad}    because {trace.why}")
    if found.filtered:
        lines.append("  the record was filtered out")
    lines += [f"  error {error.code} {error.field}: {error.message}" for error in found.errors]
    return "\n".join(lines)
