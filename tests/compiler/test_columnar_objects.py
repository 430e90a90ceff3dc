"""Objects whose keys come from the data, and look-ups of whole rows, by columns: what the row functions make."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from columnar_rows import columnar_batch
from test_random_mappings import facts

from crosswalk import Batch, Engine

ITEMS = st.fixed_dictionaries(
    {"n": st.sampled_from("abc")},
    optional={"v": st.none() | st.sampled_from(["x", ""]), "m": st.integers(0, 2), "o": st.none()},
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(0, 9)}, optional={"l": st.lists(ITEMS, max_size=4), "k": st.sampled_from("ABC")}
    ),
    min_size=1,
    max_size=6,
)
SEVERAL = [{"a": "A", "b": 1, "z": "A1"}, {"a": "B", "b": 1, "z": "B1"}, {"a": "1", "b": "a", "z": "1a"}]
TABLE: dict[str, Any] = {
    "s": {"inline": SEVERAL, "key": ["a", "b"]},
    "t": {"inline": [{"c": "A", "x": 1, "y": "p"}, {"c": "B", "x": 2}, {"c": "Z", "x": 3, "y": ""}], "key": "c"},
}
FIELDS: list[Any] = [
    {"object": {"each": "l", "key": "n", "value": "v"}},
    {"object": {"each": "l", "key": "n", "value": "v", "duplicates": "first"}},
    {"object": {"each": "l", "key": "n", "value": "v", "duplicates": "last"}},
    {"object": {"each": {"path": "l", "where": {"v": {"present": True}}}, "key": ["n", "upper"], "value": "$index"}},
    {"object": {"each": "l", "key": "n", "fields": {"v": "v", "id": "$root.id"}, "duplicates": "last"}},
    {"object": {"each": "l", "key": "n", "value": "v", "duplicates": "collect"}},
    {"object": {"each": "l", "key": "n", "fields": {"v": "v"}, "duplicates": "collect"}},
    {"object": {"each": "l", "key": [{"source": "n"}, {"source": "m"}], "value": "v", "duplicates": "last"}},
    {"object": {"each": "l", "key": [{"source": "m"}, ["n", "upper"]], "value": "v", "duplicates": "collect"}},
    {"object": {"each": "l", "key": [["m"], ["n"], ["v", "string"]], "value": "$index"}},
    {"lookup": {"table": "t", "key": "k", "on_missing": "null"}},
    {"lookup": {"table": "t", "key": "k", "return": ["y", "x"]}},
    ["k", {"lookup": "t"}, {"get": "y"}],
    {"lookup": {"table": "s", "key": {"array": ["k", "id"]}, "return": "z", "on_missing": "null"}},
    {"lookup": {"table": "s", "key": {"array": ["id", ["k", "lower"]]}, "return": "z"}},
    {"lookup": {"table": "s", "key": {"array": ["k", {"const": 1}]}, "on_missing": "default"}, "default": None},
]


def mapper_of(*fields: Any) -> Any:
    named = {f"f{place}": field for place, field in enumerate(fields)}
    return Engine().mapping({"mapping": "1", "name": "m", "tables": TABLE, "fields": {"id": "id", **named}})


@settings(max_examples=200, deadline=None)
@given(RECORDS, st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3))
def test_the_same_as_by_rows(records: list[Any], fields: list[Any]) -> None:
    mapper = mapper_of(*fields)
    wanted = facts(mapper.with_back_end("row").apply(records))
    assert facts(mapper.with_back_end("columnar").apply(columnar_batch(records))) == wanted


def columns_of(records: list[Any], field: Any) -> tuple[list[Any], int]:
    """What columns make, and how many of the records they made themselves."""
    mapper = mapper_of(field)
    found = mapper.with_back_end("columnar").apply(columnar_batch(records))
    wanted = mapper.with_back_end("row").apply(records)
    assert [list(row["f0"]) for row in found.records] == [list(row["f0"]) for row in wanted.records]
    return found.records, sum(len(piece) for piece in found.batches[""].pieces if piece.is_columnar)


def test_keys_in_the_order_of_most_stay_columns() -> None:
    usual = [{"n": "b", "v": 1}, {"n": "a", "v": 2}]
    records = [{"id": n, "l": usual[: 1 + n % 2]} for n in range(30)] + [{"id": 30, "l": usual[::-1]}]
    found, by_columns = columns_of(records, FIELDS[0])
    assert by_columns == 30
    assert found[30]["f0"] == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        (FIELDS[5], {"a": ["x", "z"], "b": ["y"]}),
        (FIELDS[7], {"a": {"1": "x", "2": "z"}, "b": {"1": "y"}}),
        (FIELDS[8], {"1": {"A": ["x"], "B": ["y"]}, "2": {"A": ["z"]}}),
    ],
)
def test_several_keys_and_lists_of_values_are_columns(field: Any, wanted: Any) -> None:
    whole = [{"n": "a", "m": 1, "v": "x"}, {"n": "b", "m": 1, "v": "y"}, {"n": "a", "m": 2, "v": "z"}]
    table = pa.RecordBatch.from_pylist([{"id": n, "l": whole if n % 3 else whole[1:2]} for n in range(30)])
    mapper = mapper_of(field)
    found = mapper.with_back_end("columnar").apply(Batch.of_arrow(table))
    assert sum(len(piece) for piece in found.batches[""].pieces if piece.is_columnar) == 30
    assert facts(found) == facts(mapper.with_back_end("row").apply(table.to_pylist()))
    assert found.records[1]["f0"] == wanted


@pytest.mark.parametrize("field", FIELDS[10:12])
def test_whole_rows_of_tables_are_columns(field: Any) -> None:
    _, by_columns = columns_of([{"id": n, "k": "AZ"[n % 2]} for n in range(20)], field)
    assert by_columns == 20


ADDED: dict[str, tuple[dict[str, Any], list[Any], int]] = {
    "members of the data": (
        {"spread": "s"},
        [{"id": 1, "p": "x", "q": None}, {"id": 2}, {"id": 3, "p": "y", "q": 7}],
        3,
    ),
    "a name that is declared": ({"fields": {"id": "id", "q": "no"}, "spread": "s"}, [{"id": 2, "q": 0}], 1),
    "a name that is declared and missing": (
        {"fields": {"q": "no.such", "id": "id"}, "spread": "s"},
        [{"id": 1, "p": "x", "q": None}, {"id": 2}, {"id": 3, "p": "y", "q": 7}],
        1,
    ),
    "a name that is copied, too": (
        {"spread": "s", "passthrough": {"only": ["p", "no"]}},
        [{"id": 1, "p": "x", "q": None, "no": 0}, {"id": 2, "p": "top", "no": 0}, {"id": 3, "p": "y", "q": 7, "no": 0}],
        2,
    ),
    "a value that is no object": ({"spread": "p"}, [], 0),
    "what the mapping makes": (
        {"spread": {"fields": {"a": "s.p", "b.c": "no"}}},
        [{"id": 1, "a": "x", "b": {"c": 0}}, {"id": 2, "b": {"c": 0}}, {"id": 3, "a": "y", "b": {"c": 0}}],
        3,
    ),
    "a row of a table": (
        {"spread": {"lookup": {"table": "t", "key": "k", "on_missing": "null"}}},
        [{"id": 1, "c": "A", "x": 1, "y": "p"}, {"id": 2, "c": "B", "x": 2}, {"id": 3}],
        3,
    ),
    "members of a fragment": (
        {"fields": {"id": "id", "f": {"use": "rest", "at": "s"}}},
        [{"id": 1, "f": {"n": "x", "q": None}}, {"id": 2}, {"id": 3, "f": {"n": "y", "q": 7}}],
        2,
    ),
    "members under explode": (
        {"explode": {"path": "l", "as": "v"}, "fields": {"v": "$v"}, "passthrough": {"only": ["id", "p"]}},
        [{"v": 1, "id": 1, "p": "top"}, {"v": 2, "id": 1, "p": "top"}, {"v": 3, "id": 3, "p": "top"}],
        3,
    ),
}


@pytest.mark.parametrize("name", ADDED)
def test_members_that_spread_and_passthrough_add(name: str) -> None:
    more, wanted, by_columns = ADDED[name]
    rows = [
        {"id": 1, "s": {"p": "x", "q": None}, "p": "top", "no": 0, "k": "A", "l": [1, 2]},
        {"id": 2, "s": None, "p": "top", "no": 0, "k": "B", "l": []},
        {"id": 3, "s": {"p": "y", "q": 7}, "p": "top", "no": 0, "k": "C", "l": [3]},
    ]
    fragments = {"rest": {"fields": {"n": "p"}, "passthrough": {"exclude": ["p"]}}}
    mapper = Engine().mapping(
        {"mapping": "1", "name": "m", "tables": TABLE, "fragments": fragments, "fields": {"id": "id"}, **more}
    )
    found = mapper.with_back_end("columnar").apply(Batch.of_arrow(pa.RecordBatch.from_pylist(rows)))
    assert list(map(repr, found.records)) == list(map(repr, wanted))
    assert facts(found) == facts(mapper.with_back_end("row").apply(rows))
    assert sum(len(piece) for piece in found.batches[""].pieces if piece.is_columnar) == by_columns


@pytest.mark.parametrize(
    "field",
    [{"array": ["$whole"]}, {"array": ["s", "s"]}, {"each": "l", "value": "@"}, {"each": "l", "value": "$root.s"}],
)
def test_objects_of_the_data_in_lists_keep_their_nulls(field: Any) -> None:
    rows = [{"id": n, "s": {"p": "x", "q": None if n % 3 else n}, "l": [{"m": None}, {"m": n}, None]} for n in range(6)]
    mapper = Engine().mapping({"mapping": "1", "name": "m", "let": {"whole": "@"}, "fields": {"id": "id", "x": field}})
    found = mapper.with_back_end("columnar").apply(Batch.of_arrow(pa.RecordBatch.from_pylist(rows)))
    assert facts(found) == facts(mapper.with_back_end("row").apply(rows))


def test_a_look_up_by_several_columns_is_columns() -> None:
    rows = [{"id": number % 2, "k": "AB"[number % 2]} for number in range(20)]
    field = FIELDS[-3]
    mapper = mapper_of(field)
    found = mapper.with_back_end("columnar").apply(Batch.of_arrow(pa.RecordBatch.from_pylist(rows)))
    assert found.batches[""].is_columnar
    assert found.records[:2] == [{"id": 0, "f0": None}, {"id": 1, "f0": "B1"}]
    assert facts(found) == facts(mapper.with_back_end("row").apply(rows))
