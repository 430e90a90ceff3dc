"""Failures of generated code: which step of which field, what `on_error` puts in its place, what the reject says."""

from __future__ import annotations

from typing import Any

from ..errors import ConnectorError, DataError, PluginError
from ..plugin.fault import BUG, log, where
from ..plugin.naming import plugin_of
from ..reject import FieldError
from ..values import MISSING, sample_of
from .ops_value import fresh
from .plan import Field, Source
from .plan_path import PathPlan
from .plan_step import CallStep
from .poison import POISON, Poisoned
from .walk import walk


class Errors(list[FieldError]):
    """The errors of the record at hand; `warnings` outlive it."""

    __slots__ = ("_warnings",)

    # One is made for each single record, so it is made without a step in Python.
    _warnings: list[FieldError]

    @property
    def warnings(self) -> list[FieldError]:
        """Findings of checks that only warn."""
        try:
            return self._warnings
        except AttributeError:
            self._warnings = []
            return self._warnings


def reads_sensitive(node: Any) -> bool:
    """Whether a part of the plan reads a variable whose value must not be shown."""
    return any(
        isinstance(part, PathPlan)
        and any(var is not None and var.sensitive for var in (part.var, *part.variables.values()))
        for part in walk(node)
    )


class Site:
    """A field as its failures see it: where each generated line comes from, and what `on_error` puts in its place."""

    __slots__ = ("_sensitive", "field", "is_let", "marks", "reads", "replacement", "soft")

    def __init__(
        self, field: Field, marks: dict[int, tuple[str, str, str, str]], *, is_let: bool, hard: bool, reads: Any = None
    ) -> None:
        self.field = field
        self._sensitive: bool | None = None
        self.reads = reads if reads is not None else field
        self.marks = marks
        self.is_let = is_let
        self.soft = field.on_error != "fail" and not hard
        self.replacement = {"null": None, "default": field.default}.get(field.on_error, MISSING)

    @property
    def sensitive(self) -> bool:
        """Whether no message may show a value."""
        if self._sensitive is None:
            self._sensitive = self.field.sensitive or reads_sensitive(self.reads)
        return self._sensitive


def fail(errors: Errors, error: Exception, site: Site) -> Any:
    """Handle an exception of a field: note it, or give what `on_error` says.

    Plugin bugs are raised as PluginError; a ConnectorError of a resolver that asks a service ends the run as one of a
    source does, by its kind.
    """
    if isinstance(error, ConnectorError):
        raise error
    if isinstance(error, Poisoned):
        return POISON if site.is_let else MISSING
    trace = error.__traceback__
    pointer, local, path, name = site.field.pointer, "", "", ""
    if trace is not None:
        pointer, local, path, name = site.marks.get(trace.tb_lineno, (pointer, "", "", ""))
    value: Any = MISSING
    if isinstance(error, DataError):
        code, message = error.code, error.message
        value = error.sample
    elif isinstance(error, ValueError | ArithmeticError):
        code, message = "M310", "not a valid value" if site.sensitive else str(error)
    elif isinstance(error, PluginError):
        error.notes += (f"at {pointer} (field {site.field.target})",)
        raise error
    elif isinstance(error, RecursionError):
        code, message = "M313", "nested too deeply"
    else:
        raise _bug(error, site, pointer, path, name) from error
    if site.soft:
        return fresh(site.replacement)
    if (value is None or value is MISSING) and local and trace is not None:
        value = trace.tb_frame.f_locals.get(local, MISSING)
    if value is POISON:
        return POISON if site.is_let else MISSING
    if not path and isinstance(site.field.origin, Source):
        path = site.field.origin.tried
    sample = "" if value is MISSING else "***" if site.sensitive else sample_of(value)
    errors.append(FieldError(code, message, site.field.target, pointer, path, sample))
    return POISON if site.is_let else MISSING


def _bug(error: Exception, site: Site, pointer: str, path: str, name: str) -> PluginError:
    """X105 for what neither data nor mapping explains: names the resolver or the path language that broke."""
    trace = error.__traceback__
    call = trace.tb_next if trace is not None else None
    method = call.tb_frame.f_code.co_name if call is not None else "a call"
    told, plugin = "crosswalk has a bug here", ""
    for part in walk(site.reads):
        if isinstance(part, CallStep) and part.resolver.name == name:
            told, plugin = f'the resolver "{name}" broke on a value', plugin_of(part.resolver.function)
            break
        if isinstance(part, PathPlan) and path and part.text == path and part.compiled is not None:
            language = part.var.path_language if part.var is not None else part.ctx.language
            told, plugin = f'the path language "{language}" broke in {method} of "{path}"', plugin_of(part.compiled)
    log.debug("%s", told, exc_info=error)
    whose = (f"plugin: {plugin}", f"at {where(error)}", BUG) if plugin else (f"at {where(error)}",)
    notes = (f"at {pointer} (field {site.field.target})", *whose)
    return PluginError("X105", f"{told}: {type(error).__name__}: {error}", notes=notes)
