"""`crosswalk diff`: what changed between two versions of a mapping, in meaning and on sample data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .command import Command
from .documents import meant_as
from .options import from_option, limit_option, param_option
from .view import Result, View

if TYPE_CHECKING:
    from ..compiler.diff import MappingDiff
    from ..compiler.mapper import Mapper
    from .sample_diff import Difference, SampleDiff


@click.command("diff", cls=Command)
@click.argument("old")
@click.argument("new")
@click.option("--sample", metavar="INPUT", help="Map this file with both, and tell which values differ.")
@from_option
@param_option
@limit_option("Read only the first N records of the sample.")
@click.pass_obj
def diff(
    view: View, old: str, new: str, sample: str | None, from_: str | None, params: dict[str, str], limit: int | None
) -> Result:
    """Say what changed between two versions of a mapping.

    Layout, comments, the order of keys, and moving parts into let, pipelines, fragments or other files are no change.
    Exit status: 0 both mean the same (and give the same on the sample), 1 they differ, 2 wrong use or a wrong mapping.

    \b
    Examples:
      crosswalk diff old.mapping.json new.mapping.json
      crosswalk diff old.mapping.json new.mapping.json --sample orders.csv
    """
    from ..compiler.diff import compare

    if sample == "-":
        raise UsageError("U105", "the sample is read twice, and stdin only once", fix="name a file")
    mappers = []
    for name in (old, new):
        with meant_as("mapping", name, view.command):
            mappers.append(view.engine.mapping(name, source_format=_format_of(view, sample, from_)))
    found = compare(*mappers)
    data: dict[str, Any] = {"old": old, "new": new, **found.to_dict()}
    lines = list(_meaning(found))
    same = found.same
    if sample is not None:
        from .prepare import prepare
        from .sample_diff import compare_on

        given = _given(params, mappers)
        both = [prepare(view, name, sample, from_, own) for name, own in zip((old, new), given, strict=True)]
        values = compare_on(both[0], both[1], found, limit)
        data["sample"] = values.to_dict()
        data["same"] = same = same and values.same
        lines += ["", *_sample(values)]
    elif params or limit is not None:
        raise UsageError("U101", "--param and --limit are for the sample", fix="--sample INPUT")
    return Result(data, 0 if same else 1, text="\n".join(lines))


def _format_of(view: View, sample: str | None, from_: str | None) -> str | None:
    from . import formats

    said = formats.format_config(from_)
    guess = formats.find(view.engine.registry, said) if said is not None else None
    if guess is None and sample is not None:
        guess = view.engine.registry.format_for_file(sample)
    return guess.type if guess else None


def _given(params: dict[str, str], mappers: list[Mapper]) -> list[dict[str, str]]:
    """A parameter that only one of the two has is given to that one; one that neither has to both, which say so."""
    known = [set(mapper.plan.params) for mapper in mappers]
    return [{k: v for k, v in params.items() if k in own or k not in known[0] | known[1]} for own in known]


def _meaning(found: MappingDiff) -> Iterator[str]:
    if found.same:
        yield "both mean the same"
    yield from found.settings
    for change in found.changes:
        stream = f"{change.stream}: " if change.stream else ""
        if change.kind == "changed":
            yield f"{stream}{change.field}"
            yield from (f"    {word}" for word in change.words)
        elif change.kind == "renamed":
            yield f"{stream}{change.field}   {change.words[0]}"
        else:
            yield f"{stream}{change.field}   {change.kind}: {change.new or change.old}"


def _sample(found: SampleDiff) -> Iterator[str]:
    records = "record" if found.records == 1 else "records"
    if found.same:
        yield f"the same values from {found.records:,} {records}"
        return
    groups = (
        ", and so do the groups" if found.groups and found.differing else ": the groups differ" if found.groups else ""
    )
    yield f"{found.differing:,} of {found.records:,} {records} differ{groups}"
    for difference in found.values.values():
        yield f"{_named(difference)}   {_times(difference)}"
        yield from _examples(difference)
    for difference in found.counts.values():
        source = [example for example in difference.examples if example["record"]]
        what = f"{difference.count:,} source records give" if source else "the groups give"
        yield f"{_named(difference)}   {what} another number of them"
        yield from _examples(difference)
    for title, home in (("newly rejected", found.refused), ("no longer rejected", found.accepted)):
        for (_, code), difference in home.items():
            example = difference.examples[0]
            about = f"{code} of {difference.field}" if difference.field else code
            yield f"{title}: {about}   {_times(difference)}"
            yield f"    record {example['record']}: {example['old'] or example['new']}"


def _times(difference: Difference) -> str:
    return "once" if difference.count == 1 else f"{difference.count:,} times"


def _named(difference: Difference) -> str:
    return f"{difference.stream}: {difference.field}" if difference.stream else difference.field


def _examples(difference: Difference) -> Iterator[str]:
    for example in difference.examples:
        old, new = ("(missing)" if v is None else v for v in (example["old"], example["new"]))
        place = f"record {example['record']}" if example["record"] else "a group"
        yield f"    {place}: {old} → {new}"
