"""Places: what every path of a plan reads, as absolute paths of the record, whatever scope it was written in."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ..lean import lean_dataclass
from .plan import Each, Field, Group, Let, Loop, Plan, Source, Use
from .plan_path import Ctx, PathPlan, Var
from .walk import walk

Kind = Literal["path", "parameter", "meta", "run", "let", "index", "key", "out", "value"]


@lean_dataclass(frozen=True)
class Place:
    """What a path leads to.

    `kind` path: `name` is absolute (`lines[].sku`, "" for the record itself). parameter, meta, run: the name. let: a
    variable with steps of its own, `field`, and `rest` the path on from its value. index, key: of what `of` leads to.
    out: `name` in the output record. value: what a step was given. `members`: names that have places of their own
    (`zip`, and the `as` names in the rows of a group).
    """

    kind: Kind
    name: str = ""
    rest: str = ""
    language: str = "jmespath"
    field: Field | None = None
    of: tuple[Place, ...] = ()
    members: tuple[tuple[str, Place], ...] = ()
    rows: bool = False

    def at(self, rest: str, language: str | None = None) -> Place:
        """The place of a path that starts here."""
        if self.rows:
            rest = _behind_brackets(rest)
        for name, place in self.members:
            if rest == name or rest.startswith((f"{name}.", f"{name}[")):
                return place.at(rest[len(name) :].removeprefix("."))
        if rest in ("", "@") or (rest == "." and (language or self.language) == "xpath"):
            return self
        if self.kind in ("path", "out"):
            return replace(self, name=join(self.name, rest, language or self.language), members=(), rows=False)
        return replace(self, rest=join(self.rest, rest, "jmespath"))

    def items(self, suffix: str) -> Place:
        """The place of its items: of a list (`[]`), or of an object's members (`.*`)."""
        if self.rows:
            return replace(self, rows=False)
        if self.kind == "path":
            shown = f"{self.name}{suffix}" if self.name else suffix.lstrip(".")
            return self if self.language == "xpath" else replace(self, name=shown, members=())
        return replace(self, rest=f"{self.rest}{suffix}")


def join(base: str, rest: str, language: str) -> str:
    """Two path texts as one."""
    if language == "xpath":
        while base and rest.startswith(".."):
            base, rest = base.rpartition("/")[0], rest[2:].removeprefix("/")
        rest = rest.removeprefix("./")
        return rest if not base or rest.startswith("/") else f"{base}/{rest}" if rest else base
    return f"{base}{rest}" if rest.startswith("[") or not base else f"{base}.{rest}"


def _behind_brackets(rest: str) -> str:
    return rest[rest.index("]") + 1 :].removeprefix(".") if rest.startswith("[") and "]" in rest else rest


class Places:
    """The places of one plan; contexts are told apart by their name in generated code."""

    def __init__(self, plan: Plan) -> None:
        self._root = Place("path", language=plan.root.language)
        self._contexts: dict[str, Loop | Use | str] = {}
        self._counters: dict[int, tuple[Kind, Loop]] = {}
        self._values: dict[str, Place] = {}
        self._out = plan.out
        self._group: Group | None = plan.group
        self._outer = plan.loops
        for node in walk(plan):
            if isinstance(node, Loop):
                self._loop(node)
            elif isinstance(node, Use) and node.at is not None:
                self._contexts[node.ctx.local] = node
            elif isinstance(node, Each):
                if not node.loops and node.inner.parent is not None:
                    self._contexts[node.inner.local] = node.inner.parent.local
                for loop in node.loops[-1:]:
                    self._counters[id(node.index)] = self._counters[id(node.number)] = ("index", loop)
        self._known: dict[int, Place] = {}
        self.lets = [node for node in walk(plan) if isinstance(node, Let)]
        """Each after those of its level that it uses: who follows them in this order needs no deep recursion."""
        for let in self.lets:
            self._known[id(let.var)] = self.variable(let.var)

    def _loop(self, loop: Loop) -> None:
        self._contexts[loop.item.local] = loop
        for var in (loop.key, loop.scope_key, *loop.captures):
            if var is not None:
                self._counters[id(var)] = ("key", loop)
        if loop.index is not None:
            self._counters[id(loop.index)] = ("index", loop)

    def pipe(self, ctx: Ctx, place: Place) -> None:
        """Say what the relative paths of a step (`get`, `filter`) start from."""
        self._values[ctx.local] = place

    def of(self, path: PathPlan) -> Place:
        """Where a path leads."""
        return self.start(path).at(rest_of(path), language_of(path))

    def start(self, path: PathPlan) -> Place:
        """Where a path starts: its variable, or its context."""
        return self.context(path.ctx.local) if path.var is None else self.variable(path.var)

    def over(self, loop: Loop) -> tuple[Place, ...]:
        """What a loop iterates over: one place, or those of `zip`."""
        if loop.zip:
            return tuple(self.of(path) for _, path in loop.zip)
        return (self.of(loop.path),) if loop.path is not None else ()

    def item(self, loop: Loop) -> Place:
        """What a loop makes of each turn."""
        if loop.zip:
            members = tuple((name, self.of(path).items("[]")) for name, path in loop.zip)
            return Place("value", of=tuple(place for _, place in members), members=members)
        found = self.over(loop)
        return found[0].items(".*" if loop.entries else "[]") if found else self._root

    def context(self, local: str) -> Place:
        """What relative paths of a context start from, by its name in generated code."""
        if local in self._values:
            return self._values[local]
        found = self._contexts.get(local)
        if isinstance(found, str):
            return self.context(found)
        if isinstance(found, Loop):
            return self.item(found)
        if isinstance(found, Use) and found.at is not None:
            return self.of(found.at)
        return self._root

    def variable(self, var: Var) -> Place:
        """What a scope variable stands for; one that only renames a path is that path."""
        if id(var) in self._known:
            return self._known[id(var)]
        if var is self._out:
            return Place("out")
        if self._group is not None and var is self._group.rows:
            named = tuple((loop.var.name, self.item(loop)) for loop in self._outer if loop.var is not None)
            return replace(self._root, members=named, rows=True)
        if id(var) in self._counters:
            kind, loop = self._counters[id(var)]
            return Place(kind, of=self.over(loop))
        if var.origin == "let" and isinstance(var.plan, Field):
            alias = alias_of(var.plan)
            return self.of(alias) if alias is not None else Place("let", var.name, field=var.plan)
        if var.origin == "context":
            return Place("parameter", var.name.removeprefix("context."))
        if var.origin in ("meta", "run"):
            return Place("meta" if var.origin == "meta" else "run", var.name)
        return self.context(var.expr)


def alias_of(field: Field) -> PathPlan | None:
    """The one path that a field is nothing but another name for."""
    if not isinstance(field.origin, Source) or len(field.origin.paths) != 1 or field.steps or field.let:
        return None
    plain = field.when is None and not field.has_default and field.check is None
    own = field.required == "no" and field.on_error == "fail"
    return field.origin.paths[0] if plain and own and not field.sensitive else None


def rest_of(path: PathPlan) -> str:
    """The text of a path behind its variable."""
    if path.var is None or not path.var.name:
        return path.text
    rest = path.text[1 + len(path.var.name) :]
    return rest.removeprefix("/" if path.var.kind == "node" and path.var.language == "xpath" else ".")


def language_of(path: PathPlan) -> str:
    """The language that `rest_of` is written in."""
    if path.var is None:
        return path.ctx.language
    return path.var.path_language if path.var.kind == "node" else "jmespath"
