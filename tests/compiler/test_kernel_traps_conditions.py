"""Kernel traps of comparisons, lookups and choices: nulls, NaN, unlike types, integers that floats cannot tell."""

from __future__ import annotations

import datetime as dt
import math
import sys
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

sys.path.append(str(Path(__file__).parent))
from kernel_traps import Refused, Trap, cases, check, check_in_lists

from crosswalk import MISSING

NAN, LARGE = math.nan, 2**63 - 1
UNLIKE = Refused("M320")
DAY, AT = dt.date(2024, 5, 31), dt.datetime(2024, 5, 31, 9, 30, tzinfo=dt.UTC)


def holds(
    name: str, test: Any, value: Any, wanted: Any, clean: Any, clean_wanted: Any, kind: Any = None, null: Any = False
) -> Trap:
    """Whether a condition of `x` holds."""
    field = {"switch": [{"when": {"x": test}, "then": {"const": True}}, {"else": {"const": False}}]}
    return Trap(name, field, value, wanted, clean, clean_wanted, kind, null)


COMPARED = [
    holds("nan equals nothing", {"eq": 1.5}, NAN, False, 1.5, True),
    holds("nan is unequal", {"ne": 1.5}, NAN, True, 1.5, False, null=True),
    holds("nan is not less", {"lt": 9.5}, NAN, False, 1.5, True),
    holds("nan is not more", {"gte": 0.5}, NAN, False, 1.5, True),
    holds("nan is not between", {"between": [0, 9]}, NAN, False, 1.5, True),
    holds("infinity is more", {"gt": 1e308}, math.inf, True, 1.5, False),
    holds("minus zero equals zero", {"eq": 0}, -0.0, True, 1.5, False),
    holds("minus zero is not less", {"lt": 0.0}, -0.0, False, -1.5, True),
    holds("an int that a float does not tell", {"eq": 2.0**53}, 2**53 + 1, False, 5, False),
    holds("an int above a float", {"gt": 2.0**53}, 2**53 + 1, True, 5, False),
    holds("an int beside a fraction", {"gt": 2.5}, 3, True, 2, False),
    holds("an int beside a large float", {"lt": 1e19}, LARGE, True, 5, True),
    holds("a float beside a large int", {"eq": LARGE}, 9.223372036854775807e18, False, 1.5, False),
    holds("a decimal beside a float", {"eq": 0.1}, D("0.10"), True, D("0.20"), False),
    holds("a decimal beside a text", {"eq": "0.10"}, D("0.10"), UNLIKE, D("0.20"), UNLIKE),
    holds("true is not one", {"eq": 1}, True, UNLIKE, False, UNLIKE),
    holds("one is not true", {"eq": True}, 1, UNLIKE, 0, UNLIKE),
    holds("truth has no order", {"gt": False}, True, UNLIKE, False, UNLIKE),
    holds("a number as text", {"eq": 7}, "7", UNLIKE, "8", UNLIKE),
    holds("a text beside a number", {"gt": "6"}, 7, UNLIKE, 8, UNLIKE),
    holds("cast before it", {"as": "integer", "gt": 6}, "7", True, "6", False),
    holds("cast of what is no number", {"as": "integer", "gt": 6}, "x", Refused("M310"), "6", False),
    holds("texts by code points", {"gt": "z"}, "é", True, "a", False),
    holds("texts by code points beyond the first plane", {"gt": "\uffff"}, "\U00010000", True, "a", False),
    holds("texts tell letter case", {"eq": "a"}, "A", False, "a", True),
    holds("texts tell trailing spaces", {"eq": "a"}, "a ", False, "a", True),
    holds("a text with NUL", {"eq": "a"}, "a\0", False, "a", True),
    holds("an empty text is present", {"present": True}, "", True, "a", True),
    holds("an empty text is less", {"lt": "a"}, "", True, "a", False),
    holds("a text that is a date", {"gt": "2024-05-30"}, dt.date(2024, 5, 31), True, dt.date(2024, 5, 1), False),
    holds("a date beside no date", {"gt": "yesterday"}, DAY, UNLIKE, DAY, UNLIKE),
    holds("bytes beside a text", {"eq": "a"}, b"a", UNLIKE, b"b", UNLIKE),
    holds("a list is no text", {"eq": "a"}, ["a"], UNLIKE, ["b"], UNLIKE),
    holds("a list contains", {"contains": "a"}, ["b", None, "a"], True, ["b"], False),
]

