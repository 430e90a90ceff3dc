"""The conformance suite of sources: subclass `SourceContract`, give it a source, and run pytest."""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..batch import Batch
from ..plugin.component import Component
from ..plugin.context import Context
from ..plugin.source import Source
from .component_checks import ComponentChecks
from .parts_checks import PartsChecks
from .resources import check_bounded, nothing_left_open, peak_memory
from .resume_checks import ResumeChecks
from .surroundings import context


class SourceContract(ResumeChecks, PartsChecks, ComponentChecks):
    """Tests that every source passes.

    ```python
    class TestCountdown(SourceContract):
        def source(self, folder, records):
            return Countdown(start=records)
    ```
    `records`: how many to read where resuming is tested. `memory_records` and `memory_slack`: the two sizes of input
    that are read, and how many bytes more the larger may take (Python objects, by tracemalloc); `memory_records` None
    leaves the check out, for a source whose size the test cannot choose. A source of parts (`SupportsParts`) is read
    part by part, too; define `vanish(folder, part)` to see one go.
    """

    records: ClassVar[int] = 50
    memory_records: ClassVar[tuple[int, int] | None] = (2_000, 20_000)
    memory_slack: ClassVar[int] = 1_000_000

    @abstractmethod
    def source(self, folder: Path, records: int) -> Source:
        """A source of exactly so many records, not bound; the same for equal arguments. `folder` is the test's own."""

    def context(self, folder: Path) -> Context:
        """What the source is bound with."""
        return context(folder)

    def _component(self, folder: Path) -> Component:
        return self.source(folder, self.records)

    def _session(self, folder: Path, records: int, cursor: Any = None) -> Iterator[Batch]:
        return self.source(folder, records).bind(self.context(folder)).read(cursor)

    def _read(self, folder: Path, cursor: Any = None) -> Iterator[Batch]:
        return self._session(folder, self.records, cursor)

    def test_gives_every_record(self, tmp_path: Path) -> None:
        """As many as the test asked for, and the same ones each time."""
        first, second = ([text for batch in self._read(tmp_path) for text in self._texts(batch)] for _ in range(2))
        assert len(first) == self.records, f"{len(first)} records came, not {self.records}"
        assert first == second, "reading again gives other records"

    def test_closes_at_the_end(self, tmp_path: Path) -> None:
        """Read to its end, a session leaves no file, connection or thread."""
        for _ in self._read(tmp_path):  # imports and pools are made by now
            pass
        session = self._read(tmp_path)
        with nothing_left_open("after the last batch"):
            for _ in session:
                pass

    def test_closes_on_early_stop(self, tmp_path: Path) -> None:
        """`close()` on the generator ends the session at once: cancelled runs, previews, errors further down."""
        for _ in self._read(tmp_path):
            pass
        session = self._read(tmp_path)
        close = getattr(session, "close", None)
        assert close is not None, "read() must return a generator: the engine closes it to end the session"
        with nothing_left_open("after close()"):
            next(session)
            close()

    def test_memory_is_bounded(self, tmp_path: Path) -> None:
        """A large input takes no more memory than a small one."""
        if self.memory_records is None:
            pytest.skip("the test cannot choose the size of the input")

        def measure(records: int) -> int:
            folder = tmp_path / str(records)
            folder.mkdir(exist_ok=True)
            session = self._session(folder, records)
            return peak_memory(lambda: session)

        measure(self.memory_records[0])  # imports are no part of it
        check_bounded(measure, self.memory_records, self.memory_slack)

    def test_prints_nothing(self, tmp_path: Path) -> None:
        """Standard output belongs to the records of `crosswalk map`; use logging."""
        printed = io.StringIO()
        session = self._read(tmp_path)
        with redirect_stdout(printed):
            for _ in session:
                pass
        assert not printed.getvalue(), f"printed on stdout: {printed.getvalue()[:200]!r}"
