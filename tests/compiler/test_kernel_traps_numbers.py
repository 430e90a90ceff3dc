"""Kernel traps of numbers: texts that are none, overflow, division, rounding, zeros with a sign, floats as text."""

from __future__ import annotations

import math
import sys
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

sys.path.append(str(Path(__file__).parent))
from kernel_traps import Refused, Trap, cases, check, check_in_lists

LARGE, SMALL = 2**63 - 1, -(2**63)
INF, NAN = math.inf, math.nan


def step(name: str, step: Any, value: Any, wanted: Any, clean: Any, clean_wanted: Any, kind: Any = None) -> Trap:
    return Trap(name, ["x", step], value, wanted, clean, clean_wanted, kind)


def calc(name: str, tree: str, value: Any, wanted: Any, clean: Any, clean_wanted: Any, kind: Any = None) -> Trap:
    return Trap(name, {"let": {"v": "x"}, "calc": tree}, value, wanted, clean, clean_wanted, kind)


def money(name: str, made: Any, value: Any, wanted: Any, clean_wanted: Any) -> Trap:
    """Of decimals with two fraction digits. A negative zero is left to its row."""
    kind = pa.decimal128(9, 2)
    held = not (isinstance(wanted, D) and wanted.is_zero() and wanted.is_signed())
    return Trap(name, ["x", made], value, wanted, D("2.00"), clean_wanted, kind, held=held)


def read(name: str, step: Any, value: str, wanted: Any) -> Trap:
    """A text that is read as a number, among others that surely are one."""
    clean = {"int": 12, "float": 12.0, "number": 12, "decimal": D("12")}
    kind = step if isinstance(step, str) else next(iter(step))
    scale = step["decimal"].get("scale", 0) if isinstance(step, dict) and "decimal" in step else 0
    found = clean.get(kind, 12)
    return Trap(name, ["x", step], value, wanted, "12", D("12").quantize(D(1).scaleb(-scale)) if scale else found)


BAD = Refused("M310")
MONEY = {"decimal": {"scale": 2}}

WHOLE = [
    read("int with a plus sign", "int", "+5", 5),
    read("int after a space", "int", " 5", BAD),
    read("int before a new line", "int", "5\n", BAD),
    read("int before NUL", "int", "5\0", BAD),
    read("int with an exponent", "int", "1e3", BAD),
    read("int in hexadecimal", "int", "0x10", BAD),
    read("int with an underscore", "int", "1_000", BAD),
    read("int with a fraction of zeros", "int", "5.0", BAD),
    read("int in digits of another script", "int", "٣", BAD),
    read("int in full width digits", "int", "５", BAD),
    read("int after a minus sign of typography", "int", "−5", BAD),
    read("int with zeros before it", "int", "-007", -7),
    read("int minus zero", "int", "-0", 0),
    read("int of two signs", "int", "--5", BAD),
    read("int of a sign alone", "int", "-", BAD),
    read("int of nothing", "int", "", BAD),
    read("int that fills 64 bits", "int", str(LARGE), LARGE),
    read("int that fills 64 bits below zero", "int", str(SMALL), SMALL),
    read("int of many zeros and a digit", "int", "0" * 30 + "5", 5),
    read("number of a whole text", "number", "42", 42),
    read("parse_number with a group too short", "parse_number", "1,20", BAD),
    read("parse_number with groups", "parse_number", "1,200", 1200),
    step("int of a whole float", "int", 3.0, 3, 5.0, 5),
    step("int of a float with a fraction", "int", 2.5, BAD, 5.0, 5),
    step("int of an infinity", "int", INF, BAD, 5.0, 5),
    step("int of a decimal of zeros", "int", D("12.00"), 12, D("5.00"), 5),
    step("int of a decimal with a fraction", "int", D("12.50"), BAD, D("5.00"), 5),
    step("int of a boolean", "int", True, Refused("M313"), False, Refused("M313")),
]

