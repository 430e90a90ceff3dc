"""Finds the parts of a mapping that read all of a record, for formats that have columns of known names only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..plugin.format import Format, ReadOptions
from ..plugin.path import PathLanguage
from .columnar.names import names_read
from .execution import Slow
from .plan import Field, Let, Loop, Object, OutputPlan, Plan
from .plan_path import PathPlan
from .walk import walk
from .whole_objects import whole_objects


def without_columns(reader: Format, options: ReadOptions, plan: Plan, languages: dict[str, PathLanguage]) -> list[Slow]:
    """Why records of a format have no columns for a mapping that reads by the options; empty where they may have."""
    said = reader.without_columns(options)
    if said is not None:
        whole = reads_all(plan, languages) if options.names is None else []
        return [Slow("" if whole else "/source", *said), *whole]
    if options.names == {}:
        return [Slow("", "it reads nothing of its records", "")]
    why = f"whole objects, and the columns of {reader.type} do not tell in which order their members stand"
    return [Slow(path.pointer, f'"{path.text}" looks at {why}', _MEMBERS) for path in whole_objects(reader, plan)]


def reads_all(plan: Plan, languages: dict[str, PathLanguage]) -> list[Slow]:
    """The parts of a plan that keep the names it reads from being known, each with what to write instead."""
    return list(dict.fromkeys(_Search(plan, languages).found()))


class _Search:
    """Asks of each part by itself what is read: a plan with no more than that, and the loops around it."""

    def __init__(self, plan: Plan, languages: dict[str, PathLanguage]) -> None:
        group = replace(plan.group, by=[]) if plan.group is not None else None
        self._bare = replace(
            plan, let=[], filter=None, loops=[], let_each=[], where=None, outputs=[], group=group, checks=[]
        )
        self._plan = plan
        self._languages = languages

    def found(self) -> Iterator[Slow]:
        plan = self._plan
        yield from self._lets(plan.let)
        yield from self._part(plan.filter, "/filter", filter=plan.filter)
        if (bad := self._loop(plan.loops)) is not None:
            yield from _reasons(bad, bad.pointer)
            return
        yield from self._lets(plan.let_each, loops=plan.loops)
        yield from self._part(plan.where, "/where", where=plan.where, loops=plan.loops)
        for rule in plan.checks:
            yield from self._part(rule.cond, rule.pointer, checks=[rule], loops=plan.loops)
        for key in plan.group.by if plan.group is not None else []:
            yield from self._fields([key], loops=plan.loops)
        for output in plan.outputs:
            yield from self._output(output)

    def _output(self, output: OutputPlan) -> Iterator[Slow]:
        outer = self._plan.loops
        if (bad := self._loop(outer, output.loops)) is not None:
            yield from _reasons(bad, bad.pointer)
            return
        loops = [*outer, *output.loops]
        yield from self._lets(output.let_each, loops=loops)
        yield from self._part(output.where, f"{output.pointer}/where", where=output.where, loops=loops)
        yield from self._fields([output.body], loops=loops)

    def _loop(self, outer: list[Loop], loops: Sequence[Loop] | None = None) -> Loop | None:
        """The first of the loops that reads all of the record; those inside it start from what it finds."""
        own = outer if loops is None else loops
        before = [] if loops is None else outer
        return next((loop for n, loop in enumerate(own) if self._is_whole(loops=[*before, *own[: n + 1]])), None)

    def _lets(self, lets: list[Let], loops: Sequence[Loop] = ()) -> Iterator[Slow]:
        yield from self._fields([let.field for let in lets], loops)

    def _fields(self, parts: Sequence[Field | Object], loops: Sequence[Loop]) -> Iterator[Slow]:
        for part in parts:
            if isinstance(part, Field):
                yield from self._part(part, part.pointer, let=[part], loops=list(loops))
                continue
            if part.passthrough is not None:
                yield Slow("/passthrough", _COPIES, "name the fields")
            spread = [part.spread] if part.spread is not None else []
            yield from self._fields([*spread, *(member for _, member in part.members)], loops)

    def _part(self, part: Any, pointer: str, **parts: Any) -> Iterator[Slow]:
        if part is not None and self._is_whole(**parts):
            yield from _reasons(part, pointer)

    def _is_whole(self, **parts: Any) -> bool:
        return names_read(replace(self._bare, **parts), self._languages) is None


def _reasons(part: Any, pointer: str) -> Iterator[Slow]:
    """What in a part that reads all of the record does so."""
    found: list[Slow] = []
    for node in walk(part):
        if isinstance(node, Loop) and node.entries:
            found.append(Slow(node.pointer, _ENTRIES, _NAMED))
        elif isinstance(node, Object) and node.passthrough is not None:
            found.append(Slow(pointer, _COPIES, "name the fields"))
    for node in () if found else walk(part):
        if isinstance(node, PathPlan) and _may_look_anywhere(node):
            found.append(Slow(node.pointer, f'"{node.text}" may look at any member of the record', _PLAIN))
    yield from found or [Slow(pointer, "it may look at any member of the record", _PLAIN)]


def _may_look_anywhere(path: PathPlan) -> bool:
    found = path.compiled
    if found is None:
        return path.var is None
    known = found.segments is not None or found.projection is not None
    return not known and (found.needs is None or found.needs.whole)


_COPIES = '"passthrough" copies members whose names only the data tells'
_ENTRIES = "it goes through members whose names only the data tells"
_NAMED = 'name the members, a field for each; "each" over a list needs no names'
_PLAIN = "write plain paths"
_MEMBERS = 'take members of what it finds, "max_by(lines, &qty).sku"; go through a list with "each"'
