"""The columnar back end against the row back end: the same outputs, types, order, rejects, messages and counts."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from both_back_ends import alike, both
from columnar_rows import columnar_batch
from test_random_mappings import (
    EXAMPLE_TEXTS,
    NAMES,
    compiled,
    facts,
    fields,
    many,
    mappings,
    outputs,
    scalars,
)

from crosswalk import Batch
from crosswalk.compiler.columnar import program


@pytest.fixture(autouse=True)
def _take_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST_BY_ROW", 1)


texts = st.sampled_from(["", " ", "a", "b", "7", "-1", " 12 ", "1,200", "x y", "2024-02-29", "31/02/2024", "ß", "true",
                         "2024-03-02T01:00:00Z", "2024-03-02T01:00:00.25+10:00", "2024-03-02 01:00"])  # fmt: skip
kinds = st.sampled_from(
    [
        texts,
        texts,
        st.sampled_from(EXAMPLE_TEXTS),
        st.integers(-3, 3),
        st.sampled_from([0, 7, 2**53 + 1, 2**63 - 1, -(2**63)]),
        st.sampled_from([0.5, -0.0, 2.0, 2.675, 1e308]),
        st.booleans(),
        st.sampled_from([Decimal("1.10"), Decimal("-0.05"), Decimal("2.50")]),
        st.sampled_from([dt.date(2024, 2, 29), dt.date(1969, 12, 31), dt.date(1, 1, 1)]),
        st.sampled_from([dt.datetime(2024, 3, 2, 1, 30, 5, 250_000), dt.datetime(1969, 12, 31, 23, 59, 59, 1)]),
        st.sampled_from([dt.datetime(2024, 3, 2, 1, tzinfo=dt.UTC), dt.datetime(1969, 12, 31, 23, tzinfo=dt.UTC)]),
    ]
)
groupings = st.one_of(
    st.sampled_from(["$rows[*].a", "$rows[].b[]", "$rows[0].c", ["$rows", "count"], ["$rows[*].a", "sum"]]),
    st.builds(lambda value: {"each": "$rows", "value": value}, fields),
)
same_shape = alike(kinds, "c", 5)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings, many, same_shape)
def test_columns_do_what_rows_do(mapping: dict[str, Any], more: dict[str, Any], rows: list[Any]) -> None:
    by_rows, columnar = both({**mapping, **more})
    wanted = facts(by_rows.apply(rows))
    assert facts(columnar.apply(columnar_batch(rows))) == wanted


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(outputs(), many, same_shape)
def test_several_outputs(mapping: dict[str, Any], more: dict[str, Any], rows: list[Any]) -> None:
    by_rows, columnar = both({**mapping, **more})
    wanted = facts(by_rows.apply(rows))
    assert facts(columnar.apply(columnar_batch(rows))) == wanted


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    mappings | outputs(),
    many,
    st.lists(fields, min_size=1, max_size=2),
    st.dictionaries(st.sampled_from(["m", "n"]), groupings, min_size=1),
    same_shape,
    st.integers(1, 3),
)
def test_groups(
    mapping: dict[str, Any], more: dict[str, Any], by: Any, last: dict[str, Any], rows: list[Any], cut: int
) -> None:
    spec = {**mapping, **more, "group": {"by": by}}
    spec["fields"] = {**spec.get("fields", {}), **last}
    if "outputs" in spec:
        spec["outputs"] = [{**spec["outputs"][0], "fields": spec.pop("fields")}, *spec["outputs"][1:]]
    by_rows, columnar = both(spec)
    wanted = by_rows.apply(Batch.of_rows(rows))
    wanted.extend(by_rows.flush())
    found = columnar.apply(columnar_batch(rows[:cut]))
    found.extend(columnar.apply(columnar_batch(rows[cut:], cut + 1)))
    found.extend(columnar.flush())
    assert facts(found) == facts(wanted)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings, many, st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, scalars)), max_size=4))
def test_uneven_rows(mapping: dict[str, Any], more: dict[str, Any], rows: list[Any]) -> None:
    mapper = compiled({**mapping, **more})
    assume(mapper is not None)
    assert mapper is not None
    wanted = facts(mapper.with_back_end("row").apply(rows))
    assert facts(mapper.apply(columnar_batch(rows))) == wanted


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    mappings,
    many,
    st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, texts | st.none())), min_size=2, max_size=6),
    st.sampled_from([pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]),
)
def test_columns_of_a_table(mapping: dict[str, Any], more: dict[str, Any], rows: list[Any], kind: pa.DataType) -> None:
    """As csv and parquet give them: a null is a null, and members stand in one order."""
    mapper = compiled({**mapping, **more})
    assume(mapper is not None)
    assert mapper is not None
    table = pa.RecordBatch.from_pylist(rows, pa.schema([(name, kind) for name in NAMES])).slice(1)
    wanted = facts(mapper.with_back_end("row").apply(table.to_pylist()))
    assert facts(mapper.apply(Batch.of_arrow(table))) == wanted


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_slices_of_any_text_type_stay_columns(kind: pa.DataType) -> None:
    mapper = compiled({"mapping": "1", "name": "m", "fields": {"x": ["a", "upper"]}})
    assert mapper is not None
    table = pa.RecordBatch.from_arrays([pa.array([f"text {row} of some length" for row in range(99)], kind)], ["a"])
    made = mapper.apply(Batch.of_arrow(table.slice(50))).batches[""]
    assert made.is_columnar
    assert [row["x"] for row in made.rows] == [f"TEXT {row} OF SOME LENGTH" for row in range(50, 99)]


def test_a_name_that_begins_with_a_dot_is_a_name() -> None:
    mapper = compiled({"mapping": "1", "name": "m", "fields": {"x": '".a"', "y": '"[0]"', "z": "a"}})
    assert mapper is not None
    rows = [{"a": "1", ".a": "2", "[0]": "3"}]
    applied = mapper.with_back_end("columnar").apply(Batch.of_arrow(pa.RecordBatch.from_pylist(rows)))
    assert applied.batches[""].is_columnar
    assert applied.records == mapper.with_back_end("row").apply(rows).records == [{"x": "2", "y": "3", "z": "1"}]
