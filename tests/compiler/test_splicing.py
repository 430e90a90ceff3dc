"""Rows put between columns: the same records in the same order, in columns as far as they fit exactly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import Batch, Columns
from crosswalk.compiler.columnar.splicing import spliced

KINDS: dict[str, Any] = {
    "i": pa.int64(),
    "s": pa.string(),
    "f": pa.float64(),
    "b": pa.bool_(),
    "d": pa.decimal128(38, 2),
    "t": pa.timestamp("us"),
    "l": pa.list_(pa.int64()),
    "o": pa.struct([("x", pa.int64()), ("y", pa.string())]),
}
GOOD: dict[str, Any] = {
    "i": 7, "s": "é", "f": -0.0, "b": True, "d": Decimal("-1.50"), "t": dt.datetime(2024, 2, 29, 1),
    "l": [1, None, 2], "o": {"x": 1, "y": "z"},
}  # fmt: skip
NONE = object()
ODD: list[tuple[str, Any]] = [
    ("i", 2**63), ("i", True), ("i", 1.0), ("i", "7"), ("s", 7), ("s", b"a"), ("s", "\ud800"), ("f", 1),
    ("f", Decimal("1.5")), ("d", Decimal("1.5")), ("d", Decimal("1.500")), ("d", Decimal("-0.00")),
    ("d", Decimal("1E+2")), ("d", 1.5),
    ("t", dt.datetime(2024, 1, 1, tzinfo=dt.UTC)), ("t", dt.date(2024, 1, 1)), ("l", [1.5]), ("l", 1), ("l", ["a"]),
    ("o", {"x": 1}), ("o", {"y": "z", "x": 1}), ("o", {"x": 1, "y": None}), ("o", {"x": 1, "y": "z", "w": 1}), ("o", 1),
    ("new", 1),
]  # fmt: skip
"""Values that a column of that name would change, or cannot take."""


def columns(rows: list[dict[str, Any]], nulls: Literal["null", "missing"]) -> Batch:
    arrays = [pa.array([row.get(name) for row in rows], kind) for name, kind in KINDS.items()]
    return Batch.of_arrow(Columns(pa.RecordBatch.from_arrays(arrays, list(KINDS)), nulls))


def exact(value: Any) -> Any:
    """A value as text that tells types, digits and order apart."""
    if isinstance(value, dict):
        return [(name, exact(part)) for name, part in value.items()]
    return [*map(exact, value)] if isinstance(value, list) else (type(value).__name__, repr(str(value)))


def check(held: list[Any], places: list[int], others: list[tuple[int, list[Any]]], nulls: Any) -> Batch:
    made = spliced(columns(held, nulls), places, others)
    pairs = sorted([*others, *zip(places, ([row] for row in held), strict=True)], key=lambda pair: pair[0])
    assert exact(made.rows) == exact([row for _, rows in pairs for row in rows])
    return made


@pytest.mark.parametrize("nulls", ["null", "missing"])
def test_rows_that_fit_become_columns(nulls: Any) -> None:
    held = [dict(GOOD, i=number) for number in range(10)]
    made = check(held, [*range(5), *range(10, 15)], [(5, [GOOD, GOOD]), (7, [GOOD]), (20, [GOOD])], nulls)
    assert len(made.pieces) == 1
    assert made.is_columnar


def test_nulls_and_missing_members_stay_apart() -> None:
    held = [dict(GOOD, i=number) for number in range(200)]
    null, lacking = dict(GOOD, i=None, s=None), {name: GOOD[name] for name in GOOD if name != "s"}
    places = [*range(100), *range(110, 210)]
    assert check(held, places, [(100, [null]), (101, [lacking])], "missing").is_columnar
    assert len(check(held, places, [(100, [null])], "null").pieces) == 1
    assert len(check(held, places, [(101, [lacking])], "null").pieces) == 3


@pytest.mark.parametrize("nulls", ["null", "missing"])
@pytest.mark.parametrize(("name", "value"), ODD, ids=str)
def test_rows_that_do_not_fit_stay_rows(name: str, value: Any, nulls: Any) -> None:
    held = [dict(GOOD, i=number) for number in range(200)]
    made = check(held, [*range(100), *range(110, 210)], [(100, [{**GOOD, name: value}]), (101, [GOOD])], nulls)
    assert [piece.is_columnar for piece in made.pieces] == [True, False, True]
    turned = dict(reversed(GOOD.items()))
    assert len(check(held, [*range(100), *range(110, 210)], [(100, [turned])], nulls).pieces) == 3


def test_many_short_pieces_are_rows() -> None:
    held = [dict(GOOD, i=number) for number in range(100)]
    odd = [(2 * number, [dict(GOOD, i="x")]) for number in range(50)]
    assert len(check(held, [2 * number + 1 for number in range(100)], odd, "missing").pieces) == 1


@pytest.mark.parametrize("given", [Batch.of_rows, lambda rows: columns(rows, "missing")], ids=["rows", "columns"])
def test_rows_come_before_those_of_the_same_record(given: Any) -> None:
    held = [dict(GOOD, i=number) for number in range(6)]
    others = [(0, [dict(GOOD, i=10)]), (1, [dict(GOOD, i=11), dict(GOOD, i="x")]), (3, [dict(GOOD, i=12)])]
    made = spliced(given(held), [0, 0, 1, 1, 2, 2], others)
    assert [row["i"] for row in made.rows] == [10, 0, 1, 11, "x", 2, 3, 4, 5, 12]


values = {
    name: st.sampled_from([good, *(odd for key, odd in ODD if key == name), None, NONE]) for name, good in GOOD.items()
}
some_rows = st.lists(
    st.fixed_dictionaries(values).map(lambda row: {name: value for name, value in row.items() if value is not NONE})
    | st.just(GOOD),
    min_size=1,
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.integers(0, 300), some_rows, max_size=8), st.sampled_from(["null", "missing"]))
def test_any_rows(others: dict[int, list[Any]], nulls: Any) -> None:
    places = [place for place in range(300) if place not in others]
    check([dict(GOOD, i=place) for place in places], places, sorted(others.items()), nulls)
