"""Contexts as code: how the paths that start from a record, or from an item of a list, are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from .ops_value import Place
from .plan_path import Ctx, PathPlan
from .quick import Quick
from .writer import Writer

Sparse = frozenset[Place]
"""Paths of names that often match nothing, each with the number of its context."""


class Contexts:
    """What is known where code stands inside contexts: their getters, shared prefixes, and paths that are read."""

    def __init__(self, w: Writer, sparse: Sparse, quick: Quick | None) -> None:
        self.w = w
        self._sparse = sparse
        self._quick = quick
        self._getters: dict[int, tuple[int, int, list[bool]]] = {}
        self._prefixes: dict[int, dict[tuple[str, ...], str]] = {}
        self._reads: dict[tuple[int, tuple[str | int, ...]], str] = {}

    @contextmanager
    def inside(self, ctx: Ctx) -> Iterator[None]:
        """Code inside reads paths relative to `ctx`, whose local is set: its getter and shared prefixes come first."""
        w = self.w
        saved = self._getters.get(ctx.id), self._prefixes.get(ctx.id)
        used = [False]
        w.unmark()
        self._getters[ctx.id] = (w.hole(), w.depth, used)
        self._prefixes[ctx.id] = {}
        dense = [path for path in ctx.reads if (ctx.id, path) not in self._sparse]
        if self._quick is not None and self._quick.covers(ctx):
            known = self._read_quickly(ctx, dense, self._quick.reads.get(ctx.id, {}))
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
        sparse = [path for path in ctx.reads if (ctx.id, path) in self._sparse]
        for names in sorted((names for names, count in ctx.prefixes.items() if count > 1), key=len):
            if not any(path[: len(names)] == names for path in sparse):
                continue
            value, getter = known.get(names, ""), w.temp("q")
            if not value.isidentifier():
                w(f"{(value := w.temp('p'))} = {self.get(ctx, names)}")
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

    def get(self, ctx: Ctx, names: tuple[str, ...]) -> str:
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

    def known(self, path: PathPlan) -> str | None:
        """The local that `_read_all` left the path's value in."""
        segments = path.compiled.segments if path.compiled else None
        if path.var is not None or not segments or path.ctx.id not in self._getters:
            return None
        return self._reads.get((path.ctx.id, segments))

    def prefixes(self, ctx: Ctx) -> Mapping[tuple[str, ...], str]:
        """Getters by the names that lead to them."""
        return self._prefixes.get(ctx.id, {})
