"""What the parts of the format's kit share: the format under test, writing to bytes and reading them back."""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, BinaryIO, ClassVar

from ..batch import Batch
from ..plugin.format import Format, ReadOptions, WriteOptions
from ..values import MISSING, text_of
from .surroundings import BATCH


class FormatSessions:
    """The base of the kit's parts; authors subclass `FormatContract`."""

    bad_record: ClassVar[tuple[bytes, int] | None] = None
    whole: ClassVar[bool] = False
    text_only: ClassVar[bool] = False
    tells_null: ClassVar[bool] = True
    streams: ClassVar[bool] = True
    limits_records: ClassVar[bool] = True

    @abstractmethod
    def format(self) -> Format:
        """The format under test, able to read what it writes."""

    def read_options(self) -> ReadOptions:
        """How to read what the format writes."""
        return ReadOptions(records=BATCH)

    def write_options(self) -> WriteOptions:
        """How to write."""
        return WriteOptions()

    def values(self, row: Any) -> Any:
        """A row as a dict; override it for rows that are none."""
        return row

    def encoded(self, batches: Iterable[Batch], stream: BinaryIO | None = None) -> bytes:
        """The bytes of a document of these batches; b"" when they go to `stream`."""
        target = stream or io.BytesIO()
        with self.format().encoder(target, self.write_options()) as encoder:
            for batch in batches:
                encoder.write(batch)
        return target.getvalue() if isinstance(target, io.BytesIO) and stream is None else b""

    def decoded(self, data: bytes, cursor: Any = None) -> list[Any]:
        """The records of a document; a bad one fails the test."""
        found = []
        for batch in self.format().decode(io.BytesIO(data), replace(self.read_options(), cursor=cursor)):
            assert not batch.bad, f"a bad record: {batch.bad[0].message}"
            found += [self.values(row) for row in batch.rows]
        return found

    def check_round_trip(self, values: Sequence[Any]) -> None:
        """Each value, in a record of its own, comes back as it was; the records around it unharmed."""
        records = [{"id": number, "value": value, "end": "x"} for number, value in enumerate(values)]
        found = self.decoded(self.encoded([Batch.of_rows(records)]))
        assert len(found) == len(records), f"{len(records)} records became {len(found)}"
        for wanted, got in zip(records, found, strict=True):
            for name, value in wanted.items():
                back = got.get(name, MISSING)
                assert self._same(value, back), f"{value!r} came back as {back!r}"

    def _same(self, value: Any, back: Any) -> bool:
        if value is None or (value == "" and not self.tells_null):
            return back is None or (not self.tells_null and back in ("", MISSING))
        if self.text_only:
            return isinstance(back, str) and back == text_of(value)
        if isinstance(value, str | bool) or isinstance(back, str | bool | bytes | None) or back is MISSING:
            return type(value) is type(back) and bool(value == back)
        return Decimal(text_of(value)) == Decimal(text_of(back))


def people(first: int, count: int) -> Batch:
    """A batch of plain records, ids from `first`."""
    return Batch.of_rows([{"id": n, "name": f"é {n}"} for n in range(first, first + count)], first=first)
