"""Normal forms of paths, steps, loops and conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .mapper import Mapper
from .normal_op import Op, Ops, constant, joined
from .places import Place, Places
from .plan import Field, Loop
from .plan_path import PathPlan
from .plan_step import (
    AllCond,
    AnyCond,
    CallStep,
    Cond,
    EachStep,
    ExprCond,
    FilterStep,
    GetStep,
    LookupStep,
    MapStep,
    NotCond,
    OpTest,
    PathCond,
    Step,
)


class NormalConditions:
    """The parts of a normal form below fields."""

    def __init__(self, mapper: Mapper) -> None:
        self.plan = mapper.plan
        self.places = Places(mapper.plan)
        self._lets: dict[int, Ops] = {}
        for let in self.places.lets:
            self._place(self.places.variable(let.var))

    def ops(self, field: Field) -> Ops:
        """The whole way of a value."""
        raise NotImplementedError

    def path(self, path: PathPlan) -> Ops:
        """What a path reads: a place of the record, or the way of a `let`."""
        return self._place(self.places.of(path))

    def _place(self, place: Place) -> Ops:
        if place.kind == "let" and place.field is not None:
            key = id(place.field)
            if key not in self._lets:
                self._lets[key] = self.ops(place.field)
            ops = self._lets[key]
            return (*ops, Op("step", f"get {place.rest}")) if place.rest else ops
        if place.kind == "path":
            return (Op("path", place.name, text=place.name or "@"),)
        inner = tuple(self._place(part) for part in place.of)
        name = {"parameter": "$context.", "value": "@"}.get(place.kind, "$") + place.name
        text = f"{name}{'.' * bool(place.rest and place.name)}{place.rest}" if place.kind != "key" else "$key"
        if place.kind in ("index", "key"):
            text = f"{place.kind} in {', '.join(joined(part) for part in inner)}"
        return (Op("path", f"{place.kind} {text}", inner, text=text),)

    # ---- steps --------------------------------------------------------------------------------------------------

    def steps(self, steps: Sequence[Step]) -> Ops:
        """Steps in their order."""
        return tuple(self._step(step) for step in steps)

    def _step(self, step: Step) -> Op:
        if isinstance(step, CallStep):
            return self._call(step)
        if isinstance(step, MapStep):
            table = constant(step.table) + (f" else {constant(step.otherwise)}" if step.has_else else "")
            return Op("step", f"map {table}")
        if isinstance(step, EachStep):
            inner = self.steps(step.steps)
            return Op("step", "each", (inner,), text=f"each({joined(inner)})")
        if isinstance(step, LookupStep):
            column = step.returns if isinstance(step.returns, str) else ", ".join(step.returns or ("*",))
            missing = "" if step.on_missing == "error" else f" on_missing {step.on_missing}"
            return Op("step", f"lookup {step.table.name}.{column}{missing}")
        if isinstance(step, GetStep):
            self.places.pipe(step.ctx, Place("value"))
            return Op("step", "get", (self.path(step.path),), text=f"get {step.path.text}")
        if isinstance(step, FilterStep):
            self.places.pipe(step.ctx, Place("value"))
            cond = self.cond(step.cond)
            return Op("step", "filter", ((cond,),), text=f"filter {cond}")
        tests = " and ".join(sorted(self._test(test) for test in step.tests))
        parts = tuple(self.path(test.path) for test in step.tests if test.path is not None)
        return Op("check", f"{tests}{step.message and f' ({step.message})'}", parts, text=tests)

    def _call(self, step: CallStep) -> Op:
        """A resolver with all its arguments: leaving one out and giving its default are the same."""
        optional = (p for p in step.resolver.params if not p.required and not p.variadic)
        defaults: dict[str, Any] = {param.python_name: param.default for param in optional}
        given = defaults | step.args
        refs: list[str] = []
        parts: list[Ops] = []
        labels: list[str] = []
        for name, ref in sorted(step.refs.items()):
            for part in ref if isinstance(ref, list) else [ref]:
                if isinstance(part, PathPlan):
                    parts.append(self.path(part))
                    labels.append(part.text)
                    refs.append(name)
                else:
                    refs.append(f"{name} {constant(part)}")
            given.pop(name, None)
        called = ", ".join(f"{name}={constant(value)}" for name, value in sorted(given.items()))
        changed = {name: value for name, value in step.args.items() if name not in defaults or value != defaults[name]}
        shown = [*(f"{name.rstrip('_')}={constant(value)}" for name, value in changed.items()), *labels]
        text = f"{step.resolver.name}({', '.join(shown)})" if shown else step.resolver.name
        guard = " guarded" if step.guarded else ""
        value = f"{step.resolver.name}({called}; {', '.join(refs)}){guard}"
        return Op("step", value, tuple(parts), text, tuple(labels))

    # ---- conditions and loops -----------------------------------------------------------------------------------

    def cond(self, cond: Cond) -> Op:
        """A condition; the order of what is tested together does not count."""
        if isinstance(cond, AllCond | AnyCond):
            kind = "all" if isinstance(cond, AllCond) else "any"
            inner = sorted(self._flat(cond, type(cond)), key=lambda op: (op.text, op.digest))
            if len(inner) == 1:
                return inner[0]
            word = " and " if kind == "all" else " or "
            text = word.join(f"({part})" if part.kind in ("all", "any") else str(part) for part in inner)
            return Op(kind, parts=tuple((part,) for part in inner), text=text)
        if isinstance(cond, NotCond):
            part = self.cond(cond.part)
            return Op("not", parts=((part,),), text=f"not ({part})")
        if isinstance(cond, ExprCond):
            return Op("expr", parts=(self.path(cond.path),), text=cond.path.text)
        assert isinstance(cond, PathCond)
        place = self.path(cond.path)
        cast = (self._call(cond.cast),) if cond.cast else ()
        tests = sorted(cond.tests, key=self._test)
        value = " and ".join(self._test(test) for test in tests)
        operands = tuple(self.path(test.path) for test in tests if test.path is not None)
        shown = " and ".join(f"{cond.path.text} {self._test(test)}" for test in tests)
        return Op("test", value, ((*place, *cast), *operands), text=shown, labels=(cond.path.text,))

    def _flat(self, cond: AllCond | AnyCond, kind: type) -> list[Op]:
        found: list[Op] = []
        for part in cond.parts:
            found += self._flat(part, kind) if isinstance(part, kind) else [self.cond(part)]  # type: ignore[arg-type]
        return list(dict.fromkeys(found))

    def _test(self, test: OpTest) -> str:
        if test.path is not None:
            return f"{test.op} {joined(self.path(test.path))}"
        return f"{test.op} {constant(getattr(test.operand, 'pattern', test.operand))}"

    def loop(self, loop: Loop, kind: str) -> Op:
        """One level of iteration; the names that it binds do not count."""
        parts = [self._place(place) for place in self.places.over(loop)]
        about: list[str] = []
        if loop.zip:
            about.append(f"zip {loop.uneven}")
        if loop.entries:
            about.append("entries" + "".join(f" {pattern.pattern}" for pattern in loop.match))
        about += [f"except {', '.join(sorted(loop.exclude))}"] if loop.exclude else []
        about += ["outer"] if loop.outer else []
        about += [f"limit {loop.limit}"] if loop.limit is not None else []
        if loop.where is not None:
            parts.append((self.cond(loop.where),))
        if loop.repeat is not None:
            parts.append((Op("repeat", parts=(self.path(loop.repeat),)),))
        text = " ".join([", ".join(joined(part) for part in parts), *about])
        return Op(kind, " ".join(about), tuple(parts), text)
