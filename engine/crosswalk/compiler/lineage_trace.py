"""Trace a plan: follow each target field back to what it is made of and to what decides about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..plugin.fault import guarded
from .lineage import FieldLineage, StreamLineage, Subtype
from .lineage_deps import MADE, PLAIN, SUMMED, Deps, held, meets, piped, united
from .places import Place, Places, language_of, rest_of
from .plan import (
    Array,
    Calc,
    Each,
    Field,
    KeyedObject,
    Lookup,
    Loop,
    Object,
    Origin,
    OutputPlan,
    Source,
    Switch,
    Template,
    Use,
)
from .plan_path import PathPlan
from .plan_step import CallStep, CheckStep, Cond, EachStep, FilterStep, GetStep, LookupStep, MapStep, Step
from .walk import walk

if TYPE_CHECKING:
    from .mapping_facts import MappingFacts


class Tracer:
    """Follows the fields of one mapper's plan."""

    def __init__(self, mapper: MappingFacts) -> None:
        self.plan = mapper.plan
        self.places = Places(mapper.plan)
        self.languages = mapper.languages
        self.namespaces = dict((mapper.spec.data.get("source") or {}).get("namespaces") or {})
        self._lets: dict[int, Deps] = {}
        self._parts_of: dict[int, list[FieldLineage]] = {}
        for let in self.places.lets:
            self._place(self.places.variable(let.var))
            self._member(Place("let", field=let.field, rest="@"), Deps())

    # ---- records ------------------------------------------------------------------------------------------------

    def stream(self, name: str, outputs: list[OutputPlan]) -> StreamLineage:
        """One stream; outputs of the same name are united."""
        plan, depends = self.plan, Deps()
        fields: dict[str, FieldLineage] = {}
        if plan.filter is not None:
            depends.take(self.cond(plan.filter, "FILTER"))
        for output in outputs:
            for loop in (*plan.loops, *output.loops):
                depends.take(self.loop(loop))
            for where in (plan.where, output.where):
                if where is not None:
                    depends.take(self.cond(where, "FILTER"))
            for entry in self._entries(output):
                known = fields.get(entry.field)
                fields[entry.field] = entry if known is None else united(known, entry)
        if plan.group is not None:
            for by in plan.group.by:
                depends.take(self.field(by).deciding("GROUP_BY"))
        for rule in plan.checks:
            if rule.level == "reject":
                depends.take(self._check(rule.cond, fields))
        return StreamLineage(name, depends.told(), tuple(fields.values()))

    def _entries(self, output: OutputPlan) -> Iterator[FieldLineage]:
        body = output.body
        if isinstance(body, Object):
            yield from self._members(body, "", output.pointer, Deps())
        else:
            yield from self.leaves(body, "", Deps())

    def _check(self, cond: Cond, fields: dict[str, FieldLineage]) -> Deps:
        """A rule about the output record depends on what the fields it reads depend on."""
        found = self.cond(cond, "FILTER")
        for path in (node for node in walk(cond) if isinstance(node, PathPlan)):
            place = self.places.of(path)
            if place.kind == "out":
                for name, entry in fields.items():
                    if not place.name or meets(name, place.name):
                        for part in entry.depends:
                            found.add(part.kind, part.name, ("INDIRECT", "FILTER"))
        return found

    # ---- fields -------------------------------------------------------------------------------------------------

    def leaves(self, field: Field, name: str, outer: Deps) -> Iterator[FieldLineage]:
        """The entries of a field: itself, or those of the fields it is made of when no step takes them together."""
        own = Deps().take(outer)
        if field.when is not None:
            own.take(self.cond(field.when, "CONDITIONAL"))
        if field.steps or not isinstance(field.origin, Object | Each | KeyedObject | Array | Use):
            deps = self.field(field, otherwise=False).take(own)
            yield FieldLineage(name or "@", field.pointer, deps.told(), tuple(deps.resolvers), field.sensitive)
        else:
            yield from self._parts(field.origin, name, field.pointer, own)
        if field.otherwise is not None:
            yield from self.leaves(field.otherwise, name, own)

    def _parts(self, origin: Origin, name: str, pointer: str, own: Deps) -> Iterator[FieldLineage]:
        if isinstance(origin, Object):
            yield from self._members(origin, name, pointer, own)
        elif isinstance(origin, Use):
            holder = Deps() if origin.at is None else self.path(origin.at).deciding("CONDITIONAL")
            yield from held(self._members(origin.body, name, pointer, own), holder)
        elif isinstance(origin, Array):
            for number, item in enumerate(origin.items):
                yield from self.leaves(item, f"{name}[{number}]", own)
        elif isinstance(origin, KeyedObject):
            keys = Deps().take(own)
            for key in origin.keys:
                keys.take(self.field(key).deciding("GROUP_BY"))
            yield from self._items(origin.each, f"{name}{origin.below}", pointer, keys)
        elif isinstance(origin, Each):
            yield from self._items(origin, f"{name}[]", pointer, own)

    def _items(self, each: Each, name: str, pointer: str, outer: Deps) -> Iterator[FieldLineage]:
        own, lists = Deps().take(outer).take(self._selection(each)), Deps()
        for loop in each.loops:
            for key, ways in self.loop(loop).edges.items():
                (lists if ("INDIRECT", "JOIN") in ways else own).edges.setdefault(key, {}).update(ways)
        body = each.body
        if isinstance(body, Object):
            yield from held(self._members(body, name, pointer, own), lists)
        else:
            yield from held(self.leaves(body, name, own), lists)

    def _members(self, body: Object, name: str, pointer: str, own: Deps) -> Iterator[FieldLineage]:
        for key, member in body.members:
            shown = key.replace(".", "\\.")
            shown = f"{name}.{shown}" if name else shown
            if isinstance(member, Object):
                yield from self._members(member, shown, pointer, own)
            else:
                yield from self.leaves(member, shown, own)
        rest = f"{name}.*" if name else "*"
        if body.spread is not None:
            deps = self.field(body.spread).take(own)
            yield FieldLineage(rest, body.spread.pointer, deps.told(), tuple(deps.resolvers), body.spread.sensitive)
        if body.passthrough is not None:
            deps = Deps().take(own)
            deps.take(self._place(self.places.context(body.passthrough.ctx.local).at("*")))
            yield FieldLineage(rest, f"{pointer}/passthrough", deps.told())

    # ---- values -------------------------------------------------------------------------------------------------

    def field(self, field: Field, otherwise: bool = True) -> Deps:
        """Everything that goes into the value of a field."""
        found = self._origin(field.origin)
        for step in field.steps:
            found = self._step(step, found)
        if field.check is not None:
            found = self._step(field.check, found)
        if field.when is not None:
            found.take(self.cond(field.when, "CONDITIONAL"))
        if otherwise and field.otherwise is not None:
            found.take(self.field(field.otherwise))
        return found

    def _origin(self, origin: Origin) -> Deps:
        found = Deps()
        if isinstance(origin, Source):
            for path in origin.paths:
                found.take(self.path(path))
        elif isinstance(origin, Template):
            for part in origin.parts:
                if isinstance(part, PathPlan):
                    found.take(self.path(part))
            found = found.made()
        elif isinstance(origin, Calc):
            for path in origin.variables.values():
                found.take(self.path(path))
            found = found.made()
        elif isinstance(origin, Switch):
            for cond, then in origin.cases:
                found.take(self.cond(cond, "CONDITIONAL")).take(self.field(then))
            if origin.otherwise is not None:
                found.take(self.field(origin.otherwise))
        elif isinstance(origin, Lookup):
            found = self._step(origin.step, self.field(origin.key))
        elif isinstance(origin, Object | Each | KeyedObject | Array | Use):
            # What a step takes together.
            found = Deps.of(self._parts(origin, "", "", Deps())).made()
        return found

    def _step(self, step: Step, found: Deps) -> Deps:
        if isinstance(step, CallStep):
            kinds = step.resolver.returns
            sums = step.resolver.accepts == (list,) and kinds is not None and not {list, dict} & set(kinds)
            found = found.made(SUMMED if sums else MADE)
            found.resolvers[step.resolver.name] = None
            for given in step.refs.values():
                for path in given if isinstance(given, list) else [given]:
                    if isinstance(path, PathPlan):
                        found.take(self.path(path).made())
        elif isinstance(step, MapStep):
            found = found.made()
            found.resolvers["map"] = None
        elif isinstance(step, EachStep):
            for inner in step.steps:
                found = self._step(inner, found)
        elif isinstance(step, LookupStep):
            found = self._lookup(step, found)
        elif isinstance(step, GetStep):
            found = self._get(step, found)
        elif isinstance(step, FilterStep):
            self.places.pipe(step.ctx, piped(found).items("[]"))
            found = Deps().take(found).take(self.cond(step.cond, "FILTER"))
        elif isinstance(step, CheckStep):
            for test in step.tests:
                if test.path is not None:
                    found.take(self.path(test.path).deciding("CONDITIONAL"))
        return found

    def _lookup(self, step: LookupStep, key: Deps) -> Deps:
        """The value comes from the table; the key only finds the row."""
        found = Deps()
        columns = [step.returns] if isinstance(step.returns, str) else list(step.returns or ("*",))
        for column in columns:
            found.add("table", f"{step.table.name}.{column}", PLAIN)
        return found.take(key.deciding("JOIN"))

    def _get(self, step: GetStep, found: Deps) -> Deps:
        value = piped(found)
        if value.kind != "path":
            return found.made()
        self.places.pipe(step.ctx, value)
        kept = Deps()
        kept.resolvers.update(found.resolvers)
        kept.edges = {key: ways for key, ways in found.edges.items() if PLAIN not in ways}
        return self.path(step.path).take(kept)

    def path(self, path: PathPlan) -> Deps:
        """What a path reads; an expression reads all that its language finds in it."""
        found = Deps()
        language = language_of(path)
        plain = path.compiled is None or path.compiled.segments is not None
        whole = self.places.of(path)
        if plain or language not in self.languages or whole.kind not in ("path", "let"):
            found.take(self._place(whole))
        else:
            start = self.places.start(path)
            with guarded(self.languages[language], "reads"):
                parts = list(self.languages[language].reads(rest_of(path), self.namespaces))
            for text, direct in parts:
                read = self._place(start.at(text, language))
                found.take(read if direct else read.deciding("FILTER"))
        for var in path.variables.values():
            found.take(self._place(self.places.variable(var)).made())
        return found

    def _place(self, place: Place) -> Deps:
        found = Deps()
        if place.kind == "let" and place.field is not None:
            key = id(place.field)
            if key not in self._lets:
                self._lets[key] = self.field(place.field)
            kept = self._lets[key]
            return self._member(place, kept)
        if place.kind in ("index", "key", "value"):
            for part in place.of:
                found.take(self._place(part))
            return found.made()
        if place.kind == "path":
            found.add("path", place.name or "@", PLAIN)
        elif place.kind == "parameter" or place.kind == "meta" or place.kind == "run":
            found.add(place.kind, place.name, PLAIN)
        return found

    def _member(self, place: Place, whole: Deps) -> Deps:
        """A part of what a let made: of a nested object only that member."""
        field = place.field
        if not place.rest or field is None or field.steps or not isinstance(field.origin, Object | Use | Each):
            return Deps().take(whole).made() if place.rest else Deps().take(whole)
        if id(field) not in self._parts_of:
            self._parts_of[id(field)] = list(self.leaves(field, "", Deps()))
        entries = [entry for entry in self._parts_of[id(field)] if meets(entry.field, place.rest)]
        return Deps.of(entries) if entries else Deps().take(whole).made()

    # ---- what decides -------------------------------------------------------------------------------------------

    def cond(self, cond: Cond, subtype: Subtype) -> Deps:
        """What a condition reads."""
        found = Deps()
        for path in (node for node in walk(cond) if isinstance(node, PathPlan)):
            found.take(self.path(path).deciding(subtype))
        return found

    def loop(self, loop: Loop) -> Deps:
        """What decides how often a loop turns."""
        found = Deps()
        for place in self.places.over(loop):
            if (place.kind, place.name) != ("path", ""):
                found.take(self._place(place).deciding("JOIN"))
        if loop.where is not None:
            found.take(self.cond(loop.where, "FILTER"))
        if loop.repeat is not None:
            found.take(self.path(loop.repeat).deciding("CONDITIONAL"))
        return found

    def _selection(self, each: Each) -> Deps:
        found = Deps()
        if each.where is not None:
            found.take(self.cond(each.where, "FILTER"))
        for key in each.sort:
            found.take(self.field(key.field).deciding("SORT"))
        for path in each.distinct:
            found.take(self.path(path).deciding("GROUP_BY"))
        return found
