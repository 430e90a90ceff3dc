"""Mapper.table: data of pyarrow, polars, pandas and DuckDB in and out, its schema first, refused records, streams."""

from __future__ import annotations

import datetime as dt
import importlib
import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import ConnectorError, Engine, MappedTable, Mapper, RecordRejected, UsageError

ORDER = {
    "mapping": "1",
    "name": "order",
    "fields": {
        "id": {"source": "OrderID", "resolve": "string", "required": True},
        "total": ["Total", {"decimal": {"scale": 2}}],
    },
}
RECORDS = [{"OrderID": 1, "Total": "5"}, {"OrderID": 2, "Total": "7.25"}]
MAPPED = [{"id": "1", "total": Decimal("5.00")}, {"id": "2", "total": Decimal("7.25")}]
SCHEMA = pa.schema([pa.field("id", pa.string(), False), pa.field("total", pa.decimal128(38, 2))])


def mapper(fields: dict[str, Any] | None = None, **more: Any) -> Mapper:
    return Engine().mapping({"mapping": "1", "name": "m", **({"fields": fields} if fields else {}), **more})


def mapped(fields: dict[str, Any], data: pa.Table, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mapper(fields).table(data, **options).read_all().to_pylist()
    return found


def module(name: str) -> Any:
    if os.environ.get("CROSSWALK_REQUIRE_SERVICES"):
        return importlib.import_module(name)
    return pytest.importorskip(name, reason=f"pip install {name}")


def test_pyarrow_in_and_out() -> None:
    order = Engine().mapping(ORDER)
    table = pa.Table.from_pylist(RECORDS)
    (batch,) = table.to_batches()
    for data in (table, batch, pa.RecordBatchReader.from_batches(table.schema, [batch]), batch.to_struct_array()):
        out = order.table(data)
        assert out.schema == SCHEMA
        found = pa.table(out)
        assert (found.schema, found.to_pylist()) == (SCHEMA, MAPPED)


def test_polars_in_and_out() -> None:
    pl = module("polars")
    out = Engine().mapping(ORDER).table(pl.DataFrame(RECORDS))
    assert pl.DataFrame(out).to_dicts() == MAPPED


def test_pandas_in_and_out() -> None:
    pd = module("pandas")
    out = Engine().mapping(ORDER).table(pd.DataFrame(RECORDS))
    frame = pd.DataFrame.from_arrow(out) if hasattr(pd.DataFrame, "from_arrow") else out.read_all().to_pandas()
    assert frame.to_dict("records") == MAPPED


def test_duckdb_in_and_out() -> None:
    duckdb = module("duckdb")
    orders = duckdb.sql("select * from (values (1, '5'), (2, '7.25')) as t(OrderID, Total)")
    out = Engine().mapping(ORDER).table(orders)
    done = duckdb.from_arrow(out.read_all())  # a connection runs one query at a time
    assert done.order("id").fetchall() == [tuple(each.values()) for each in MAPPED]
    out = Engine().mapping(ORDER).table(pa.Table.from_pylist(RECORDS))
    assert duckdb.sql("select * from out order by id").fetchall() == [tuple(each.values()) for each in MAPPED]


def test_datafusion_in_and_out() -> None:
    context = module("datafusion").SessionContext()
    out = Engine().mapping(ORDER).table(context.from_pylist(RECORDS))
    assert out.schema == SCHEMA
    assert pa.table(out).to_pylist() == MAPPED
    # Asked for by DataFusion while DataFusion gives the input: this crashed the process.
    both = context.from_arrow(Engine().mapping(ORDER).table(context.from_pylist(RECORDS)))
    assert both.to_pylist() == MAPPED


def test_nothing_is_copied_that_is_only_passed_on() -> None:
    pl = module("polars")
    table = pa.table({"n": range(1000), "s": ["x"] * 1000, "t": ["1"] * 1000, "l": [[1, None]] * 1000})
    out = mapper({"n": "n", "s": "s", "l": "l", "t": ["t", "int"]}).table(table)
    (batch,) = out
    for name in ("n", "s", "l"):
        assert _addresses(batch.column(name)) == _addresses(table.column(name).chunk(0)), name
    frame = pl.DataFrame({"n": range(1000)})
    made = pl.DataFrame(mapper({"n": "n"}).table(frame))
    assert _addresses(made["n"].to_arrow()) == _addresses(frame["n"].to_arrow())


def _addresses(array: pa.Array) -> list[int | None]:
    return [buffer and buffer.address for buffer in array.buffers()]


def test_a_refused_record_is_kept_where_another_tool_raises_an_error_of_its_own() -> None:
    pl = module("polars")
    out = Engine().mapping(ORDER).table(pl.DataFrame({"OrderID": [1, 2], "Total": ["5", "?"]}))
    with pytest.raises(pl.exceptions.PolarsError, match="M310: record 2: total"):
        pl.DataFrame(out)
    assert [(reject.number, reject.errors[0].sample) for reject in out.rejects] == [(2, '"?"')]


def test_the_schema_comes_before_the_data_and_batches_as_they_are_asked_for() -> None:
    asked: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in (1, 2, 3):
            asked.append(number)
            yield pa.RecordBatch.from_pylist([{"OrderID": number, "Total": "1"}])

    schema = pa.schema([("OrderID", pa.int64()), ("Total", pa.string())])
    out = Engine().mapping(ORDER).table(pa.RecordBatchReader.from_batches(schema, batches()))
    assert (out.schema, asked) == (SCHEMA, [])
    reader = out.reader()
    assert asked == []
    assert reader.read_next_batch().to_pylist()[0]["id"] == "1"
    assert asked == [1]
    assert reader.read_all().num_rows == 2


def test_a_table_is_read_anew_each_time_a_stream_once() -> None:
    order = Engine().mapping(ORDER)
    table = pa.Table.from_pylist([*RECORDS, {"OrderID": 3, "Total": "?"}])
    again = order.table(table, on_reject="collect")
    for _ in range(2):
        assert again.read_all().num_rows == 2
        assert [reject.number for reject in again.rejects] == [3]
    once = order.table(pa.RecordBatchReader.from_batches(table.schema, table.to_batches()), on_reject="collect")
    assert once.read_all().num_rows == 2
    with pytest.raises(UsageError, match="U126"):
        once.read_all()


def test_columns_have_the_types_of_the_source_where_the_mapping_says_nothing() -> None:
    zoned = pa.timestamp("ms", "Europe/Paris")
    kinds = [pa.int16(), pa.float32(), pa.large_string(), pa.bool_(), pa.date64(), pa.timestamp("us"), zoned,
             pa.decimal128(9, 3), pa.binary(), pa.list_(pa.int8()), pa.struct([("x", pa.string_view())]),
             pa.dictionary(pa.int8(), pa.string()), pa.duration("s"), pa.time64("us"),
             pa.map_(pa.string(), pa.int64())]  # fmt: skip
    schema = pa.schema([(f"c{place}", kind) for place, kind in enumerate(kinds)])
    moment = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
    values = [1, 0.5, "a", True, dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 1), moment, Decimal("1.500"), b"b",
              [1, None], {"x": "y"}, "d", dt.timedelta(days=1, seconds=3), dt.time(1, 2), [("k", 1)]]  # fmt: skip
    table = pa.Table.from_arrays(
        [pa.array([value, None], kind) for value, kind in zip(values, kinds, strict=True)], schema=schema
    )
    out = mapper({name: name for name in schema.names}).table(table)
    assert out.schema.types == [
        pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC"),
        pa.decimal128(38, 3), pa.binary(), pa.list_(pa.int64()), pa.struct([("x", pa.string())]), pa.string(),
        pa.duration("us"), pa.string(), pa.string(),
    ]  # fmt: skip
    first, second = out.read_all().to_pylist()
    assert list(first.values()) == [*values[:-2], "01:02:00", '{"k": 1}']
    assert set(second.values()) == {None}