FLOATS = [
    read("float nan", "float", "nan", BAD),
    read("float infinity", "float", "Infinity", BAD),
    read("float inf allowed", {"float": {"allow_nan": True}}, "-inf", -INF),
    read("float nan allowed", {"float": {"allow_nan": True}}, "nan", NAN),
    read("float too large", "float", "1e999", BAD),
    read("float too small", "float", "1e-999", 0.0),
    read("float minus zero", "float", "-0", -0.0),
    read("float minus zero with a fraction", "float", "-0.0", -0.0),
    read("float in hexadecimal", "float", "0x1p3", BAD),
    read("float with an underscore", "float", "1_0.5", BAD),
    read("float after a space", "float", " 1.5", BAD),
    read("float with a point at its end", "float", "1.", BAD),
    read("float with a point at its start", "float", ".5", 0.5),
    read("float of a point alone", "float", ".", BAD),
    read("float with a plus sign", "float", "+1.5", 1.5),
    read("float with a comma", "float", "1,5", BAD),
    read("float with a suffix", "float", "1.5f", BAD),
    read("float rounded to the nearest", "float", "0.1000000000000000055511151231257827021181583404541015625", 0.1),
    read("float of a tie", "float", "9007199254740993", 9007199254740992.0),
    read("float just above a tie", "float", "9007199254740993.00000000000000000000000001", 9007199254740994.0),
    read("float below the normal ones", "float", "5e-324", 5e-324),
    read("float of many digits", "float", "1" * 250, float("1" * 250)),
    step("float of an int", "float", 2**53 + 1, 9007199254740992.0, 5, 5.0),
    step("float of nan", "float", NAN, BAD, 5.0, 5.0),
    step("float of an infinity allowed", {"float": {"allow_nan": True}}, INF, INF, 5.0, 5.0),
    step("float of a decimal", "float", D("0.10"), 0.1, D("5.25"), 5.25),
]

DECIMALS = [
    read("decimal keeps its zeros", "decimal", "19.00", D("19.00")),
    read("decimal in an exponent", "decimal", "1.2e3", D("1.2e3")),
    read("decimal of scale from an exponent", MONEY, "1.2e1", D("12.00")),
    read("decimal of scale with too many digits", MONEY, "2.345", Refused("M314")),
    read("decimal of scale with zeros too many", MONEY, "2.3400", D("2.34")),
    read("decimal of scale from a whole text", MONEY, "7", D("7.00")),
    read("decimal minus zero", MONEY, "-0.00", D("0.00")),
    read("decimal minus zero without scale", "decimal", "-0.0", D("-0.0")),
    read("decimal with a plus sign", MONEY, "+2.50", D("2.50")),
    read("decimal with a point at its start", MONEY, ".50", D("0.50")),
    read("decimal with a point at its end", MONEY, "1.", BAD),
    read("decimal nan", MONEY, "NaN", BAD),
    read("decimal with a space", MONEY, "1 ", BAD),
    read("decimal with an underscore", MONEY, "1_0.00", BAD),
    read("decimal of more digits than a column", MONEY, "1" * 50, D("1" * 50 + ".00")),
    read("decimal of 19 digits", MONEY, "9" * 19, D("9" * 19 + ".00")),
    read("decimal half even", {"decimal": {"scale": 2, "rounding": "half_even"}}, "2.345", D("2.34")),
    read("decimal half up", {"decimal": {"scale": 2, "rounding": "half_up"}}, "-2.345", D("-2.35")),
    step("decimal of an int that fills 64 bits", MONEY, LARGE, D(f"{LARGE}.00"), 5, D("5.00")),
    step("decimal of a float by its digits", "decimal", 0.1, D("0.1"), 2.5, D("2.5")),
    step("decimal of a float beside a scale", MONEY, 0.125, Refused("M314"), 2.5, D("2.50")),
    step("decimal of nan", MONEY, NAN, BAD, 2.5, D("2.50")),
    step("decimal of a larger scale", {"decimal": {"scale": 4}}, D("1.25"), D("1.2500"), D("2.50"), D("2.5000")),
    step("decimal of a smaller scale", {"decimal": {"scale": 1}}, D("1.25"), Refused("M314"), D("2.50"), D("2.5")),
]

