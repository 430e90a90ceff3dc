"""The tee sink: the same records to several sinks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from crosswalk import Batch, Context, DataError, Sink, UsageError, Writer

from .refusal import cannot_carry


@dataclass(frozen=True)
class TeeSink(Sink):
    """Every record to every sink; an engine commits each on its own, so the guarantee is that of the weakest.

    `sinks`: configurations of the sinks.
    """

    type: ClassVar[str] = "tee"
    sinks: list[dict[str, Any]]
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> TeeSink:
        """With the components of the run."""
        return replace(self, _context=context)

    def targets(self) -> list[Sink]:
        """The sinks, bound."""
        found = []
        for number, config in enumerate(self.sinks):
            sink = self._context.build("sinks", config)
            if not isinstance(sink, Sink):
                raise UsageError("P113", f"{config.get('type')!r} is not a sink")
            found.append(sink.bind(self._context.with_(stream=f"{self._context.stream}.{number}")))
        return found

    @contextmanager
    def open(self) -> Iterator[Writer]:
        """A session on all, at least once; engines use `targets` instead."""
        with ExitStack() as stack:
            yield TeeWriter([stack.enter_context(sink.open()) for sink in self.targets()])


class TeeWriter:
    """Writes to several writers."""

    def __init__(self, writers: list[Writer]) -> None:
        self._writers = writers

    def write(self, batch: Batch) -> None:
        """See Writer; a record that a later sink refuses is with the first already, so it ends the run."""
        first, *others = self._writers
        first.write(batch)
        try:
            for writer in others:
                writer.write(batch)
        except DataError as error:
            raise cannot_carry(error) from error

    def flush(self) -> None:
        """See Writer."""
        for writer in self._writers:
            writer.flush()
