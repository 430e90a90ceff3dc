"""Mappings over Arrow tables of many types, in slices: by columns the same as by the rows that the table stands for."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from both_back_ends import both
from test_random_mappings import EXAMPLE_TEXTS, NAMES, facts, many, mappings

from crosswalk import Batch
from crosswalk.arrow_rows import ArrowReader
from crosswalk.compiler.columnar import program


@pytest.fixture(autouse=True)
def _take_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST_BY_ROW", 1)


TEXTS = st.sampled_from(["", "a", "7", " 12 ", "ß", "true", "2024-02-29", *EXAMPLE_TEXTS[::7]])
INTS = st.integers(-3, 100)
BIG = st.sampled_from([0, 1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)])
FLOATS = st.sampled_from([0.0, -0.0, 1.5, 2.0, -2.675, 1e308, float("nan"), float("inf")])
DECIMALS = st.sampled_from([Decimal("0.00"), Decimal("1.10"), Decimal("-2.50"), Decimal("99.99")])
TIMES = st.sampled_from(
    [dt.datetime(2024, 2, 29, 1, 30), dt.datetime(1969, 12, 31, 23, 59, 59), dt.datetime(2024, 10, 27, 2, 30)]
)
MOMENTS = TIMES.map(lambda value: value.replace(tzinfo=dt.UTC))
DAYS = st.sampled_from([dt.date(2024, 2, 29), dt.date(1969, 12, 31), dt.date(1, 1, 3)])

Column = tuple[pa.DataType, st.SearchStrategy[Any]]
SCALARS: list[Column] = [
    (pa.string(), TEXTS),
    (pa.large_string(), TEXTS),
    (pa.string_view(), TEXTS),
    (pa.dictionary(pa.int8(), pa.string()), TEXTS),
    (pa.int64(), INTS | BIG),
    (pa.int8(), INTS),
    (pa.uint32(), st.sampled_from([0, 7, 2**32 - 1])),
    (pa.uint64(), st.sampled_from([0, 7, 2**63])),
    (pa.dictionary(pa.int16(), pa.int64()), INTS),
    (pa.float64(), FLOATS),
    (pa.float32(), FLOATS.filter(lambda value: value != 1e308)),
    (pa.bool_(), st.booleans()),
    (pa.decimal128(9, 2), DECIMALS),
    (pa.decimal256(50, 3), DECIMALS),
    (pa.date32(), DAYS),
    (pa.date64(), DAYS),
    (pa.timestamp("us"), TIMES),
    (pa.timestamp("s"), TIMES),
    (pa.timestamp("us", "UTC"), MOMENTS),
    (pa.timestamp("us", "+10:00"), MOMENTS),
    (pa.timestamp("ms", "Europe/Paris"), MOMENTS),
    (pa.time64("us"), st.just(dt.time(1, 2, 3, 4))),
    (pa.duration("us"), st.sampled_from([dt.timedelta(0), -dt.timedelta(days=1, microseconds=1)])),
    (pa.binary(), st.sampled_from([b"", b"a", b"\xff"])),
    (pa.null(), st.none()),
]


def _nested(inner: st.SearchStrategy[Column]) -> st.SearchStrategy[Column]:
    """Lists of several kinds, and objects."""

    def listed(column: Column, how: str) -> Column:
        kind, values = column
        make = {"list": pa.list_, "large": pa.large_list, "view": pa.list_view, "pair": lambda item: pa.list_(item, 2)}
        least, most = (2, 2) if how == "pair" else (0, 3)
        return make[how](kind), st.lists(st.none() | values | values, min_size=least, max_size=most)

    def grouped(members: dict[str, Column]) -> Column:
        kind = pa.struct([(name, kind) for name, (kind, _) in members.items()])
        return kind, st.fixed_dictionaries({name: st.none() | values | values for name, (_, values) in members.items()})

    plain = inner.filter(lambda column: not pa.types.is_dictionary(column[0]) and not pa.types.is_null(column[0]))
    return st.one_of(
        st.builds(listed, plain, st.sampled_from(["list", "list", "large", "view", "pair"])),
        st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=2).map(grouped),
    )


COLUMNS: st.SearchStrategy[Column] = st.recursive(st.sampled_from(SCALARS), _nested, max_leaves=3)


@st.composite
def tables(draw: st.DrawFn) -> pa.RecordBatch:
    """A slice of a table with columns of random types, one of whose lists may be null and hide its items."""
    count = draw(st.integers(1, 6))
    arrays = []
    for _ in NAMES:
        kind, values = draw(COLUMNS)
        nulls = draw(st.booleans())
        column = draw(st.lists((st.none() | values) if nulls else values, min_size=count, max_size=count))
        array = pa.array(column, kind)
        if pa.types.is_list(kind) and draw(st.booleans()):
            mask = pa.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
            array = pa.ListArray.from_arrays(array.offsets, array.values, type=kind, mask=mask)
        try:
            array.validate(full=True)
        except pa.ArrowInvalid:
            reject()  # pyarrow makes broken arrays of null lists of a fixed size of objects with dictionaries
        arrays.append(array)
    start = draw(st.integers(0, min(2, count - 1)))
    return pa.RecordBatch.from_arrays(arrays, list(NAMES)).slice(start)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings, many, tables(), st.booleans())
def test_columns_do_what_rows_do(
    mapping: dict[str, Any], more: dict[str, Any], table: pa.RecordBatch, checked: bool
) -> None:
    """`checked`: as the readers of parquet and Arrow give them."""
    by_rows, columnar = both({**mapping, **more})
    batch = ArrowReader(table.schema).batch(table, 1, cursor=None, bytes_read=0) if checked else Batch.of_arrow(table)
    assert not batch.bad
    wanted = facts(by_rows.apply(Batch.of_rows(table.to_pylist())))
    assert facts(columnar.apply(batch)) == wanted
