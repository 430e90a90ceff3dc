"""The arrow format: files and streams, batches, resuming, damage."""

from __future__ import annotations

import datetime as dt
import io
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from crosswalk import Batch, ConnectorError, DataError, ReadOptions, WriteOptions
from crosswalk_formats.arrow_format import ArrowIpc

sys.path.append(str(Path(__file__).parent))
from reading import Pipe, rows

TABLE = pa.table(
    {"id": list(range(10)), "v": [Decimal("1.50")] * 10, "d": pa.array(["x", "y"] * 5).dictionary_encode()}
)


def ipc(table: Any, form: str, rows: int = 4) -> bytes:
    out = io.BytesIO()
    with (pa.ipc.new_file if form == "file" else pa.ipc.new_stream)(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return out.getvalue()


def decode(stream: Any, **options: Any) -> list[Batch]:
    return list(ArrowIpc().decode(stream, ReadOptions(**options)))


@pytest.mark.parametrize("form", ["file", "stream"])
@pytest.mark.parametrize("stream", [io.BytesIO, Pipe])
@pytest.mark.parametrize("records", [1, 3, 100])
def test_resume_after_every_record(form: str, stream: Any, records: int) -> None:
    data = ipc(TABLE, form)
    for after in range(11):
        batches = decode(stream(data), records=records, cursor={"row": after} if after else None)
        assert rows(batches) == TABLE.to_pylist()[after:]
        assert [number for batch in batches for number in batch.numbers] == list(range(after + 1, 11))
        assert all(batch.is_columnar and len(batch) <= records for batch in batches)


@pytest.mark.parametrize("form", ["file", "stream"])
def test_only_the_wanted_columns_are_read(form: str) -> None:
    data = ipc(TABLE.slice(0, 1), form)
    assert rows(decode(io.BytesIO(data), columns=frozenset({"v", "none"}))) == [{"v": Decimal("1.50")}]
    assert len(rows(decode(io.BytesIO(data), columns=frozenset({"none"})))) == 1


@pytest.mark.parametrize("form", ["file", "stream"])
def test_nanoseconds_intervals_and_repeated_columns(form: str) -> None:
    table = pa.table({"t": pa.array([1_000, 1], pa.timestamp("ns"))})
    (batch,) = decode(io.BytesIO(ipc(table, form)))
    assert batch.rows == [{"t": dt.datetime(1970, 1, 1, 0, 0, 0, 1)}]
    assert [(bad.number, bad.code) for bad in batch.bad] == [(2, "M314")]
    interval = pa.table({"i": pa.array([(1, 2, 3)], pa.month_day_nano_interval())})
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    for bad, code in ((interval, "C206"), (twice, "C201")):
        with pytest.raises(ConnectorError) as caught:
            decode(io.BytesIO(ipc(bad, form)), columns=frozenset({"a", "i"}))
        assert caught.value.code == code


@pytest.mark.parametrize("form", ["file", "stream"])
@pytest.mark.parametrize("cut", [0, 3, 6, 50, 0.5])
def test_damaged_input(form: str, cut: float) -> None:
    data = ipc(TABLE, form)
    data = data[: int(cut if cut >= 1 or cut == 0 else len(data) * cut)]
    for stream in (io.BytesIO(data), Pipe(data)):
        with pytest.raises(ConnectorError) as caught:
            decode(stream)
        assert caught.value.code == "C206"


def test_lying_offsets_are_caught_before_they_are_followed() -> None:
    offsets = pa.array([0, 77_777, 77_778], pa.int32())
    honest = pa.table({"a": pa.array(["x" * 77_777, "y"])})
    for form in ("file", "stream"):
        data = ipc(honest, form).replace(offsets.buffers()[1].to_pybytes()[:12], b"\0\0\0\0\xff\xff\xff\x7f\0\0\0\0")
        assert data != ipc(honest, form)
        with pytest.raises(ConnectorError) as caught:
            decode(io.BytesIO(data))
        assert caught.value.code == "C206"


def test_other_files_are_named() -> None:
    with pytest.raises(ConnectorError, match="Feather version 1"):
        decode(io.BytesIO(b"FEA1" + b"\x00" * 100))
    with pytest.raises(ConnectorError) as caught:
        decode(io.BytesIO(b"a,b\n1,2\n"))
    assert caught.value.code == "C206"


def test_the_disks_own_errors_are_not_called_damage() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        decode(Failing(ipc(TABLE, "file")))


@pytest.mark.parametrize("config", [{}, {"form": "stream"}, {"compression": "zstd"}, {"compression": "lz4"}])
def test_round_trip(config: dict[str, Any]) -> None:
    records = [
        {"id": 2**60, "price": Decimal("19.00"), "n": {"a": [dt.date(2024, 1, 1)]}},
        {"id": None, "price": 1, "n": {}},
    ]
    out = io.BytesIO()
    with ArrowIpc(**config).encoder(out, WriteOptions()) as encoder:
        encoder.write(Batch.of_rows(records))
    assert out.getvalue().startswith(b"ARROW1") is (config.get("form") != "stream")
    out.seek(0)
    first, second = rows(decode(out))
    assert first == records[0]
    assert second == {"id": None, "price": Decimal("1.00"), "n": {"a": None}}


def test_an_output_without_records_is_valid() -> None:
    out = io.BytesIO()
    with ArrowIpc().encoder(out, WriteOptions(columns=("a",))):
        pass
    out.seek(0)
    assert pa.ipc.open_file(out).schema.names == ["a"]
    assert decode(io.BytesIO(out.getvalue())) == []


def test_mixed_types_are_refused() -> None:
    encoder = ArrowIpc().encoder(io.BytesIO(), WriteOptions())
    encoder.write(Batch.of_rows([{"a": 1}]))
    with pytest.raises(DataError, match='column "a", record 3'):
        encoder.write(Batch.of_rows([{"a": 2, "b": 1}, {"a": "x"}]))


@pytest.mark.parametrize("refused", [{"a": "x"}, {"a": 10**80}, {"a": 1, "b": "\ud800"}, [1]])
def test_what_is_refused_leaves_nothing_behind(refused: Any) -> None:
    out = io.BytesIO()
    encoder = ArrowIpc().encoder(out, WriteOptions())
    encoder.write(Batch.of_rows([{"a": 1}]))
    with pytest.raises(DataError):
        encoder.write(Batch.of_rows([{"a": 2, "c": 1}, refused]))
    encoder.write(Batch.of_rows([{"a": 3, "d": "x"}]))
    encoder.finish()
    assert _rows(out) == [{"a": 1, "d": None}, {"a": 3, "d": "x"}]


def test_columns_that_do_not_go_with_those_before_are_refused() -> None:
    out = io.BytesIO()
    encoder = ArrowIpc().encoder(out, WriteOptions())
    encoder.write(_columns({"a": [1]}))
    with pytest.raises(DataError):
        encoder.write(_columns({"a": ["x"]}))
    encoder.write(_columns({"a": [3]}))
    encoder.finish()
    assert _rows(out) == [{"a": 1}, {"a": 3}]


def _rows(out: io.BytesIO) -> list[Any]:
    return [row for batch in decode(io.BytesIO(out.getvalue())) for row in batch.rows]


def _columns(values: dict[str, list[Any]]) -> Batch:
    return Batch.of_arrow(pa.RecordBatch.from_pydict(values))
