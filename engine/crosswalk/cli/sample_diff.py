"""Two mappings on one input: which values come out differently, and which records are refused or left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ..lean import lean_dataclass
from ..values import MISSING, sample_of

if TYPE_CHECKING:
    from ..batch import Batch
    from ..compiler.diff import MappingDiff
    from ..compiler.mapper import Mapper
    from ..reject import Reject
    from .prepare import Prepared

EXAMPLES = 3
WIDTH = 60


@lean_dataclass(slots=False)
class Difference:
    """How one field differs over the sample: how often, and the first examples (record number, old, new).

    `stream`: that of a value; the code of an error.
    """

    field: str
    stream: str
    count: int = 0
    examples: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def note(self, number: int, old: Any, new: Any) -> None:
        """One record more."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append({"record": number, "old": old, "new": new})


@lean_dataclass(slots=False)
class SampleDiff:
    """What two mappings make of one input.

    `records`: how many there are, `differing`: of how many the outcome differs, `groups`: whether that of the groups
    does. `values` by stream and field; `refused` and `accepted`: records that only the new (only the old) mapping
    refuses, by field and code; `counts`: records whose number of outputs differs.
    """

    records: int = 0
    differing: int = 0
    groups: bool = False
    values: dict[tuple[str, str], Difference] = dataclasses.field(default_factory=dict)
    refused: dict[tuple[str, str], Difference] = dataclasses.field(default_factory=dict)
    accepted: dict[tuple[str, str], Difference] = dataclasses.field(default_factory=dict)
    counts: dict[tuple[str, str], Difference] = dataclasses.field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differing and not self.groups

    def to_dict(self) -> dict[str, Any]:
        """The `--json` shape."""
        found: dict[str, Any] = {"records": self.records, "differing": self.differing, "groups": self.groups}
        for name in ("values", "refused", "accepted", "counts"):
            found[name] = [vars(difference) for difference in getattr(self, name).values()]
        return found


Errors = dict[tuple[str, str], tuple[str, str]]
Outcome = tuple[dict[str, list[Any]], "list[Reject]"]
"""Output records by stream, and refusals, of one source record."""


def compare_on(old: Prepared, new: Prepared, meaning: MappingDiff, limit: int | None = None) -> SampleDiff:
    """Map the same input with both, record by record (the groups of `group` as a whole).

    Values of fields that `meaning` tells as added or removed are left out, those of renamed ones compared.
    """
    found = SampleDiff()
    comparison = _Comparison(found, old.mapper, new.mapper, meaning)
    grouping = [side.mapper.plan.group is not None for side in (old, new)]
    with old.batches(limit) as before, new.batches(limit) as after:
        sides = [_outcomes(old.mapper, before), _outcomes(new.mapper, after)]
        if any(grouping):
            sides = [_settled(side, whole=not all(grouping)) for side in sides]
        for one, other in zip_longest(*sides):
            number = one[0] if one else other[0] if other else 0
            differs = comparison.record(number, one[1] if one else ({}, []), other[1] if other else ({}, []))
            if number:
                found.records += 1
                found.differing += differs
            else:
                found.groups = differs
    return found


def _settled(outcomes: Iterator[tuple[int, Outcome]], *, whole: bool) -> Iterator[tuple[int, Outcome]]:
    """The same where groups are: refusals at the end go to their records. `whole`: outputs are compared as a whole,
    for only one of the two mappings has groups."""
    found = dict(outcomes)
    outputs, late = found.pop(0, ({}, []))
    for reject in late:
        found[reject.number][1].append(reject)
    if whole:
        for number, (made, rejects) in found.items():
            for stream, records in made.items():
                outputs.setdefault(stream, []).extend(records)
            found[number] = ({}, rejects)
    yield from found.items()
    yield 0, (outputs, [])


def _outcomes(mapper: Mapper, batches: Iterator[Batch]) -> Iterator[tuple[int, Outcome]]:
    """By record number; with `group`, what the groups give follows under the number 0."""
    from ..batch import Batch

    for batch in batches:
        found: dict[int, Outcome] = {}
        for index, row in enumerate(batch.rows):
            lines = [batch.lines[index]] if batch.lines else None
            one = Batch.of_rows([row], numbers=[batch.numbers[index]], lines=lines, file=batch.file)
            applied = mapper.apply(one)
            found[batch.numbers[index]] = (applied.outputs, applied.rejects)
        for bad in batch.bad:
            applied = mapper.apply(Batch.of_rows([], bad=[bad], file=batch.file))
            found[bad.number] = (applied.outputs, applied.rejects)
        for number in sorted(found):
            yield number, found[number]
    if mapper.plan.group is not None:
        last = mapper.flush()
        yield 0, (last.outputs, last.rejects)


