"""Kernel traps of how Arrow stores values: dictionaries, views, narrow numbers, units of time, chunks, no records."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal as D
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

sys.path.append(str(Path(__file__).parent))
from kernel_traps import Trap, cases, check, check_in_lists, compare

from crosswalk import MISSING, Batch, Engine

TEXTS = {
    "a large string": pa.large_string(),
    "a string view": pa.string_view(),
    "a dictionary of strings": pa.dictionary(pa.int8(), pa.string()),
    "a dictionary of large strings": pa.dictionary(pa.int32(), pa.large_string()),
    "a dictionary of many": pa.dictionary(pa.uint16(), pa.string()),
}
STEPS: dict[str, tuple[Any, Any, Any]] = {
    "as it is": ("x", "ß", " a1 "),
    "upper": (["x", "upper"], "SS", " A1 "),
    "trim": (["x", "trim"], "ß", "a1"),
    "length": (["x", "length"], 1, 4),
    "in a template": ({"template": "<{x}>"}, "<ß>", "< a1 >"),
    "with a default": ({"source": "x", "default": "d"}, "ß", " a1 "),
    "mapped": (["x", {"map": {"ß": 1}, "else": 2}], 1, 2),
}
OF_TEXT = [
    Trap(
        f"{kind} {step}", field, "ß", wanted, " a1 ", clean, TEXTS[kind], null_wanted="d" if "default" in step else None
    )
    for kind in TEXTS
    for step, (field, wanted, clean) in STEPS.items()
]

AT, PARIS = dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC), ZoneInfo("Europe/Paris")
NAIVE = dt.datetime(1969, 12, 31, 23, 59, 59)
TWICE = dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=1)
STORED = [
    Trap("a uint64 beyond 63 bits", ["x", "string"], 2**63, str(2**63), 5, "5", pa.uint64(), held=False),
    Trap("a uint8", ["x", {"subtract": 255}], 0, -255, 255, 0, pa.uint8()),
    Trap("an int8 that would wrap", ["x", {"multiply": 3}], 127, 381, -128, -384, pa.int8()),
    Trap("an int16 added up", {"let": {"v": "x"}, "calc": "$v + $v"}, 32767, 65534, 1, 2, pa.int16()),
    Trap("an int32 negated", {"let": {"v": "x"}, "calc": "-$v"}, -(2**31), 2**31, 1, -1, pa.int32()),
    Trap("a half float", "x", 0.1, 0.0999755859375, 1.5, 1.5, pa.float16()),
    Trap(
        "a float",
        ["x", "decimal"],
        0.1,
        D("0.10000000149011612"),
        0.20000000298023224,
        D("0.20000000298023224"),
        pa.float32(),
    ),
    Trap("a decimal of 32 bits", ["x", "string"], D("0.10"), "0.10", D("1.25"), "1.25", pa.decimal32(5, 2)),
    Trap(
        "a decimal of 64 bits",
        ["x", {"decimal": {"scale": 3}}],
        D("0.10"),
        D("0.100"),
        D("1.25"),
        D("1.250"),
        pa.decimal64(12, 2),
    ),
    Trap("a decimal of 256 bits", "x", D("9" * 70), D("9" * 70), D(1), D(1), pa.decimal256(76, 0)),
    Trap(
        "a decimal of 256 bits added up",
        {"let": {"v": "x"}, "calc": "$v + 1"},
        D("9" * 38),
        D("1" + "0" * 38),
        D(1),
        D(2),
        pa.decimal256(76, 0),
        held=False,
    ),
    Trap(
        "a decimal with a scale below nought", ["x", "string"], D("1200"), "1200", D("100"), "100", pa.decimal128(5, -2)
    ),
    Trap(
        "days as milliseconds",
        "x",
        dt.date(1969, 12, 31),
        dt.date(1969, 12, 31),
        dt.date(2024, 2, 29),
        dt.date(2024, 2, 29),
        pa.date64(),
    ),
    Trap(
        "days as milliseconds in a template",
        {"template": "{x}"},
        dt.date(1969, 12, 31),
        "1969-12-31",
        dt.date(2024, 2, 29),
        "2024-02-29",
        pa.date64(),
    ),
    Trap(
        "a time in seconds",
        ["x", "string"],
        NAIVE,
        "1969-12-31T23:59:59",
        dt.datetime(2024, 1, 1),
        "2024-01-01T00:00:00",
        pa.timestamp("s"),
    ),
    Trap(
        "a time in milliseconds",
        ["x", {"date_part": "second"}],
        NAIVE,
        59,
        dt.datetime(2024, 1, 1),
        0,
        pa.timestamp("ms"),
    ),
    Trap(
        "a time in a zone that shows it twice",
        "x",
        TWICE,
        TWICE,
        dt.datetime(2024, 1, 1, tzinfo=PARIS),
        dt.datetime(2024, 1, 1, tzinfo=PARIS),
        pa.timestamp("us", "Europe/Paris"),
    ),
    Trap(
        "a time in a zone that shows it twice as text",
        ["x", "string"],
        TWICE,
        "2024-10-27T02:30:00+01:00",
        dt.datetime(2024, 1, 1, tzinfo=PARIS),
        "2024-01-01T00:00:00+01:00",
        pa.timestamp("us", "Europe/Paris"),
    ),
    Trap(
        "a time in a zone in seconds",
        ["x", "to_epoch"],
        TWICE,
        1_729_992_600,
        dt.datetime(2024, 1, 1, tzinfo=PARIS),
        1_704_063_600,
        pa.timestamp("s", "Europe/Paris"),
    ),
    Trap(
        "a clock in seconds", ["x", "string"], dt.time(23, 59, 59), "23:59:59", dt.time(1), "01:00:00", pa.time32("s")
    ),
    Trap(
        "a clock in microseconds",
        ["x", "string"],
        dt.time(0, 0, 0, 1),
        "00:00:00.000001",
        dt.time(1),
        "01:00:00",
        pa.time64("us"),
    ),
    Trap(
        "a length of time below nought",
        ["x", "string"],
        -dt.timedelta(microseconds=1),
        "-PT0.000001S",
        dt.timedelta(days=1),
        "P1D",
        pa.duration("us"),
    ),
    Trap(
        "a length of time in seconds",
        ["x", "string"],
        dt.timedelta(seconds=1),
        "PT1S",
        dt.timedelta(days=1),
        "P1D",
        pa.duration("s"),
    ),
    Trap("bytes of a fixed size", ["x", "base64"], b"\x00\xff", "AP8=", b"ab", "YWI=", pa.binary(2)),
    Trap("large bytes", ["x", "string"], b"\x00\xff", "AP8=", b"ab", "YWI=", pa.large_binary()),
    Trap("a view of bytes", ["x", "string"], b"\x00\xff", "AP8=", b"ab", "YWI=", pa.binary_view()),
    Trap("a dictionary of ints", ["x", {"add": 1}], 2**40, 2**40 + 1, 1, 2, pa.dictionary(pa.int8(), pa.int64())),
    Trap(
        "an object in an object",
        "x.a.b",
        {"a": {"b": "ß"}},
        "ß",
        {"a": {"b": "c"}},
        "c",
        pa.struct([("a", pa.struct([("b", pa.string_view())]))]),
        null_wanted=MISSING,
    ),
    Trap(
        "an object with a null object",
        "x.a.b",
        {"a": None},
        MISSING,
        {"a": {"b": "c"}},
        "c",
        pa.struct([("a", pa.struct([("b", pa.string())]))]),
        null_wanted=MISSING,
    ),
    Trap(
        "an object of dictionaries",
        ["x.a", "upper"],
        {"a": "ß"},
        "SS",
        {"a": "c"},
        "C",
        pa.struct([("a", pa.dictionary(pa.int8(), pa.string()))]),
        null_wanted=MISSING,
    ),
    Trap(
        "a name with a dot",
        '"x".".a"',
        {".a": "ß"},
        "ß",
        {".a": "c"},
        "c",
        pa.struct([(".a", pa.string())]),
        null_wanted=MISSING,
    ),
]


@pytest.mark.parametrize("trap", cases(OF_TEXT + STORED))
def test_trap(trap: Trap) -> None:
    check(trap)


@pytest.mark.parametrize("trap", cases(OF_TEXT + STORED))
def test_trap_in_lists(trap: Trap) -> None:
    check_in_lists(trap)


FIELDS = {
    "no": "no",
    "a": ["x", "upper"],
    "b": {"each": "l", "value": ["@", "string"]},
    "c": ["l", "count"],
    "d": {"template": "{x}-{no}"},
    "e": {"switch": [{"when": {"x": "a"}, "then": {"const": 1}}, {"else": {"const": 2}}]},
    "f": ["l", {"join": ","}],
}
SCHEMA = pa.schema([("no", pa.int64()), ("x", pa.string()), ("l", pa.list_(pa.int64()))])


def test_a_batch_without_records() -> None:
    mapper = Engine().mapping({"mapping": "1", "fields": FIELDS}).with_back_end("columnar")
    for empty in (SCHEMA.empty_table().to_batches() or [pa.RecordBatch.from_pylist([], SCHEMA)])[:1]:
        assert mapper.apply(Batch.of_arrow(empty)).records == []
    some = pa.RecordBatch.from_pylist([{"no": 1, "x": "a", "l": [1]}], SCHEMA)
    assert mapper.apply(Batch.of_arrow(some.slice(1))).records == []
    assert mapper.apply(Batch.of_arrow(some.slice(0, 0))).records == []


def test_a_batch_of_nulls() -> None:
    table = pa.RecordBatch.from_pylist([{"no": 1, "x": None, "l": None}, {"no": 2, "x": None, "l": None}], SCHEMA)
    mapper = Engine().mapping({"mapping": "1", "fields": {"no": "no", "out": ["l", "sum"]}})
    compare(mapper, table, [None, None], 2, "nulls")
    for name in "abcdef":
        mapper = Engine().mapping({"mapping": "1", "fields": {"no": "no", "out": FIELDS[name]}})
        wanted = {"a": None, "b": [], "c": 0, "d": None, "e": 2, "f": None}[name]
        compare(mapper, table, [wanted, wanted], 2, f"nulls, {name}")


def test_columns_of_type_null() -> None:
    table = pa.RecordBatch.from_pydict({"no": pa.array([1, 2]), "x": pa.nulls(2), "l": pa.nulls(2)})
    for name in "abcdef":
        mapper = Engine().mapping({"mapping": "1", "fields": {"no": "no", "out": FIELDS[name]}})
        wanted = {"a": None, "b": [], "c": 0, "d": None, "e": 2, "f": None}[name]
        compare(mapper, table, [wanted, wanted], 2, f"nulls, {name}")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_table_in_chunks(size: int) -> None:
    """Of any size, also where the chunks of the columns do not end at the same rows."""
    rows = [{"no": n, "x": None if n % 3 == 0 else "ß" * n, "l": list(range(n % 4))} for n in range(1, 12)]
    table = pa.Table.from_pylist(rows, SCHEMA)
    uneven = pa.table(
        {
            "no": pa.chunked_array([table["no"].combine_chunks().slice(n, size) for n in range(0, 11, size)]),
            "x": pa.chunked_array([table["x"].combine_chunks().slice(0, 5), table["x"].combine_chunks().slice(5)]),
            "l": pa.chunked_array([pa.array([], SCHEMA.field("l").type), table["l"].combine_chunks()]),
        }
    )
    mapper = Engine().mapping({"mapping": "1", "fields": FIELDS})
    wanted = mapper.with_back_end("row").apply(rows).records
    assert mapper.table(uneven).read_all().to_pylist() == wanted


def test_a_dictionary_with_a_null_among_its_values() -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 2]), pa.array(["a", None, "b"]))
    table = pa.RecordBatch.from_pydict({"no": pa.array([1, 2, 3, 4]), "x": coded})
    for field, wanted in (("x", ["a", None, None, "b"]), (["x", "upper"], ["A", None, None, "B"]),
                          ({"source": "x", "default": "d"}, ["a", "d", "d", "b"])):  # fmt: skip
        compare(Engine().mapping({"mapping": "1", "fields": {"no": "no", "out": field}}), table, wanted, 4, str(field))


def test_a_dictionary_with_a_value_twice() -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), pa.array(["a", "a", "b"]))
    rows = pa.RecordBatch.from_pydict({"k": coded, "n": pa.array([1, 2, 3])})
    spec = {"mapping": "1", "group": {"by": ["k"]}, "fields": {"k": "k", "n": ["$rows", "count"]}}
    for engine in ("row", "columnar"):
        mapper = Engine().mapping(spec).with_back_end(engine)  # type: ignore[arg-type]
        mapper.apply(Batch.of_arrow(rows))
        assert mapper.flush().records == [{"k": "a", "n": 2}, {"k": "b", "n": 1}]
