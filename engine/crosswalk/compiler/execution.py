"""How a mapping runs: by columns or by rows, each field's class, what is slow and why, what is read, what is shared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, field
from typing import Any

from ..lean import lean_dataclass
from .apart import held_here
from .columnar.notes import Note, Unsupported
from .columnar.program import ColumnarProgram
from .columnar.steps import signature_of
from .plan import Each, Field, Plan, Source
from .plan_path import PathPlan
from .plan_step import CallStep, LookupStep, MapStep, Step
from .walk import walk

CLASSES = {"V": "exact kernel", "G": "guarded kernel", "D": "per distinct value", "R": "per record"}
_SPEED = "VGDR"


@lean_dataclass(frozen=True, slots=False)
class Slow:
    """A part that is slower than a kernel: where, why, and what to write instead (empty: nothing is known)."""

    pointer: str
    reason: str
    advice: str


@lean_dataclass(slots=False)
class FieldRun:
    """How a target field (or `$variable`) is made: its class is that of its slowest step."""

    target: str
    pointer: str
    runs: str
    steps: list[str] = field(default_factory=list)
    slow: list[Slow] = field(default_factory=list)


@lean_dataclass(frozen=True, slots=False)
class Shared:
    """Steps on one path that several fields have, computed once: `trim(sku)` for `sku` and `name`."""

    expression: str
    targets: list[str]


@lean_dataclass(slots=False)
class Execution:
    """How a mapping runs.

    `runs`: "columns" or "rows"; in the latter case `slow` says why, and `one_process` why rows are never mapped in
    several processes, "" where many are. `reads`: the paths of the record that a reader of columns needs, None for all
    of it.
    """

    runs: str
    slow: list[Slow] = field(default_factory=list)
    reads: list[str] | None = None
    fields: list[FieldRun] = field(default_factory=list)
    shared: list[Shared] = field(default_factory=list)
    one_process: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)

    def given(self, why: list[Slow]) -> Execution:
        """How it runs on records that have no columns for these reasons; the same where there are none."""
        return Execution("rows", why, one_process=self.one_process) if why else self


def execution_of(plan: Plan, program: ColumnarProgram | Unsupported | None) -> Execution:
    """How a plan runs, by its columnar program or by what keeps it from having one."""
    if not isinstance(program, ColumnarProgram):
        parts = [(program.pointer, program)] if program is not None else []
        found = (program.fields if program is not None else []) or parts
        slow = [Slow(why.pointer or pointer, why.reason, why.advice) for pointer, why in found]
        return Execution("rows", slow, one_process=held_here(plan))
    by_row = {id(part) for part, _ in program.by_row}
    notes: dict[str, list[Note]] = defaultdict(list)
    for note in program.notes:
        notes[note.target or note.pointer].append(note)
    gathered: dict[str, tuple[str, list[Note]]] = {}
    counted: dict[tuple[Any, ...], tuple[str, list[str]]] = {}
    hidden: list[str] = []
    for node in walk(plan):
        if not isinstance(node, Field) or not node.target or _below(node.target, hidden):
            continue
        own = list(dict.fromkeys(notes.pop(node.target, []) + notes.pop(node.pointer, [])))
        if id(node) in by_row:
            hidden.append(node.target)
            own = [note for note in own if note.what == "field"]
        else:
            _count(node, counted)
        if own or not isinstance(node.origin, Each):
            # The branches of a switch have its target.
            gathered.setdefault(node.target, (node.pointer, []))[1].extend(own)
    # Conditions and the like belong to no field.
    rest = [(key, held) for key, held in notes.items() if not _below(key, hidden)]
    fields = [_field_run(target, pointer, held) for target, (pointer, held) in gathered.items()]
    fields += [_field_run(key, held[0].pointer, held) for key, held in rest if any(n.why for n in held)]
    shared = [Shared(text, targets) for text, targets in counted.values() if len(targets) > 1]
    return Execution("columns", [], _paths(program.names), fields, _widest(shared), held_here(plan))


def _field_run(target: str, pointer: str, notes: list[Note]) -> FieldRun:
    kind = max((note.kind for note in notes), key=_SPEED.index, default="V")
    slow = [Slow(note.pointer, note.why, note.advice) for note in notes if note.why]
    steps = [note.what for note in notes if note.what != "field"]
    return FieldRun(target, pointer, CLASSES[kind], steps, slow)


def _below(target: str, hidden: list[str]) -> bool:
    return any(target.startswith((f"{name}.", f"{name}[", f"{name}/")) for name in hidden)


def _count(node: Field, counted: dict[tuple[Any, ...], tuple[str, list[str]]]) -> None:
    """Note the leading steps of a field, which others may have on the same path."""
    if not isinstance(node.origin, Source) or len(node.origin.paths) != 1:
        return
    path = node.origin.paths[0]
    key: tuple[Any, ...] = (_base(path), path.text, path.empty)
    text = path.text
    for step in node.steps:
        signature = signature_of(step)
        if signature is None:
            return
        key, text = (*key, signature), f"{_word(step)}({text})"
        _, targets = counted.setdefault(key, (text, []))
        if node.target not in targets:
            targets.append(node.target)


def _base(path: PathPlan) -> int:
    return path.ctx.id if path.var is None else id(path.var)


def _word(step: Step) -> str:
    if isinstance(step, CallStep):
        return step.resolver.name
    return {MapStep: "map", LookupStep: "lookup"}[type(step)]


def _widest(shared: list[Shared]) -> list[Shared]:
    """Without those whose fields all share a further step, too."""
    return [
        one
        for one in shared
        if not any(f"({one.expression})" in more.expression and one.targets == more.targets for more in shared)
    ]


def _paths(names: Any, before: str = "") -> list[str] | None:
    """The leaves of a tree of names."""
    if names is None:
        return None
    found: list[str] = []
    for name, below in names.items():
        inner = _paths(below, before + name + ("" if name.endswith("/") else ".")) if below else None
        found += inner or [before + name]
    return found
