"""Sources: where records come from."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self, runtime_checkable

from ..batch import Batch
from .component import Component
from .context import Context


class Source(Component):
    """Yields batches of records.

    The engine calls `bind` and then `read(cursor)` once per run, and drains the generator; closing the generator ends
    the session. Each batch's `cursor` (any JSON value) is stored once the batch is durable at the sink, and given back
    next time. A batch with cursor None is durable only together with the next one that has a cursor.
    """

    kind: ClassVar[str] = "source"

    def bind(self, context: Context) -> Self:
        """The source in the surroundings of a run: folder of relative paths, read options, formats."""
        return self

    @abstractmethod
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        """Batches after `cursor` (None: from the start). Raises ConnectorError when the source fails."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things a source lists and the engine follows by identity: a file, an object, a message box item.

    Two parts are the same only when name (url), size, modified and etag are equal. `modified` in seconds since 1970.
    """

    name: str
    size: int | None = None
    modified: float | None = None
    etag: str = ""

    @property
    def id(self) -> str:
        """The identity as a short text, the key of the ledger."""
        import hashlib  # loads OpenSSL

        text = json.dumps([self.name, self.size, self.modified, self.etag])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@runtime_checkable
class SupportsParts(Protocol):
    """A source of parts: the engine keeps status, attempts and position of each, and asks only for what is new."""

    def parts(self) -> Iterator[Part]:
        """Everything there is now, in the order to process. Lists to the end; changes nothing."""

    def read_part(self, part: Part, cursor: Any = None) -> Iterator[Batch]:
        """Batches of one part after `cursor`. Raises PartVanished, PartChanged or ConnectorError."""

    def after(self, part: Part, outcome: Literal["processed", "failed"], where: str) -> None:
        """Do with a finished part what `after_action` said; repeating it does no harm."""

    def after_action(self, outcome: Literal["processed", "failed"]) -> str:
        """What will happen to a finished part: "" (keep), "delete" or "move:" and the destination folder."""


class PartVanished(Exception):
    """The part was listed and is gone. The engine warns and goes on."""


class PartChanged(Exception):
    """The part is not what was listed, or changed while it was read. The engine leaves it to the next run."""
