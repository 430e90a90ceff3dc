"""Normal forms: what each target field means, whatever it is called and wherever it is written, for comparison."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import field

from ..lean import lean_dataclass
from .calc import Bin, Neg, Node, Num
from .mapper import Mapper
from .normal_cond import NormalConditions
from .normal_op import Op, Ops, constant
from .plan import (
    Array,
    Calc,
    Const,
    Each,
    Field,
    KeyedObject,
    Lookup,
    Object,
    Origin,
    OutputPlan,
    Source,
    Switch,
    Template,
    Use,
)
from .plan_path import PathPlan

_STRUCTURES = (Object, Each, KeyedObject, Use)


@lean_dataclass
class NormalForm:
    """A mapping's meaning. `fields` by stream and target; the target "" is the record itself: what decides about it.

    The second output of one name is a stream of its own here: `events (2)`.
    """

    settings: dict[str, str]
    fields: dict[tuple[str, str], Ops] = field(default_factory=dict)
    pointers: dict[tuple[str, str], str] = field(default_factory=dict)


def normal_form(mapper: Mapper) -> NormalForm:
    """The normal form of a compiled mapping."""
    from .normal_settings import settings

    found = NormalForm(settings(mapper))
    normal = Normalizer(mapper)
    seen: Counter[str] = Counter()
    for output in mapper.plan.outputs:
        seen[output.name] += 1
        stream = output.name if seen[output.name] == 1 else f"{output.name} ({seen[output.name]})"
        for name, pointer, ops in normal.entries(output):
            found.fields[stream, name] = ops
            found.pointers[stream, name] = pointer
    return found


class Normalizer(NormalConditions):
    """Turns the nodes of one plan into operations: lets and fragments dissolved, paths absolute, names gone."""

    def entries(self, output: OutputPlan) -> Iterator[tuple[str, str, Ops]]:
        """Each target of an output with its pointer and operations."""
        ops = self._record(output)
        if ops:
            yield "", output.pointer, ops
        if isinstance(output.body, Object):
            yield from self._members(output.body, "", output.pointer)
        else:
            yield from self._entry(output.body, "@")

    def _record(self, output: OutputPlan) -> Ops:
        plan, found = self.plan, []
        if plan.filter is not None:
            found.append(Op("filter", parts=((self.cond(plan.filter),),)))
        found += [self.loop(loop, "explode") for loop in (*plan.loops, *output.loops)]
        found += [Op("where", parts=((self.cond(w),),)) for w in (plan.where, output.where) if w is not None]
        if plan.group is not None:
            found.append(Op("group", plan.group.scope, parts=tuple(self.ops(by) for by in plan.group.by)))
        for rule in plan.checks:
            found.append(Op("rule", f"{rule.level} {rule.message}", parts=((self.cond(rule.cond),),)))
        return tuple(found)

    def _entry(self, field: Field, name: str) -> Iterator[tuple[str, str, Ops]]:
        if field.steps or field.otherwise is not None or not isinstance(field.origin, _STRUCTURES):
            yield name, field.pointer, self.ops(field)
            return
        origin, own = field.origin, self._modifiers(field)
        if isinstance(origin, Object):
            yield from self._own(name, field.pointer, own, "object")
            yield from self._members(origin, name, field.pointer)
        elif isinstance(origin, Use):
            at = () if origin.at is None else (Op("at", parts=(self.path(origin.at),)),)
            yield from self._own(name, field.pointer, (*at, *own), "object")
            yield from self._members(origin.body, name, field.pointer)
        else:
            yield from self._list(origin, name, field.pointer, own)

    def _own(self, name: str, pointer: str, own: Ops, kind: str) -> Iterator[tuple[str, str, Ops]]:
        if own:
            yield name, pointer, (Op(kind), *own)

    def _list(self, origin: Each | KeyedObject, name: str, pointer: str, own: Ops) -> Iterator[tuple[str, str, Ops]]:
        each = origin if isinstance(origin, Each) else origin.each
        keyed: Ops = ()
        if isinstance(origin, KeyedObject):
            keyed = (Op("keys", origin.duplicates, parts=tuple(self.ops(key) for key in origin.keys)),)
        yield name, pointer, (*self._selection(each), *keyed, *own)
        below = f"{name}[]" if isinstance(origin, Each) else f"{name}{origin.below}"
        if isinstance(each.body, Object):
            yield from self._members(each.body, below, pointer)
        else:
            yield from self._entry(each.body, below)

    def _members(self, body: Object, name: str, pointer: str) -> Iterator[tuple[str, str, Ops]]:
        for key, member in body.members:
            shown = key.replace(".", "\\.")
            shown = f"{name}.{shown}" if name else shown
            if isinstance(member, Object):
                yield from self._members(member, shown, pointer)
            else:
                yield from self._entry(member, shown)
        rest = f"{name}.*" if name else "*"
        if body.passthrough is not None:
            rule = body.passthrough
            only = "all" if rule.only is None else f"only {', '.join(sorted(rule.only))}"
            out = f", not {', '.join(sorted(rule.exclude))}" if rule.exclude else ""
            yield rest, f"{pointer}/passthrough", (Op("passthrough", f"{only}{out}"),)
        if body.spread is not None:
            yield f"{rest} (spread)", body.spread.pointer, self.ops(body.spread)

    # ---- values -------------------------------------------------------------------------------------------------

    def ops(self, field: Field) -> Ops:
        """The whole way of a value: origin, steps, and what becomes of it."""
        return (*self._origin(field.origin), *self.steps(field.steps), *self._modifiers(field))

    def _modifiers(self, field: Field) -> Ops:
        found: list[Op] = []
        if field.has_default:
            found.append(Op("default", constant(field.default)))
        if field.required != "no":
            found.append(Op("required", "" if field.required == "value" else field.required))
        if field.check is not None:
            found += self.steps([field.check])
        if field.when is not None:
            found.append(Op("when", parts=((self.cond(field.when),),)))
        if field.otherwise is not None:
            found.append(Op("else", parts=(self.ops(field.otherwise),)))
        if field.on_error != "fail":
            found.append(Op("on_error", field.on_error))
        if field.sensitive:
            found.append(Op("sensitive"))
        return tuple(found)

    def _origin(self, origin: Origin) -> Ops:
        if isinstance(origin, Source):
            if len(origin.paths) == 1:
                return self.path(origin.paths[0])
            return (Op("first", parts=tuple(self.path(path) for path in origin.paths)),)
        if isinstance(origin, Const):
            return (Op("const", constant(origin.value)),)
        if isinstance(origin, Template):
            return (self._template(origin),)
        if isinstance(origin, Calc):
            return (self._calc(origin),)
        if isinstance(origin, Switch):
            cases: list[Ops] = []
            for cond, then in origin.cases:
                cases += [(self.cond(cond),), self.ops(then)]
            if origin.otherwise is not None:
                cases.append(self.ops(origin.otherwise))
            words = (f"case {n // 2 + 1}{'' if n % 2 else ' condition'}" for n in range(2 * len(origin.cases)))
            return (Op("switch", parts=tuple(cases), labels=(*words, "else")),)
        if isinstance(origin, Lookup):
            return (*self.ops(origin.key), *self.steps([origin.step]))
        if isinstance(origin, Array):
            labels = tuple(f"[{number}]" for number in range(len(origin.items)))
            value = "compact" if origin.compact else ""
            return (Op("array", value, parts=tuple(self.ops(item) for item in origin.items), labels=labels),)
        if isinstance(origin, _STRUCTURES):
            whole = Field("", "", origin)
            entries = sorted(self._entry(whole, ""), key=lambda entry: entry[0])
            names = tuple(name.lstrip(".") for name, _, _ in entries)
            return (Op("object", json.dumps(names), parts=tuple(ops for _, _, ops in entries), labels=names),)
        return ()

    def _template(self, origin: Template) -> Op:
        shape, shown = "", ""
        parts: list[Ops] = []
        labels: list[str] = []
        for part in origin.parts:
            if isinstance(part, PathPlan):
                shape += f"\0{len(parts)}\0"
                shown += f"{{{part.text}}}"
                parts.append(self.path(part))
                labels.append(part.text)
            else:
                shape += part
                shown += part
        return Op("template", f"{shape}\0{origin.if_missing}", tuple(parts), json.dumps(shown), tuple(labels))

    def _calc(self, origin: Calc) -> Op:
        names = list(origin.variables)

        def shape(node: Node) -> str:
            if isinstance(node, Num):
                return str(node.value)
            if isinstance(node, Neg):
                return f"-{shape(node.part)}"
            if isinstance(node, Bin):
                return f"({shape(node.left)} {node.op} {shape(node.right)})"
            return f"${names.index(node.name)}"

        def shown(node: Node) -> str:
            if isinstance(node, Bin):
                return f"({shown(node.left)} {node.op} {shown(node.right)})"
            if isinstance(node, Neg):
                return f"-{shown(node.part)}"
            return str(node.value) if isinstance(node, Num) else node.name

        text = shown(origin.tree)
        text = text[1:-1] if isinstance(origin.tree, Bin) else text
        parts = tuple(self.path(path) for path in origin.variables.values())
        return Op("calc", shape(origin.tree), parts, text, tuple(names))

    def _selection(self, each: Each) -> Ops:
        """What a list iterates over, and which of it in what order."""
        found = [self.loop(loop, "each") for loop in each.loops]
        if each.where is not None:
            found.append(Op("where", parts=((self.cond(each.where),),)))
        if each.sort:
            order = " ".join("desc" if key.desc else "asc" for key in each.sort)
            found.append(Op("sort", order, parts=tuple(self.ops(key.field) for key in each.sort)))
        if each.distinct:
            found.append(Op("distinct_by", parts=tuple(self.path(path) for path in each.distinct)))
        if each.limit is not None:
            found.append(Op("limit", str(each.limit)))
        return tuple(found)
