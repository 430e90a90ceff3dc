"""JSON written from Arrow columns: the same bytes as from rows, for every type, nulls and odd values included."""

from __future__ import annotations

import datetime as dt
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from json_both import BOTH, written_by

from crosswalk import Batch, Columns, DataError, Records, WriteOptions
from crosswalk_formats import json_text
from crosswalk_formats.json_columns import json_lines
from crosswalk_formats.json_format import Json
from crosswalk_formats.ndjson_format import Ndjson

Nulls = Literal["null", "missing"]


@pytest.fixture(scope="module", autouse=True, params=BOTH)
def writer(request: pytest.FixtureRequest) -> Iterator[str]:
    with written_by(request.param):
        yield request.param


MOMENTS = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999))
SCALARS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.string(), st.text(max_size=6)),
    (pa.large_string(), st.sampled_from(["", '"', "\\", "\n\r\t\b\f", "\x00\x1f\x7f", "é😀\u2028", "null"])),
    (pa.string_view(), st.text(max_size=20)),
    (pa.dictionary(pa.int32(), pa.string()), st.sampled_from(["a", "b", ""])),
    (pa.bool_(), st.booleans()),
    (pa.int8(), st.integers(-128, 127)),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.float64(), st.floats(-1e10, 1e10) | st.sampled_from([0.0, -0.0, 19.9, 1e-5, 9999999999.999998])),
    (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    (pa.float32(), st.floats(-1e6, 1e6, width=32)),
    (pa.decimal128(38, 7), st.decimals(-(10**20), 10**20, places=7)),
    (pa.decimal128(12, 0), st.decimals(-(10**10), 10**10, places=0)),
    (pa.decimal256(76, 2), st.decimals(-(10**50), 10**50, places=2)),
    (pa.decimal64(10, 2), st.decimals(-1000, 1000, places=2)),
    (pa.date32(), st.dates()),
    (pa.date64(), st.dates()),
    (pa.timestamp("us"), MOMENTS),
    (pa.timestamp("us"), MOMENTS.map(lambda d: d.replace(microsecond=0))),
    (pa.timestamp("ms", "UTC"), MOMENTS.map(lambda d: d.replace(microsecond=7000))),
    (pa.timestamp("s", "UTC"), MOMENTS.map(lambda d: d.replace(microsecond=0))),
    (pa.timestamp("us", "+00:00"), MOMENTS),
    (pa.timestamp("us", "-03:30"), MOMENTS.filter(lambda d: 1 < d.year < 9999)),
    (pa.timestamp("us", "Australia/Sydney"), st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2100, 1, 1))),
    (pa.time64("us"), st.times()),
    (pa.time32("s"), st.times().map(lambda t: t.replace(microsecond=0))),
    (pa.duration("us"), st.timedeltas(dt.timedelta(-9999), dt.timedelta(9999))),
    (pa.binary(), st.binary(max_size=4)),
    (pa.null(), st.none()),
]


@st.composite
def typed(draw: st.DrawFn, depth: int = 2) -> tuple[pa.DataType, st.SearchStrategy[Any]]:
    """An Arrow type, and values for it with nulls among them."""
    shape = draw(st.sampled_from(["scalar", "scalar", "list", "struct"])) if depth else "scalar"
    if shape == "list":
        kind, values = draw(typed(depth - 1))
        return draw(st.sampled_from([pa.list_, pa.large_list]))(kind), st.none() | st.lists(values, max_size=3)
    if shape == "struct":
        parts = {name: draw(typed(depth - 1)) for name in draw(st.sets(st.sampled_from(["a", 'k"\n', "é"])))}
        fields = pa.struct([(name, kind) for name, (kind, _) in parts.items()])
        members = st.fixed_dictionaries({name: values for name, (_, values) in parts.items()})
        return fields, st.none() | members
    kind, values = draw(st.sampled_from(SCALARS))
    return kind, st.none() | values


@st.composite
def tables(draw: st.DrawFn) -> pa.RecordBatch:
    count = draw(st.integers(0, 8))
    fields = {f"c{n}": draw(typed()) for n in range(draw(st.integers(1, 4)))}
    arrays = [
        pa.array(draw(st.lists(values, min_size=count, max_size=count)), kind) for kind, values in fields.values()
    ]
    table = pa.RecordBatch.from_arrays(arrays, names=list(fields))
    start = draw(st.integers(0, count))
    return table.slice(start)


def written(batch: Batch, kind: Any = Ndjson, **options: Any) -> bytes:
    out = io.BytesIO()
    with kind().encoder(out, WriteOptions(**options)) as encoder:
        encoder.append(encoder.encode(batch))
    return out.getvalue()


@given(tables(), st.sampled_from(["null", "missing"]), st.sampled_from(["number", "string"]))
@settings(max_examples=300, deadline=None)
def test_the_bytes_are_those_of_the_rows(table: pa.RecordBatch, nulls: Nulls, decimals: str) -> None:
    columns = Columns(table, nulls)
    for kind in (Ndjson, Json):
        expected = written(Batch.of_rows(columns.rows()), kind, decimals=decimals)
        assert written(Batch.of_arrow(columns), kind, decimals=decimals) == expected


@given(st.lists(st.floats(1e-5, 1e10, exclude_max=True), min_size=200, max_size=200))
@settings(max_examples=50, deadline=None)
def test_floats_of_usual_size_have_one_form(values: list[float]) -> None:
    columns = Columns(pa.record_batch([pa.array([*values, *(-value for value in values)])], names=["x"]))
    assert written(Batch.of_arrow(columns)) == written(Batch.of_rows(columns.rows()))


