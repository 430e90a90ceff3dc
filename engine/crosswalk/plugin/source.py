"""Sources: where records come from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from ..batch import Batch
from .component import Component


class Source(Component):
    """Yields batches of records.

    The engine calls `read(cursor)` once per run and drains the generator; closing the generator ends the session.
    Each batch's `cursor` (any JSON value) is stored once the batch is durable at the sink, and given back next time.
    """

    kind: ClassVar[str] = "source"

    @abstractmethod
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        """Batches after `cursor` (None: from the start). Raises ConnectorError when the source fails."""
