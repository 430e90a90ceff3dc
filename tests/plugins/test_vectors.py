"""Every columnar form of a resolver against its function: the same value wherever the form says it is sure."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import MISSING, Engine
from crosswalk.plugin.vector_form import python_type, vector_fault
from crosswalk_resolvers.tables import Range

RESOLVERS = {name: found for name, found in Engine().registry.resolvers.items() if found.vector is not None}
PATTERNS = [
    *(r"\d+", r"^[A-Z]{2}-\d+$", "a|b+c", r"(\w+)[-:]?", "(a(b)?)+", r"[^ab\]]{1,2}?", "x*", r"\bab\b", "^$", "(?i)a"),
    *("a(?=b)", "(?P<n>[0-9]{2,})x", "(a)|b", r"[-+.]", "a{,2}", "[[:alpha:]]", r"\s+", "(?:ab)+c", r"\x61", "a++"),
]
CHANGES = [dt.datetime(2024, 3, 31, 1, 30), dt.datetime(2024, 10, 27, 0, 30), dt.datetime(2024, 10, 27, 1, 30)]
ZONES = [dt.UTC, dt.timezone(dt.timedelta(hours=-9, minutes=-30)), ZoneInfo("Europe/Paris")]
UNITS = [{"unit": unit} for unit in ("year", "quarter", "month", "week", "day")]
CLOCK = [{"unit": unit} for unit in ("hour", "minute", "second")]
MARKS = ["a", "-", "ab", "ß", " "]
MODES = ["half_even", "half_up", "half_down", "up", "down", "floor", "ceiling"]
ARGS: dict[str, list[dict[str, Any]]] = {
    "decimal": [{}, {"scale": 0}, {"scale": 2}, {"scale": 18}]
    + [{"scale": scale, "rounding": mode} for scale in (0, 1) for mode in MODES],
    "join": [{"by": ","}, {"by": ""}],
    "replace": [{"find": mark, "with_": with_} for mark in MARKS for with_ in ("", "\\1a")],
    "remove": [{"chars": ""}, {"chars": "ab"}, {"chars": " ß^]-"}],
    **{name: [{"text": text} for text in (*MARKS, "")] for name in ("prefix", "suffix", "ensure_prefix", "strip_prefix",
       "strip_suffix", "starts_with", "ends_with", "contains", "index_of")},
    **{name: [{"width": width, "char": char} for width in (0, 3, 6) for char in ("0", "ß")]
       for name in ("pad_left", "pad_right")},
    "zero_pad": [{"width": 0}, {"width": 4}],
    "truncate": [{"max": 0}, {"max": 3}, {"max": 3, "ellipsis": "…"}, {"max": 2, "on_long": "error"}],
    "unicode_normalize": [{"form": form} for form in ("NFC", "NFD", "NFKC", "NFKD")],
    "substring": [{"start": start, "length": length} for start in (0, 2, -1, -3) for length in (None, 0, 1, 2, 9)],
    "left": [{"n": n} for n in range(3)],
    "right": [{"n": n} for n in range(3)],
    "before": [{"sep": mark} for mark in MARKS],
    "after": [{"sep": mark} for mark in MARKS],
    "between": [{"open": one, "close": other} for one in MARKS for other in MARKS],
    "mask": [{}, {"keep_last": 0}, {"keep_last": 2, "char": "ß"}],
    "replace_regex": [{"pattern": pattern, "with_": with_} for pattern in PATTERNS for with_ in ("", "#", r"\\")]
    + [{"pattern": r"(\w)(\d)", "with_": r"\2-\1"}, {"pattern": r"(\w)", "with_": r"\g<1>0"}],
    "matches": [{"pattern": pattern} for pattern in PATTERNS],
    "extract": [{"pattern": pattern, "required": required} for pattern in PATTERNS for required in (True, False)],
    "split": [{"by": mark, "limit": limit} for mark in MARKS for limit in (None, 1, 2)],
    "split_regex": [{"pattern": pattern} for pattern in PATTERNS],
    "is_in": [{"values": []}, {"values": ["a", "ß", "1"]}],
    "null_if": [{"values": ["a", "", 1]}, {"values": 0}, {"values": [1.0, True, Decimal("2.0")]}, {"values": [1.5]}],
    "one_of": [{"values": ["a", "", 1]}, {"values": [0, 1.0, True, Decimal("2.0")]}],
    "default": [{"value": value} for value in ("x", 1, 1.5, True, None, [1], 2**70)],
    "coalesce": [{"values": values} for values in ([], [None], [None, "x"], [1, 2])],
    "fail": [{"message": "x"}],
    **{name: [{"x": x} for x in (0, 1, -3, 2**62, 0.5, 2.0, 1e22, Decimal("0.1"), Decimal("-2.50"), Decimal("0.00"),
       Decimal("1E+2"), Decimal("NaN"), Decimal("9" * 20))] for name in ("add", "subtract", "multiply")},
    "divide": [{"by": by, "scale": scale} for scale in (0, 1, 2, 3, 18) for by in (1, 2, -3, 8, 0.4, 10**18,
               Decimal("0.25"), Decimal("-1.50"), Decimal("7E-9"), Decimal("9" * 20))] + [{"by": 2}],
    "round": [{"scale": scale, "mode": mode} for scale in (0, 1, 3, -1) for mode in MODES],
    "range_map": [{"ranges": ranges} for ranges in ([Range("a", lt=0), Range("b", lte=1), Range("c")],
                  [Range(1, lt=-0.5), Range(2, lte=1.5)], [Range(1, lt=0), Range("x")])],
    "nth": [{"i": i} for i in (0, 1, -1, -2)],
    "slice": [{"start": start, "end": end} for start in (0, 1, -2) for end in (None, 0, 2, -1)],
    "take": [{"n": 0}, {"n": 2}],
    "flatten": [{}, {"depth": 2}],
    "sort": [{}, {"desc": True}],
    "includes": [{"x": x} for x in ("a", 1, True, 1.5)],
    "date": [{}, {"format": "%d/%m/%Y"}],
    "datetime": [{}, *({"zone": zone} for zone in ZONES)],
    "format_date": [{"pattern": pattern} for pattern in ("%Y-%m-%d", "%d/%m/%Y %H:%M:%S", "%j.%f", "%b", "x%%")],
    "from_epoch": [{}, {"unit": "ms"}, {"unit": "us"}, {"unit": "ns"}],
    "to_epoch": [{}, {"unit": "ms"}, {"unit": "us"}, {"unit": "ns"}],
    "date_part": [*UNITS, *CLOCK, {"unit": "weekday"}, {"unit": "day_of_year"}, {"unit": "microsecond"}],
    "add_time": [{"duration": dt.timedelta(**length)} for length in ({"days": 3}, {"hours": -30}, {"days": 400_000})],
    "truncate_date": UNITS + CLOCK,
    "start_of": UNITS,
    "assume_zone": [{"zone": zone} for zone in ZONES],
    "to_zone": [{"zone": zone} for zone in ZONES],
}  # fmt: skip
ARGS["extract"].append({"pattern": "(a)b", "group": 0})
TEXTS = st.one_of(
    st.text(max_size=6),
    st.text(alphabet="0123456789+-.eExX _,", max_size=8),
    st.text(alphabet="ab- x1:", max_size=6),
    st.text(alphabet="ab1 ßé", max_size=5),
    st.sampled_from(
        [
            "Yes",
            "no",
            "2024-02-29T10:00:00Z",
            "2024-02-29 10:00:00.25",
            "2024-02-30T00:00:00Z",
            "2024-02-29T10:00:00+10:00",
            "2024-02-29T24:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "AB-12",
            "2024-02-29",
        ]
    ),
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
    st.lists(st.none() | st.booleans(), max_size=4).map(lambda values: pa.array(values, pa.bool_())),
    st.lists(st.none() | st.dates(), max_size=4).map(lambda values: pa.array(values, pa.date32())),
    st.lists(st.none() | st.datetimes(), max_size=4).map(lambda values: pa.array(values, pa.timestamp("us"))),
    st.builds(
        lambda values, zone: pa.array(values, pa.timestamp("us", zone)),
        st.lists(
            st.none() | st.datetimes(dt.datetime(2023, 12, 31), dt.datetime(2025, 1, 2)) | st.sampled_from(CHANGES),
            max_size=5,
        ),
        st.sampled_from([None, "Europe/Paris", "Australia/Lord_Howe", "America/St_Johns", "+10:00"]),
    ),
    st.lists(st.none() | st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1)), max_size=4).map(
        lambda values: pa.array(values, pa.timestamp("us", "-09:30"))
    ),
    st.lists(st.none() | st.integers(-3, 3), max_size=4).map(lambda values: pa.array(values, pa.int64())),
    st.lists(st.none() | st.sampled_from([0.5, -0.0, 2.5, -7.25, 1e300]), max_size=4).map(
        lambda values: pa.array(values, pa.float64())
    ),
    st.lists(st.none() | st.lists(st.none() | st.lists(st.integers(0, 3), max_size=2), max_size=2), max_size=3).map(
        lambda values: pa.array(values, pa.list_(pa.list_(pa.int64())))
    ),
    st.just(pa.nulls(3)),
    st.lists(st.none() | st.decimals(-100, 100, places=2), max_size=4).map(
        lambda values: pa.array(values, pa.decimal128(9, 2))
    ),
    st.lists(st.none() | st.decimals(-(10**14), 10**14, places=4) | st.just(Decimal("0.0000")), max_size=4).map(
        lambda values: pa.array(values, pa.decimal128(38, 4))
    ),
    st.lists(st.none() | st.integers(-(10**37), 10**37).map(Decimal), max_size=3).map(
        lambda values: pa.array(values, pa.decimal128(38, 0))
    ),
)


SAMPLES = [
    pa.array(["ab", None, "a1 x"]),
    pa.array(["true", "no"]),
    pa.array([1, -2]),
    pa.array([1.5]),
    pa.array([True]),
    pa.array([Decimal("1.50")], pa.decimal128(9, 2)),
    pa.array([dt.date(2024, 2, 29)]),
    pa.array([dt.datetime(2024, 2, 29)]),
    pa.array([0], pa.timestamp("us", "+10:00")),
    pa.array([["a"], []], pa.list_(pa.string())),
    pa.array([[True]]),
    pa.array([[1]]),
    pa.array([[[1]]]),
    pa.array(["2024-02-29T10:00:00Z"]),
]


@pytest.mark.parametrize("name", sorted(RESOLVERS))
def test_form_does_something(name: str) -> None:
    resolver = RESOLVERS[name]
    vector = resolver.vector
    assert vector is not None
    answers = [
        vector(column, **args)
        for column in SAMPLES
        for args in ARGS.get(name, [{}])
        if resolver.accepts is None or python_type(column.type) in resolver.accepts
    ]
    assert any(answer is not NotImplemented for answer in answers)


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
    assert not vector_fault(resolver, column, found)
    made, sure, *more = found
    absent = more[0].to_pylist() if more and more[0] is not None else [False] * len(column)
    function = resolver.bind(args)
    masks = [True] * len(column) if sure is None else [bool(mask) for mask in sure.to_pylist()]
    # What a form is not sure of may be no value of Python's.
    sure_made = pc.if_else(pa.array(masks, pa.bool_()), made, pa.scalar(None, made.type))
    for value, got, certain, gone in zip(column.to_pylist(), sure_made.to_pylist(), masks, absent, strict=True):
        if value is None and resolver.null != "aware":
            assert got is None
            assert not gone
        elif certain:
            wanted = function(value)
            assert shown(MISSING if gone else got) == shown(wanted), (value, args)


def shown(value: Any) -> Any:
    """A value with its type, a decimal with its digits, a time with its offset, a float with its sign."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dt.datetime):
        return (value.replace(tzinfo=None), value.utcoffset())
    return (type(value), str(value) if isinstance(value, Decimal | float) else value)


