"""Kernel traps of lists: items out of range, nulls among them, nulls that hide items, sums that overflow, order."""

from __future__ import annotations

import math
import sys
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

sys.path.append(str(Path(__file__).parent))
from kernel_traps import Refused, Trap, cases, check, compare

from crosswalk import MISSING, Batch, Engine

INTS, TEXTS, FLOATS = pa.list_(pa.int64()), pa.list_(pa.string()), pa.list_(pa.float64())
LARGE, NAN = 2**63 - 1, math.nan


def ints(name: str, step: Any, value: Any, wanted: Any, clean_wanted: Any, kind: Any = INTS, **more: Any) -> Trap:
    return Trap(
        name, step if isinstance(step, dict) else ["x", *step], value, wanted, [3, 1], clean_wanted, kind, **more
    )


def texts(name: str, step: Any, value: Any, wanted: Any, clean_wanted: Any, **more: Any) -> Trap:
    field = step if isinstance(step, dict) else ["x", *step]
    return Trap(name, field, value, wanted, ["b", "a"], clean_wanted, TEXTS, **more)


def floats(name: str, step: Any, value: Any, wanted: Any, clean_wanted: Any) -> Trap:
    return Trap(name, ["x", *step], value, wanted, [2.5, 1.5], clean_wanted, FLOATS)


PLACED = [
    ints("first of nothing is missing", ["first"], [], MISSING, 3),
    ints("first that is null", ["first"], [None, 1], None, 3),
    ints("last of nothing is missing", ["last"], [], MISSING, 1),
    ints("last that is null", ["last"], [1, None], None, 1),
    ints("nth out of range is missing", [{"nth": 1}], [7], MISSING, 1),
    ints("nth from the end out of range", [{"nth": -2}], [7], MISSING, 3),
    ints("only of several", ["only"], [1, 2], Refused("M312"), Refused("M312")),
    ints("only of nothing", [{"take": 1}, "only"], [], MISSING, 3),
    ints("unwrap of nothing", [{"take": 1}, "unwrap"], [], MISSING, 3),
    ints("slice beyond the end", [{"slice": {"start": 1, "end": 9}}], [], [], [1]),
    ints("slice from the end", [{"slice": -1}], [1, 2, 3], [3], [1]),
    ints("take of none", [{"take": 0}], [1], [], []),
    ints("a path out of range", {"source": "x[1]"}, [7], MISSING, 1, null_wanted=MISSING),
    ints("a path from the end", {"source": "x[-1]"}, [], MISSING, 1, null_wanted=MISSING),
    ints("a path to a null item", {"source": "x[0]"}, [None], None, 3, null_wanted=MISSING),
    ints(
        "a path through a list leaves nulls out", {"source": "x[*]"}, [1, None, 2], [1, 2], [3, 1], null_wanted=MISSING
    ),
    ints("each of nothing", {"each": "x", "value": "@"}, [], [], [3, 1], null_wanted=[]),
    ints("each keeps nulls", {"each": "x", "value": "@"}, [None, 1], [None, 1], [3, 1], null_wanted=[]),
    ints("each counts from nought", {"each": "x", "value": "$index"}, [9, 9, 9], [0, 1, 2], [0, 1], null_wanted=[]),
]

