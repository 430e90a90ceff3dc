"""The formats' kit finds each fault, and blames nothing else."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import pytest

from crosswalk import Batch, ConnectorError, DataError, Encoder, Format, ReadOptions, WriteOptions
from crosswalk.testing import FormatContract
from crosswalk_formats.ndjson_format import Ndjson

sys.path.append(str(Path(__file__).parent))
from contract_failures import checks, only


@dataclass
class Good(Ndjson):
    """Lines of JSON; a subclass changes texts, values or batches on their way.

    `record`: as for ndjson.
    """

    type: ClassVar[str] = "good"

    def read(self, value: Any) -> Any:
        """What a value becomes when read."""
        return value

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        for batch in super().decode(stream, options):
            rows = [{name: self.read(value) for name, value in row.items()} for row in batch.rows]
            yield Batch.of_rows(
                rows, cursor=batch.cursor, numbers=batch.numbers, lines=batch.lines, bad=batch.bad
            )  # fmt: skip


class StripsQuotes(Good):
    def read(self, value: Any) -> Any:
        return value.strip('"') if isinstance(value, str) and "\n" not in value else value


class OneLineBreak(Good):
    def read(self, value: Any) -> Any:
        return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


class Composes(Good):
    def read(self, value: Any) -> Any:
        import unicodedata

        return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


class Guesses(Good):
    def read(self, value: Any) -> Any:
        return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class Trims(Good):
    def read(self, value: Any) -> Any:
        return value.strip(" ") if isinstance(value, str) else value


class Floats(Good):
    def read(self, value: Any) -> Any:
        return int(float(value)) if isinstance(value, int) and not isinstance(value, bool) else value


class FloatDecimals(Good):
    def read(self, value: Any) -> Any:
        return float(value) if isinstance(value, Decimal) else value


class EmptyIsNull(Good):
    def read(self, value: Any) -> Any:
        return None if value == "" else value


class CutsLongTexts(Good):
    def read(self, value: Any) -> Any:
        return value[:65_536] if isinstance(value, str) else value


class Changed(Encoder):
    """Passes on to another encoder; subclasses do one thing differently."""

    def __init__(self, inner: Encoder, stream: BinaryIO) -> None:
        self.inner, self.stream = inner, stream

    def write(self, batch: Batch) -> None:
        self.inner.write(batch)

    def finish(self) -> None:
        self.inner.finish()


THREE = len('{"id":1,"name":"é 1"}\n'.encode()) * 3


class ClosesTheStream(Good):
    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        class Closing(Changed):
            def finish(self) -> None:
                if isinstance(self.stream, io.BytesIO) and self.stream.tell() == THREE:
                    self.stream.close()

        return Closing(super().encoder(stream, options), stream)


class WritesAnything(Good):
    checks_first = False

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        class Lax(Changed):
            def write(self, batch: Batch) -> None:
                try:
                    self.inner.write(batch)
                except DataError:
                    self.stream.write(json.dumps(batch.rows, default=str).encode())

        return Lax(super().encoder(stream, options), stream)


class LosesRowsAfterAnEmptyBatch(Good):
    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        class Losing(Changed):
            ended = False

            def write(self, batch: Batch) -> None:
                self.ended = self.ended or not len(batch)
                if not self.ended:
                    self.inner.write(batch)

        return Losing(super().encoder(stream, options), stream)


class StumblesOverNothing(Good):
    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        head = stream.read(1)
        if not head:
            raise ConnectorError("C201", "empty")
        return super().decode(io.BufferedReader(Joined(head, stream)), options)  # type: ignore[arg-type]


class Joined(io.RawIOBase):
    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self.head, self.stream = head, stream

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        data = self.head or self.stream.read(len(target))
        self.head = b""
        target[: len(data)] = data
        return len(data)


class ReadsAllFirst(Good):
    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        import tempfile

        with tempfile.TemporaryFile() as copy:
            while data := stream.read(10_000):
                copy.write(data)
            copy.seek(0)
            yield from super().decode(copy, options)  # type: ignore[arg-type]


class HoldsAll(Good):
    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        held = []
        for batch in super().decode(stream, options):
            held.append(batch)
            yield batch


class OneBatch(Good):
    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        return super().decode(stream, replace(options, records=60, bytes=10_000_000))


class NoCursor(Good):
    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        for batch in super().decode(stream, options):
            batch.cursor = None
            yield batch


class Counted(Good):
    """The cursor is a number of records; subclasses get it wrong."""

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        taken = skip = self.start(options.cursor or 0)
        for batch in super().decode(stream, replace(options, cursor=None)):
            kept = batch.rows[skip:]
            skip -= min(skip, len(batch))
            taken += len(kept)
            if kept or batch.bad:
                yield Batch.of_rows(
                    self.ordered(kept, options.cursor), cursor=self.cursor(taken, options.cursor), bad=batch.bad
                )

    def start(self, cursor: int) -> int:
        return cursor

    def cursor(self, taken: int, began: int | None) -> int:
        return taken

    def ordered(self, rows: list[Any], began: int | None) -> list[Any]:
        return rows


class OneTooLow(Counted):
    def start(self, cursor: int) -> int:
        return max(cursor - 1, 0)


class OneTooHigh(Counted):
    def start(self, cursor: int) -> int:
        return cursor and cursor + 1


class CountsFromItsStart(Counted):
    def cursor(self, taken: int, began: int | None) -> int:
        return taken - (began or 0)


class BackwardsWhenResumed(Counted):
    def ordered(self, rows: list[Any], began: int | None) -> list[Any]:
        return rows if began is None else rows[::-1]


class WrongLine(Good):
    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        for batch in super().decode(stream, options):
            for bad in batch.bad:
                bad.line -= 1
            yield batch


class Crashes(Good):
    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        for batch in super().decode(stream, options):
            for bad in batch.bad:
                bad.raw.encode() if isinstance(bad.raw, str) else bad.raw.decode("ascii")
            yield batch


class DottedEnding(Good):
    extensions = (".good",)


class NotAppendable(Good):
    """A last line ends the document."""

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        class Ending(Changed):
            def finish(self) -> None:
                self.inner.finish()
                self.stream.write(b'{"end":true}\n')

        return Ending(super().encoder(stream, options), stream)

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        for batch in super().decode(stream, options):
            ends = [
                place
                for place, row in enumerate(batch.rows)
                if isinstance(row, dict) and "end" in row and len(row) == 1
            ]
            if ends:
                yield Batch.of_rows(batch.rows[: ends[0]], cursor=batch.cursor)
                return
            yield batch


class WritesBeforeChecking(Good):
    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        class Early(Changed):
            def write(self, batch: Batch) -> None:
                for row in batch.rows:
                    self.inner.write(Batch.of_rows([row]))

        return Early(super().encoder(stream, options), stream)


class StumblesOverDates(Good):
    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        class Stumbling(Changed):
            def write(self, batch: Batch) -> None:
                if any(isinstance(row.get("name"), dt.date) for row in batch.rows):
                    raise TypeError("not JSON serializable")
                self.inner.write(batch)

        return Stumbling(super().encoder(stream, options), stream)


class EncodesOtherwise(Good):
    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        class Ahead(Changed):
            def encode(self, batch: Batch) -> bytes:
                return json.dumps(batch.rows).encode()

            def append(self, data: Any) -> None:
                self.stream.write(data)

        return Ahead(super().encoder(stream, options), stream)


class AnyLength(Good):
    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        return super().decode(stream, replace(options, max_record_bytes=64_000_000))


@dataclass
class Undescribed(Good):
    """Lines."""

    strict: bool = False


@dataclass
class NoValue(Good):
    """Lines of JSON."""

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass
class NeedsASetting(Good):
    """Lines of JSON.

    `limit`: a number.
    """

    limit: int = 0

    @classmethod
    def config_schema(cls) -> dict[str, Any]:
        schema = super().config_schema()
        return schema | {"required": ["type", "limit"]}


def _contract(kind: type[Format], **members: Any) -> type[FormatContract]:
    class Contract(FormatContract):
        memory_records, memory_slack = (500, 5_000), 300_000
        bad_record = (b'{"id":1}\n{"id":\n{"id":3}\n', 2)

        def format(self) -> Format:
            return kind()

    for name, value in members.items():
        setattr(Contract, name, value)
    return Contract


BROKEN: dict[type[Format], tuple[str, ...]] = {
    Good: (),
    Counted: (),
    StripsQuotes: ("quotes_and_delimiters",),
    OneLineBreak: ("line_breaks",),
    Composes: ("unicode",),
    Guesses: ("texts_that_look_like_numbers",),
    Trims: ("blanks",),
    Floats: ("integers",),
    FloatDecimals: ("decimals",),
    EmptyIsNull: ("empty_and_null",),
    CutsLongTexts: ("large_value",),
    ClosesTheStream: ("stream_stays_open",),
    WritesAnything: ("refuses_what_it_cannot_carry",),
    LosesRowsAfterAnEmptyBatch: ("records_come_back",),
    StumblesOverNothing: ("no_records",),
    ReadsAllFirst: ("reads_as_it_goes",),
    HoldsAll: ("memory_is_bounded",),
    OneBatch: ("gives_several_batches",),
    NoCursor: ("cursors_are_json",),
    OneTooLow: ("resume_repeats_nothing",),
    OneTooHigh: ("resume_loses_nothing",),
    CountsFromItsStart: ("resumed_at_every_batch",),
    BackwardsWhenResumed: ("resume_keeps_the_order",),
    WrongLine: ("bad_record_is_set_aside",),
    Crashes: ("any_bytes",),
    DottedEnding: ("endings",),
    NotAppendable: ("appendable_is_true",),
    WritesBeforeChecking: ("refused_batch_is_not_written",),
    StumblesOverDates: ("takes_or_refuses_every_type",),
    EncodesOtherwise: ("encoding_ahead_is_writing",),
    AnyLength: ("long_record_is_told",),
    Undescribed: ("settings_are_described",),
    NoValue: ("is_a_value",),
    NeedsASetting: ("required_settings_are_named",),
}


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_each_fault_is_found(kind: type[Format], tmp_path: Path) -> None:
    only(_contract(kind), tmp_path, *BROKEN[kind])


def test_a_document_that_breaks_off(tmp_path: Path) -> None:
    told = only(_contract(Good, whole=True), tmp_path, "broken_document_is_told")
    assert "DID NOT RAISE" in told


def test_every_check_can_fail() -> None:
    found = {name for names in BROKEN.values() for name in names}
    assert found | {"broken_document_is_told"} == set(checks(FormatContract))
