"""Every failure crosswalk can report, as data: raise with facts here, let one place above build the prose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a document or about the data that went through it.

    `line` and `column` count from 1 (0: unknown); `end_column` is exclusive. `excerpt` is the text of `line`.
    `label` stands behind the carets, each of `notes` on a line of its own, `fix` is text the author can paste.
    """

    code: str
    message: str
    level: Level = "error"
    pointer: str = ""
    file: str | None = None
    line: int = 0
    column: int = 0
    end_column: int = 0
    excerpt: str = ""
    label: str = ""
    notes: tuple[str, ...] = ()
    fix: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The documented `--json` shape (`schemas/diagnostic.schema.json`); empty members are left out."""
        found = {name: getattr(self, name) for name in self.__slots__}
        found["notes"] = list(self.notes)
        keep = ("code", "message", "level", "pointer")
        return {name: value for name, value in found.items() if name in keep or value not in ("", 0, None, [])}


class CrosswalkError(Exception):
    """Base of every expected error: printed as a block, never as a traceback. `exit_code` is the process status.

    `placed`: the same with its place, where it is about a document.
    """

    code: str
    message: str
    fix: str
    notes: tuple[str, ...]
    exit_code: int = 1
    placed: Diagnostic | None = None

    def __init__(self, code: str, message: str, *, fix: str = "", notes: Sequence[str] = ()) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.fix = fix
        self.notes = tuple(notes)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What to print: one entry unless the error gathers several."""
        if self.placed is not None:
            return [replace(self.placed, message=self.message)]
        return [Diagnostic(self.code, self.message, notes=self.notes, fix=self.fix)]


def _rebuild(kind: type[Exception], args: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    """An unpickled error: an error in a process pool that cannot be rebuilt would end the pool."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class SpecError(CrosswalkError):
    """A document is wrong (M1xx, M2xx, P1xx). Carries all diagnostics of the document, in order of place.

    ```python
    from crosswalk import Engine, SpecError

    engine = Engine()
    try:
        engine.mapping({"mapping": "1", "fields": {"id": ["id", "trimm"]}})
    except SpecError as error:
        assert [(found.pointer, found.fix) for found in error.diagnostics] == [("/fields/id/1", '"trim"')]
    ```
    """

    exit_code: int = 2

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        first = next((d for d in diagnostics if d.level == "error"), diagnostics[0])
        super().__init__(first.code, first.message)
        self._diagnostics: list[Diagnostic] = list(diagnostics)

    def __str__(self) -> str:
        def line(d: Diagnostic) -> str:
            place = ":".join(str(part) for part in (d.file or "", d.line, d.column) if part)
            return f"{d.code} {place}{' ' if place else ''}{d.pointer}: {d.message}"

        return "\n".join(line(d) for d in self._diagnostics)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        return self._diagnostics


class UsageError(CrosswalkError):
    """The command or call itself is wrong: a bad option, a missing parameter (M206), an unknown name."""

    exit_code: int = 2


class EnvironmentFailure(CrosswalkError):
    """Something outside the documents is missing: a server, an extra, a file, a lock held elsewhere."""

    exit_code: int = 3


class RunFailed(CrosswalkError):
    """A run could not finish: too many rejects, a sink that refused, a source that broke off."""


class ConnectorError(CrosswalkError):
    """A source or sink failed (C codes). `kind` drives retries: transient and rate-limited are tried again."""

    kind: Literal["transient", "permanent", "rate_limited", "auth"]
    retry_after: float | None

    def __init__(
        self,
        code: str,
        message: str,
        *,
        kind: Literal["transient", "permanent", "rate_limited", "auth"] = "permanent",
        retry_after: float | None = None,
        fix: str = "",
        notes: Sequence[str] = (),
    ) -> None:
        super().__init__(code, message, fix=fix, notes=notes)
        self.kind = kind
        self.retry_after = retry_after
        if code in ("C101", "C106"):
            self.exit_code: int = EnvironmentFailure.exit_code  # an input that is not there; nothing was started


class StateError(CrosswalkError):
    """The state backend failed (S codes). An outage always surfaces as this, never as "absent"."""

    exit_code: int = 3


class PluginError(CrosswalkError):
    """A plugin is broken or clashes with another (X codes)."""

    exit_code: int = 3


class PathError(Exception):
    """A path text does not compile (M107). `offset` and `length` mark the culprit within the text."""

    message: str
    offset: int
    length: int
    fix: str

    def __init__(self, message: str, *, offset: int = 0, length: int = 1, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.length = length
        self.fix = fix


class ArgumentError(ValueError):
    """A resolver refuses its arguments at compile time (M106). `argument` names the culprit where one stands out."""

    message: str
    argument: str | None
    fix: str

    def __init__(self, message: str, *, argument: str | None = None, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument
        self.fix = fix


class DataError(Exception):
    """A value cannot be mapped (M3xx). Raised by resolvers and generated code; subject to `on_error`.

    `message` is the sentence for one value ("not a whole number"); it must not contain the value itself:
    the engine attaches a sample, or withholds it when the field is sensitive.
    """

    code: str
    message: str
    sample: Any

    def __init__(self, code: str, message: str, sample: Any = None) -> None:
        super().__init__(code, message, sample)
        self.code = code
        self.message = message
        self.sample = sample

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)