NULLS = [
    holds("eq null holds for null only", {"eq": None}, "", False, "a", False, null=True),
    holds("ne null", {"ne": None}, "", True, "a", True, null=False),
    holds("ne holds for null", {"ne": "a"}, "", True, "a", False, null=True),
    holds("not eq holds for null", {"not_in": ["a"]}, "", True, "a", False, null=True),
    holds("in with null among them", {"in": ["a", None]}, "b", False, "a", True, null=True),
    holds("in with nothing", {"in": []}, "b", False, "a", False),
    holds("not in with null among them", {"not_in": ["a", None]}, "b", True, "a", False, null=False),
    holds("in with unlike types", {"in": [1, "a"]}, "1", False, "a", True),
    holds("in with floats that are whole", {"in": [1.0]}, 1, True, 2, False),
    holds("in with truth values", {"in": [True]}, 1, UNLIKE, 0, UNLIKE),
    holds("in of ints among texts", {"in": ["1", 2]}, 1, False, 2, True),
    holds("in with nan", {"in": [1.5]}, NAN, False, 1.5, True),
    holds("missing is told from null", {"missing": True}, "", False, "a", False),
    holds("type of null", {"type": "null"}, "", False, "a", False, null=True),
    holds("type of nan", {"type": "number"}, NAN, True, 1.5, True),
    holds("type of a whole float", {"type": "integer"}, 1.0, False, 2.5, False),
    holds("between its ends", {"between": [1, 3]}, 3, True, 4, False),
    holds("between unlike types", {"between": ["1", "3"]}, 3, UNLIKE, 4, UNLIKE),
    holds("starts with a decomposed letter", {"starts_with": "e"}, "e\u0301", True, "a", False),
    holds("contains nothing", {"contains": ""}, "", True, "a", True),
    holds("matches at a new line", {"matches": "a$"}, "a\n", True, "ab", False),
    holds("matches a digit of another script", {"matches": r"^\d$"}, "٣", True, "a", False),
    holds("starts with in a number", {"starts_with": "1"}, 12, UNLIKE, 1, UNLIKE),
]


def beside(name: str, op: str, value: Any, other: Any, wanted: Any, kind: Any = None) -> Trap:
    """`x` compared with a column of the same value in each record; a clean record holds that value."""
    field = {
        "switch": [{"when": {"x": {op: {"source": "$root.y"}}}, "then": {"const": True}}, {"else": {"const": False}}]
    }
    clean_wanted = op in ("eq", "gte", "lte")
    null = op == "ne"
    return Trap(name, field, value, wanted, other, clean_wanted, kind, null, others={"y": other})


COLUMNS = [
    beside("two columns of texts", "lt", "é", "z", False),
    beside("two columns of ints", "gt", LARGE, LARGE - 1, True),
    beside("two columns of floats, nan", "ne", NAN, 1.5, True),
    beside("two columns of decimals", "lt", D("1.05"), D("1.10"), True),
    beside("two columns of dates", "gt", dt.date(2024, 6, 1), DAY, True),
    beside("two columns of times", "lt", AT - dt.timedelta(microseconds=1), AT, True, pa.timestamp("us", "UTC")),
]

CHOSEN = [
    Trap(
        "a choice by null is else",
        {"switch": [{"when": {"x": "a"}, "then": {"const": 1}}, {"else": {"const": 2}}]},
        "b",
        2,
        "a",
        1,
        null_wanted=2,
    ),
    Trap(
        "a choice of null is null",
        {"switch": [{"when": {"x": "a"}, "then": {"const": None}}, {"else": {"const": 2}}]},
        "a",
        None,
        "b",
        2,
        null_wanted=2,
    ),
    Trap(
        "a choice without else",
        {"switch": [{"when": {"x": "a"}, "then": {"const": 1}}]},
        "b",
        MISSING,
        "a",
        1,
        null_wanted=MISSING,
    ),
    Trap(
        "an error in the choice not taken",
        {"switch": [{"when": {"x": {"matches": "^[0-9]+$"}}, "then": ["x", "int"]}, {"else": {"const": 0}}]},
        "x",
        0,
        "7",
        7,
        null_wanted=0,
    ),
    Trap(
        "when is false: no default",
        {"when": {"x": {"ne": "a"}}, "source": "x", "default": "d"},
        "a",
        MISSING,
        "b",
        "b",
        null_wanted="d",
    ),
    Trap(
        "when is false: not required",
        {"when": {"x": {"ne": ""}}, "source": "x", "required": True},
        "",
        MISSING,
        "b",
        "b",
        null_wanted=Refused("M301"),
    ),
    Trap(
        "when is false: else", {"when": {"x": {"ne": "a"}}, "source": "x", "else": {"const": "e"}}, "a", "e", "b", "b"
    ),
    Trap("the first of two texts", {"source": ["x", "y"]}, "", "", "a", "a", null_wanted="z", others={"y": "z"}),
    Trap("on_error null", {"source": "x", "resolve": ["int"], "on_error": "null"}, "+", None, "7", 7),
    Trap("on_error omit", {"source": "x", "resolve": ["int"], "on_error": "omit"}, "0x1F", MISSING, "7", 7),
    Trap(
        "on_error default",
        {"source": "x", "resolve": ["int"], "on_error": "default", "default": 0},
        "1e3",
        0,
        "7",
        7,
        null_wanted=0,
    ),
    Trap("on_error keep", {"source": "x", "resolve": ["int"], "on_error": "keep"}, "1_0", "1_0", "7", 7),
    Trap("a check that fails", {"source": "x", "check": {"gt": 1}}, 1, Refused("M342"), 2, 2),
    Trap("a check of nan", {"source": "x", "check": {"gt": 1}}, NAN, Refused("M342"), 2.5, 2.5),
    Trap("a type of texts", {"source": "x", "type": "integer"}, "7.0", Refused("M310"), "7", 7),
]

