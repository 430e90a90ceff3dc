"""View: how a command speaks to people (stdout, stderr, colour) or, with --json, to programs."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

import click

from ..errors import CrosswalkError, Diagnostic
from ..lean import lean_dataclass

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from ..engine import Engine


@lean_dataclass(slots=False)
class Result:
    """What a command found out.

    `data`: the members of its `--json` document. `exit_code`: as `crosswalk --help` lists them. `text`: what people
    read on stdout: a text, or a function that prints. `diagnostics`: findings, on stderr for people and in the
    document for programs. `note`: a last line for people on stderr.
    """

    data: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 0
    text: str | Callable[[], None] = ""
    diagnostics: Sequence[Diagnostic] = ()
    note: str = ""


@lean_dataclass(slots=False)
class View:
    """The output of one command. `verbose` counts the -v; `pipeline` is the file of the one it is about."""

    command: str = ""
    as_json: bool = False
    verbose: int = 0
    pipeline: str = ""

    @cached_property
    def engine(self) -> Engine:
        """The engine, made when a command first needs it."""
        from ..engine import Engine

        return Engine()

    def finish(self, result: Result) -> int:
        """Print the result; its exit code."""
        found = self._runnable(result.diagnostics)
        if self.as_json:
            self._document(result.data, result.exit_code, found)
            return result.exit_code
        if callable(result.text):
            result.text()
        elif result.text:
            click.echo(result.text)
        self.diagnose(found)
        if result.note:
            self.say(result.note)
        self._warn_of_plugins()
        return result.exit_code

    def fail(self, error: CrosswalkError) -> int:
        """Print an expected error; its exit code."""
        if self.as_json:
            self._document({}, error.exit_code, self._runnable(error.diagnostics))
        else:
            self.diagnose(self._runnable(error.diagnostics))
            self._warn_of_plugins()
        return error.exit_code

    def _document(self, data: dict[str, Any], exit_code: int, diagnostics: Sequence[Diagnostic]) -> None:
        head = {"command": self.command, "ok": exit_code in (0, 4), "exit_code": exit_code}
        found = [diagnostic.to_dict() for diagnostic in diagnostics]
        click.echo(to_json(head | data | {"diagnostics": found}))

    def runnable(self, text: str) -> str:
        """The text with the pipeline's file in its commands: the runtime knows its name, people type its file."""
        file = shlex.quote(self.pipeline)
        return _COMMAND.sub(lambda found: f"{found[0]} {file}", text) if self.pipeline else text

    def _runnable(self, found: Sequence[Diagnostic]) -> list[Diagnostic]:
        told = self.runnable
        return [replace(d, fix=told(d.fix), notes=tuple(told(note) for note in d.notes)) for d in found]

    def _warn_of_plugins(self) -> None:
        if "engine" in self.__dict__:
            for name, broken in self.engine.registry.broken.items():
                self.say(f"warning: {broken}; it was left out; see: crosswalk plugins show {name}")

    def diagnose(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Diagnostics as blocks, on stderr."""
        if diagnostics:
            from ..spec.render import render

            click.echo(render(diagnostics, color=colored(sys.stderr)), err=True, nl=False, color=True)

    def say(self, text: str) -> None:
        """A line for people on stderr; nothing with --json."""
        if not self.as_json:
            click.echo(text, err=True)

    def console(self) -> Console:
        """A rich console on stdout, plain where that is no terminal."""
        from rich.console import Console

        tty = colored(sys.stdout)
        width = None if sys.stdout.isatty() else 120
        return Console(no_color=not tty, force_terminal=tty, width=width, highlight=False, soft_wrap=False)

    def print(self, *parts: RenderableType) -> None:
        """Tables and the like on stdout."""
        console = self.console()
        for part in parts:
            console.print(part)


def colored(stream: TextIO) -> bool:
    """Whether colour is welcome: a terminal that can, and no NO_COLOR (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


_COMMAND = re.compile(r"crosswalk (?:(?:rejects|state) \w+|runs)\b(?! \S*\.json)")


def to_json(value: Any, indent: int | None = 2) -> str:
    """A document of `--json`: decimals are numbers with their exact digits, dates and bytes are strings."""
    from ..values import exact_json

    return exact_json(value, _text, indent)


def _text(value: Any) -> Any:
    from ..errors import DataError
    from ..plugin.secret import Secret
    from ..values import MISSING, text_of

    if value is MISSING:
        return None
    if isinstance(value, Secret):
        return repr(value)
    try:
        return text_of(value)
    except DataError:
        return str(value)
