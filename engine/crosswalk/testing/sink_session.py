"""What the parts of the sink's kit share: the sink under test, its records, and a look at what it stored."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..batch import Batch
from ..plugin.component import Component
from ..plugin.context import Context
from ..plugin.sink import Sink
from .surroundings import context

Record = dict[str, Any]


class SinkSessions:
    """The base of the kit's parts; authors subclass `SinkContract`."""

    @abstractmethod
    def sink(self, folder: Path) -> Sink:
        """The sink, not bound, always on the same target in `folder`, which is empty at first."""

    @abstractmethod
    def stored(self, folder: Path) -> Sequence[Record]:
        """The records that anybody else finds in the target now; [] when there is none. Not through the sink."""

    def context(self, folder: Path, **members: Any) -> Context:
        """What the sink is bound with; `members` (run_id, fence) replace those of Context."""
        return context(folder, **members)

    def _component(self, folder: Path) -> Component:
        return self.sink(folder)

    def _bound(self, folder: Path, run: int = 1, fence: int | None = None) -> Sink:
        """The sink in one run; the same run with a higher fence is that run taken up again after a crash."""
        return self.sink(folder).bind(self.context(folder, run_id=f"run-{run}", fence=run if fence is None else fence))

    def _ids(self, folder: Path) -> list[int]:
        """The ids in the target; a record that is none of ours fails."""
        found = list(self.stored(folder))
        for record in found:
            name = record.get("name")
            assert str(record.get("id")).isdigit(), f"a damaged record: {record!r}"
            assert name in (None, "", f"é {record['id']}"), f"a damaged record: {record!r}"
        return [int(record["id"]) for record in found]

    def _write(self, folder: Path, *batches: Batch, run: int = 1) -> None:
        with self._bound(folder, run).open() as writer:
            for batch in batches:
                writer.write(batch)
            writer.flush()


class Interruption(Exception):
    """What the kit raises inside a session."""


def rows(first: int, count: int) -> Batch:
    """A batch of the kit's records, ids from `first`."""
    return Batch.of_rows([{"id": n, "name": f"é {n}"} for n in range(first, first + count)], first=first)
