"""Checks of what a sink has kept when its process is killed: a child ends itself by SIGKILL at the worst places."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..batch import Batch
from ..plugin.sink import SupportsCommit, SupportsHold, Writer
from .sink_session import SinkSessions, rows


class SinkCrashes(SinkSessions):
    """Part of `SinkContract`: flush means durable."""

    def test_flush_is_durable(self, tmp_path: Path) -> None:
        """Killed right after a flush, the process has lost nothing of what was flushed."""
        killed_after(self._flushed, tmp_path, None)
        with self._bound(tmp_path, fence=2).open():
            pass  # a sink may put its house in order when it is opened again
        assert sorted(set(self._ids(tmp_path))) == list(range(1, 11)), "flush() returned before the records were safe"

    def test_killed_between_write_and_flush(self, tmp_path: Path) -> None:
        """Killed with records not flushed, what was flushed is whole, and writing them again completes it."""
        killed_after(self._flushed, tmp_path, rows(11, 10))
        with self._bound(tmp_path, fence=2).open() as writer:
            writer.write(rows(11, 10))
            _settle(writer, {"at": 20})
        found = self._ids(tmp_path)
        lost = sorted(set(range(11, 21)) - set(found))
        assert not lost, f"written again after the crash, these records are not there: {lost}"

    def _flushed(self, folder: Path, unflushed: Batch | None) -> None:
        with self._bound(folder).open() as writer:
            writer.write(rows(1, 10))
            # Behind a flush that was not to be asked for, a run has ended.
            ends = not isinstance(writer, SupportsCommit) and isinstance(writer, SupportsHold) and not writer.can_commit
            writer.flush()
            if unflushed is not None and not ends:
                writer.write(unflushed)
            die()


def _settle(writer: Writer, cursor: Any) -> None:
    """End the run as an engine does."""
    if isinstance(writer, SupportsCommit):
        writer.commit(cursor, final=True)
    else:
        writer.flush()


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed_after(action: Callable[..., None], *args: Any) -> None:
    """Run the action, which must end with `die()`, in a child."""
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system has no fork")
    child = multiprocessing.get_context("fork").Process(target=action, args=args)
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL, f"writing failed before the kill (exit {child.exitcode}); see stderr"