def test_what_has_no_one_type_is_text_at_any_depth_and_says_so() -> None:
    fields = {
        "any": {"const": [1, "a", {"x": None}]},
        "when": ["at", "datetime"],
        "lines": {"each": "lines", "fields": {"n": ["n", "number"], "s": "s"}},
    }
    table = pa.Table.from_pylist([{"at": "2024-02-29T01:00:00+02:00", "lines": [{"n": "1.50", "s": "a"}]}])
    out = mapper(fields).table(table)
    item = out.schema.field("lines").type.value_field
    assert out.schema.field("when").metadata == {b"crosswalk": b"datetime"}
    assert item.type.field("n").metadata == {b"crosswalk": b"number"}
    assert out.read_all().to_pylist() == [
        {"any": ["1", '"a"', '{"x": null}'], "when": "2024-02-29T01:00:00+02:00", "lines": [{"n": "1.50", "s": "a"}]}
    ]


def test_a_refused_record_stops_the_reader_unless_told() -> None:
    order = Engine().mapping(ORDER)
    table = pa.Table.from_pylist([*RECORDS, {"OrderID": None, "Total": "?"}])
    with pytest.raises(RecordRejected, match="record 3: ") as caught:
        order.table(table).read_all()
    assert {error.field for error in caught.value.reject.errors} == {"id", "total"}
    collected = order.table(table, on_reject="collect")
    assert (collected.read_all().to_pylist(), [r.number for r in collected.rejects]) == (MAPPED, [3])
    seen: list[Any] = []
    handed = order.table(table, on_reject=seen.append)
    assert (handed.read_all().num_rows, [r.number for r in seen], handed.rejects) == (2, [3], [])


