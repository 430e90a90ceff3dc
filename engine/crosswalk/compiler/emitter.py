"""The emitter's shared state, and paths as code."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from ..plugin.path import CompiledPath, PathLanguage
from .emit_context import Contexts, Sparse
from .generated_names import BASE_NAMES
from .memo import Memo, remembers
from .plan import Field, Object
from .plan_path import Ctx, PathPlan, Var
from .plan_step import CallStep
from .quick import Quick, Value
from .writer import Writer


class FieldCode(Protocol):
    """`emit_field`, which calls code that fields inside fields go through again."""

    def __call__(self, e: Emitter, field: Field, local: str, *, is_let: bool = False) -> bool: ...


class Emitter:
    """Writes one mapping's code. Languages are needed for the text of a context (`$line` as a value)."""

    def __init__(
        self,
        languages: dict[str, PathLanguage],
        emit_field: FieldCode,
        *,
        tracing: bool = False,
        sparse: Sparse = frozenset(),
        quick: Quick | None = None,
        varied: frozenset[str] = frozenset(),
    ) -> None:
        self._emit_field = emit_field
        self.w = Writer(tracing=tracing)
        self.w.namespace.update(BASE_NAMES)
        self.languages = languages
        self._contexts = Contexts(self.w, sparse, quick)
        self.missing_as_null = False
        self.passed_on = 0
        """How many of the fields around pass what they are made of on to steps, which must not see poison in it."""
        self.quick = quick
        """What is written without guards, in the quick attempt."""
        self.varied = varied
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

    def field(self, field: Field, local: str, *, is_let: bool = False) -> bool:
        """Set `local` to the value of a field inside another; see `emit_field`."""
        return self._emit_field(self, field, local, is_let=is_let)

    def context(self, ctx: Ctx) -> AbstractContextManager[None]:
        """Code inside reads paths relative to `ctx`, whose local is set."""
        return self._contexts.inside(ctx)

    def known(self, path: PathPlan) -> str | None:
        """What reads a path that the context around has read, or will where it is used; None for other paths."""
        return self._contexts.known(path)

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
            if w.tracing and path.var is not None:
                w(f"T({path.pointer!r}, {path.text!r}, {local})")
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
            known = self._contexts.prefixes(path.ctx)
            if names and names in known and isinstance(segments[-1], str):
                w(f"{local} = {known[names]}({segments[-1]!r}, M)")
                return
            ends = range(len(names), 0, -1)
            start = next((end for end in ends if names[:end] in known and isinstance(segments[end], str)), 0)
            w(f"{local} = {self._contexts.get(path.ctx, (*names[:start], str(segments[start])))}")
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
        w, compiled = self.w, path.compiled
        if compiled is not None and path.empty != "keep" and _gives_values(compiled):
            self.path(path, local)
            w(f"if type({local}) is not list: {local} = as_list({local})")
            return
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
        if compiled is not None and path.empty != "keep" and _gives_values(compiled):
            self.path(path, local)
        elif compiled is not None and compiled.segments is None:
            base = path.var.expr if path.var else path.ctx.local
            call = f"{self.w.const(compiled.node, 'F')}({base}, {self._variables(path)})"
            self.w.mark(path.pointer, local, path.text)
            self.w(f"{local} = {call}" if path.var is None else f"{local} = M if {base} is M else {call}")
        else:
            self._raw(path, local)

    def _raw(self, path: PathPlan, local: str) -> None:
        """The value itself: a variable's context is not made text."""
        self.w.mark(path.pointer, local, path.text)
        if path.compiled is None:
            self.w(f"{local} = {path.var.expr if path.var else 'M'}")
        elif (read := self.known(path)) is not None:
            self.w(f"{local} = {read}")
        else:
            self._plain(path, path.compiled.segments or (), local)
            if path.empty != "keep":
                self.w(f'if {local} == "": {local} = {"M" if path.empty == "missing" else "None"}')


def _gives_values(path: CompiledPath) -> bool:
    """Whether the path is an expression whose matches are values, among them empty texts, and not nodes."""
    kind = type(path)
    return path.segments is None and kind.nodes is CompiledPath.nodes and kind.node is CompiledPath.node
