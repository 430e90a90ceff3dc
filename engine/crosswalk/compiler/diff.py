"""Differences between two mappings in what they mean, field by field, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from difflib import SequenceMatcher
from typing import Any, Literal

from ..lean import lean_dataclass
from .diff_used import Key, used_changes
from .mapper import Mapper
from .normal import NormalForm, normal_form
from .normal_op import WORDS, Op, Ops, joined

ORIGINS = frozenset(("path", "first", "const", "template", "calc", "switch", "array", "object"))
CONDITIONS = frozenset(("test", "all", "any", "not", "expr"))
DEEPEST = 4
"""Differences inside of differences are told so far down."""
RECORDS = "(records)"
"""Stands for a field where the difference is about which records there are."""


@lean_dataclass(frozen=True)
class Change:
    """What became of one target field of one stream.

    `words`: one sentence for each difference. `old`, `new`: the whole way of the value, "" where there is none; for
    a renamed field the two names.
    """

    field: str
    stream: str
    kind: Literal["added", "removed", "changed", "renamed"]
    words: tuple[str, ...]
    old: str = ""
    new: str = ""
    old_pointer: str = ""
    new_pointer: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The `--json` shape."""
        return asdict(self) | {"words": list(self.words)}


@lean_dataclass(frozen=True)
class MappingDiff:
    """Two mappings compared. `settings`: what changed for the whole (source, target, parameters, tables), in words."""

    settings: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether both mean the same."""
        return not self.settings and not self.changes

    def to_dict(self) -> dict[str, Any]:
        """The `--json` shape."""
        changes = [change.to_dict() for change in self.changes]
        return {"same": self.same, "settings": list(self.settings), "changes": changes}


def compare(old: Mapper, new: Mapper) -> MappingDiff:
    """What `new` means otherwise than `old`.

    Layout, comments, the order of keys, and what is only moved (into `let`, fragments, pipelines, included files) do
    not count: both are compared with lets and fragments dissolved and paths absolute.
    """
    first, second = normal_form(old), normal_form(new)
    settings = _settings(first, second)
    used = used_changes(old, new, settings)
    return MappingDiff(tuple(settings.values()), tuple(_with_used(list(_changes(first, second)), used, second)))


def _settings(old: NormalForm, new: NormalForm) -> dict[str, str]:
    found = {}
    for name in dict.fromkeys((*old.settings, *new.settings)):
        before, after = old.settings.get(name), new.settings.get(name)
        if before != after:
            found[name] = f"{name}: {before or 'not set'} → {after or 'not set'}"
    return found


def _with_used(changes: list[Change], used: dict[Key, list[str]], new: NormalForm) -> Iterator[Change]:
    """The changes, with what became of tables and parameters; a field that is the same but for these is changed."""
    for change in changes:
        words = used.pop((change.stream, "" if change.field == RECORDS else change.field), [])
        yield replace(change, words=(*change.words, *words)) if change.kind == "changed" else change
    for (stream, name), words in used.items():
        way, pointer = joined(new.fields.get((stream, name), ())), new.pointers.get((stream, name), "")
        yield Change(name or RECORDS, stream, "changed", tuple(words), way, way, pointer, pointer)


def _changes(old: NormalForm, new: NormalForm) -> Iterator[Change]:
    renamed = _renamed(old, new)
    gone = {key for key, _ in renamed.items()}
    came = set(renamed.values())
    for key, ops in old.fields.items():
        stream, name = key
        if key in gone:
            target = renamed[key][1]
            yield Change(
                name, stream, "renamed", (f"renamed to {target}",), name, target, old.pointers[key],
                new.pointers[renamed[key]],
            )  # fmt: skip
        elif key not in new.fields:
            kind: Literal["removed", "changed"] = "removed" if name else "changed"
            words = (f"was {joined(ops)}",) if name else tuple(difference(ops, ()))
            yield Change(name or RECORDS, stream, kind, words, joined(ops), "", old.pointers[key])
        elif ops != new.fields[key]:
            after = new.fields[key]
            words = tuple(dict.fromkeys(difference(ops, after)))
            yield Change(
                name or RECORDS, stream, "changed", words, joined(ops), joined(after), old.pointers[key],
                new.pointers[key],
            )  # fmt: skip
    for key, ops in new.fields.items():
        if key not in old.fields and key not in came:
            stream, name = key
            added: Literal["added", "changed"] = "added" if name else "changed"
            words = (f"is {joined(ops)}",) if name else tuple(difference((), ops))
            yield Change(name or RECORDS, stream, added, words, "", joined(ops), "", new.pointers[key])


def _renamed(old: NormalForm, new: NormalForm) -> dict[tuple[str, str], tuple[str, str]]:
    """Fields that are gone, each with the one new field of its stream that means just the same."""
    gone = {key: ops for key, ops in old.fields.items() if key not in new.fields and key[1]}
    came = {key: ops for key, ops in new.fields.items() if key not in old.fields and key[1]}
    found = {}
    for key, ops in gone.items():
        twins = [other for other, its in came.items() if its == ops and other[0] == key[0]]
        rivals = [other for other, its in gone.items() if its == ops and other[0] == key[0]]
        if len(twins) == len(rivals) == 1 and ops[0].kind != "const":
            found[key] = twins[0]
    return found


def difference(old: Ops, new: Ops, depth: int = 0) -> Iterator[str]:
    """What changed from one way of a value to another, a phrase each; `depth` variables inside each other."""
    if depth > DEEPEST:
        yield "changed"
        return
    gone: list[Op] = []
    came: list[Op] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += old[a:b]
            came += new[c:d]
    moved = [op for op in gone if op in came]
    gone, came = [op for op in gone if op not in moved], [op for op in came if op not in moved]
    for op in list(gone):
        other = next((op2 for op2 in came if _pairs(op, op2)), None)
        if other is not None:
            gone.remove(op)
            came.remove(other)
            yield from _pair(op, other, depth)
    for op in gone:
        yield f"{_noun(op)} removed: {op.text}".removesuffix(": ")
    for op in came:
        yield f"{_noun(op)} added: {op.text}".removesuffix(": ")
    if moved:
        before, after = (joined(tuple(op for op in ops if op.kind == moved[0].kind)) for ops in (old, new))
        yield f"order changed: {before} → {after}"


def _pairs(old: Op, new: Op) -> bool:
    if old.kind in ORIGINS and new.kind in ORIGINS:
        return True
    if old.kind == new.kind == "step":
        return _name(old) == _name(new)
    if old.kind in CONDITIONS and new.kind in CONDITIONS:
        return True
    return old.kind == new.kind


def _name(step: Op) -> str:
    return step.value.partition("(")[0].partition(" ")[0]


def _pair(old: Op, new: Op, depth: int) -> Iterator[str]:
    """Two operations that stand for each other: what is inside decides, where their form is the same."""
    same_form = (old.kind, old.value, len(old.parts)) == (new.kind, new.value, len(new.parts))
    if old.kind in CONDITIONS:
        yield from _conditions(old, new)
        return
    if same_form and old.parts:
        for number, (before, after) in enumerate(zip(old.parts, new.parts, strict=True)):
            if before != after:
                label = new.labels[number] if number < len(new.labels) else ""
                phrases = list(difference(before, after, depth + 1))
                yield from (_inside(label or (old.kind if old.kind not in ORIGINS else ""), text) for text in phrases)
        return
    if old.kind in ORIGINS and old.kind != new.kind:
        yield f"was {old}, is {new}"
    elif old.kind == "switch":
        yield from _cases(old, new)
    elif old.kind == "object":
        yield from _members(old, new, depth)
    else:
        yield f"{_noun(new)}: {old.text or 'none'} → {new.text or 'none'}"


def _conditions(old: Op, new: Op) -> Iterator[str]:
    """What must hold together besides, and what no longer."""
    before, after = ([part for (part,) in op.parts] if op.kind == "all" else [op] for op in (old, new))
    gone, came = [op for op in before if op not in after], [op for op in after if op not in before]
    if len(gone) == len(came) == 1:
        yield f"{gone[0]} → {came[0]}"
        return
    yield from (f"condition removed: {op}" for op in gone)
    yield from (f"condition added: {op}" for op in came)


def _inside(label: str, text: str) -> str:
    return f"in {label}: {text}" if label else text


def _cases(old: Op, new: Op) -> Iterator[str]:
    """Switches with another number of cases."""
    before, after = ([(op.parts[n], op.parts[n + 1]) for n in range(0, len(op.parts) - 1, 2)] for op in (old, new))
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (f"case removed: {joined(cond)} gives {joined(then)}" for cond, then in before[a:b])
            yield from (f"case added: {joined(cond)} gives {joined(then)}" for cond, then in after[c:d])
    rest = [op.parts[-1] if len(op.parts) % 2 else () for op in (old, new)]
    if rest[0] != rest[1]:
        yield f"else: {joined(rest[0])} → {joined(rest[1])}"


def _members(old: Op, new: Op, depth: int) -> Iterator[str]:
    before, after = (dict(zip(op.labels, op.parts, strict=True)) for op in (old, new))
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"{name} removed"
        elif name not in before:
            yield f"{name} added: {joined(after[name])}"
        elif before[name] != after[name]:
            yield from (f"in {name}: {text}" for text in difference(before[name], after[name], depth + 1))


def _noun(op: Op) -> str:
    return {
        "const": "constant",
        "test": "condition",
        "all": "condition",
        "any": "condition",
        "when": "condition (when)",
    }.get(op.kind, WORDS.get(op.kind, op.kind))
