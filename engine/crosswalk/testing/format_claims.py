"""Checks that what a format says of itself is true: its endings, what may be joined, refused and encoded ahead."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from ..batch import Batch
from ..errors import ConnectorError, DataError
from ..values import type_name
from . import torture
from .format_session import FormatSessions, people


class FormatClaims(FormatSessions):
    """Part of `FormatContract`."""

    def test_endings(self, tmp_path: Path) -> None:
        """Endings are lower case, without a dot: crosswalk compares them with those of file names."""
        for ending in self.format().extensions:
            assert ending and ending == ending.lower().strip("."), f"{ending!r} is no ending"

    def test_appendable_is_true(self, tmp_path: Path) -> None:
        """Claimed `appendable`: two documents, one behind the other, are one."""
        if not self.format().appendable:
            pytest.skip("does not claim it")
        found = self.decoded(self.encoded([people(1, 10)]) + self.encoded([people(11, 5)]))
        assert [str(row["id"]) for row in found] == [str(n) for n in range(1, 16)], "not the records of both"

    def test_refused_batch_is_not_written(self, tmp_path: Path) -> None:
        """Claimed `checks_first`: a batch that is refused leaves nothing behind, and the next ones follow."""
        if not self.format().checks_first:
            pytest.skip("does not claim it")
        stream = io.BytesIO()
        with self.format().encoder(stream, self.write_options()) as encoder:
            encoder.write(people(1, 10))
            with pytest.raises(DataError):
                encoder.write(Batch.of_rows([*people(11, 1).rows, {"id": 12, "name": object()}]))
            encoder.write(people(11, 5))
        found = [str(row["id"]) for row in self.decoded(stream.getvalue())]
        assert found == [str(n) for n in range(1, 16)], f"around a refused batch there is {found}"

    def test_takes_or_refuses_every_type(self, tmp_path: Path) -> None:
        """A value of any type that mappings make is written so that it can be read, or refused by a DataError."""
        for value in torture.VALUES:
            try:
                data = self.encoded([Batch.of_rows([{"id": 1, "name": value}])])
            except DataError:
                continue
            except Exception as error:
                pytest.fail(f"a {type_name(value)} raised {type(error).__name__}: {error}; raise DataError instead")
            found = [str(row["id"]) for row in self.decoded(data)]
            assert found == ["1"], f"of the record with a {type_name(value)} there came {found}"

    def test_encoding_ahead_is_writing(self, tmp_path: Path) -> None:
        """What `encode` makes and `append` writes is what `write` would have written, in any mixture of both."""
        batches = [people(1, 3), people(4, 3), people(7, 3)]
        stream = io.BytesIO()
        with self.format().encoder(stream, self.write_options()) as encoder:
            made = [encoder.encode(batch) for batch in batches]
            if None in made:
                pytest.skip("encodes nothing ahead")
            for number, (batch, data) in enumerate(zip(batches, made, strict=True)):
                if number == 1 or data is None:
                    encoder.write(batch)
                else:
                    encoder.append(data)
        assert stream.getvalue() == self.encoded(batches), "encoded ahead, the document is another one"

    def test_long_record_is_told(self, tmp_path: Path) -> None:
        """A record longer than `ReadOptions.max_record_bytes` is an error or a bad record, never memory."""
        if not self.limits_records:
            pytest.skip("says that it has no long records")
        data = self.encoded([people(1, 1), Batch.of_rows([{"id": 2, "name": "x" * 200_000}]), people(3, 1)])
        options = replace(self.read_options(), max_record_bytes=10_000)
        try:
            batches = list(self.format().decode(io.BytesIO(data), options))
        except ConnectorError as error:
            assert error.code and error.message, "the error says nothing"
            return
        assert sum(len(batch.bad) for batch in batches) == 1, "a record of 200,000 bytes was read where 10,000 may be"
