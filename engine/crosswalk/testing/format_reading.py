"""Checks of a format's reading: batches, cursors, streaming, bad records and documents that are none."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..batch import Batch
from ..errors import ConnectorError
from .format_session import FormatSessions, people
from .resources import check_bounded, peak_memory
from .resume_checks import ResumeChecks

RECORDS = 50


class FormatReading(FormatSessions, ResumeChecks):
    """Part of `FormatContract`. `memory_records`, `memory_slack`: see `SourceContract`."""

    memory_records: ClassVar[tuple[int, int]] = (2_000, 20_000)
    memory_slack: ClassVar[int] = 1_000_000

    def values(self, row: Any) -> Any:
        """A row as a dict; override it for rows that are none."""
        return row

    def _read(self, folder: Path, cursor: Any = None) -> Iterator[Batch]:
        data = self.encoded([people(1, RECORDS)])
        return self.format().decode(io.BytesIO(data), replace(self.read_options(), cursor=cursor))

    def test_reads_as_it_goes(self, tmp_path: Path) -> None:
        """The first batch comes before the end of the stream was read."""
        if not self.streams:
            pytest.skip("says that it does not stream")
        data = self.encoded([people(1, 20_000)])
        stream = _Counted(data)
        session = self.format().decode(io.BufferedReader(stream), self.read_options())
        next(session)
        assert stream.taken < len(data), "all was read before the first batch came"

    def test_memory_is_bounded(self, tmp_path: Path) -> None:
        """A long document takes no more memory than a short one."""

        def measure(records: int) -> int:
            path = tmp_path / f"{records}"
            with path.open("wb") as stream:
                self.encoded([people(1, records)], stream)
            with path.open("rb") as stream:
                return peak_memory(lambda: self.format().decode(stream, replace(self.read_options(), records=200)))

        measure(self.memory_records[0])  # imports are no part of it
        check_bounded(measure, self.memory_records, self.memory_slack)

    def test_bad_record_is_set_aside(self, tmp_path: Path) -> None:
        """A record that cannot be read comes as `Batch.bad`, with its line; the good ones around it come too."""
        if self.bad_record is None:
            pytest.skip("no bad record is given")
        data, line = self.bad_record
        batches = list(self.format().decode(io.BytesIO(data), self.read_options()))
        bad = [record for batch in batches for record in batch.bad]
        assert len(bad) == 1, f"{len(bad)} bad records, not one"
        assert bad[0].line == line, f"the bad record is said to be on line {bad[0].line}, it is on line {line}"
        assert bad[0].message, "the bad record has no message"
        assert sum(map(len, batches)) > 0, "the good records around it did not come"

    def test_broken_document_is_told(self, tmp_path: Path) -> None:
        """A document that breaks off is a ConnectorError where the format can know (`whole`)."""
        if not self.whole:
            pytest.skip("a document of this format may end anywhere")
        data = self.encoded([people(1, RECORDS)])
        with pytest.raises(ConnectorError):
            for _ in self.format().decode(io.BytesIO(data[: len(data) // 2]), self.read_options()):
                pass

    def test_any_bytes(self, tmp_path: Path) -> None:
        """Whatever comes in, the outcome is records, bad records or a ConnectorError; nothing else escapes."""
        good = self.encoded([people(1, 20)])
        for data in (bytes(range(256)) * 4, b"\0" * 100, good[:-3], good[: len(good) // 3], good[7:], b"\xff\xfe\x00"):
            try:
                for batch in self.format().decode(io.BytesIO(data), self.read_options()):
                    assert isinstance(batch, Batch), f"not a Batch: {batch!r}"
            except ConnectorError:
                continue


class _Counted(io.RawIOBase):
    """A stream that counts the bytes taken from it."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        count = self._data.readinto(target)
        self.taken += count
        return count