def test_nanoseconds_are_refused_not_cut() -> None:
    table = pa.table({"at": pa.array([1_000, 1_001], pa.timestamp("ns"))})
    out = mapper({"at": "at"}).table(table, on_reject="collect")
    assert out.read_all().num_rows == 1
    assert [(reject.number, reject.errors[0].code) for reject in out.rejects] == [(2, "M314")]


def test_strings_that_are_views_are_read_beside_values_that_are_refused() -> None:
    texts, whole = pa.array(["a", None, "c"], pa.string_view()), pa.array([1, 2, 3])
    nested = pa.StructArray.from_arrays([texts], ["x"])
    lists = pa.ListArray.from_arrays([0, 1, 2, 3], texts)
    coded = pa.DictionaryArray.from_arrays([0, 1, 2], texts)
    at = pa.array([1_000, 1_001, 2_000], pa.timestamp("ns"))
    table = pa.table({"n": whole, "s": texts, "o": nested, "l": lists, "c": coded, "at": at})
    out = mapper({name: name for name in table.column_names}).table(table, on_reject="collect")
    found = out.read_all().to_pylist()
    assert [(row["s"], row["o"], row["l"], row["c"]) for row in found] == [
        ("a", {"x": "a"}, ["a"], "a"), ("c", {"x": "c"}, ["c"], "c"),
    ]  # fmt: skip
    assert [reject.number for reject in out.rejects] == [2]
    pl = module("polars")
    frame = pl.DataFrame({"s": ["a", "b"], "at": pl.Series([1_001, 2_000]).cast(pl.Datetime("ns"))})
    assert mapper({"s": ["s", "upper"], "at": "at"}).table(frame, on_reject="collect").read_all().num_rows == 1


def test_a_column_that_is_not_needed_keeps_no_record_from_being_read() -> None:
    interval = pa.array([(1, 2, 3)], pa.month_day_nano_interval())
    table = pa.table({"n": [1], "at": pa.array([1_001], pa.timestamp("ns")), "iv": interval})
    assert mapper({"n": "n"}).table(table).read_all().to_pylist() == [{"n": 1}]
    assert mapper({"n": {"const": 5}}).table(table.select(["at"])).read_all().to_pylist() == [{"n": 5}]
    for needed in (mapper({"n": "n", "iv": "iv"}), mapper({"n": "n"}, passthrough=True)):
        with pytest.raises(ConnectorError, match="C206"):
            needed.table(table)


def test_a_value_that_its_column_cannot_take_refuses_its_record_only() -> None:
    table = pa.table({"n": pa.array([1, 2**63, 3], pa.uint64()), "s": ["a", "b", "c"]})
    out = mapper({"n": "n", "s": "s"}).table(table, on_reject="collect")
    assert out.read_all().to_pylist() == [{"n": 1, "s": "a"}, {"n": 3, "s": "c"}]
    assert [(reject.number, reject.stage, reject.errors[0].code) for reject in out.rejects] == [(2, "write", "M311")]


