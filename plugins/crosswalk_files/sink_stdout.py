"""The stdout sink: records to the standard output, at least once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, ClassVar

from crosswalk import Batch, Context, DataError, Encoder, Sink, Writer

from .refusal import cannot_carry


@dataclass(frozen=True)
class StdoutSink(Sink):
    """Writes to the standard output.

    `format`: a format's type, or an object with `type` and its settings.
    """

    type: ClassVar[str] = "stdout"
    format: str | dict[str, Any] = "ndjson"
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> StdoutSink:
        """With the formats of the run."""
        return replace(self, _context=context)

    @contextmanager
    def open(self) -> Iterator[Writer]:
        """A session; the reader of a pipe that went away ends the run quietly (BrokenPipeError, exit 1)."""
        stream = sys.stdout.buffer
        form = self._context.format(self.format, "stdout")
        encoder = form.encoder(stream, self._context.write)
        yield StdoutWriter(encoder, stream, form.checks_first)
        try:
            encoder.finish()
        except DataError as error:
            raise cannot_carry(error) from error
        stream.flush()


class StdoutWriter:
    """Writes through an encoder."""

    def __init__(self, encoder: Encoder, stream: BinaryIO, checks_first: bool) -> None:
        self._checks_first = checks_first
        self._encoder = encoder
        self._stream = stream

    def write(self, batch: Batch) -> None:
        """See Writer."""
        try:
            self._encoder.write(batch)
        except DataError as error:
            if self._checks_first:
                raise
            raise cannot_carry(error) from error

    def flush(self) -> None:
        """Durable when the output is a file; a pipe or terminal takes it and that is all there is to know."""
        self._stream.flush()
        try:
            os.fsync(self._stream.fileno())
        except OSError:
            return
