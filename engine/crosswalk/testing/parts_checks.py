"""Checks of sources that list parts (`SupportsParts`): the engine follows each by its identity."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ..batch import Batch
from ..plugin.context import Context
from ..plugin.source import Part, PartVanished, Source, SupportsParts
from .resume_checks import as_json


class PartsChecks:
    """Part of `SourceContract`; skipped where a source has no parts. `vanish` takes a part away."""

    @abstractmethod
    def source(self, folder: Path, records: int) -> Source:
        """See SourceContract."""

    @abstractmethod
    def context(self, folder: Path) -> Context:
        """See SourceContract."""

    def vanish(self, folder: Path, part: Part) -> None:
        """Take a part away, as somebody else may between listing and reading."""
        pytest.skip("the test does not say how a part vanishes")

    def values(self, row: Any) -> Any:
        """A row as a comparable value."""
        return row

    def _source(self, folder: Path) -> Any:
        found = self.source(folder, 50).bind(self.context(folder))
        if not isinstance(found, SupportsParts):
            pytest.skip("has no parts")
        return found

    def test_parts_are_listed_the_same(self, tmp_path: Path) -> None:
        """Listing again gives the same parts, each once: another identity means that it is read again."""
        source = self._source(tmp_path)
        first, second = ([part.id for part in source.parts()] for _ in range(2))
        assert first, "there are no parts"
        assert first == second, "listed again, the parts are others, or in another order"
        assert len(set(first)) == len(first), "a part is listed twice"

    def test_parts_hold_every_record(self, tmp_path: Path) -> None:
        """Part by part, the records are those of `read`."""
        source = self._source(tmp_path)
        found = [text for part in source.parts() for text in self._of(source.read_part(part))]
        whole = self._of(source.read())
        assert found == whole, f"the parts hold {len(found)} records, read() gives {len(whole)}"

    def test_part_resumes(self, tmp_path: Path) -> None:
        """Within a part, reading goes on right behind any batch."""
        source = self._source(tmp_path)
        for part in source.parts():
            batches = [(as_json(batch.cursor), self._texts(batch)) for batch in source.read_part(part)]
            for place, (cursor, _) in enumerate(batches, 1):
                if cursor is None:
                    continue
                rest = [text for _, texts in batches[place:] for text in texts]
                found = self._of(source.read_part(part, cursor))
                assert found == rest, (
                    f"after batch {place} of {part.name} come {len(found)} records, not the {len(rest)} that are left"
                )

    def test_vanished_part_is_told(self, tmp_path: Path) -> None:
        """A part that was listed and is gone is PartVanished: the run warns and goes on."""
        source = self._source(tmp_path)
        part = next(iter(source.parts()))
        self.vanish(tmp_path, part)
        with pytest.raises(PartVanished):
            self._of(source.read_part(part))

    def test_after_may_be_repeated(self, tmp_path: Path) -> None:
        """What is to happen to a finished part is said in words, and doing it twice does no harm."""
        source = self._source(tmp_path)
        part = next(iter(source.parts()))
        for outcome in ("processed", "failed"):
            where = source.after_action(outcome)
            known = isinstance(where, str) and (where in ("", "delete") or where.startswith("move:"))
            assert known, f"after_action gave {where!r}"
            if where:
                source.after(part, outcome, where)
                source.after(part, outcome, where)

    def _of(self, batches: Iterator[Batch]) -> list[str]:
        with closing(batches) as stream:  # type: ignore[type-var]
            return [text for batch in stream for text in self._texts(batch)]

    def _texts(self, batch: Batch) -> list[str]:
        return [repr(self.values(row)) for row in batch.rows]