class _Comparison:
    """Compares what two mappers made of one record, and notes it."""

    def __init__(self, found: SampleDiff, old: Mapper, new: Mapper, meaning: MappingDiff) -> None:
        from ..compiler.redact import sensitive_fields

        self._found = found
        self._hidden = sensitive_fields(old.plan) | sensitive_fields(new.plan)
        self._renamed = {(c.stream, c.old): c.new for c in meaning.changes if c.kind == "renamed"}
        self._known = {(c.stream, c.field) for c in meaning.changes if c.kind in ("added", "removed")}

    def record(self, number: int, old: Outcome, new: Outcome) -> bool:
        """Whether they differ."""
        found = self._found
        before, after = _unnamed(_errors(old[1]), _errors(new[1]))
        for home, errors, others in ((found.refused, after, before), (found.accepted, before, after)):
            for key, (name, message) in errors.items():
                if key not in others:
                    pair = (None, message) if home is found.refused else (message, None)
                    home.setdefault(key, Difference(name, key[1])).note(number, *pair)
        differs = before.keys() != after.keys()
        if old[1] or new[1]:
            return differs
        for stream in dict.fromkeys((*old[0], *new[0])):
            first, second = old[0].get(stream, []), new[0].get(stream, [])
            if len(first) != len(second):
                differs = True
                place = found.counts.setdefault((stream, ""), Difference("(records)", stream))
                place.note(number, len(first), len(second))
            for one, other in zip(first, second, strict=False):
                differs = self._values(number, stream, one, other) or differs
        return differs

    def _values(self, number: int, stream: str, old: Any, new: Any) -> bool:
        before: dict[str, tuple[str, Any]] = {}
        for place, (name, value) in _leaves(old, "", ""):
            other = self._renamed.get((stream, name))
            before[place if other is None else place.replace(name, other, 1)] = (other or name, value)
        after = dict(_leaves(new, "", ""))
        told: set[str] = set()
        for place in dict.fromkeys((*before, *after)):
            name = (before.get(place) or after[place])[0]
            one, two = (side[place][1] if place in side else MISSING for side in (before, after))
            if name in told or (stream, name) in self._known or _same(one, two):
                continue
            told.add(name)  # a field counts once a record, whatever its list holds
            secret = any(name == part or name.startswith((f"{part}.", f"{part}[")) for part in self._hidden)
            shown = ("***", "***") if secret else (_shown(one), _shown(two))
            self._found.values.setdefault((stream, name), Difference(name, stream)).note(number, *shown)
        return bool(told)


def _unnamed(old: Errors, new: Errors) -> tuple[Errors, Errors]:
    """Both without the errors that one has in a variable and the other in the fields that the variable became."""
    same = {code for _, code in old} & {code for _, code in new} & {code for name, code in (*old, *new) if name == "$"}
    return _without(old, same), _without(new, same)


def _without(errors: Errors, codes: set[str]) -> Errors:
    return {key: told for key, told in errors.items() if key[1] not in codes}


def _errors(rejects: list[Reject]) -> Errors:
    """Field and message of each error, by field ("$" for any variable) and code."""
    return {
        ("$" if error.field.startswith("$") else error.field, error.code): (error.field, error.message)
        for reject in rejects
        for error in reject.errors
    }


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and bool(one == other) and str(one) == str(other))


def _shown(value: Any) -> str | None:
    return None if value is MISSING else sample_of(value, WIDTH)


def _leaves(value: Any, place: str, name: str) -> Iterator[tuple[str, tuple[str, Any]]]:
    """The values of a record by their exact place (`lines[0].sku`), each with its field (`lines[].sku`)."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            shown = str(key).replace(".", "\\.")
            dot = "." if name else ""
            yield from _leaves(part, f"{place}{dot}{shown}", f"{name}{dot}{shown}")
    elif isinstance(value, list) and value:
        for index, part in enumerate(value):
            yield from _leaves(part, f"{place}[{index}]", f"{name}[]")
    else:
        yield place, (name, value)
