"""Whether batches are worth worker processes, and the way to those: `Workers` decides by what is told of the work."""

from __future__ import annotations

import logging
import pickle
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Protocol

from ..batch import Batch
from ..plugin.calls import noted
from ..plugin.executor import Executor, Remote, SupportsForks, SupportsRemote
from ..plugin.format import Encoding
from ..plugin.naming import name_of
from .elsewhere import Elsewhere, Mapped
from .mapperlike import MapperLike, streams_of, works_beside, works_elsewhere

if TYPE_CHECKING:
    from .commit import Keep

log = logging.getLogger("crosswalk.run")

WORTH = 0.5
"""Seconds of mapping here before workers are started: small inputs never pay for them."""
_SHARE = 0.25
"""At least so much of the time must go into mapping: a source that is slower is not to be read ahead of."""
_PICKLED = 0.25
"""Records that are parsed already go elsewhere where pickling them takes at most this share of mapping them."""
_FAILURES = 3
_RECORDS, _BYTES = 3_200, 1_000_000
"""What goes to a worker at a time, so that the way there and back costs little beside the work."""


class Writing(Protocol):
    """The sinks, as far as work for them can be done ahead."""

    def prepare(self, stream: str, batch: Batch, /) -> None:
        """Do ahead what can be done of writing a stream's records; see `SupportsPrepare`."""

    def encodings(self, stream: str, /) -> list[tuple[Encoding | None, Keep]]:
        """For each writer of a stream: its encoding, and what keeps encoded records for it."""


class Workers:
    """Copies of one mapper in other processes. Close it when nothing more is asked for.

    Rows go there once mapping them here has taken long enough; or from the first one on, where the input is known to be
    long and the executor can copy this process, for copies are up at once.
    """

    def __init__(self, mapper: MapperLike, executor: Executor | None, writing: Writing) -> None:
        self._mapper = mapper
        self._executor = executor
        self._writing = writing
        self._keeps: dict[str, list[Keep]] = {}
        self._stack = ExitStack()
        self._remote: Remote | None = None
        self._possible = isinstance(executor, SupportsRemote | SupportsForks) and works_elsewhere(mapper)
        self._resting = True
        self._failures = 0
        self._pays: bool | None = None
        self._since = 0.0
        self._seconds = 0.0
        self._records = 0

    def close(self) -> None:
        """End the workers."""
        self._possible = False
        self._stack.close()

    # ---- deciding -----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Be ready for a long input, if that can be had at once: to be called before there are threads.

        Those may come with the first batch, as pyarrow reads parquet on such.
        """
        executor = self._executor
        if self._possible and isinstance(executor, SupportsForks) and not works_beside(self._mapper):
            self._start(executor.forks)
            self._resting = self._remote is None

    @property
    def rate(self) -> float:
        """Seconds a record, where it was mapped here."""
        return self._seconds / self._records if self._records else 0.0

    def note(self, batch: Batch, seconds: float) -> None:
        """Take account of a batch that was mapped here; start workers when they are worth it."""
        if not self._possible:
            return
        if not self._records:
            self._since = time.perf_counter() - seconds
        self._seconds += seconds
        self._records += batch.total
        if not self._resting or self._seconds < WORTH:
            return
        if self._seconds < _SHARE * (time.perf_counter() - self._since):
            self.rest()
            return
        self._resting = False
        if self._remote is None and isinstance(self._executor, SupportsRemote):
            self._start(self._executor.remote)
            self._possible = self._remote is not None

    def rest(self) -> None:
        """Map here again, until that is seen to take long."""
        self._resting = True
        self._seconds, self._records = 0.0, 0

    def take(self, batch: Batch) -> bool:
        """Whether a batch goes elsewhere."""
        remote = self._remote
        if not self._possible or self._resting or remote is None or not remote.ready:
            return False
        if not batch.is_parsed or batch.is_columnar:
            return True
        if self._pays is None and self._records and len(batch):
            self._pays = _pickling(batch) <= _PICKLED * self.rate * len(batch)
        return bool(self._pays)

    def full(self, batches: list[Batch], records: int) -> bool:
        """Whether these, of so many records in all, are enough for one worker at a time."""
        return records >= _RECORDS or batches[-1].bytes_read - batches[0].bytes_read >= _BYTES

    # ---- working ------------------------------------------------------------------------------------------------

    def _start(self, start: Callable[[Elsewhere], AbstractContextManager[Remote] | None]) -> None:
        found = {stream: self._writing.encodings(stream) for stream in streams_of(self._mapper)}
        self._keeps = {stream: [keep for _, keep in each] for stream, each in found.items()}
        work = Elsewhere(self._mapper, {stream: [wanted for wanted, _ in each] for stream, each in found.items()})
        try:
            session = start(work)
            self._remote = self._stack.enter_context(session) if session is not None else None
        except Exception as error:
            log.info("records stay in this process: %s: %s", type(error).__name__, error)

    def map(self, batches: list[Batch]) -> list[Mapped | None]:
        """What workers made of the batches; None where they could not. On any thread."""
        sent = []
        try:
            if self._remote is not None:
                with noted(self._executor, "its workers"):
                    sent = self._remote(batches)
        except Exception as error:
            self._failed(f"{type(error).__name__}: {error}")
        else:
            if len(sent) < len(batches):
                self._failed("")
            else:
                self._failures = 0
        mapper, keeps = self._mapper, self._keeps
        made: list[Mapped | None] = [
            Mapped.of(each, mapper, batch, keeps) for each, batch in zip(sent, batches, strict=False)
        ]
        return made + [None] * (len(batches) - len(made))

    def _failed(self, why: str) -> None:
        if not self._possible:  # closed, or given up: that is why
            return
        self._failures += 1
        if why:
            log.warning("a worker of %s failed; its records are mapped here: %s", name_of(self._executor), why)
        if self._failures >= _FAILURES:
            self._possible = False


def _pickling(batch: Batch) -> float:
    """Seconds that it takes; infinite where it cannot be done, as for elements of xml."""
    start = time.perf_counter()
    try:
        pickle.dumps(batch, 5)
    except Exception:
        return float("inf")
    return time.perf_counter() - start
