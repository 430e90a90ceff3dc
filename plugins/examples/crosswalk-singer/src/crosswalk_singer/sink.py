"""The sink: any Singer target."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from crosswalk import Context, Duration, Sink, Writer

from .command import Command, faults
from .errors import not_started
from .schema import schema_of
from .writer import TargetWriter

_HOUR = Duration(3600.0)


@dataclass(frozen=True)
class SingerTarget(Sink):
    """Writes through a Singer target, a program that anybody may have written; at least once.

    `command`: the target, as a list of words, or as one text that is split as a shell would; a path is relative to the
        document. Nothing goes through a shell.
    `config`: the target's configuration; secrets are for `${secret:NAME}`. It reaches the target in a file that only
        this user can read, and that is gone when the target is.
    `stream`: the stream that the records are sent as; the name of the mapping's output or of the pipeline
        when absent.
    `key`: the fields that identify a record (key_properties); what a repeat does then is the target's affair.
    `schema`: a JSON Schema of the records, or a file with one; made of the mapping's fields when absent.
    `commit`: how records become durable before the end of the run. "end": not at all; right for every target.
        "restart": the target is ended and started again for each commit; right where it adds to what is there.
        "state": the target is sent a state, and says it again when everything before is durable; right where it does
        so at once.
    `env`: environment variables for the target, besides those there are.
    `timeout`: how long it may take to make durable what it was sent.
    """

    type: ClassVar[str] = "singer_target"
    stability: ClassVar[str] = "beta"
    command: list[str] | str
    config: dict[str, Any] = field(default_factory=dict)
    stream: str | None = None
    key: list[str] = field(default_factory=list)
    schema: dict[str, Any] | str | None = None
    commit: Literal["end", "restart", "state"] = "end"
    env: dict[str, Any] = field(default_factory=dict)
    timeout: Duration = _HOUR
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> SingerTarget:
        """With the stream's name."""
        return replace(self, stream=self.stream or context.stream or context.pipeline, _context=context)

    def check(self) -> list[str]:
        """What does not fit together."""
        return faults(self.command)

    def probe(self) -> str:
        """Whether the program is there; a target has nothing else that could be asked."""
        return f"the target is {self._found()}"

    @contextmanager
    def open(self) -> Iterator[Writer]:
        """A session; the target starts with the first record. Raises ConnectorError C901 to C908, see `errors`."""
        self._found()
        command = self._command()
        schema = schema_of(command.program, self.schema, self.key, self._context)
        writer = TargetWriter(self, command, schema, self._context)
        try:
            yield writer
            writer.finish()
        finally:
            writer.kill()

    def _command(self) -> Command:
        return Command.of("target", self.command, self.config, self.env, self._context)

    def _found(self) -> str:
        command = self._command()
        found = command.found()
        if found is None:
            raise not_started(command.program, command.role, "there is no such program")
        return found
