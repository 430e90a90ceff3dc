"""Lets runs of few records use worker processes: they start with the first batch, and are waited for."""

from __future__ import annotations

import time
from typing import Any

from crosswalk.runtime import remote


def start_at_once(patch: Any = None) -> list[remote.Workers]:
    """Make it so, for good or through a MonkeyPatch; the list gets what has workers, in order."""
    started: list[remote.Workers] = []
    note, map_ = remote.Workers.note, remote.Workers.map

    def note_and_wait(self: remote.Workers, batch: Any, seconds: float) -> None:
        note(self, batch, seconds)
        if self._remote is not None and self not in started:
            started.append(self)
            end = time.monotonic() + 60
            while not self._remote.ready and self._remote._starting and time.monotonic() < end:  # type: ignore
                time.sleep(0.01)

    def map_and_count(self: remote.Workers, batches: Any) -> Any:
        made = map_(self, batches)
        self.done = getattr(self, "done", 0) + sum(each is not None for each in made)  # type: ignore[attr-defined]
        return made

    changes = {(remote.Workers, "note"): note_and_wait, (remote.Workers, "map"): map_and_count, (remote, "_SHARE"): 0.0}
    changes |= {(remote, "WORTH"): 0.0, (remote, "_PICKLED"): 1e9, (remote, "_RECORDS"): 20}
    for (home, name), value in changes.items():
        patch.setattr(home, name, value) if patch is not None else setattr(home, name, value)
    return started


def done_elsewhere(started: list[remote.Workers]) -> int:
    """How many batches came back from workers."""
    return sum(getattr(rows, "done", 0) for rows in started)


def processes_of(rows: remote.Workers) -> list[int]:
    """The ids of the worker processes."""
    return [worker._process.pid for worker in rows._remote.workers if worker._process]  # type: ignore[union-attr]