GATHERED = [
    ints("count of nothing", ["count"], [], 0, 2, null_wanted=0),
    ints("count of nulls", ["count"], [None, None], 2, 2, null_wanted=0),
    ints("sum of nothing is nought", ["sum"], [], 0, 4),
    ints("sum of nulls", ["sum"], [None], 0, 4),
    ints("sum that overflows", ["sum"], [LARGE, 1], Refused("M311"), 4),
    ints("sum that overflows on its way only", ["sum"], [LARGE, 1, -1], LARGE, 4),
    ints("sum that overflows below", ["sum"], [-LARGE, -2], Refused("M311"), 4),
    ints("avg is exact", ["avg"], [1, 2], D("1.5"), D("2")),
    ints("avg of nothing is null", ["avg"], [], None, D("2")),
    ints("min of nothing is null", ["min"], [], None, 1),
    ints("max leaves nulls out", ["max"], [None, -5], -5, 3),
    floats("sum of floats is rounded once", ["sum"], [0.1] * 10, 1.0, 4.0),
    floats("sum of floats that cancel", ["sum"], [1e16, 1.0, -1e16], 1.0, 4.0),
    floats("sum of no floats is an int", ["sum"], [], 0, 4.0),
    floats("sum of nan", ["sum"], [NAN], NAN, 4.0),
    floats("min of two zeros is the first", ["min"], [0.0, -0.0], 0.0, 1.5),
    floats("max of two zeros is the first", ["max"], [-0.0, 0.0], -0.0, 2.5),
    texts("min of texts by code points", ["min"], ["é", "z", "Z"], "Z", "a"),
    texts("max of texts by code points", ["max"], ["\uffff", "\U00010000"], "\U00010000", "b"),
    texts("sum of texts", ["sum"], ["1"], Refused("M313"), Refused("M313")),
    texts("join leaves nulls out", [{"join": "-"}], ["é", None, "ß"], "é-ß", "b-a"),
    texts("join of nothing", [{"join": "-"}], [], "", "b-a"),
    texts("join of nulls only", [{"join": "-"}], [None, None], "", "b-a"),
    texts("join keeps empty texts", [{"join": "-"}], ["", ""], "-", "b-a"),
    texts("join by nothing", [{"join": ""}], ["é", "ß"], "éß", "ba"),
    ints("join of ints", [{"join": "-"}], [1, None, -2], "1--2", "3-1"),
    floats("join of floats", [{"join": " "}], [1.0, 1e16], "1.0 1e+16", "2.5 1.5"),
    Trap("any of nulls", ["x", "any"], [None], False, [False, True], True, pa.list_(pa.bool_())),
    Trap("any of nothing", ["x", "any"], [], False, [False, True], True, pa.list_(pa.bool_())),
    Trap("all of nothing", ["x", "all"], [], True, [False, True], False, pa.list_(pa.bool_())),
    Trap("all of nulls", ["x", "all"], [True, None], True, [False, True], False, pa.list_(pa.bool_())),
    Trap(
        "sum of decimals keeps their digits",
        ["x", "sum"],
        [D("0.10"), D("0.20")],
        D("0.30"),
        [D("1.00")],
        D("1.00"),
        pa.list_(pa.decimal128(9, 2)),
    ),
    Trap("sum of no decimals is an int", ["x", "sum"], [], 0, [D("1.00")], D("1.00"), pa.list_(pa.decimal128(9, 2))),
    Trap(
        "sum of decimals wider than a column",
        ["x", "sum"],
        [D("9" * 38)] * 2,
        D(2 * int("9" * 38)),
        [D(1)],
        D(1),
        pa.list_(pa.decimal128(38, 0)),
    ),
]

ORDERED = [
    ints("distinct keeps the first", ["distinct"], [2, 1, 2, None, None], [2, 1, None], [3, 1]),
    texts("distinct tells composed from decomposed", ["distinct"], ["é", "e\u0301", "é"], ["é", "e\u0301"], ["b", "a"]),
    floats("distinct of two zeros", ["distinct"], [0.0, -0.0], [0.0], [2.5, 1.5]),
    floats("sort of two zeros is stable", ["sort"], [0.0, -0.0, -1.0], [-1.0, 0.0, -0.0], [1.5, 2.5]),
    ints("sort puts nulls last", ["sort"], [None, 2, 1], [1, 2, None], [1, 3]),
    ints("sort downwards puts nulls last", [{"sort": {"desc": True}}], [None, 1, 2], [2, 1, None], [3, 1]),
    texts("sort by code points", ["sort"], ["é", "z", "Z", "a"], ["Z", "a", "z", "é"], ["a", "b"]),
    texts(
        "sort by code points beyond the first plane",
        ["sort"],
        ["\U00010000", "\uffff"],
        ["\uffff", "\U00010000"],
        ["a", "b"],
    ),
    ints("compact", ["compact"], [None, 0, None], [0], [3, 1]),
    ints("includes a float that is whole", [{"includes": 1.0}], [7], False, True),
    ints("includes no boolean", [{"includes": True}], [1], False, False),
    ints("includes null", [{"includes": None}], [None], True, False),
    texts("includes nothing", [{"includes": "a"}], [], False, True),
    texts("each step of a list", [{"each": ["upper"]}], ["ß", None], ["SS", None], ["B", "A"]),
    texts("filter of a list leaves out what is null", [{"filter": {"@": {"gt": "a"}}}], [None, "é", "a"], ["é"], ["b"]),
    texts("filter of a list keeps null by ne", [{"filter": {"@": {"ne": "a"}}}], [None, "a"], [None], ["b"]),
    Trap(
        "flatten with a null list",
        ["x", "flatten"],
        [[1], None, [2, None]],
        [1, None, 2, None],
        [[3], [1]],
        [3, 1],
        pa.list_(INTS),
    ),
    Trap("flatten of empty lists", ["x", "flatten"], [[], []], [], [[3], [1]], [3, 1], pa.list_(INTS)),
]

