"""What `crosswalk explain --plan` prints: how a mapping runs, field by field."""

from __future__ import annotations

from ..compiler.build_mapping import format_name
from ..compiler.execution import CLASSES, Execution, Slow
from ..errors import UsageError
from .documents import meant_as
from .tables import table
from .view import Result, View


def explain_plan(view: View, mapping: str, from_: str | None, field: str | None) -> Result:
    """The plan of a mapping, of one field only where it is named; raises UsageError U112 for an unknown field."""
    from . import formats

    said = formats.format_config(from_)
    kind = formats.find(view.engine.registry, said).type if said is not None else None
    with meant_as("mapping", mapping, view.command):
        mapper = view.engine.mapping(mapping, source_format=kind)
    source = mapper.spec.data.get("source") or {}
    settings = [part for part in (source.get("format"), said) if isinstance(part, dict)]
    record = next((part["record"] for part in (source, *settings) if part.get("record")), None)
    found = _of_format(mapper.execution(), format_name(source.get("format")) or kind, record)
    if field is not None and found.runs == "columns":
        names = [one.target for one in found.fields]
        found.fields = [one for one in found.fields if one.target == field or one.target.startswith(f"{field}[")]
        if not found.fields:
            from ..spec.near import near_name

            near = near_name(field, names)
            raise UsageError(
                "U112", f'the mapping has no field "{field}"', notes=(f"fields: {', '.join(names)}",),
                fix=f'did you mean "{near}"?' if near else "",
            )  # fmt: skip
    return Result({"mapping": mapper.name, **found.to_dict()}, text=_text(mapper.name, found))


_BY_NAME = ("json", "ndjson")
"""Formats that have columns only for names that are known to be read: objects keep the order of their members."""


def _of_format(found: Execution, kind: str | None, record: str | None) -> Execution:
    """How the mapping runs on records of a format."""
    if found.runs == "columns" and kind == "xml" and (why := _whole_document(record)) is not None:
        return Execution("rows", [why], one_process=found.one_process)
    if found.runs == "rows" or found.reads is not None or kind not in _BY_NAME:
        return found
    why = Slow(
        "",
        f"the mapping reads all of each record, and {kind} has columns only for names that are known",
        'say what is read: plain paths in place of expressions, fields in place of "passthrough" and "entries"',
    )
    parts = [slow for one in found.fields if one.runs == CLASSES["R"] for slow in one.slow]
    return Execution("rows", [why, *parts], one_process=found.one_process)


def _whole_document(record: str | None) -> Slow | None:
    """Why records at a path of an XML document cannot be cut out of it, None where they may be."""
    path = (record or "").strip()
    if path in ("", "/", "."):
        reason, advice = (
            "without a record path, a document is one record",
            'name the records: "record": "/orders/order"',
        )
    elif path.endswith("*"):
        reason, advice = 'a record path that ends in "*" names no element to cut the document at', "name the element"
    else:
        return None
    return Slow("/source/record", reason, advice)


def _text(name: str, found: Execution) -> str:
    if found.runs == "rows":
        lines = [f"{name}: runs row by row, because of"]
        for slow in found.slow:
            lines += _slow(slow)
        where = f"in one process: {found.one_process}" if found.one_process else "in worker processes"
        return "\n".join([*lines, f"many records: {where}"])
    lines = [f"{name}: runs by columns"]
    lines.append("reads: " + (", ".join(found.reads) if found.reads is not None else "all of each record"))
    lines.append("")
    lines.append(table(["field", "class", "steps"], [(f.target, f.runs, ", ".join(f.steps)) for f in found.fields]))
    if found.shared:
        lines += ["", "computed once:"]
        lines += [f"  {one.expression}  for {', '.join(one.targets)}" for one in found.shared]
    slow_parts = [slow for one in found.fields for slow in one.slow]
    if slow_parts:
        lines += ["", "slow:"]
        for slow in dict.fromkeys(slow_parts):
            lines += _slow(slow)
    return "\n".join(lines)


def _slow(slow: Slow) -> list[str]:
    lines = [f"  {slow.pointer or '/'}: {slow.reason}"]
    if slow.advice:
        lines.append(f"    fix: {slow.advice}")
    return lines
