"""Checks of whatever yields batches with cursors: sources, and formats reading a stream."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..batch import Batch


class ResumeChecks:
    """Reads once whole; then again after every batch, from its cursor as JSON gives it back.

    `resumes`: whether the batches carry cursors at all; say False for what can only be read from the start.
    """

    resumes: ClassVar[bool] = True

    @abstractmethod
    def _read(self, folder: Path, cursor: Any = None) -> Iterator[Batch]:
        """A fresh session, the same input each time."""

    def values(self, row: Any) -> Any:
        """A row as a comparable value; override it for rows that are no dicts."""
        return row

    def test_gives_several_batches(self, tmp_path: Path) -> None:
        """Batches are as small as the read options ask, and their parts fit together."""
        found = list(self._read(tmp_path))
        assert all(isinstance(batch, Batch) for batch in found), f"not a Batch: {found}"
        assert len(found) > 1, "all records came in one batch: cut it at `ReadOptions.records`"
        for batch in found:
            assert len(batch.numbers) == len(batch), f"{len(batch)} records have {len(batch.numbers)} numbers"
            assert batch.lines is None or len(batch.lines) == len(batch), "as many lines as records are wanted"

    def test_cursors_are_json(self, tmp_path: Path) -> None:
        """State backends keep cursors as JSON; a source without any begins anew each time."""
        cursors = [batch.cursor for batch in self._read(tmp_path)]
        for cursor in cursors:
            assert as_json(cursor) is not NotImplemented, f"no JSON value: {cursor!r}"
        if self.resumes:
            assert any(cursor is not None for cursor in cursors), "no batch has a cursor; say `resumes = False`"
            assert cursors[-1] is not None, "the last batch has no cursor: its records would come again"
        else:
            assert cursors == [None] * len(cursors), "says that it cannot be resumed, and gives cursors"

    def test_resume_repeats_nothing(self, tmp_path: Path) -> None:
        """A cursor that is one too low reads records twice."""
        for place, rest, found in self._resumed(tmp_path):
            again = list((Counter(found) - Counter(rest)).elements())
            assert not again, f"the cursor after batch {place} gives these records again: {again[:3]}"

    def test_resume_loses_nothing(self, tmp_path: Path) -> None:
        """A cursor that is one too high passes over records."""
        for place, rest, found in self._resumed(tmp_path):
            lost = list((Counter(rest) - Counter(found)).elements())
            assert not lost, f"the cursor after batch {place} loses these records: {lost[:3]}"

    def test_resume_keeps_the_order(self, tmp_path: Path) -> None:
        """The rest comes as it would have come."""
        for place, rest, found in self._resumed(tmp_path):
            assert Counter(rest) != Counter(found) or rest == found, f"after batch {place}, the order is another one"

    def test_resumed_at_every_batch(self, tmp_path: Path) -> None:
        """One batch per session: the cursors of a resumed session must not count from where that session began."""
        if any(rest != found for _, rest, found in self._resumed(tmp_path)):
            pytest.skip("test_resume_... tell")
        whole = [text for batch in self._read(tmp_path) for text in self._texts(batch)]
        found: list[str] = []
        cursor: Any = None
        going = True
        while going and len(found) <= len(whole):
            going = False
            session = self._read(tmp_path, cursor)
            for batch in session:
                found += self._texts(batch)
                if batch.cursor is not None:
                    cursor, going = as_json(batch.cursor), True
                    session.close()  # type: ignore[attr-defined]
                    break
        assert found == whole, f"resumed at every batch, {len(found)} records came, not the {len(whole)} of one session"

    def _texts(self, batch: Batch) -> list[str]:
        return [repr(self.values(row)) for row in batch.rows]

    def _resumed(self, folder: Path) -> Iterator[tuple[int, list[str], list[str]]]:
        """For each batch with a cursor: its place, the records that should follow, and those that do."""
        if not self.resumes:
            pytest.skip("cannot be resumed")
        batches = [(as_json(batch.cursor), self._texts(batch)) for batch in self._read(folder)]
        if any(cursor is NotImplemented for cursor, _ in batches):
            pytest.skip("test_cursors_are_json tells")
        for place, (cursor, _) in enumerate(batches, 1):
            if cursor is not None:
                rest = [text for _, texts in batches[place:] for text in texts]
                found = [text for batch in self._read(folder, cursor) for text in self._texts(batch)]
                yield place, rest, found


def as_json(cursor: Any) -> Any:
    """The cursor as it comes back from a state backend; NotImplemented when it cannot go there."""
    try:
        return json.loads(json.dumps(cursor, allow_nan=False))
    except (TypeError, ValueError):
        return NotImplemented