ITEMS = pa.list_(pa.struct([("k", pa.float64()), ("v", pa.int64())]))


def sorted_by(name: str, desc: bool, keys: list[float | None], wanted: list[int]) -> Trap:
    """The places of the items in the order of their keys."""
    items = [{"k": key, "v": place} for place, key in enumerate(keys)]
    clean = [{"k": 2.5, "v": 0}, {"k": 1.5, "v": 1}]
    field = {"each": "x", "sort": {"by": "k", "desc": desc}, "value": "v"}
    return Trap(name, field, items, wanted, clean, [0, 1] if desc else [1, 0], ITEMS, null_wanted=[])


ORDERED += [
    sorted_by("a sort is stable", False, [1.0, 0.0, 1.0, 0.0], [1, 3, 0, 2]),
    sorted_by("a sort downwards is stable", True, [1.0, 0.0, 1.0, 0.0], [0, 2, 1, 3]),
    sorted_by("a sort takes both zeros for one", False, [0.0, -0.0, -1.0], [2, 0, 1]),
    sorted_by("a sort puts null last", False, [None, 1.0, None, 0.0], [3, 1, 0, 2]),
    sorted_by("a sort downwards puts null last", True, [None, 1.0, None, 2.0], [3, 1, 0, 2]),
    sorted_by("a sort with infinities", False, [math.inf, 0.0, -math.inf], [2, 1, 0]),
]

NAMED = pa.list_(pa.struct([("k", pa.string()), ("v", pa.int64())]))


def found(
    name: str, path: str, keys: list[Any], wanted: Any, clean_wanted: Any, kind: Any = ITEMS, null: Any = MISSING
) -> Trap:
    """What a path with a filter finds in the places of the items."""
    items = [{"k": key, "v": place} for place, key in enumerate(keys)]
    clean = [{"k": key, "v": place} for place, key in enumerate([2.5, 1.5] if kind is ITEMS else ["a", "b"])]
    return Trap(name, {"source": path}, items, wanted, clean, clean_wanted, kind, null_wanted=null)