def test_filter_streams_and_groups() -> None:
    table = pa.table({"k": ["a", "b", "a"], "n": [1, 2, 3]})
    kept = mapper({"n": "n"}, filter={"n": {"gt": 1}}).table(table)
    assert (kept.read_all().column("n").to_pylist(), kept.filtered) == ([2, 3], 1)
    both = mapper(outputs=[{"name": "x", "fields": {"n": "n"}}, {"name": "y", "fields": {"k": "k"}}])
    assert both.table(table, stream="y").read_all().to_pydict() == {"k": ["a", "b", "a"]}
    for stream in (None, "z"):
        with pytest.raises(UsageError, match="U127"):
            both.table(table, stream=stream)
    grouped = mapper({"k": "k", "n": ["$rows", "count"]}, group={"by": ["k"]}).table(table)
    for _ in range(2):  # each reading has groups of its own
        assert grouped.read_all().to_pydict() == {"k": ["a", "b"], "n": [2, 1]}


def test_the_rest_of_the_columns() -> None:
    table = pa.table({"a": [1], "b": ["x"], "secret": ["y"]})
    out = mapper({"n": ["a", "string"]}, passthrough={"exclude": ["sec*"]}).table(table)
    assert out.read_all().to_pylist() == [{"n": "1", "a": 1, "b": "x"}]


def test_mistakes_are_told_at_once() -> None:
    table = pa.table({"a": [1]})
    with pytest.raises(UsageError, match="U125"):
        mapper({"a": "a"}).table([{"a": 1}])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="U124"):
        mapper({"a": "a"}, spread="more").table(table)
    with pytest.raises(UsageError, match="M206"):
        mapper({"a": "$context.x"}, params={"x": {"type": "string", "required": True}}).table(table)
    with pytest.raises(ConnectorError, match="C201"):
        mapper({"a": "a"}).table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]))


def test_no_rows_have_the_same_columns() -> None:
    out = (
        Engine()
        .mapping(ORDER)
        .table(pa.table({"OrderID": pa.array([], pa.int64()), "Total": pa.array([], pa.string())}))
    )
    assert isinstance(out, MappedTable)
    assert out.read_all() == SCHEMA.empty_table()


def test_mapping_gives_what_the_rows_give() -> None:
    fields = {
        "copy": "n",
        "text": ["n", "string"],
        "half": {"source": "s", "resolve": ["trim", "int"], "on_error": "null"},
        "strict": ["s", {"one_of": ["", " 7", "ß"]}],
        "name": {"source": "s", "default": "-"},
        "deep": {"fields": {"d": "d", "day": ["day", {"format_date": "%Y"}]}},
        "list": "l",
    }
    whole = mapper(fields)
    rows = st.fixed_dictionaries(
        {
            "n": st.none() | st.integers(-(2**63), 2**63 - 1),
            "s": st.none() | st.sampled_from(["", " 7", "x", "ß"]),
            "d": st.none() | st.decimals(-1000, 1000, places=2),
            "day": st.none() | st.dates(),
            "l": st.none() | st.lists(st.none() | st.text(max_size=2), max_size=3),
        }
    )
    schema = pa.schema(
        [
            ("n", pa.int64()),
            ("s", pa.string()),
            ("d", pa.decimal128(9, 2)),
            ("day", pa.date32()),
            ("l", pa.list_(pa.string())),
        ]
    )

    @settings(max_examples=150, deadline=None)
    @given(st.lists(rows, max_size=20), st.integers(1, 5))
    def check(records: list[dict[str, Any]], size: int) -> None:
        table = pa.Table.from_pylist(records, schema)
        chunked = pa.Table.from_batches(table.to_batches(size), schema)
        out = whole.table(chunked, on_reject="collect")
        found = out.read_all().to_pylist()
        wanted = whole.with_back_end("row").apply(table.to_pylist())
        assert found == [{name: _full(row.get(name), name) for name in out.schema.names} for row in wanted.records]
        assert [reject.number for reject in out.rejects] == [reject.number for reject in wanted.rejects]

    check()