@given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), min_size=1, max_size=50), st.integers(0, 12))
@settings(max_examples=200, deadline=None)
def test_floats_of_few_digits_have_one_form(digits: list[int], places: int) -> None:
    values = [float(f"{number}e-{places}") for number in digits]
    columns = Columns(pa.record_batch([pa.array(values)], names=["x"]))
    assert written(Batch.of_arrow(columns)) == written(Batch.of_rows(columns.rows()))


def by_columns(columns: Columns) -> bytes | None:
    """The lines, where no row had to be written from its values."""

    def refuse(places: list[int]) -> list[bytes]:
        raise AssertionError(places)

    return json_lines(columns, refuse, "number")


@pytest.mark.parametrize(
    ("kind", "values"), SCALARS, ids=lambda value: str(value) if isinstance(value, pa.DataType) else ""
)
def test_every_scalar_type_is_written_from_columns(kind: pa.DataType, values: Any) -> None:
    columns = Columns(pa.record_batch([pa.array([None], kind)], names=["x"]))
    assert by_columns(columns) == b'{"x":null}\n'
    assert by_columns(Columns(columns.table, "missing")) == b"{}\n"


def test_rows_with_odd_floats_stand_at_their_places() -> None:
    values = [1.5] * 40
    values[3], values[39], values[0] = 1e16, 4496066714884.57, 5e-324
    nested = [[{"f": value}] for value in values]
    columns = Columns(pa.record_batch([pa.array(nested), pa.array(range(40))], names=["n", "i"]))
    asked: list[list[int]] = []

    def write_rows(places: list[int]) -> list[bytes]:
        asked.append(places)
        return [b"row %d\n" % place for place in places]

    lines = (json_lines(columns, write_rows, "number") or b"").splitlines()
    assert asked == [[0, 3, 39]]
    assert [lines[place] for place in (0, 3, 39)] == [b"row 0", b"row 3", b"row 39"]
    assert lines[1] == b'{"n":[{"f":1.5}],"i":1}'
    assert written(Batch.of_arrow(columns)) == written(Batch.of_rows(columns.rows()))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("count", [1, 30])
def test_what_is_not_finite_is_refused_as_in_rows(value: float, count: int) -> None:
    table = pa.record_batch([pa.array([1.0] * (count - 1) + [value])], names=["x"])
    with pytest.raises(DataError, match="not a finite number") as failure:
        written(Batch.of_arrow(table))
    assert failure.value.code == "M310"


def test_unsure_rows_come_from_their_rows() -> None:
    class Parsed(Records):
        def columns(self) -> Columns:
            unsure = pa.array([False] * 9 + [True])
            return Columns(pa.record_batch([pa.array(["x"] * 9 + [None])], names=["a"]), "missing", unsure)

        def rows(self, places: Any = None) -> list[Any]:
            rows = [{"a": "x"}] * 9 + [{"a": None}]
            return rows if places is None else [rows[place] for place in places]

    batch = Batch.of_records(Parsed(), 10)
    assert batch.columns is not None
    assert written(batch) == b'{"a":"x"}\n' * 9 + b'{"a":null}\n'


def test_equal_names_are_left_to_the_rows() -> None:
    table = pa.record_batch([pa.array([1]), pa.array([2])], names=["a", "a"])
    assert by_columns(Columns(table)) is None


def test_without_arro3_rows_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "arro3.io", None)
    monkeypatch.setattr(json_text, "available", lambda: False)
    columns = Columns(pa.record_batch([pa.array([[1]])], names=["a"]))
    assert by_columns(columns) is None
    assert written(Batch.of_arrow(columns)) == b'{"a":[1]}\n'
    flat = Columns(pa.record_batch([pa.array([1])], names=["a"]))
    assert by_columns(flat) == written(Batch.of_arrow(flat)) == b'{"a":1}\n'


def test_json_arrays_are_joined_and_empty_batches_leave_no_trace() -> None:
    table = pa.record_batch([pa.array(["x\ny", "z"])], names=["a"])
    out = io.BytesIO()
    with Json().encoder(out, WriteOptions()) as encoder:
        for part in (table.slice(0, 0), table, table.slice(0, 0), table.slice(1)):
            encoder.append(encoder.encode(Batch.of_arrow(part)) or b"")
    assert out.getvalue() == b'[\n{"a":"x\\ny"},\n{"a":"z"},\n{"a":"z"}\n]\n'


@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional={"a": st.none() | st.text(max_size=3), "b": st.none() | st.integers(), "c": st.just("z")}
        ),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_nulls_beside_missing_members(rows: list[Any], nested: bool) -> None:
    names = ["a", "b", "c"]
    kinds = [pa.string(), pa.int64(), pa.string()]
    rows = [{name: value if not isinstance(value, int) else value % 2**60 for name, value in r.items()} for r in rows]
    arrays = [pa.array([row.get(name) for row in rows], kind) for name, kind in zip(names, kinds, strict=True)]
    masks = {name: pa.array([row.get(name, 0) is None for row in rows]) for name in names}
    if nested:
        names, arrays = [*names, "n"], [*arrays, pa.array([[1]] * len(rows))]
        rows = [{**row, "n": [1]} for row in rows]
    columns = Columns(pa.record_batch(arrays, names=names), "missing", null_at=masks)
    assert columns.rows() == [{name: row[name] for name in names if name in row} for row in rows]
    assert written(Batch.of_arrow(columns)) == written(Batch.of_rows(columns.rows()))