ROUNDED = [
    step("round half even", "round", 2.5, 2.0, 1.25, 1.0),
    step("round half up below zero", {"round": {"mode": "half_up"}}, -2.5, -3.0, 1.25, 1.0),
    step("round half down", {"round": {"mode": "half_down"}}, 2.5, 2.0, 1.25, 1.0),
    step("round by digits, not by bits", {"round": {"scale": 2, "mode": "half_up"}}, 2.675, 2.68, 1.0, 1.0),
    step("round of a decimal keeps its scale", {"round": {"scale": 1}}, D("2.25"), D("2.2"), D("1.50"), D("1.5")),
    step("round to tens", {"round": {"scale": -1}}, 15, 20, 11, 10),
    step("round beyond 64 bits", {"round": {"scale": -1, "mode": "up"}}, LARGE, 2**63 + 2, 11, 20),
    step("floor below zero", "floor", -0.5, -1, 1.5, 1),
    step("ceil below zero", "ceil", -0.5, 0, 1.5, 2),
    step("floor of more than 64 bits", "floor", 1e300, int(1e300), 1.5, 1),
    step("floor of nan", "floor", NAN, BAD, 1.5, 1),
    step("abs of the least", "abs", SMALL, Refused("M311"), -5, 5),
    step("abs of minus zero", "abs", -0.0, 0.0, -5.5, 5.5),
    step("negate the least", "negate", SMALL, Refused("M311"), 5, -5),
    step("negate zero", "negate", 0.0, 0.0, 5.5, -5.5),
    step("sign of minus zero", "sign", -0.0, 0, -5.5, -1),
    step("add overflows", {"add": 1}, LARGE, Refused("M311"), 5, 6),
    step("subtract overflows", {"subtract": 1}, SMALL, Refused("M311"), 5, 4),
    step("multiply overflows", {"multiply": 2}, LARGE, Refused("M311"), 5, 10),
    step("divide of ints is exact", {"divide": 2}, 7, D("3.5"), 5, D("2.5")),
    step("divide by zero", {"divide": 0}, 7, Refused("M317"), 5, Refused("M317")),
    money("add with other digits", {"add": 0.125}, D("1.00"), D("1.125"), D("2.125")),
    money("subtract gives no negative zero", {"subtract": 1}, D("1.00"), D("0.00"), D("1.00")),
    money("multiply by a float is exact", {"multiply": 1.1}, D("0.10"), D("0.110"), D("2.200")),
    money("multiply a negative by nought", {"multiply": 0}, D("-1.50"), D("-0.00"), D("0.00")),
    money("multiply nought by a negative", {"multiply": -3}, D("0.00"), D("-0.00"), D("-6.00")),
    money("divide at a tie to even", {"divide": {"by": 8, "scale": 2}}, D("0.20"), D("0.02"), D("0.25")),
    money("divide at a tie to even, upwards", {"divide": {"by": 8, "scale": 2}}, D("0.60"), D("0.08"), D("0.25")),
    money("divide below zero at a tie", {"divide": {"by": 8, "scale": 2}}, D("-0.20"), D("-0.02"), D("0.25")),
    money("divide just beyond a tie", {"divide": {"by": 7.999, "scale": 2}}, D("0.20"), D("0.03"), D("0.25")),
    money("divide to nought is no negative zero", {"divide": {"by": -3, "scale": 1}}, D("0.01"), D("0.0"), D("-0.7")),
    money("divide without end", {"divide": {"by": 3, "scale": 4}}, D("-1.00"), D("-0.3333"), D("0.6667")),
    step("divide the least", {"divide": {"by": -1, "scale": 0}}, SMALL, D(2**63), 4, D(-4)),
    money(
        "divide by nought with a scale", {"divide": {"by": 0, "scale": 2}}, D("1.00"), Refused("M317"), Refused("M317")
    ),
    step("mod below zero", {"mod": 3}, -7, -1, 7, 1),
    step("mod of floats", {"mod": 2}, -1.5, -1.5, 3.5, 1.5),
    step("range_map at its edge", {"range_map": [{"lt": 5, "value": "low"}, {"value": "high"}]}, 5, "high", 4, "low"),
]

