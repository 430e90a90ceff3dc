"""The parquet format: exact values both ways, batches, resuming, projection, damage, schema inference."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import sys
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crosswalk import MISSING, Batch, ConnectorError, DataError, ReadOptions, WriteOptions
from crosswalk_formats import arrow_encoder
from crosswalk_formats.parquet_format import Parquet

sys.path.append(str(Path(__file__).parent))
from reading import Pipe, rows

UTC = dt.UTC


def parquet(table: Any, **options: Any) -> io.BytesIO:
    out = io.BytesIO()
    pq.write_table(pa.table(table) if isinstance(table, dict) else table, out, **options)
    out.seek(0)
    return out


def decode(stream: Any, **options: Any) -> list[Batch]:
    return list(Parquet().decode(stream, ReadOptions(**options)))


def encode(
    *batches: list[Any] | Batch, columns: tuple[str, ...] | None = None, schema: Any = None, **config: Any
) -> Any:
    out = io.BytesIO()
    with Parquet(**config).encoder(out, WriteOptions(columns=columns, arrow_schema=schema)) as encoder:
        for batch in batches:
            encoder.write(batch if isinstance(batch, Batch) else Batch.of_rows(batch))
    assert not out.closed
    out.seek(0)
    return pq.read_table(out)


# Reading


def test_values_are_exact() -> None:
    values = {
        "int64": (pa.int64(), 9_223_372_036_854_775_807),
        "uint64": (pa.uint64(), 18_446_744_073_709_551_615),
        "decimal": (pa.decimal128(38, 4), Decimal("1234567890123456789012345678901234.5000")),
        "wide": (pa.decimal256(76, 2), Decimal("9" * 70 + ".10")),
        "date": (pa.date32(), dt.date(2024, 2, 29)),
        "naive": (pa.timestamp("us"), dt.datetime(2024, 2, 29, 12, 0, 0, 123456)),
        "millis": (pa.timestamp("ms"), dt.datetime(2024, 2, 29, 12, 0, 0, 123000)),
        "instant": (pa.timestamp("us", "UTC"), dt.datetime(2024, 2, 29, 12, tzinfo=UTC)),
        "time": (pa.time64("us"), dt.time(23, 59, 59, 999999)),
        "bytes": (pa.binary(), b"\x00\xff"),
        "text": (pa.string(), "größe\x00"),
        "bool": (pa.bool_(), False),
        "list": (pa.list_(pa.int64()), [1, None, 2]),
        "struct": (pa.struct([("a", pa.string()), ("b", pa.list_(pa.date32()))]), {"a": None, "b": [dt.date(1, 1, 1)]}),
        "map": (pa.map_(pa.string(), pa.int64()), {"k": 1}),
        "null": (pa.string(), None),
    }
    given = {n: list(v.items()) if n == "map" else v for n, (_, v) in values.items()}
    table = pa.Table.from_pylist([given], schema=pa.schema([(name, kind) for name, (kind, _) in values.items()]))
    (row,) = rows(decode(parquet(table)))
    assert row == {name: value for name, (_, value) in values.items()}
    assert {name: type(value) for name, value in row.items()} == {n: type(v) for n, (_, v) in values.items()}


def test_nan_is_not_null() -> None:
    found = rows(decode(parquet({"a": pa.array([math.nan, None, math.inf])})))
    assert math.isnan(found[0]["a"])
    assert [row["a"] for row in found[1:]] == [None, math.inf]


def test_batches_are_columns_where_they_can_be() -> None:
    assert decode(parquet({"a": [1]}))[0].is_columnar
    assert decode(parquet({"a": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64()))}))[0].is_columnar is False


def test_nanoseconds_are_kept_or_refused() -> None:
    times = pa.array([1_000, 2_000, 1_001, None], pa.timestamp("ns"))
    nested = pa.array([[1_000], None, [], [1_001]], pa.list_(pa.timestamp("ns")))
    (batch,) = decode(parquet({"id": [1, 2, 3, 4], "t": times, "n": nested}))
    assert [row["id"] for row in batch.rows] == [1, 2]
    assert batch.rows[0]["t"] == dt.datetime(1970, 1, 1, 0, 0, 0, 1)
    assert batch.numbers == [1, 2]
    assert [(bad.number, bad.code) for bad in batch.bad] == [(3, "M314"), (4, "M314")]
    assert 'column "t"' in batch.bad[0].message
    assert json.loads(batch.bad[0].raw)["t"] == "1970-01-01 00:00:00.000001001"
    assert batch.cursor == {"row": 4}


@pytest.mark.parametrize(
    "array",
    [
        pa.array([0, 2**62], pa.timestamp("us")),
        pa.array([0, -(2**62)], pa.timestamp("us", "UTC")),
        pa.array([0, 2**30], pa.date32()),
        pa.array([[0], [2**30]], pa.list_(pa.date32())),
        pa.array([{"d": 0}, {"d": 2**30}], pa.struct([("d", pa.date32())])),
        pa.array([[("a", 0)], [("a", 2**30)]], pa.map_(pa.string(), pa.date32())),
    ],
)
def test_dates_that_python_cannot_hold_are_bad_records(array: Any) -> None:
    (batch,) = decode(parquet({"a": array}))
    assert len(batch.rows) == 1
    assert [(bad.number, bad.code) for bad in batch.bad] == [(2, "M314")]


@pytest.mark.parametrize("date", [dt.date(1, 1, 1), dt.date(9999, 12, 31)])
def test_the_first_and_last_dates_are_fine(date: dt.date) -> None:
    (batch,) = decode(parquet({"a": pa.array([date, None])}))
    assert [row["a"] for row in batch.rows] == [date, None]
    assert batch.bad == []


def test_broken_text_and_repeated_map_keys_are_bad_records() -> None:
    raw = pa.array([b"ok", b"\xff\xfe"], pa.binary())
    broken = pa.StringArray.from_buffers(2, raw.buffers()[1], raw.buffers()[2])
    (batch,) = decode(parquet({"a": broken}))
    assert [row["a"] for row in batch.rows] == ["ok"]
    assert (batch.bad[0].number, batch.bad[0].code) == (2, "M310")
    assert "UTF-8" in batch.bad[0].message
    twice = pa.array([[("k", 1), ("k", 2)], [("k", 3)]], pa.map_(pa.string(), pa.int64()))
    (batch,) = decode(parquet({"m": twice}))
    assert batch.rows == [{"m": {"k": 3}}]
    assert [bad.number for bad in batch.bad] == [1]


def test_extension_types_are_read_as_their_storage() -> None:
    value = uuid.UUID("12345678-1234-5678-1234-567812345678")
    assert rows(decode(parquet({"u": pa.array([value.bytes, None], pa.uuid())}))) == [{"u": str(value)}, {"u": None}]


def test_dictionaries_are_plain_values_in_rows() -> None:
    assert rows(decode(parquet({"a": pa.array(["x", "y", "x"]).dictionary_encode()}))) == [
        {"a": "x"},
        {"a": "y"},
        {"a": "x"},
    ]


@pytest.mark.parametrize("records", [1, 2, 3, 100])
@pytest.mark.parametrize("seek", [True, False])
def test_resume_after_every_record(records: int, seek: bool) -> None:
    data = parquet({"a": list(range(10))}, row_group_size=3).getvalue()
    for after in range(11):
        stream = cast("BinaryIO", io.BytesIO(data) if seek else Pipe(data))
        batches = decode(stream, records=records, cursor={"row": after} if after else None)
        assert [row["a"] for row in rows(batches)] == list(range(after, 10))
        assert [number for batch in batches for number in batch.numbers] == list(range(after + 1, 11))
        assert all(len(batch) <= records for batch in batches)
        assert [batch.cursor["row"] for batch in batches] == [batch.numbers[-1] for batch in batches]


def test_cursors_of_batches_resume() -> None:
    data = parquet({"a": list(range(10))}, row_group_size=4).getvalue()
    for batch in decode(io.BytesIO(data), records=3):
        rest = decode(io.BytesIO(data), records=2, cursor=json.loads(json.dumps(batch.cursor)))
        assert [row["a"] for row in rows(rest)] == list(range(batch.rows[-1]["a"] + 1, 10))


def test_batches_end_by_bytes() -> None:
    data = parquet({"a": ["x" * 1000] * 100})
    batches = decode(data, bytes=10_000)
    assert len(rows(batches)) == 100
    assert len(batches) >= 10
    data.seek(0)
    with pytest.raises(ConnectorError) as caught:
        decode(data, bytes=10, max_record_bytes=500)
    assert caught.value.code == "C208"


def test_only_the_wanted_columns_are_read() -> None:
    data = parquet({"a": [1], "b": [2], "x": [{"z": 1}], "x.y": [3]})
    assert rows(decode(data, columns=frozenset({"b", "none"}))) == [{"b": 2}]
    assert rows(decode(data, columns=frozenset({"x"}))) == [{"x": {"z": 1}}]
    assert rows(decode(data, columns=frozenset({"x.y"}))) == [{"x.y": 3}]
    assert len(rows(decode(data, columns=frozenset({"none"})))) == 1


@pytest.mark.parametrize("cut", [0, 3, 7, 20, -1, -20])
def test_damaged_files(cut: int) -> None:
    data = parquet({"a": list(range(100))}).getvalue()
    for stream in (io.BytesIO(data[:cut]), Pipe(data[:cut])):
        with pytest.raises(ConnectorError) as caught:
            decode(stream)
        assert caught.value.code == "C206"


def test_damaged_pages() -> None:
    data = bytearray(parquet({"a": list(range(100))}).getvalue())
    data[10:40] = b"\xff" * 30
    with pytest.raises(ConnectorError) as caught:
        decode(io.BytesIO(bytes(data)))
    assert caught.value.code == "C206"


def test_unreadable_schemas() -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(ConnectorError) as caught:
        decode(parquet(twice))
    assert caught.value.code == "C201"


def test_an_empty_file_has_no_batches() -> None:
    assert decode(parquet({"a": pa.array([], pa.int64())})) == []


@pytest.mark.parametrize("cursor", [{"offset": 1}, {"row": -1}, {"row": True}, 3])
def test_a_foreign_cursor_is_refused(cursor: Any) -> None:
    with pytest.raises(ConnectorError) as caught:
        decode(parquet({"a": [1]}), cursor=cursor)
    assert caught.value.code == "C205"


# Writing


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, 2**63 - 1], pa.int64()),
        ([0, 2**64 - 1], pa.uint64()),
        ([-1, 2**64], pa.decimal128(38, 0)),
        ([1, Decimal("19.00"), Decimal("0.125")], pa.decimal128(38, 3)),
        ([Decimal("1E+3")], pa.decimal128(38, 0)),
        ([Decimal("9" * 38 + ".5")], pa.decimal256(76, 1)),
        ([1, 2.5], pa.float64()),
        ([math.nan, 0.1], pa.float64()),
        ([True, None], pa.bool_()),
        (["é", ""], pa.string()),
        ([b"\x00"], pa.binary()),
        ([dt.date(2024, 2, 29)], pa.date32()),
        ([dt.datetime(2024, 2, 29, 1, 2, 3, 4)], pa.timestamp("us")),
        ([dt.datetime(2024, 2, 29, 1, tzinfo=dt.timezone(dt.timedelta(hours=10)))], pa.timestamp("us", "UTC")),
        ([dt.time(1, 2, 3, 4)], pa.time64("us")),
        ([dt.timedelta(days=1, microseconds=1)], pa.duration("us")),
        ([[1], [], [Decimal("1.5"), None]], pa.list_(pa.decimal128(38, 1))),
        ([[], None], pa.list_(pa.string())),
        ([{"a": 1}, {"b": [dt.date(1, 1, 1)]}], pa.struct([("a", pa.int64()), ("b", pa.list_(pa.date32()))])),
        ([None, MISSING], pa.string()),
    ],
)
def test_types_are_inferred_and_values_kept(values: list[Any], kind: Any) -> None:
    table = encode([{"id": 1, "v": value} for value in values])
    assert table.schema.field("v").type == kind
    for value, found in zip(values, table.column("v").to_pylist(), strict=True):
        assert _same(found, value)


def _same(found: Any, value: Any) -> bool:
    if value is MISSING or value is None:
        return found is None
    if isinstance(value, dict):
        return all(_same(found[name], value.get(name)) for name in found)
    return found == value or (isinstance(value, float) and math.isnan(value) and math.isnan(found))


@pytest.mark.parametrize(
    ("values", "code", "message"),
    [
        ([1, 2, "3"], "M313", 'column "v", record 3: string where other records have integer'),
        (["a", True], "M313", "boolean where"),
        ([Decimal("1.5"), 1.5], "M313", "float where other records have decimal"),
        ([1.5, 2**53 + 1], "M313", "integer where"),
        (
            [dt.date(2024, 1, 1), dt.datetime(2024, 1, 1)],
            "M313",
            "datetime without offset where other records have date",
        ),
        ([dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 1, tzinfo=UTC)], "M313", "datetime with offset"),
        ([[1], ["a"]], "M313", 'column "v[]", record 2'),
        ([{"a": 1}, {"a": {"b": 2}}], "M313", 'column "v.a", record 2'),
        ([[1], {"a": 1}], "M313", "object where"),
        ([Decimal("NaN")], "M310", "finite"),
        ([Decimal("1" * 77)], "M311", "77 digits"),
        ([Decimal("1" * 60), Decimal("0." + "1" * 20)], "M311", "80 digits"),
        (["\ud800"], "M316", "surrogate"),
        ([dt.time(1, tzinfo=UTC)], "M313", "offset"),
        ([{1: 2}], "M313", "keys"),
        ([object()], "M313", "type object"),
        ([{}], "M313", "parquet cannot carry this"),
    ],
)
def test_what_does_not_go_into_one_column(values: list[Any], code: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        encode([{"v": value} for value in values])
    assert caught.value.code == code
    assert message in caught.value.message


def test_later_records_must_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_encoder, "SAMPLE", 2)
    first = [{"v": Decimal("1.25")}, {"v": 1}]
    table = encode(first, [{"v": Decimal("7.500")}, {}], [{"v": 10**30}])
    assert table.column("v").to_pylist() == [Decimal("1.25"), 1, Decimal("7.50"), None, 10**30]
    with pytest.raises(DataError, match=r'column "v", record 4: decimal does not fit .*decimal128\(38, 2\)'):
        encode(first, [{"v": 1}, {"v": Decimal("0.001")}])
    with pytest.raises(DataError, match=r'record 3 has the column "w"'):
        encode(first, [{"v": 1, "w": 2}])
    with pytest.raises(DataError, match="record 3 is string, not an object"):
        encode(first, ["text"])


def test_a_given_schema_rules() -> None:
    schema = pa.schema([("a", pa.int32()), pa.field("b", pa.string(), nullable=False), ("c", pa.float64())])
    table = encode([{"b": "x", "a": 2**31 - 1, "c": 3}], schema=schema)
    assert table.schema == schema
    assert table.to_pylist() == [{"a": 2**31 - 1, "b": "x", "c": 3.0}]
    for row in ({"a": 2**31, "b": ""}, {"a": 1.0, "b": ""}, {"a": True, "b": ""}, {"a": "1", "b": ""}, {"b": None}):
        with pytest.raises(DataError) as caught:
            encode([row], schema=schema)
        assert caught.value.code == "M313"
    for kind, value in (
        (pa.date32(), dt.datetime(2024, 1, 1, 5)),
        (pa.timestamp("s"), dt.datetime(2024, 1, 1, 5, 0, 0, 1)),
        (pa.timestamp("us", "UTC"), dt.datetime(2024, 1, 1)),
        (pa.timestamp("us"), dt.datetime(2024, 1, 1, tzinfo=UTC)),
        (pa.struct([("a", pa.int64())]), {"b": 1}),
        (pa.string(), 1),
        (pa.binary(2), b"123"),
        (pa.float32(), 0.1),
    ):
        with pytest.raises(DataError) as caught:
            encode([{"a": value}], schema=pa.schema([("a", kind)]))
        assert caught.value.code == "M313"


def test_columns_come_first_in_their_order() -> None:
    assert encode([{"c": 1, "a": 2}], columns=("a", "b")).schema.names == ["a", "b", "c"]
    empty = encode(columns=("a", "b"))
    assert (empty.num_rows, empty.schema) == (0, pa.schema([("a", pa.string()), ("b", pa.string())]))
    assert encode().num_rows == 0
    assert encode([], columns=("a",)).schema.names == ["a"]


def test_names_stand_where_their_records_have_them() -> None:
    """In the order of their first appearance, columns and members went by the data, and otherwise than by columns."""
    table = encode([{"a": 1, "c": {"x": 1, "z": 1}}], [{"a": 1, "b": 2, "c": {"x": 1, "y": 2, "z": 3}, "d": 4}])
    assert table.schema.names == ["a", "b", "c", "d"]
    assert [field.name for field in table.schema.field("c").type] == ["x", "y", "z"]
    assert encode([{"o": [{"b": 1}, {"a": 1, "b": 2}]}]).to_pylist() == [{"o": [{"a": None, "b": 1}, {"a": 1, "b": 2}]}]
    assert encode([{"t": 1, "x": 2}, {"y": 1, "t": 2}], columns=("s", "t")).schema.names == ["s", "t", "y", "x"]


def test_columnar_batches_pass_unchanged() -> None:
    kind = pa.timestamp("ns", "Australia/Sydney")
    one = pa.RecordBatch.from_pydict({"a": pa.array([1], kind), "n": pa.nulls(1)})
    other = pa.RecordBatch.from_pydict({"n": pa.array(["x"]), "a": pa.array([2], kind)})
    table = encode(Batch.of_arrow(one), Batch.of_arrow(other))
    assert table.schema.field("a").type == kind
    assert table.column("n").to_pylist() == [None, "x"]


def test_columnar_batches_of_other_types_are_merged_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Batch.of_arrow(pa.RecordBatch.from_pydict({"a": [1]}))
    exact = Batch.of_arrow(pa.RecordBatch.from_pydict({"a": [Decimal("1.50")]}))
    text = Batch.of_arrow(pa.RecordBatch.from_pydict({"a": ["1"]}))
    assert encode(whole, exact).column("a").to_pylist() == [Decimal("1.00"), Decimal("1.50")]
    monkeypatch.setattr(arrow_encoder, "SAMPLE", 1)
    with pytest.raises(DataError, match='column "a", record 2'):
        encode(whole, text)
    with pytest.raises(DataError, match='record 2 has the column "b"'):
        encode(whole, Batch.of_arrow(pa.RecordBatch.from_pydict({"a": [1], "b": [1]})))


def test_records_without_a_column_are_refused_as_columns_too() -> None:
    """A table without columns has no rows: those were lost."""
    bare = pa.RecordBatch.from_pydict({"a": [1]}).drop_columns(["a"])
    for batch in (Batch.of_rows([{}]), Batch.of_arrow(bare)):
        assert len(batch) == 1
        with pytest.raises(DataError, match="records without any column"):
            encode(batch)


def test_row_groups_do_not_follow_batches() -> None:
    out = io.BytesIO()
    with Parquet(row_group=10, compression="zstd").encoder(out, WriteOptions()) as encoder:
        for n in range(25):
            encoder.write(Batch.of_rows([{"a": n}]))
    metadata = pq.ParquetFile(out).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [10, 10, 5]
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_equal_input_gives_equal_bytes() -> None:
    def written() -> bytes:
        out = io.BytesIO()
        with Parquet().encoder(out, WriteOptions()) as encoder:
            encoder.write(Batch.of_rows([{"a": 1, "b": "x"}]))
        return out.getvalue()

    assert written() == written()


def test_round_trip_through_both_ends() -> None:
    records = [
        {"id": 2**60 + n, "price": Decimal("19.00"), "tags": ["a", None], "at": dt.date(2024, 1, n)} for n in (1, 2)
    ]
    out = io.BytesIO()
    with Parquet().encoder(out, WriteOptions()) as encoder:
        encoder.write(Batch.of_rows(records))
    assert rows(decode(out)) == records


def test_the_configuration_is_a_value() -> None:
    assert Parquet.from_config({"compression": "zstd", "row_group": 5}) == Parquet(compression="zstd", row_group=5)
    assert Parquet(row_group=0).check()
    assert Parquet().check() == []


def test_fixed_offsets_are_written_in_utc_as_rows_are() -> None:
    """Also in lists and objects: what a mapping makes of texts with offsets is the same file by either back end."""
    moment = dt.datetime(2024, 3, 2, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=10)))
    kind = pa.timestamp("us", "+10:00")
    row = {"a": moment, "b": [moment, None], "c": {"d": moment}}
    held = pa.RecordBatch.from_pylist(
        [row], pa.schema([("a", kind), ("b", pa.list_(kind)), ("c", pa.struct([("d", kind)]))])
    )
    assert encode(Batch.of_arrow(held)) == encode(Batch.of_rows([row]))


@pytest.mark.parametrize("nested", ["plain", "in a struct", "in a list", "in a map"])
def test_a_dictionary_is_not_counted_anew_for_each_record(nested: str) -> None:
    values = [f"sku-{number}" for number in range(2000)]
    column = pa.array(values).dictionary_encode()
    if nested == "in a struct":
        column = pa.StructArray.from_arrays([column], ["sku"])
    elif nested == "in a list":
        column = pa.ListArray.from_arrays(pa.array(range(2001), pa.int32()), column)
    elif nested == "in a map":
        column = pa.MapArray.from_arrays(pa.array(range(2001), pa.int32()), pa.array(values), column)
    stream = parquet(pa.table({"sku": column}))
    batches = decode(stream, bytes=10_000)
    assert all(len(batch) > 50 for batch in batches[:-1])
    assert sum(map(len, batches)) == 2000


@pytest.mark.parametrize("nested", ["struct", "list"])
@pytest.mark.parametrize("columnar", [True, False])
def test_dictionaries_within_others_are_read_whatever_the_row_groups(nested: str, columnar: bool) -> None:
    """Arrow refused batches that reach into a second row group, so that the file passed for a damaged one."""
    values = [f"sku-{number % 3}" for number in range(10)]
    column: pa.Array = pa.array(values).dictionary_encode()
    if nested == "struct":
        column = pa.StructArray.from_arrays([column], ["sku"])
    else:
        column = pa.ListArray.from_arrays(pa.array(range(11), pa.int32()), column)
    stream = parquet(pa.table({"a": column}), row_group_size=4)
    wanted = [{"a": {"sku": value} if nested == "struct" else [value]} for value in values]
    assert rows(decode(stream, columnar=columnar)) == wanted
    stream.seek(0)
    assert rows(decode(stream, columnar=columnar, cursor={"row": 5})) == wanted[5:]


def test_a_huge_value_of_a_dictionary_is_a_long_record() -> None:
    stream = parquet(pa.table({"text": pa.array(["x" * 5000, "a", "b"]).dictionary_encode()}))
    with pytest.raises(ConnectorError, match="longer than 4000 bytes"):
        decode(stream, bytes=1000, max_record_bytes=4000)
    stream.seek(0)
    assert [len(batch) for batch in decode(stream, bytes=1000)] == [1, 2]


def _with_map(items: list[Any], **more: Any) -> pa.Table:
    return pa.table({**more, "map": pa.array(items, pa.map_(pa.string(), pa.int64()))})


def test_a_map_that_is_not_read_leaves_the_others_as_columns() -> None:
    stream = parquet(_with_map([[("k", 1)], None, []], id=[1, 2, 3]))
    (batch,) = decode(stream, columnar=True, names={"id": None})
    assert batch.columns is not None and batch.columns.table.schema.names == ["id"]
    assert batch.rows_at([0, 2]) == [{"id": 1, "map": {"k": 1}}, {"id": 3, "map": {}}]
    assert batch.rows == [{"id": 1, "map": {"k": 1}}, {"id": 2, "map": None}, {"id": 3, "map": {}}]


@pytest.mark.parametrize("names", [None, {"map": None}, {"id": None, "map": {"k": None}}])
def test_a_map_that_is_read_makes_rows(names: Any) -> None:
    (batch,) = decode(parquet(_with_map([[("k", 1)]], id=[1])), columnar=True, names=names)
    assert batch.columns is None
    assert batch.rows == [{"id": 1, "map": {"k": 1}}]


@pytest.mark.parametrize(
    "kind",
    [
        pa.map_(pa.string(), pa.int64()),
        pa.map_(pa.int32(), pa.string()),
        pa.map_(pa.date32(), pa.int64()),
        pa.map_(pa.string(), pa.map_(pa.string(), pa.int64())),
        pa.list_(pa.map_(pa.string(), pa.int64())),
    ],
    ids=str,
)
@pytest.mark.parametrize("columnar", [False, True])
def test_maps_that_have_a_key_twice_are_bad_wherever_they_stand(kind: Any, columnar: bool) -> None:
    def item(number: int) -> Any:
        made: Any = number
        if pa.types.is_list(kind):
            return [[("k", number)], [("k", number)]] if number != 150 else [[("k", 1), ("k", 2)]]
        key: Any = "k"
        if pa.types.is_map(kind.item_type):
            made = [("a", 1), ("a", 2)] if number == 150 else [("a", 1)]
            return [(key, made)]
        key = {"string": "k", "int32": 5, "date32[day]": dt.date(2024, 1, 1)}[str(kind.key_type)]
        made = "v" if pa.types.is_string(kind.item_type) else number
        return [(key, made), (key, made)] if number == 150 else [(key, made)]

    table = pa.table({"id": range(300), "map": pa.array([item(number) for number in range(300)], kind)})
    batches = decode(parquet(table), columnar=columnar, names={"id": None}, records=200)
    assert [(bad.number, bad.code) for batch in batches for bad in batch.bad] == [(151, "M310")]
    assert [row["id"] for row in rows(batches)] == [number for number in range(300) if number != 150]
    assert [number for batch in batches for number in batch.numbers] == [n for n in range(1, 301) if n != 151]
