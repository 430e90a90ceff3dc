"""What `crosswalk explain --plan` prints: how a mapping runs, field by field."""

from __future__ import annotations

from ..compiler.execution import Execution, Slow
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
    registry, config = view.engine.registry, mapper.source_format
    known = said is not None or config is not None
    reader = formats.build(registry, formats.choose(registry, said, config, None)) if known else None
    found = mapper.execution(reader)
    if field is not None and found.runs == "columns":
        names = [one.target for one in found.fields]
        below = (f"{field}[", f"{field}.")
        found.fields = [one for one in found.fields if one.target == field or one.target.startswith(below)]
        if not found.fields:
            from ..spec.near import near_name

            near = near_name(field, names)
            raise UsageError(
                "U112", f'the mapping has no field "{field}"', notes=(f"fields: {', '.join(names)}",),
                fix=f'did you mean "{near}"?' if near else "",
            )  # fmt: skip
    return Result({"mapping": mapper.name, **found.to_dict()}, text=_text(mapper.name, found))


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