FILTERED = [
    found("a filter passes null by", "x[?k > `1`].v", [None, 2.0, 1.0], [1], [0, 1]),
    found("a filter by ne keeps null", "x[?k != `2`].v", [None, 2.0, 1.0], [0, 2], [0, 1]),
    found("a filter by eq leaves null out", "x[?k == `2`].v", [None, 2.0], [1], []),
    found("a filter finds nan by ne only", "x[?k != `2`].v", [NAN, 2.0], [0], [0, 1]),
    found("a filter of nan finds none by order", "x[?k >= `2`].v", [NAN, 2.0], [1], [0]),
    found("a filter takes both zeros for one", "x[?k == `0`].v", [0.0, -0.0], [0, 1], []),
    found("a number is no text", "x[?k == '2'].v", [2.0], [], []),
    found("texts have no order", "x[?k < 'b'].v", ["a"], [], [], NAMED),
    found("an empty text is a text", "x[?k == ''].v", ["", None], [0], [], NAMED),
    found("a filter by code points", "x[?k == 'é'].v", ["é", "é"], [1], [], NAMED),
    found("a text is no number", "x[?k == `1`].v", ["1"], [], [], NAMED),
    found("zero is true for a filter", "x[?v].v", [1.0, 2.0], [0, 1], [0, 1]),
    found("an empty text is not true for a filter", "x[?k].v", ["", "a", None], [1], [0, 1], NAMED),
    found("the first of what a filter leaves", "x[?k == 'b'].v | [0]", ["a", "b", "b"], 1, 1, NAMED),
    found("the first of what a filter leaves is none", "x[?k == 'b'].v | [0]", ["a"], MISSING, 1, NAMED),
    found("what a filter finds that is null", "x[?v == `0`].k | [0]", [None], MISSING, "a", NAMED),
    found("a function that refuses null", "x[?starts_with(k, 'a')].v", ["a", None], Refused("M313"), [0], NAMED),
    found("the length of nothing", "length(x)", [], 0, 2, null=Refused("M313")),
    found("the length of nulls", "length(x[*].k)", [None, None, 1.0], 1, 2, null=Refused("M313")),
    Trap("the length of null", {"source": "length(x)"}, [], 0, [1], 1, INTS, null_wanted=Refused("M313")),
    Trap("a filter by an int beyond 2**53", {"source": f"x[?@ == `{LARGE}`]"}, [LARGE, LARGE - 1], [LARGE], [1], [],
         INTS, null_wanted=MISSING),
    Trap("a filter by true is not by one", {"source": "x[?@ == `1`]"}, [True], [], [False], [], pa.list_(pa.bool_()),
         null_wanted=MISSING),
    Trap("a sum of expressions that overflows a column", {"source": "sum(x)"}, [LARGE, 1], LARGE + 1, [3, 1], 4, INTS,
         null_wanted=Refused("M313"), held=False),
]  # fmt: skip

PAIRS = pa.list_(pa.struct([("k", pa.string()), ("j", pa.int64()), ("v", pa.int64())]))


def keyed(name: str, keys: list[Any], duplicates: str, value: list[tuple[Any, ...]], wanted: Any, clean: Any) -> Trap:
    """An object of the items by their members `k`, a text, and `j`."""
    items = [dict(zip("kjv", item, strict=True)) for item in value]
    field = {"object": {"each": "x", "key": keys, "value": "v", "duplicates": duplicates}}
    # Records that lack what others have as null go to their row, and all of a batch without keys.
    held = not any(word in name for word in ("null", "nothing", "not there"))
    return Trap(name, field, items, wanted, [{"k": "a", "j": 1, "v": 3}], clean, PAIRS, null_wanted={}, held=held)


KEYED = [
    keyed("two keys of which one is twice", [["k"], ["j"]], "error", [("a", 1, 3), ("a", 2, 4)],
          {"a": {"1": 3, "2": 4}}, {"a": {"1": 3}}),
    keyed("two keys that are twice", [["k"], ["j"]], "error", [("a", 1, 3), ("b", 1, 4), ("a", 1, 3)],
          Refused("M316"), {"a": {"1": 3}}),
    keyed("two keys that join to the same text", [["k"], ["j"]], "error", [("a1", 1, 3), ("a", 11, 4)],
          {"a1": {"1": 3}, "a": {"11": 4}}, {"a": {"1": 3}}),
    keyed("the last of two keys that are twice", [["k"], ["j"]], "last", [("a", 1, 3), ("a", 2, 4), ("a", 1, 5)],
          {"a": {"1": 5, "2": 4}}, {"a": {"1": 3}}),
    keyed("a second key that is not there", [["k"], ["j"]], "error", [("a", None, 3)], Refused("M315"),
          {"a": {"1": 3}}),
    keyed("lists of values in the order of the items", [["k"]], "collect", [("a", 1, 3), ("b", 2, 4), ("a", 3, 1)],
          {"a": [3, 1], "b": [4]}, {"a": [3]}),
    keyed("lists of values with a null", [["k"]], "collect", [("a", 1, None), ("a", 1, 3)], {"a": [None, 3]},
          {"a": [3]}),
    keyed("lists of values by two keys", [["j"], ["k"]], "collect", [("a", 1, 3), ("a", 2, 4), ("a", 1, 3)],
          {"1": {"a": [3, 3]}, "2": {"a": [4]}}, {"1": {"a": [3]}}),
    keyed("lists of values of nothing", [["k"]], "collect", [], {}, {"a": [3]}),
]  # fmt: skip

