"""Checks of a format by its round trip: what is written is what is read, to the last character and digit."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ..batch import Batch
from ..errors import DataError
from . import torture
from .format_session import FormatSessions, people


class FormatWriting(FormatSessions):
    """Part of `FormatContract`.

    A text is the same when every character is; a number, when its shortest digits are those of an equal number.
    """

    def test_records_come_back(self, tmp_path: Path) -> None:
        """Several batches, one of them empty, one of them Arrow columns."""
        batches = [people(1, 5), Batch.of_rows([]), Batch.of_arrow(people(6, 5).table), people(11, 1)]
        found = self.decoded(self.encoded(batches))
        assert [str(record["id"]) for record in found] == [str(n) for n in range(1, 12)], "not the records written"

    def test_no_records(self, tmp_path: Path) -> None:
        """A document without records can be written, and has none when read."""
        assert self.decoded(self.encoded([])) == []

    def test_quotes_and_delimiters(self, tmp_path: Path) -> None:
        """Texts with what the format uses for itself."""
        self.check_round_trip(torture.QUOTES)

    def test_line_breaks(self, tmp_path: Path) -> None:
        """A line break in a value is not the end of a record."""
        self.check_round_trip(torture.LINE_BREAKS)

    def test_unicode(self, tmp_path: Path) -> None:
        """No character is lost, replaced or normalised."""
        self.check_round_trip(torture.UNICODE)

    def test_texts_that_look_like_numbers(self, tmp_path: Path) -> None:
        """`00501` is a postal code and `1E5` an article number; nothing is guessed."""
        self.check_round_trip(torture.NUMBER_LIKE)

    def test_blanks(self, tmp_path: Path) -> None:
        """Space around a text belongs to it."""
        self.check_round_trip(torture.BLANKS)

    def test_integers(self, tmp_path: Path) -> None:
        """Digits beyond what a float holds."""
        self.check_round_trip(torture.INTEGERS)

    def test_decimals(self, tmp_path: Path) -> None:
        """More digits than a float has."""
        self.check_round_trip([*torture.DECIMALS])

    def test_empty_and_null(self, tmp_path: Path) -> None:
        """An empty text and null, beside each other (two things, unless `tells_null` is false)."""
        self.check_round_trip(["", "a", None, "b"])

    def test_large_value(self, tmp_path: Path) -> None:
        """A value much larger than any buffer."""
        self.check_round_trip(["small", "é" * 300_000, "small"])

    def test_stream_stays_open(self, tmp_path: Path) -> None:
        """Whoever opened the stream closes it."""
        stream = io.BytesIO()
        self.encoded([people(1, 3)], stream)
        assert not stream.closed, "the encoder closed the stream"

    def test_refuses_what_it_cannot_carry(self, tmp_path: Path) -> None:
        """A value without a form is a DataError, so that its record becomes a reject; never `<object at 0x...>`."""
        try:
            text = self.encoded([Batch.of_rows([{"id": 1, "name": object()}])])
        except DataError:
            return
        pytest.fail(f"an object() was written: {text[:200]!r}")
