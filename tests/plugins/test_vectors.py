"""Every columnar form of a resolver against its function: the same value wherever the form says it is sure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import Engine
from crosswalk.plugin.vector_form import python_type

RESOLVERS = {name: found for name, found in Engine().registry.resolvers.items() if found.vector is not None}
ARGS: dict[str, list[dict[str, Any]]] = {
    "decimal": [{"scale": 0}, {"scale": 2}, {"scale": 18}],
    "join": [{"by": ","}, {"by": ""}],
}
TEXTS = st.one_of(
    st.text(max_size=6),
    st.text(alphabet="0123456789+-.eExX _,", max_size=8),
    st.text(alphabet=" \t\n\x0b\x1c\x85\xa0\u2003\u3000\u200bab", max_size=5),
    st.sampled_from(["straße", "ΟΔΟΣ", "İ", "ı", "ﬁ", "0x1F", "+1", "-0.00", "1.", ".5", "1e5", "nan", "inf", "٣"]),
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    st.floats(allow_nan=False).map(repr),
)


def lists(items: st.SearchStrategy[Any], kind: pa.DataType) -> st.SearchStrategy[pa.Array]:
    """Lists of one type, with nulls among them and in them."""
    some = st.lists(st.none() | items, max_size=4) | st.lists(items, min_size=1, max_size=3)
    return st.lists(st.none() | some, max_size=4).map(lambda values: pa.array(values, pa.list_(kind)))


COLUMNS = st.one_of(
    st.lists(st.none() | TEXTS, max_size=6).map(lambda values: pa.array(values, pa.string())),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=4).map(lambda v: pa.array(v, pa.int64())),
    st.lists(st.none() | st.floats(), max_size=4).map(lambda values: pa.array(values, pa.float64())),
    st.lists(st.none() | st.lists(st.integers(0, 3), max_size=3), max_size=3).map(
        lambda values: pa.array(values, pa.list_(pa.int64()))
    ),
    lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), pa.int64()),
    lists(TEXTS | st.sampled_from("abc"), pa.string()),
    lists(st.floats(), pa.float64()),
    lists(st.sampled_from([1.5, -2.0, 1e300]), pa.float64()),
    lists(st.decimals(-(10**35), 10**35, places=2) | st.decimals(-9, 9, places=2), pa.decimal128(38, 2)),
    lists(st.dates(), pa.date32()),
    lists(st.booleans(), pa.bool_()),
    st.lists(st.decimals(-100, 100, places=2), max_size=4).map(lambda values: pa.array(values, pa.decimal128(9, 2))),
)


def test_some_resolvers_have_a_columnar_form() -> None:
    assert {"trim", "upper", "lower", "int", "float", "decimal", "count", "string"} <= set(RESOLVERS)


@pytest.mark.parametrize("name", sorted(RESOLVERS))
@settings(max_examples=150, deadline=None)
@given(data=st.data(), column=COLUMNS, cut=st.integers(0, 2))
def test_form_means_what_the_function_means(name: str, data: st.DataObject, column: pa.Array, cut: int) -> None:
    resolver = RESOLVERS[name]
    column = column.slice(min(cut, len(column)))
    args = data.draw(st.sampled_from(ARGS.get(name, [{}])))
    if resolver.accepts is not None and python_type(column.type) not in resolver.accepts:
        return
    assert resolver.vector is not None
    found = resolver.vector(column, **args)
    if found is NotImplemented:
        return
    made, sure = found
    assert len(made) == len(column)
    function = resolver.bind(args)
    masks = [True] * len(column) if sure is None else [bool(mask) for mask in sure.to_pylist()]
    for value, got, certain in zip(column.to_pylist(), made.to_pylist(), masks, strict=True):
        if value is None and resolver.null != "aware":
            assert got is None
        elif certain:
            wanted = function(value)
            assert (type(got), str(got) if isinstance(got, Decimal) else got) == (
                type(wanted),
                str(wanted) if isinstance(wanted, Decimal) else wanted,
            ), value


@pytest.mark.parametrize("name", ["min", "max"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), -0.0])
def test_odd_floats_in_lists_are_for_the_function(name: str, value: float) -> None:
    form = RESOLVERS[name].vector
    assert form is not None
    assert form(pa.array([[value], [1.5, 2.5]])) is NotImplemented