KINDS = {
    "a list": INTS,
    "a large list": pa.large_list(pa.int64()),
    "a list of a fixed size": pa.list_(pa.int64(), 2),
    "a list view": pa.list_view(pa.int64()),
    "a large list view": pa.large_list_view(pa.int64()),
    "a list of small ints": pa.list_(pa.int8()),
    "a list of dictionary values": pa.list_(pa.dictionary(pa.int8(), pa.int64())),
}
STORED = [
    Trap(
        f"{step} of {name}",
        ["x", step],
        [5, 7],
        wanted,
        [3, 1],
        clean,
        kind,
        null_wanted=0 if step == "count" else None,
    )
    for name, kind in KINDS.items()
    for step, wanted, clean in (("sum", 12, 4), ("last", 7, 1), ("count", 2, 2), ("distinct", [5, 7], [3, 1]))
    if not (pa.types.is_dictionary(kind.value_type) and step in ("sum", "distinct"))
]


@pytest.mark.parametrize("trap", cases(PLACED + GATHERED + ORDERED + FILTERED + KEYED + STORED))
def test_trap(trap: Trap) -> None:
    check(trap)


FIELDS: dict[str, tuple[Any, list[Any]]] = {
    "each": ({"each": "x", "value": "@"}, [[1, 2], [], [4, 5]]),
    "each with a sort": ({"each": "x", "sort": {"by": "@", "desc": True}, "value": "@"}, [[2, 1], [], [5, 4]]),
    "each with a limit": ({"each": {"path": "x", "limit": 1}, "value": "@"}, [[1], [], [4]]),
    "each with an outer item": (
        {"each": {"path": "x", "outer": True, "as": "v"}, "fields": {"v": "$v"}},
        [[{"v": 1}, {"v": 2}], [{}], [{"v": 4}, {"v": 5}]],
    ),
    "a path through the list": ({"source": "x[*]"}, [[1, 2], MISSING, [4, 5]]),
    "a path with a filter": ({"source": "x[?@ > `1`]"}, [[2], MISSING, [4, 5]]),
    "an expression": ({"source": "max(x || `[0]`)"}, [2, 0, 5]),
    "sum": (["x", "sum"], [3, None, 9]),
    "max": (["x", "max"], [2, None, 5]),
    "join": (["x", {"join": ","}], ["1,2", None, "4,5"]),
    "count": (["x", "count"], [2, 0, 2]),
    "distinct": (["x", "distinct"], [[1, 2], None, [4, 5]]),
    "sort": (["x", "sort"], [[1, 2], None, [4, 5]]),
    "take": (["x", {"take": 1}], [[1], None, [4]]),
    "compact": (["x", "compact"], [[1, 2], None, [4, 5]]),
    "includes": (["x", {"includes": 3}], [False, None, False]),
    "each step": (["x", {"each": ["string"]}], [["1", "2"], None, ["4", "5"]]),
    "filter": (["x", {"filter": {"@": {"gt": 1}}}], [[2], None, [4, 5]]),
}


