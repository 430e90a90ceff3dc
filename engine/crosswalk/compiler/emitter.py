"""The emitter's shared state, and paths as code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ..errors import ConnectorError
from ..plugin.path import PathLanguage
from ..values import INT64_MAX, INT64_MIN, MISSING
from . import ops_calc, ops_compare, ops_iterate, ops_member, ops_value
from .failures import fail
from .memo import Memo, remembers
from .ops_value import Place
from .plan import CallStep, Ctx, Field, Object, PathPlan, Var
from .poison import POISON, Poisoned
from .quick import SLOW, Quick, Value
from .writer import Writer

BASE_NAMES: dict[str, Any] = {
    "M": MISSING,
    "Decimal": Decimal,
    "NUMBERS": ops_calc.NUMBERS,
    "NOVARS": {},
    "INT64_MIN": INT64_MIN,
    "INT64_MAX": INT64_MAX,
    "POISON": POISON,
    "Poisoned": Poisoned,
    "fail": fail,
    "ConnectorError": ConnectorError,
    "SLOW": SLOW,
    **{
        name: getattr(module, name)
        for module, names in (
            (
                ops_value,
                "accept as_list blank required fresh text map_key not_in_map lookup_key lookup_miss check_failed",
            ),
            (ops_value, "must no_get other_get read_paths refuse"),
            (ops_calc, "add sub mul div mod neg overflow"),
            (ops_compare, "truth"),
            (ops_iterate, "entries_of zip_lists match_key repeat_count sort_items distinct_items hashable"),
            (ops_member, "put_key spread_into"),
        )
        for name in names.split()
    },
}
"""What generated code may call by name."""


Sparse = frozenset[Place]
"""Paths of names that often match nothing, each with the number of its context."""


class Emitter:
    """Writes one mapping's code. Languages are needed for the text of a context (`$line` as a value)."""

    def __init__(
        self, languages: dict[str, PathLanguage], *, tracing: bool = False, sparse: Sparse = frozenset()
    ) -> None:
        self.w = Writer(tracing=tracing)
        self.w.namespace.update(BASE_NAMES)
        self.languages = languages
        self._getters: dict[int, tuple[int, int, list[bool]]] = {}
        self._prefixes: dict[int, dict[tuple[str, ...], str]] = {}
        self._reads: dict[tuple[int, tuple[str | int, ...]], str] = {}
        self.sparse = sparse
        self.missing_as_null = False
        self.passed_on = 0
        """How many of the fields around pass what they are made of on to steps, which must not see poison in it."""
        self.quick: Quick | None = None
        """What is written without guards, in the quick attempt."""
        self.varied: frozenset[str] = frozenset()
        """Places of steps that see another text nearly every time."""
        self.values: dict[str, Value] = {}
        """By the text that reads it: variables that an expression of the quick attempt set."""

    def remembers(self, step: CallStep) -> bool:
        """Whether results of the step are looked up by the text."""
        return step.pointer not in self.varied and remembers(step)

    def memo(self, step: CallStep) -> str:
        """The name of the results of the step."""
        memo = Memo(step)
        self.w.memos.append(memo)
        return self.w.const(memo, "K")

    def is_quick(self, part: Field | Object) -> bool:
        """Whether the part is written without a guard."""
        return self.quick is not None and id(part) in self.quick.parts

    # ---- contexts -----------------------------------------------------------------------------------------------

    @contextmanager
    def context(self, ctx: Ctx) -> Iterator[None]:
        """Code inside reads paths relative to `ctx`, whose local is set: its getter and shared prefixes come first."""
        w = self.w
        saved = self._getters.get(ctx.id), self._prefixes.get(ctx.id)
        used = [False]
        w.unmark()
        self._getters[ctx.id] = (w.hole(), w.depth, used)
        self._prefixes[ctx.id] = {}
        dense = [path for path in ctx.reads if (ctx.id, path) not in self.sparse]
        if self.quick is not None and self.quick.covers(ctx):
            known = self._read_quickly(ctx, dense, self.quick.reads.get(ctx.id, {}))
        else:
            self._read_all(ctx, dense)
            known = {}
        if len(dense) < len(ctx.reads):
            self._read_prefixes(ctx, known)
        yield
        hole, depth, _ = self._getters[ctx.id]
        if used[0]:
            c = ctx.local
            w.fill(hole, [f"{ctx.getter} = {c}.get if type({c}) is dict else other_get({c})"], depth)
        before, shared = saved
        if before is not None and shared is not None:
            self._getters[ctx.id], self._prefixes[ctx.id] = before, shared
        else:
            del self._getters[ctx.id], self._prefixes[ctx.id]

    def _read_prefixes(self, ctx: Ctx, known: Mapping[tuple[str, ...], str]) -> None:
        """Getters of what several paths lead through, of which some are often missing."""
        w = self.w
        sparse = [path for path in ctx.reads if (ctx.id, path) in self.sparse]
        for names in sorted((names for names, count in ctx.prefixes.items() if count > 1), key=len):
            if not any(path[: len(names)] == names for path in sparse):
                continue
            value, getter = known.get(names, ""), w.temp("q")
            if not value.isidentifier():
                w(f"{(value := w.temp('p'))} = {self._get(ctx, names)}")
            w(f"{getter} = {value}.get if type({value}) is dict else other_get({value})")
            self._prefixes[ctx.id][names] = getter

    def _read_all(self, ctx: Ctx, paths: list[tuple[str, ...]]) -> None:
        """Read every path of names once, up front, by subscripts: the fastest way in where all are there.

        Where one is not, all are read the careful way and MISSES counts it; a path that often misses is sparse in the
        next version of the code.
        """
        w = self.w
        if not paths:
            return
        known: dict[tuple[str, ...], str] = {(): ctx.local}
        reads = []
        for path in sorted(paths, key=len):
            for end in range(1, len(path) + 1):
                if path[:end] not in known:
                    known[path[:end]] = w.temp("h")
                    reads.append(f"{known[path[:end]]} = {known[path[: end - 1]]}[{path[end - 1]!r}]")
            self._reads[ctx.id, path] = known[path]
        w("try: " + "; ".join(reads))
        places = w.const([(ctx.id, path) for path in paths])
        found = "".join(f"{known[path]}, " for path in paths)
        w(f"except (LookupError, TypeError): {found}= read_paths({ctx.local}, {places}, MISSES)")
        self._set_empty(ctx, paths, known)

    def _read_quickly(
        self, ctx: Ctx, paths: list[tuple[str, ...]], uses: Mapping[tuple[str, ...], int]
    ) -> dict[tuple[str, ...], str]:
        """Read what is used several times, or on the way to several; the rest is read where it is used.

        Without a guard: where something is missing, the careful code takes over. Returns what reads each path.
        """
        w = self.w
        paths = [path for path in sorted(paths, key=len) if path in uses]
        counts: Counter[tuple[str, ...]] = Counter()
        for path in paths:
            for end in range(1, len(path) + 1):
                counts[path[:end]] += uses[path]
        known: dict[tuple[str, ...], str] = {(): ctx.local}
        for path in paths:
            for end in range(1, len(path) + 1):
                if path[:end] in known:
                    continue
                read = f"{known[path[: end - 1]]}[{path[end - 1]!r}]"
                if counts[path[:end]] > 1 or (end == len(path) and ctx.reads[path] != "keep"):
                    w(f"{(local := w.temp('h'))} = {read}")
                    read = local
                known[path[:end]] = read
            self._reads[ctx.id, path] = known[path]
        self._set_empty(ctx, paths, known)
        return known

    def _set_empty(self, ctx: Ctx, paths: list[tuple[str, ...]], known: Mapping[tuple[str, ...], str]) -> None:
        for path in paths:
            if ctx.reads[path] != "keep":
                w = self.w
                w(f'if {known[path]} == "": {known[path]} = {"M" if ctx.reads[path] == "missing" else "None"}')

    def _get(self, ctx: Ctx, names: tuple[str, ...]) -> str:
        """An expression for the value at a path of names, through the longest shared prefix."""
        shared = self._prefixes.get(ctx.id, {})
        getter = shared.get(names[:-1]) if len(names) > 1 else None
        if getter is None:
            if ctx.id in self._getters:
                self._getters[ctx.id][2][0] = True
                getter = ctx.getter
            else:
                getter = f"other_get({ctx.local})"
        return f"{getter}({names[-1]!r}, M)"

    # ---- paths --------------------------------------------------------------------------------------------------

    def path(self, path: PathPlan, local: str, *, many: bool = False) -> None:
        """Set `local` to the value of the path: a value, None or M."""
        w = self.w
        w.mark(path.pointer, local, path.text)
        compiled = path.compiled
        if compiled is None:
            w(f"{local} = {self._scalar(path.var) if path.var else 'M'}")
            if self.passed_on and path.var is not None and path.var.origin == "let":
                w(f"if {local} is POISON: raise Poisoned")
            if path.empty != "keep":
                w(f'if {local} == "": {local} = {"M" if path.empty == "missing" else "None"}')
            return
        for var in (path.var, *path.variables.values()):
            if var is not None and var.origin == "let" and not (self.quick and id(var) in self.quick.variables):
                # What a failed variable would have held is not known: not missing, and not to be reported again.
                w(f"if {var.expr} is POISON: raise Poisoned")
        read = self.known(path)
        if read is not None:
            w(f"{local} = {read}")
        elif compiled.segments is not None:
            self._plain(path, compiled.segments, local)
        else:
            function = w.const(compiled.values if many else compiled.value, "F")
            base = path.var.expr if path.var else path.ctx.local
            call = f"{function}({base}, {self._variables(path)})"
            w(f"{local} = {call}" if path.var is None else f"{local} = M if {base} is M else {call}")
        if path.empty != "keep" and read is None:
            w(f'if {local} == "": {local} = {"M" if path.empty == "missing" else "None"}')
        if w.tracing:
            w(f"T({path.pointer!r}, {path.text!r}, {local})")

    def known(self, path: PathPlan) -> str | None:
        """The local that `_read_all` left the path's value in."""
        segments = path.compiled.segments if path.compiled else None
        if path.var is not None or not segments or path.ctx.id not in self._getters:
            return None
        return self._reads.get((path.ctx.id, segments))

    def _variables(self, path: PathPlan) -> str:
        if not path.variables:
            return "NOVARS"
        return "{" + ", ".join(f"{name!r}: {var.expr}" for name, var in path.variables.items()) + "}"

    def _scalar(self, var: Var) -> str:
        if var.kind == "node":
            language = self.languages[var.language]
            if type(language).scalar is not PathLanguage.scalar:
                return f"(M if {var.expr} is M else {self.w.const(language.scalar, 'F')}({var.expr}))"
        return var.expr

    def _plain(self, path: PathPlan, segments: tuple[str | int, ...], local: str) -> None:
        w = self.w
        rest = segments
        if path.var is not None:
            w(f"{local} = {path.var.expr}")
        elif segments and isinstance(segments[0], str):
            names = path.names
            known = self._prefixes.get(path.ctx.id, {})
            if names and names in known and isinstance(segments[-1], str):
                w(f"{local} = {known[names]}({segments[-1]!r}, M)")
                return
            ends = range(len(names), 0, -1)
            start = next((end for end in ends if names[:end] in known and isinstance(segments[end], str)), 0)
            w(f"{local} = {self._get(path.ctx, (*names[:start], str(segments[start])))}")
            rest = segments[start + 1 :]
        else:
            w(f"{local} = {path.ctx.local}")
        for segment in rest:
            if isinstance(segment, str):
                w(f"{local} = {local}.get({segment!r}, M) if isinstance({local}, dict) else M")
            else:
                room = f"len({local}) > {segment}" if segment >= 0 else f"len({local}) >= {-segment}"
                w(f"{local} = {local}[{segment}] if isinstance({local}, list) and {room} else M")

    def nodes(self, path: PathPlan, local: str) -> None:
        """Set `local` to the list of contexts an iteration over the path walks."""
        w = self.w
        if path.compiled is not None and path.compiled.segments is None:
            w.mark(path.pointer, local, path.text)
            base = path.var.expr if path.var else path.ctx.local
            call = f"{w.const(path.compiled.nodes, 'F')}({base}, {self._variables(path)})"
            w(f"{local} = {call}" if path.var is None else f"{local} = [] if {base} is M else {call}")
            return
        self._raw(path, local)
        w(f"if type({local}) is not list: {local} = as_list({local})")

    def node(self, path: PathPlan, local: str) -> None:
        """Set `local` to the context at the path (`use ... at`)."""
        compiled = path.compiled
        if compiled is not None and compiled.segments is None:
            base = path.var.expr if path.var else path.ctx.local
            call = f"{self.w.const(compiled.node, 'F')}({base}, {self._variables(path)})"
            self.w.mark(path.pointer, local, path.text)
            self.w(f"{local} = {call}" if path.var is None else f"{local} = M if {base} is M else {call}")
        else:
            self._raw(path, local)

    def _raw(self, path: PathPlan, local: str) -> None:
        """The value itself: a variable's context is not made text, an empty text stays."""
        self.w.mark(path.pointer, local, path.text)
        if path.compiled is None:
            self.w(f"{local} = {path.var.expr if path.var else 'M'}")
        elif (read := self.known(path)) is not None:
            self.w(f"{local} = {read}")
        else:
            self._plain(path, path.compiled.segments or (), local)
            if path.empty == "missing":
                self.w(f'if {local} == "": {local} = M')
