"""The stdin source: what is piped in. It cannot be read twice, so it is never resumed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from crosswalk import Batch, Context, Source


@dataclass(frozen=True)
class StdinSource(Source):
    """Records of the standard input.

    `format`: a format's type, or an object with `type` and its settings.
    """

    type: ClassVar[str] = "stdin"
    resumable: ClassVar[bool] = False
    format: str | dict[str, Any] = "ndjson"
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> StdinSource:
        """With the formats of the run."""
        return replace(self, _context=context)

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        """Batches until the input ends; `cursor` is ignored, a pipe has no position to go back to."""
        decoder = self._context.format(self.format, "stdin")
        for batch in decoder.decode(sys.stdin.buffer, replace(self._context.read, cursor=None)):
            if batch.file is None:
                batch.file = "stdin"
            yield batch