TABLE = {"tables": {"t": {"inline": {"a": "A", "7": "seven", "": "empty", "é": None, "true": "yes", "1.0": "one"}}}}


def looked(name: str, value: Any, wanted: Any, clean: Any, clean_wanted: Any, **more: Any) -> Trap:
    field = {"lookup": {"table": "t", "key": "x", **more}}
    return Trap(name, field, value, wanted, clean, clean_wanted, more=TABLE)


JOINED = [
    looked("lookup tells letter case", "A", Refused("M331"), "a", "A"),
    looked("lookup of an empty text", "", "empty", "a", "A"),
    looked("lookup that finds null", "é", None, "a", "A"),
    looked("lookup of a decomposed letter", "e\u0301", Refused("M331"), "a", "A"),
    looked("lookup of an int by its digits", 7, "seven", 7, "seven"),
    looked("lookup of a miss as null", "b", None, "a", "A", on_missing="null"),
    Trap(
        "lookup of a miss as default",
        {"lookup": {"table": "t", "key": "x", "on_missing": "default"}, "default": "d"},
        "b",
        "d",
        "a",
        "A",
        more=TABLE,
        null_wanted="d",
    ),
]

MIXED = {"map": {"a": "A", "b": "B", "1": 1, "n": None, "l": [1, "x"], "big": 2**70, "t": True}, "else": 2.5}
MAPPED = [
    Trap("a map to an int among texts", ["x", MIXED], "1", 1, "a", "A", held=False),
    Trap("a map to null among texts", ["x", MIXED], "n", None, "a", "A"),
    Trap("a map to another text among other types", ["x", MIXED], "b", "B", "a", "A"),
    Trap("a map to a list of several types", ["x", MIXED], "l", [1, "x"], "a", "A", held=False),
    Trap("a map to an int that no column holds", ["x", MIXED], "big", 2**70, "a", "A", held=False),
    Trap("a map to a truth value is not one to an int", ["x", MIXED], "t", True, "1", 1, held=False),
    Trap("a map of what is not in it to another type", ["x", MIXED], "?", 2.5, "a", "A", held=False),
    Trap("a map to several types made text", ["x", MIXED, "string"], "1", "1", "a", "A"),
    Trap("a map to a float made text", ["x", MIXED, "string"], "?", "2.5", "t", "true"),
    Trap("a map to several types of which one is refused", ["x", MIXED, "upper"], "1", Refused("M313"), "a", "A"),
    Trap("a map that lacks a text of several types", ["x", {"map": {"a": 1, "b": "B"}}], "?", Refused("M330"), "a", 1),
    Trap(
        "a look-up of several types",
        {"lookup": {"table": "m", "key": "x"}},
        "b",
        {"k": 1},
        "a",
        1,
        more={"tables": {"m": {"inline": {"a": 1, "b": {"k": 1}}}}},
        held=False,
    ),
]

ALL = COMPARED + NULLS + COLUMNS + CHOSEN + JOINED + MAPPED


@pytest.mark.parametrize("trap", cases(ALL))
def test_trap(trap: Trap) -> None:
    check(trap)


@pytest.mark.parametrize("trap", cases([trap for trap in ALL if not trap.more and not trap.others]))
def test_trap_in_lists(trap: Trap) -> None:
    check_in_lists(trap)
