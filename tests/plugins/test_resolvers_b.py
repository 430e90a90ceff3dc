"""Date, list, object and table resolvers: all examples, and the edges of lists, objects and tables."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from crosswalk import MISSING, DataError, Resolver
from crosswalk_resolvers import (
    aggregates,
    crosswalk_resolvers,
    date_calc,
    date_parts,
    dates,
    lists,
    objects,
    tables,
    zones,
)

sys.path.append(str(Path(__file__).parent))
from resolver_examples import call, check_example, check_inline, outcome, same

MODULES = (dates, zones, date_calc, date_parts, lists, aggregates, objects, tables)
RESOLVERS = {resolver.name: resolver for module in MODULES for resolver in module.RESOLVERS}
PARIS = ZoneInfo("Europe/Paris")

SHIPPED = """
date datetime format_date from_epoch to_epoch now today assume_zone to_zone to_utc add_time add_months truncate_date
start_of date_part weekday quarter date_diff
first last nth only unwrap wrap slice take join flatten compact distinct sort sort_by includes
count sum avg min max any all
keys values entries from_entries pick omit rename merge range_map one_of
""".split()  # noqa: SIM905

TORTURE: list[Any] = [
    MISSING, None, True, 0, -3, 1.5, Decimal("1.50"), "", "abc", [], [None], [1, 2, 3], ["a", [1]], {},
    {"a": None, "b": [1]},
    dt.date(2024, 2, 29), dt.datetime(2024, 12, 31, 23, 59, 59, 999999), dt.datetime(1, 1, 1, tzinfo=dt.UTC),
]  # fmt: skip


def run(name: str, value: Any, args: Any = None) -> Any:
    return call(RESOLVERS[name], value, args)


def code(name: str, value: Any, args: Any = None) -> str | None:
    found: str | None = outcome(RESOLVERS[name], value, args)[1]
    return found


def test_everything_planned_is_shipped_once_and_gathered_by_the_hook() -> None:
    assert sorted(RESOLVERS) == sorted(SHIPPED)
    assert sum(len(module.RESOLVERS) for module in MODULES) == len(SHIPPED)
    names = [resolver.name for resolver in crosswalk_resolvers()]
    assert set(SHIPPED) <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("resolver", RESOLVERS.values(), ids=lambda r: r.name)
def test_documented(resolver: Resolver) -> None:
    assert resolver.summary.endswith(".")
    assert resolver.group in ("date", "list", "object", "table")
    Draft202012Validator.check_schema(resolver.args_schema())
    if resolver.takes_input:
        assert any(example.error is None for example in resolver.examples)


@pytest.mark.parametrize(
    ("resolver", "example"),
    [pytest.param(r, e, id=f"{r.name}-{i}") for r in RESOLVERS.values() for i, e in enumerate(r.examples)],
)
def test_example(resolver: Resolver, example: Any) -> None:
    check_example(resolver, example)


INLINE_ARGS: dict[str, list[Any]] = {
    "nth": [0, 2, 3, -3, -4],
    "slice": [1, -1, {"start": 0, "end": -1}, {"start": 9, "end": 2}],
    "take": [0, 2, 9],
}


@pytest.mark.parametrize("resolver", [r for r in RESOLVERS.values() if r.inline], ids=lambda r: r.name)
def test_inline_means_what_the_function_means(resolver: Resolver) -> None:
    for args in INLINE_ARGS.get(resolver.name, [None]):
        check_inline(resolver, TORTURE, args)


# -- lists ------------------------------------------------------------------------------------------------------------


def test_distinct_tells_types_apart_and_compares_numbers_exactly() -> None:
    values = [
        1,
        True,
        "1",
        1.0,
        Decimal("1.00"),
        0.1,
        Decimal("0.1"),
        [1],
        [True],
        [[1]],
        {"a": 1},
        {"a": 1.0},
        None,
        None,
    ]
    expected = [1, True, "1", 0.1, [1], [True], [[1]], {"a": 1}, None]
    assert same(run("distinct", values), expected)


def test_moments_compare_by_instant_where_the_clock_repeats_an_hour() -> None:
    early, late = (dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=fold) for fold in (0, 1))
    middle = dt.datetime(2024, 10, 27, 0, 45, tzinfo=dt.UTC)
    assert run("sort", [late, middle, early]) == [early, middle, late]
    assert run("max", [dt.datetime(2024, 10, 27, 2, 45, tzinfo=PARIS), late]).fold == 1
    assert len(run("distinct", [early, late, dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC)])) == 2
    assert len(run("distinct", [dt.timedelta(1), dt.datetime(1970, 1, 2, tzinfo=dt.UTC)])) == 2


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    assert code("distinct", deep) == "M315"
    assert code("includes", deep, {"x": 1}) == "M315"
    assert run("flatten", deep, 10_000) == []


def test_sort_is_stable_and_strict() -> None:
    assert same(run("sort", [2, 1.0, 1, Decimal("0.5")]), [Decimal("0.5"), 1.0, 1, 2])
    assert same(run("sort", [1.0, 2, 1], {"desc": True}), [2, 1.0, 1])
    assert run("sort", [None, "b", None, "a"]) == ["a", "b", None, None]
    assert run("sort", [dt.date(2024, 1, 2), dt.date(2024, 1, 1)])[0] == dt.date(2024, 1, 1)
    assert run("sort", [True, False]) == [False, True]
    assert code("sort", [True, 1]) == "M320"
    assert code("sort", [dt.date(2024, 1, 1), dt.datetime(2024, 1, 1)]) == "M320"
    assert code("sort", [dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]) == "M320"
    assert code("sort", [1.0, float("nan")]) == "M310"
    assert code("sort", [1, [1]]) == "M313"


def test_resolvers_leave_their_input_alone() -> None:
    rows = [{"n": 2}, {"n": None}, {}, {"n": 1}]
    assert run("sort_by", rows, "n") == [{"n": 1}, {"n": 2}, {"n": None}, {}]
    assert rows == [{"n": 2}, {"n": None}, {}, {"n": 1}]
    value = {"a": 1}
    assert run("merge", value, {"b": {"a": 2}}) == {"a": 2}
    assert run("omit", value, ["a"]) == {}
    assert value == {"a": 1}


def test_join_writes_scalars_as_text() -> None:
    values = [1, 1.0, Decimal("1.50"), False, None, dt.date(2024, 1, 2), "", MISSING]
    assert run("join", values, ",") == "1,1.0,1.50,false,2024-01-02,"
    assert run("join", MISSING, ",") is MISSING
    assert code("join", [{}], ",") == "M313"
    assert code("join", [], {}) == "M106"


def test_sums_are_exact() -> None:
    assert same(run("sum", [Decimal("0.10"), Decimal("0.20")]), Decimal("0.30"))
    assert same(run("sum", [1e16, 1.0, -1e16]), 1.0)
    assert same(run("sum", [Decimal("0.1"), 0.2]), Decimal("0.3"))
    assert same(run("sum", [None, None]), 0)
    assert code("sum", [Decimal("1E+80"), Decimal(1)]) == "M311"
    assert code("sum", [1e308, 1e308]) == "M311"
    assert same(run("avg", [2**63 - 1, 2**63 - 1]), Decimal(2**63 - 1))
    assert code("avg", [True]) == "M313"


def test_min_and_max_compare_across_number_types() -> None:
    values = [Decimal("0.3"), 0.1, 1, None]
    assert same(run("min", values), 0.1)
    assert same(run("max", values), 1)
    assert code("max", [1, None, "2"]) == "M320"
    assert run("min", [None]) is None


# -- objects ----------------------------------------------------------------------------------------------------------


def test_omit_globs() -> None:
    value = {"a": 1, "A": 2, "ab": 3, "b.c": 4, "x\ny": 5}
    assert run("omit", value, ["a*"]) == {"A": 2, "b.c": 4, "x\ny": 5}
    assert run("omit", value, ["?", "b.c"]) == {"ab": 3, "x\ny": 5}
    assert run("omit", value, ["*"]) == {}
    assert run("omit", value, []) == value


def test_rename_takes_any_name() -> None:
    assert run("rename", {"value": 1, "first name": 2}, {"value": "v", "first name": "n"}) == {"v": 1, "n": 2}
    assert code("rename", {"a": 1}, {"a": 5}) == "M106"


def test_merge_with_a_variable() -> None:
    merge = RESOLVERS["merge"].function
    assert list(merge({"a": 1, "b": 1}, b={"c": 2, "a": 3})) == ["a", "b", "c"]
    with pytest.raises(DataError) as caught:
        merge({}, b=None)
    assert caught.value.code == "M313"


# -- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-1, "low"), (0.3, "mid"), (Decimal("0.3"), "mid"), (0.29, "low"), (10, "mid"), (10.0, "mid"),
        (Decimal("10.0000000000000000000000001"), "high"), (10**40, "high"),
    ],
)  # fmt: skip
def test_range_map_bounds(value: Any, expected: str) -> None:
    ranges = [{"lt": 0.3, "value": "low"}, {"lte": 10, "value": "mid"}, {"value": "high"}]
    assert run("range_map", value, ranges) == expected


@pytest.mark.parametrize(
    "ranges",
    [
        [],
        [{"value": 1}, {"lt": 1, "value": 2}],
        [{"lt": 2, "value": 1}, {"lt": 1, "value": 2}],
        [{"lt": 2, "lte": 3, "value": 1}],
        [{"lt": 2}],
        [{"lt": "x", "value": 1}],
        [{"below": 2, "value": 1}],
    ],
)
def test_bad_ranges(ranges: Any) -> None:
    assert code("range_map", 1, {"ranges": ranges}) == "M106"


def test_a_range_may_give_null_or_anything() -> None:
    assert run("range_map", 1, [{"value": None}]) is None
    assert run("range_map", 1, [{"value": {"a": [1]}}]) == {"a": [1]}
    assert code("range_map", float("nan"), [{"value": 1}]) == "M310"


def test_one_of_is_strict_on_types() -> None:
    assert run("one_of", Decimal("1.0"), [1]) == 1
    assert run("one_of", [1, 2], [[1, 2]]) == [1, 2]
    assert run("one_of", None, ["a"]) is None
    assert code("one_of", True, [1]) == "M343"
    assert code("one_of", "a", []) == "M106"
    with pytest.raises(DataError) as caught:
        run("one_of", "secret", ["AU", 1])
    assert caught.value.message == 'not one of "AU", 1'