def _full(value: Any, name: str) -> Any:
    return {part: (value or {}).get(part) for part in ("d", "day")} if name == "deep" and value is not None else value


_NUMBERS = pa.array([1, 2, 3, 4, 5])
_SOME = pa.array([False, True, False, False])
LISTS = {
    "null with items": pa.ListArray.from_arrays(pa.array([0, 2, 4, 4, 5], pa.int32()), _NUMBERS, mask=_SOME),
    "large, null with items": pa.LargeListArray.from_arrays(pa.array([0, 2, 4, 4, 5]), _NUMBERS, mask=_SOME),
    "of a fixed size": pa.array([[1, 2], None, [3, 4], [5, 6]], pa.list_(pa.int64(), 2)),
    "views out of order": pa.ListViewArray.from_arrays(
        pa.array([3, 0, 1, 4], pa.int32()), pa.array([2, 2, 3, 0], pa.int32()), _NUMBERS
    ),
    "large views out of order": pa.LargeListViewArray.from_arrays(
        pa.array([3, 0, 1, 4]), pa.array([2, 2, 3, 0]), _NUMBERS, mask=_SOME
    ),
    "views in objects": pa.StructArray.from_arrays(
        [pa.ListViewArray.from_arrays(pa.array([3, 0], pa.int32()), pa.array([2, 3], pa.int32()), _NUMBERS)], ["in"]
    ),
    "views of views": pa.ListViewArray.from_arrays(
        pa.array([1, 0], pa.int32()),
        pa.array([1, 2], pa.int32()),
        pa.ListViewArray.from_arrays(pa.array([3, 0], pa.int32()), pa.array([2, 3], pa.int32()), _NUMBERS),
    ),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("start", [0, 1])
def test_lists_of_every_layout_mean_what_their_values_mean(name: str, start: int) -> None:
    column = LISTS[name].slice(start)
    values = column.to_pylist()
    path = "l.in" if pa.types.is_struct(column.type) else "l[]" if name == "views of views" else "l"
    fields: dict[str, Any] = {
        "all": "l", "count": [path, "count"], "sum": [path, "sum"], "first": f"{path}[0]", "last": f"{path}[-1]",
        "distinct": [path, "distinct"], "each": {"each": path, "value": ["@", {"add": 1}]},
    }  # fmt: skip
    rows = Engine().mapping({"mapping": "1", "fields": fields}).apply([{"l": value} for value in values]).records
    found = mapped(fields, pa.table({"l": column}))
    for row, expected in zip(found, rows, strict=True):
        assert row["all"] == expected.get("all")
        assert row["count"] == expected["count"]
        assert [*map(str, row["each"])] == [*map(str, expected["each"])]
        for key in ("sum", "first", "last"):
            assert str(row[key]) == str(expected.get(key))


def test_what_no_column_takes_is_said_in_words() -> None:
    big = pa.table({"u": pa.array([1, 2**64 - 1], pa.uint64())})
    table = mapper({"u": "u"}).table(big, on_reject="collect")
    assert table.read_all().to_pylist() == [{"u": 1}]
    (error,) = table.rejects[0].errors
    assert (error.code, error.message) == ("M311", 'column "u" (int64) takes no integer of more than 64 bits')
    long = pa.table({"d": pa.array([Decimal("1.1"), Decimal(10) ** 50], pa.decimal256(76, 1))})
    table = mapper({"d": "d"}).table(long, on_reject="collect")
    assert table.read_all().to_pylist() == [{"d": Decimal("1.1")}]
    assert table.rejects[0].errors[0].message == (
        'column "d" (decimal128(38, 1)) takes no more than 37 digits before the point'
    )


def test_frames_that_are_no_arrow_data_are_refused_with_the_reason() -> None:
    pl, pd = module("polars"), module("pandas")
    with pytest.raises(UsageError, match="U125") as lazy:
        mapper({"a": "a"}).table(pl.DataFrame({"a": [1]}).lazy())
    assert lazy.value.fix == "give what its .collect() returns"
    with pytest.raises(UsageError, match="column a with type object"):
        mapper({"a": "a"}).table(pd.DataFrame({"a": [1, "x"]}))
