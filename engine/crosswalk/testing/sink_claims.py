"""Checks that what a sink claims about repeats (`delivery`) is true: the engine's guarantee is computed from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..batch import Batch
from ..errors import StateError
from ..plugin.sink import SupportsCommit
from .sink_crash import die, killed_after
from .sink_session import Interruption, SinkSessions, rows

CLAIMS = ("", "commit", "upsert", "idempotency_key")


class SinkClaims(SinkSessions):
    """Part of `SinkContract`: effectively once is proved, not believed."""

    def test_claim_fits_the_writer(self, tmp_path: Path) -> None:
        """The claim is one there is, and "commit" comes with a writer that has `committed`, `can_commit`, `commit`."""
        sink = self._bound(tmp_path)
        assert sink.delivery() in CLAIMS, f"delivery() gives {sink.delivery()!r}; there are {CLAIMS}"
        with sink.open() as writer:
            able = isinstance(writer, SupportsCommit)
        assert able or sink.delivery() != "commit", 'claims "commit", and its writer has no commit(cursor)'

    def test_repeat_is_harmless(self, tmp_path: Path) -> None:
        """Claimed "upsert" or "idempotency_key": records written twice are there once."""
        if self._bound(tmp_path).delivery() not in ("upsert", "idempotency_key"):
            pytest.skip("claims nothing about records that come twice")
        self._write(tmp_path, rows(1, 10), run=1)
        self._write(tmp_path, rows(1, 10), run=2)
        assert sorted(self._ids(tmp_path)) == list(range(1, 11)), (
            "records that came twice are there twice, or not at all"
        )

    def test_cursor_is_kept_with_the_records(self, tmp_path: Path) -> None:
        """Claimed "commit": killed after a commit, the next session knows the cursor of exactly the records there."""
        self._needs_commit(tmp_path)
        killed_after(self._committed_and_more, tmp_path, rows(11, 10))
        with self._bound(tmp_path, fence=2).open() as writer:
            assert isinstance(writer, SupportsCommit)
            assert writer.committed == {"at": 10}, f"committed is {writer.committed!r}, not the cursor of the commit"
            writer.write(rows(11, 10))
            writer.commit({"at": 20}, final=True)
        assert sorted(self._ids(tmp_path)) == list(range(1, 21)), "the records are not there exactly once"

    def test_error_takes_back_what_is_not_committed(self, tmp_path: Path) -> None:
        """Claimed "commit": a session left by an error keeps what was committed, and nothing more."""
        self._needs_commit(tmp_path)
        with pytest.raises(Interruption), self._bound(tmp_path).open() as writer:
            assert isinstance(writer, SupportsCommit)
            writer.write(rows(1, 10))
            writer.commit({"at": 10})
            writer.write(rows(11, 10))
            raise Interruption
        with self._bound(tmp_path, fence=2).open() as writer:
            assert isinstance(writer, SupportsCommit)
            writer.commit({"at": 10}, final=True)
        found = sorted(self._ids(tmp_path))
        assert not set(found) & set(range(11, 21)), "records that were never committed are there"

    def test_run_that_lost_its_lease_is_refused(self, tmp_path: Path) -> None:
        """Claimed "commit": after a higher fence, a commit with a lower one is a StateError and does nothing."""
        self._needs_commit(tmp_path)
        killed_after(self._committed_and_more, tmp_path, rows(11, 10), 2)
        try:
            with self._bound(tmp_path, fence=1).open() as writer:
                assert isinstance(writer, SupportsCommit)
                writer.write(rows(21, 10))
                writer.commit({"at": 30}, final=True)
        except StateError:
            pass
        else:
            pytest.fail("a run with an older fence could commit: two runs at once would mix their records")
        with self._bound(tmp_path, fence=3).open() as writer:
            assert isinstance(writer, SupportsCommit)
            writer.commit({"at": 10}, final=True)
        assert not set(self._ids(tmp_path)) & set(range(21, 31)), "the refused records are there"

    def _needs_commit(self, folder: Path) -> None:
        sink = self._bound(folder)
        if sink.delivery() != "commit":
            pytest.skip('does not claim "commit"')
        with self._bound(folder, fence=0).open() as writer:
            if not isinstance(writer, SupportsCommit):
                pytest.skip("test_claim_fits_the_writer tells")

    def _committed_and_more(self, folder: Path, more: Batch, fence: int = 1) -> None:
        with self._bound(folder, fence=fence).open() as writer:
            assert isinstance(writer, SupportsCommit)
            writer.write(rows(1, 10))
            writer.commit({"at": 10})
            writer.write(more)
            die()