@pytest.mark.parametrize("name", ["min", "max"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), -0.0])
def test_odd_floats_in_lists_are_for_the_function(name: str, value: float) -> None:
    form = RESOLVERS[name].vector
    assert form is not None
    assert form(pa.array([[value], [1.5, 2.5]])) is NotImplemented


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide"])
@settings(max_examples=300, deadline=None)
@given(
    data=st.data(),
    values=st.lists(st.none() | st.decimals(-1000, 1000, places=2) | st.just(Decimal("0.00")), max_size=5),
    other=st.decimals(-100, 100, places=1) | st.integers(-20, 20) | st.floats(-50, 50, width=16),
)
def test_arithmetic_of_money(name: str, data: st.DataObject, values: list[Any], other: Any) -> None:
    """Kernels do it, and where they are sure the digits, ties and zeros are those of the function."""
    args = {"by": other, "scale": data.draw(st.integers(0, 4))} if name == "divide" else {"x": other}
    vector, function = RESOLVERS[name].vector, RESOLVERS[name].bind(args)
    assert vector is not None
    found = vector(pa.array(values, pa.decimal128(38, 2)), **args)
    if found is NotImplemented:
        assert not other or abs(Decimal(repr(other) if isinstance(other, float) else other).as_tuple().exponent) > 4
        return
    made, sure = found
    for place, value in enumerate(values):
        if value is None:
            assert made[place].as_py() is None
        elif sure is None or sure[place].as_py():
            assert shown(made[place].as_py()) == shown(function(value)), (value, args)
        else:
            assert name == "multiply"
            assert function(value).is_zero()
            assert function(value).is_signed()