MODES = {
    "half_even": "-2",
    "half_up": "-3",
    "half_down": "-2",
    "up": "-3",
    "down": "-2",
    "floor": "-3",
    "ceiling": "-2",
}
ROUNDED += [
    step(f"round a decimal {mode}", {"round": {"mode": mode}}, D("-2.5"), D(wanted), D("1.0"), D("1"))
    for mode, wanted in MODES.items()
]
ROUNDED += [
    read(f"decimal rounded {mode}", {"decimal": {"scale": 1, "rounding": mode}}, "-0.25", D(wanted).scaleb(-1))
    for mode, wanted in MODES.items()
]
ROUNDED += [
    step("round a decimal to nothing has no sign", "round", D("-0.4"), D("0"), D("1.0"), D("1")),
    step("round a decimal to more digits", {"round": {"scale": 3}}, D("2.25"), D("2.250"), D("1.50"), D("1.500")),
    step("round a decimal up a digit", {"round": {"scale": 1}}, D("9.99"), D("10.0"), D("1.50"), D("1.5")),
    step("round a decimal of all digits", "round", D("9" * 38).scaleb(-2), D("1" + "0" * 36), D("1.00"), D("1")),
    step("floor of a decimal below zero", "floor", D("-0.50"), -1, D("1.50"), 1),
    step("ceil of a decimal of all digits", "ceil", D("9" * 38).scaleb(-2), 10**36, D("1.00"), 1),
    step("negate a decimal that is zero", "negate", D("0.00"), D("0.00"), D("1.50"), D("-1.50")),
    step("abs of nan", "abs", NAN, NAN, -1.5, 1.5),
    step("sign of nan", "sign", NAN, BAD, -1.5, -1),
    step("add an int to a large float", {"add": 1}, 1e16, 1e16, 1.5, 2.5),
    step("add to a float that overflows", {"add": 1e308}, 1.7e308, Refused("M311"), 1.5, 1e308),
    step("multiply an infinity", {"multiply": 0}, INF, NAN, 1.5, 0.0),
    step("range_map between its edges", {"range_map": [{"lt": 2.5, "value": "a"}, {"lte": 7, "value": "b"}]}, 8,
         Refused("M330"), 2, "a"),
    step("range_map below zero", {"range_map": [{"lt": -2.5, "value": "a"}, {"value": "b"}]}, -3, "a", -2, "b"),
]  # fmt: skip

CALCS = [
    calc("calc add overflows", "$v + 1", LARGE, Refused("M311"), 5, 6),
    calc("calc subtract overflows", "$v - 1", SMALL, Refused("M311"), 5, 4),
    calc("calc multiply overflows", "$v * 2", LARGE, Refused("M311"), 5, 10),
    calc("calc negates the least", "-$v", SMALL, Refused("M311"), 5, -5),
    calc("calc overflows on its way", "$v + 1 - 1", LARGE, Refused("M311"), 5, 5),
    calc("calc of floats overflows", "$v * 10", 1e308, Refused("M311"), 1.5, 15.0),
    calc("calc of nan", "$v + 1", NAN, Refused("M311"), 1.5, 2.5),
    calc("calc divides two ints", "$v / 2", 7, Refused("M313"), 5, Refused("M313")),
    calc("calc divides by zero", "1.0 / $v", 0, Refused("M317"), 4, D("0.25")),
    calc("calc divides floats by zero", "$v / 0.0", 1.5, Refused("M317"), 2.5, Refused("M317")),
    calc("calc remainder has the sign of the dividend", "$v % 3", -7, -1, 7, 1),
    calc("calc remainder of floats", "$v % 2", -1.5, -1.5, 3.5, 1.5),
    calc("calc remainder by zero", "7 % $v", 0, Refused("M317"), 4, 3),
    calc("calc of a decimal and an int", "$v * 3", D("1.10"), D("3.30"), D("2.00"), D("6.00")),
    calc("calc of a decimal that is zero", "$v * -1", D("0.00"), D("-0.00"), D("2.00"), D("-2.00")),
    calc("calc of a decimal wider than a column", "$v * $v", D("9" * 38),
         D(int("9" * 38) ** 2), D(2), D(4), pa.decimal128(38, 0)),
    calc("calc of a decimal of more digits than there are", "$v * $v * $v", D("9" * 38), Refused("M311"),
         D(2), D(8), pa.decimal128(38, 0)),
    calc("calc of an int and a decimal", "$v * 0.10", LARGE, D(LARGE) * D("0.10"), 5, D("0.50")),
    calc("calc of an int beyond a float", "$v * 1", 2**53 + 1, 2**53 + 1, 5, 5),
    calc("calc of minus zero", "$v * 1", -0.0, -0.0, 1.5, 1.5),
    calc("calc of a whole minus zero", "$v * -0", -1.5, -0.0, 1.5, 0.0),
    calc("calc of a zero made of whole numbers", "$v * (0 * -1)", -1.5, -0.0, 1.5, 0.0),
    calc("calc of whole numbers that overflow beside floats", "$v + 9007199254740991 * 9007199254740991",
         1.5, Refused("M311"), 2.5, Refused("M311")),
    calc("calc of whole numbers exact beside floats", "$v + (9007199254740991 + 2 + 2)",
         0.0, 9007199254740996.0, 0.0, 9007199254740996.0),
    calc("calc of text", "$v + 1", "7", Refused("M313"), "5", Refused("M313")),
    calc("calc of booleans", "$v + 1", True, Refused("M313"), False, Refused("M313")),
]  # fmt: skip