@pytest.mark.parametrize("kind", ["list", "large list", "list view", "large list view"])
@pytest.mark.parametrize("name", FIELDS)
def test_a_null_list_that_hides_items(name: str, kind: str) -> None:
    """Arrow lets a null list have items, which some kernels count and others leave out."""
    field, wanted = FIELDS[name]
    values, mask = pa.array([1, 2, 3, 4, 5]), pa.array([False, True, False])
    made = {
        "list": lambda: pa.ListArray.from_arrays(pa.array([0, 2, 3, 5], pa.int32()), values, mask=mask),
        "large list": lambda: pa.LargeListArray.from_arrays(pa.array([0, 2, 3, 5], pa.int64()), values, mask=mask),
        "list view": lambda: pa.ListViewArray.from_arrays([0, 2, 3], [2, 1, 2], values, mask=mask),
        "large list view": lambda: pa.LargeListViewArray.from_arrays([0, 2, 3], [2, 1, 2], values, mask=mask),
    }[kind]()
    mapper = Engine().mapping({"mapping": "1", "fields": {"no": "no", "out": field}})
    numbers = pa.array([1, 2, 3])
    compare(mapper, pa.RecordBatch.from_pydict({"no": numbers, "x": made}), wanted, 3, kind)
    longer = pa.concat_arrays([made, made]).slice(3, 3)
    compare(mapper, pa.RecordBatch.from_pydict({"no": numbers, "x": longer}), wanted, 3, f"{kind}, a slice")


def test_exploding_null_lists_that_hide_items() -> None:
    hidden = pa.ListArray.from_arrays(
        pa.array([0, 2, 3, 5], pa.int32()), pa.array([1, 2, 3, 4, 5]), mask=pa.array([False, True, False])
    )
    table = pa.RecordBatch.from_pydict({"k": ["a", "b", "c"], "x": hidden})
    spec = {"mapping": "1", "explode": {"path": "x", "as": "v"}, "fields": {"no": "$v", "k": "k"}}
    applied = Engine().mapping(spec).with_back_end("columnar").apply(Batch.of_arrow(table))
    assert applied.batches[""].is_columnar
    assert [(row["no"], row["k"]) for row in applied.records] == [(1, "a"), (2, "a"), (4, "c"), (5, "c")]


def test_expressions_under_explode_are_columns() -> None:
    """Those of the record, found once for all of its items, and those of each item."""
    spec = {
        "mapping": "1",
        "explode": {"path": "lines[?qty > `0`]", "as": "line", "outer": True},
        "where": {"length(lines)": {"gt": 0}},
        "fields": {
            "brand": "attrs[?name=='brand'].value | [0]",
            "lines": "length(lines)",
            "sku": "$line.sku",
            "best": "$line.offers[?price < `10`].price | max(@)",
        },
    }
    rows = [
        {
            "attrs": [{"name": "size", "value": "s"}, {"name": "brand", "value": f"b{number}"}],
            "lines": [
                {"sku": "a", "qty": number % 3, "offers": [{"price": 9}, {"price": 12}]},
                {"sku": "b", "qty": number % 2, "offers": [{"price": 7}, {"price": 8}]},
            ],
        }
        for number in range(12)
    ]
    mapper = Engine().mapping(spec)
    applied = mapper.with_back_end("columnar").apply(Batch.of_arrow(pa.RecordBatch.from_pylist(rows)))
    assert applied.batches[""].is_columnar
    assert repr(applied.records) == repr(mapper.with_back_end("row").apply(rows).records)
    assert applied.records[:3] == [
        {"brand": "b0", "lines": 2},
        {"brand": "b1", "lines": 2, "sku": "a", "best": 9},
        {"brand": "b1", "lines": 2, "sku": "b", "best": 8},
    ]


def test_list_views_in_any_order() -> None:
    """The cast of Arrow 26 from list views that are not in order gives wrong items."""
    views = pa.ListViewArray.from_arrays([2, 0, 1], [1, 2, 2], pa.array([1, 2, 3]))
    table = pa.RecordBatch.from_pydict({"no": pa.array([1, 2, 3]), "x": views})
    mapper = Engine().mapping({"mapping": "1", "fields": {"no": "no", "out": ["x", "sum"]}})
    compare(mapper, table, [3, 3, 5], 3, "views")
    mapper = Engine().mapping({"mapping": "1", "fields": {"no": "no", "out": {"each": "x", "value": "@"}}})
    compare(mapper, table, [[3], [1, 2], [2, 3]], 3, "views")
