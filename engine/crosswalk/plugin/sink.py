"""Sinks: where records go."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from ..batch import Batch
from .component import Component
from .context import Context
from .format import Encoding


class Writer(Protocol):
    """A session on a sink. Leaving its context without an error publishes; with one, nothing uncommitted appears."""

    def write(self, batch: Batch) -> None:
        """Take the records; they need not be durable yet.

        Raises DataError when one cannot be carried and nothing of the batch was taken: then the engine gives them
        again record by record, and those refused again become rejects. RunFailed where that is too late.
        """

    def flush(self) -> None:
        """Return only when everything written so far is durable."""


@runtime_checkable
class SupportsPrepare(Protocol):
    """A writer that can do a part of its work ahead, beside other work: encoding, for example."""

    def prepare(self, batch: Batch) -> None:
        """Do what of `write(batch)` depends on nothing but the batch, and keep it with the batch (`Batch.keep`).

        Called on any thread, for several batches at once and in any order; `write` may come for the batch, in order,
        or never. Raises DataError like `write`, which then is called all the same.
        """


@runtime_checkable
class SupportsEncoded(Protocol):
    """A writer whose records may be encoded elsewhere, such as in a worker process."""

    def encoding(self) -> Encoding | None:
        """How: what `Encoder.encode` makes of a batch may be kept with it for `write` (`Batch.keep(writer, data)`).

        None where `write` needs the records. A batch with such bytes makes its records anew when they are asked for.
        """


@runtime_checkable
class SupportsCommit(Protocol):
    """A writer that stores the cursor in the same step as the records: effectively once.

    The engine reads `committed` right after opening, and calls `commit(cursor, final=False)` instead of `flush`. When
    the sink has seen a higher fence than the context's, commit raises StateError and changes nothing.
    """

    @property
    def committed(self) -> Any:
        """The cursor of the last commit under the context's scope, None when there is none."""

    @property
    def can_commit(self) -> bool:
        """Whether a commit is possible here; a file whose format cannot be cut says False until it is whole."""

    def commit(self, cursor: Any, *, final: bool = False) -> None:
        """Make all that was written and the cursor durable, both or neither. `final`: the run is whole; publish."""


@runtime_checkable
class SupportsHold(Protocol):
    """A writer that cannot make records durable at every place, and stores no cursor; see also SupportsCommit.

    Where a commit is due, the engine asks `can_commit`, and calls `flush` only when it is True; it asks again behind
    the next batch. At the end of a run it calls `flush` without asking.
    """

    @property
    def can_commit(self) -> bool:
        """Whether `flush` can make all that was written durable here, with more to be written behind it."""


class Sink(Component):
    """Takes batches of records through a writer.

    `delivers`: what makes a repeat harmless, for the guarantee: "commit" (cursor stored with the records), "upsert"
    (by key), "idempotency_key", or "" (a repeat is seen). Override `delivery` when it depends on the settings.
    `replaces`: the setting that names what every run writes anew, so that without `${run.id}` or the like in it the
    next run writes over it (P140); "" when runs add to what is there.
    """

    kind: ClassVar[str] = "sink"
    delivers: ClassVar[str] = ""
    replaces: ClassVar[str] = ""

    def bind(self, context: Context) -> Self:
        """The sink in the surroundings of a run: folder of relative paths, names, formats, fence."""
        return self

    def delivery(self) -> str:
        """What makes a repeat harmless with these settings; see the class."""
        return self.delivers

    def probe(self) -> str:
        """Reach the target without writing to it; a sentence on what was found. Raises ConnectorError when it fails."""
        return f"{self.type}: settings are complete"

    @abstractmethod
    def open(self) -> AbstractContextManager[Writer]:
        """Start a session."""


@runtime_checkable
class SupportsReadBack(Protocol):
    """A sink whose records can be read again, as `crosswalk rejects list` does."""

    def source_config(self) -> dict[str, Any]:
        """The configuration of the source that reads what any run wrote; `${...}` stands for any text."""


@runtime_checkable
class FansOut(Protocol):
    """A sink that is several sinks; the engine opens, commits and recovers each on its own."""

    def targets(self) -> list[Sink]:
        """The sinks, in order. Called on the bound sink."""