WRITTEN = [
    step("string of a whole float", "string", 1.0, "1.0", 2.5, "2.5"),
    step("string of minus zero", "string", -0.0, "-0.0", 2.5, "2.5"),
    step("string of a large float", "string", 1e16, "1e+16", 2.5, "2.5"),
    step("string of a float before exponents", "string", 1e15, "1000000000000000.0", 2.5, "2.5"),
    step("string of a small float", "string", 0.00001, "1e-05", 2.5, "2.5"),
    step("string of an infinity", "string", INF, BAD, 2.5, "2.5"),
    step("string of nan", "string", NAN, BAD, 2.5, "2.5"),
    step("string of the shortest digits", "string", 0.1 + 0.2, "0.30000000000000004", 2.5, "2.5"),
    step("string of a narrow float", "string", 0.1, "0.10000000149011612", 2.5, "2.5", pa.float32()),
    step("string of a float in plain digits", {"string": "plain"}, 1e22, "1" + "0" * 22, 2.5, "2.5"),
    step("string of the least int", "string", SMALL, str(SMALL), 5, "5"),
    step("string of a large unsigned int", "string", LARGE, str(LARGE), 5, "5", pa.uint64()),
    step("string of a boolean", "string", True, "true", False, "false"),
    step("string of a decimal", "string", D("0.0000001"), "0.0000001", D("2.5"), "2.5000000"),
    step("string of a decimal that is zero", "string", D("0.00"), "0.00", D("2.5"), "2.50"),
    Trap("template of a float", {"template": "{x}"}, 1e16, "1e+16", 1.0, "1.0"),
    Trap("template of nan", {"template": "{x}"}, NAN, BAD, 1.0, "1.0"),
    Trap("template of a boolean", {"template": "{x}"}, True, "true", False, "false"),
    Trap("template of a decimal", {"template": "{x}"}, D("1.10"), "1.10", D("2.00"), "2.00"),
    Trap("map of an int by its digits", ["x", {"map": {"1": "a", "2": "b"}}], 1, "a", 2, "b"),
    Trap("map of a float by its text", ["x", {"map": {"1": "a", "2.0": "b"}}], 1.0, Refused("M330"), 2.0, "b"),
    Trap("map of a boolean by its text", ["x", {"map": {"1": "a", "true": "b"}}], False, Refused("M330"), True, "b"),
]  # fmt: skip

BOOLEANS = [
    Trap("boolean of a word", ["x", "boolean"], "YES", True, "no", False),
    Trap("boolean of one", ["x", "boolean"], "1", True, "0", False),
    Trap("boolean of T", ["x", "boolean"], "t", BAD, "true", True),
    Trap("boolean of on", ["x", "boolean"], "on", BAD, "true", True),
    Trap("boolean of an int", ["x", "boolean"], 2, BAD, 1, True),
    Trap("boolean of a float", ["x", "boolean"], 1.0, Refused("M313"), 0.0, Refused("M313")),
    Trap("boolean of a word with a space", ["x", "boolean"], "true ", BAD, "true", True),
    Trap("not of a boolean", ["x", "not"], True, False, False, True),
    Trap("type_of nan", ["x", "type_of"], NAN, "float", 1.5, "float", null_wanted="null"),
    Trap("is_null of nan", ["x", "is_null"], NAN, False, 1.5, False, null_wanted=True),
    Trap("null_if does not take true for one", ["x", {"null_if": [1]}], True, True, False, False),
    Trap("null_if takes a whole float for an int", ["x", {"null_if": [1]}], 1.0, None, 2.5, 2.5),
    Trap("one_of does not take true for one", ["x", {"one_of": [1, False]}], True, Refused("M343"), False, False),
]

ALL = WHOLE + FLOATS + DECIMALS + ROUNDED + CALCS + WRITTEN + BOOLEANS


@pytest.mark.parametrize("trap", cases(ALL))
def test_trap(trap: Trap) -> None:
    check(trap)


@pytest.mark.parametrize("trap", cases(ALL))
def test_trap_in_lists(trap: Trap) -> None:
    check_in_lists(trap)
