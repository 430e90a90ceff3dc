"""`calc` with decimals by kernels: the digits, zeros and errors of the row functions."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from test_random_mappings import facts

from crosswalk import Batch, Engine
from crosswalk.compiler import calc
from crosswalk.compiler.columnar import arguments
from crosswalk.compiler.columnar.exact_arithmetic import exact_numbers

FORMULAS = [
    *("$q * $p", "$q * $p - 1", "($p + $r) * $q", "$p - $r", "-$p * 2.50"),
    *("$q * $q * $p", "$p * $r * $p", "$p / $r", "$p % 2.0", "0.10 * $q"),
]
SMALL = st.decimals(-1000, 1000, places=2)
LARGE = st.decimals(-(10**35), 10**35, places=2)


NUMBERS = (
    st.none() | st.integers(-9, 9) | st.integers(-(2**63), 2**63 - 1),
    st.none() | SMALL | LARGE | st.just(Decimal("0.00")),
    st.none() | st.decimals(-100, 100, places=3),
)
"""Of the columns of `table`."""


def table(rows: list[tuple[Any, Any, Any]]) -> pa.RecordBatch:
    parts = zip(*rows, strict=True)
    kinds = [pa.int64(), pa.decimal128(38, 2), pa.decimal128(9, 3)]
    return pa.RecordBatch.from_arrays(
        [pa.array(part, kind) for part, kind in zip(parts, kinds, strict=True)], ["q", "p", "r"]
    )


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(FORMULAS),
    st.lists(
        st.tuples(*NUMBERS),
        min_size=1,
        max_size=5,
    ),
)
def test_kernels_give_the_digits_of_rows(formula: str, rows: list[Any]) -> None:
    given = table(rows)
    mapper = Engine().mapping(
        {"mapping": "1", "name": "m", "let": {name: name for name in "qpr"}, "fields": {"x": {"calc": formula}}}
    )
    wanted = facts(mapper.with_back_end("row").apply(given.to_pylist()))
    assert facts(mapper.with_back_end("columnar").apply(Batch.of_arrow(given))) == wanted


STEPS = [
    ["p", {"multiply": "$q"}],
    ["q", {"multiply": "$p"}],
    ["p", {"add": "$r"}],
    ["r", {"subtract": "$q"}],
    ["q", {"add": "$q"}],
    ["r", {"multiply": "$r"}, {"subtract": "$p"}],
    ["f", {"multiply": "$f"}],
    ["f", {"add": "$q"}],
    ["p", {"divide": {"by": 3, "scale": 2}}, {"multiply": "$q"}],
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(STEPS),
    st.lists(
        st.tuples(
            *NUMBERS,
            st.none() | st.floats() | st.sampled_from([0.0, -0.0, 1e200]),
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_steps_with_variables_do_what_rows_do(steps: Any, rows: list[Any]) -> None:
    given = table([row[:3] for row in rows]).append_column("f", pa.array([row[3] for row in rows], pa.float64()))
    variables = {name: name for name in "qprf"}
    mapper = Engine().mapping({"mapping": "1", "name": "m", "let": variables, "fields": {"x": steps}})
    wanted = facts(mapper.with_back_end("row").apply(given.to_pylist()))
    assert facts(mapper.with_back_end("columnar").apply(Batch.of_arrow(given))) == wanted


def test_steps_with_variables_are_done_by_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: Any) -> Any:
        raise AssertionError("called value by value")

    monkeypatch.setattr(arguments, "column_beside", never)
    given = table([(2, Decimal("19.90"), Decimal("0.125")), (3, Decimal("0.05"), None)])
    fields = {"total": ["p", {"multiply": "$q"}], "sum": ["q", {"add": "$q"}], "left": ["p", {"subtract": "$p"}]}
    mapper = Engine().mapping({"mapping": "1", "name": "m", "let": {"q": "q", "p": "p"}, "fields": fields})
    found = mapper.with_back_end("columnar").apply(Batch.of_arrow(given))
    assert repr(found.records) == repr(
        [
            {"total": Decimal("39.80"), "sum": 4, "left": Decimal("0.00")},
            {"total": Decimal("0.15"), "sum": 6, "left": Decimal("0.00")},
        ]
    )


@pytest.mark.parametrize(
    ("formula", "digits"), [("$q * $p", "39.80"), ("$q * $p - 1", "38.80"), ("-$p * 2.50", "-49.7500")]
)
def test_money_is_done_by_kernels(formula: str, digits: str) -> None:
    given = table([(2, Decimal("19.90"), None), (None, Decimal("0.00"), None)])
    found = exact_numbers(calc.parse_calc(formula), {f"${name}": given[name] for name in "qpr"})
    assert found is not None
    assert str(found[0].to_pylist()[0]) == digits


def test_a_negative_zero_is_left_to_its_row() -> None:
    given = table([(-2, Decimal("0.00"), None), (2, Decimal("0.00"), None)])
    found = exact_numbers(calc.parse_calc("$q * $p"), {f"${name}": given[name] for name in "qpr"})
    assert found is not None
    assert found[1].to_pylist() == [True, False]


@pytest.mark.parametrize(
    ("steps", "values"),
    [
        (["avg", {"round": {"scale": 1}}], [[1, 2, 4], [1, 1], [3]]),
        (["datetime", "to_utc"], ["2024-02-29T10:00:00+10:00", "2024-02-29T10:00:00-05:00", "2024-02-29T10:00:00Z"]),
        (["number", {"decimal": {"scale": 2, "rounding": "half_up"}}], ["1", "2.5", "1.005"]),
    ],
)
def test_values_of_several_types_on_the_way_stay_columns(steps: list[Any], values: list[Any]) -> None:
    """The digits of means, the offsets of times and the types of numbers differ; what the last step makes does not."""
    given = pa.RecordBatch.from_pylist([{"v": value} for value in values * 100] + [{"v": None}])
    mapper = Engine().mapping({"mapping": "1", "name": "m", "fields": {"x": ["v", *steps]}})
    found = mapper.with_back_end("columnar").apply(Batch.of_arrow(given))
    assert found.batches[""].is_columnar
    assert facts(found) == facts(mapper.with_back_end("row").apply(given.to_pylist()))
