"""Kernel traps of texts: white space, letter case, code points, patterns, empty and absent pieces."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))
from kernel_traps import Refused, Trap, cases, check, check_in_lists

from crosswalk import MISSING

FAMILY = "\U0001f468‍\U0001f469‍\U0001f467"
SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"


def text(name: str, steps: Any, value: str, wanted: Any, clean: str = "ab c", clean_wanted: Any = "ab c") -> Trap:
    steps = steps if isinstance(steps, list) else [steps]
    return Trap(name, ["x", *steps], value, wanted, clean, clean_wanted)


BLANKS = [
    text("trim every white space of Python", "trim", f"{SPACES}a b{SPACES}", "a b", " ab c "),
    text("trim keeps a zero width space", "trim", "\u200ba\u200b", "\u200ba\u200b", " ab c "),
    text("trim keeps a byte order mark", "trim", "\ufeffa", "\ufeffa", " ab c "),
    text("trim keeps a mongolian vowel separator", "trim", "\u180ea", "\u180ea", " ab c "),
    text("trim of nothing but spaces", "trim", "\xa0\u3000 ", "", " ab c "),
    text("trim of an empty text", "trim", "", "", " ab c "),
    text("trim keeps NUL", "trim", "\0a\0", "\0a\0", " ab c "),
    text("trim_start of no-break space", "trim_start", "\xa0a\xa0", "a\xa0", " ab c"),
    text("trim_end of no-break space", "trim_end", "\xa0a\xa0", "\xa0a", "ab c "),
    text("trim_end of a unit separator", "trim_end", "a\x1f", "a", "ab c "),
    text("collapse_space of no-break spaces", "collapse_space", "a\xa0\u2003 b", "a b", "ab  c"),
    text("collapse_space of a vertical tab", "collapse_space", "a\x0b\x0bb", "a b", "ab  c"),
    text("collapse_space at the ends", "collapse_space", "\u3000a\u3000", "a", "ab  c"),
    text("required white space of unicode", ["trim"], "\u3000x", "x", "ab c"),
]  # fmt: skip

LETTERS = [
    text("upper of sharp s", "upper", "straße", "STRASSE", "ab", "AB"),
    text("upper of a ligature", "upper", "ﬁx", "FIX", "ab", "AB"),
    text("upper of an apostrophe n", "upper", "ŉ", "ʼN", "ab", "AB"),
    text("upper of a dotless i", "upper", "ı", "I", "ab", "AB"),
    text("upper of a greek letter with iota", "upper", "ᾳ", "ΑΙ", "ab", "AB"),
    text("upper beyond the first plane", "upper", "\U00010428", "\U00010400", "ab", "AB"),
    text("upper keeps digits and signs", "upper", "é1-ß", "É1-SS", "a1-b", "A1-B"),
    text("lower of a final sigma", "lower", "ΟΔΟΣ", "οδος", "AB", "ab"),
    text("lower of a sigma alone", "lower", "Σ", "σ", "AB", "ab"),
    text("lower of a dotted capital i", "lower", "İ", "i̇", "AB", "ab"),
    text("lower of a capital sharp s", "lower", "ẞ", "ß", "AB", "ab"),
    text("lower of a kelvin sign", "lower", "K", "k", "AB", "ab"),
    text("title after an apostrophe", "title", "o'neill's", "O'Neill'S", "ab c", "Ab C"),
    text("title of a digraph", "title", "ǆungla", "ǅungla", "ab c", "Ab C"),
    text("title of sharp s", "title", "ßa", "Ssa", "ab c", "Ab C"),
    text("capitalize of a ligature", "capitalize", "ﬁX", "Fix", "aB c", "Ab c"),
    text("capitalize of sharp s", "capitalize", "ßA", "Ssa", "aB c", "Ab c"),
    text("upper then lower of sharp s", ["upper", "lower"], "ß", "ss", "ab", "ab"),
]

LENGTHS = [
    text("length in code points, two bytes", "length", "é", 1, "abc", 3),
    text("length in code points, four bytes", "length", "\U0001f600", 1, "abc", 3),
    text("length of a combined letter", "length", "e\u0301", 2, "abc", 3),
    text("length of a family", "length", FAMILY, 5, "abc", 3),
    text("length of nothing", "length", "", 0, "abc", 3),
    text("substring of code points", {"substring": {"start": 1, "length": 2}}, "éaß", "aß", "abc", "bc"),
    text("substring from the end", {"substring": {"start": -2}}, "aéß", "éß", "abc", "bc"),
    text("substring from before the start", {"substring": {"start": -4, "length": 3}}, "éa", "é", "abcde", "bcd"),
    text("substring out of range", {"substring": {"start": 5}}, "é", "", "abcdefg", "fg"),
    text("left of code points", {"left": 1}, "\U0001f600a", "\U0001f600", "abc", "a"),
    text("right of more than there is", {"right": 5}, "éa", "éa", "abcdefg", "cdefg"),
    text("left cuts inside a family", {"left": 2}, FAMILY, FAMILY[:2], "abc", "ab"),
    text("truncate by code points", {"truncate": {"max": 2}}, "éßç", "éß", "abc", "ab"),
    text("truncate with an ellipsis", {"truncate": {"max": 3, "ellipsis": "…"}}, "éßçd", "éß…", "abc", "abc"),
    text("truncate refuses", {"truncate": {"max": 3, "on_long": "error"}}, "éßçd", Refused("M340"), "a", "a"),
    text("pad by code points", {"pad_left": {"width": 3, "char": "é"}}, "ß", "ééß", "abc", "abc"),
    text("pad of what is wider", {"pad_right": {"width": 2}}, "éßç", "éßç", "ab", "ab"),
    text("zero_pad knows the sign", {"zero_pad": 4}, "-7", "-007", "12", "0012"),
    text("zero_pad of a plus sign", {"zero_pad": 4}, "+7", "+007", "12", "0012"),
    text("zero_pad of a sign alone", {"zero_pad": 3}, "-", "-00", "12", "012"),
    text("mask by code points", {"mask": {"keep_last": 1}}, "éß\U0001f600", "**\U0001f600", "abc", "**c"),
    text("index in code points", {"index_of": "b"}, "\U0001f600éb", 2, "ab", 1),
    text("index of what is not there", {"index_of": "b"}, "é", -1, "ab", 1),
    text("index of nothing", {"index_of": ""}, "é", 0, "ab", 0),
]  # fmt: skip

PIECES = [
    text("before of what is not there is missing", {"before": "-"}, "é", MISSING, "a-b", "a"),
    text("after of what is not there is missing", {"after": "-"}, "é", MISSING, "a-b", "b"),
    text("between without an end is missing", {"between": {"open": "<", "close": ">"}}, "<é", MISSING, "<a>", "a"),
    text("between nothing", {"between": {"open": "<", "close": ">"}}, "<>", "", "<a>", "a"),
    text("split of nothing", [{"split": ","}], "", [""], "a,b", ["a", "b"]),
    text("split at the ends", [{"split": ","}], ",é,", ["", "é", ""], "a,b", ["a", "b"]),
    text("split with a limit", [{"split": {"by": ",", "limit": 2}}], "a,,b", ["a", ",b"], "a,b", ["a", "b"]),
    text("split by a dot is no pattern", [{"split": "."}], "a1b.c", ["a1b", "c"], "a.b", ["a", "b"]),
    text("split_regex keeps empty pieces", [{"split_regex": "[0-9]"}], "1a22", ["", "a", "", ""], "a1b", ["a", "b"]),
    text("replace is no pattern", {"replace": {"find": ".", "with": "\\0"}}, "é.", "é\\0", "a.b", "a\\0b"),
    text("replace of overlapping pieces", {"replace": {"find": "aa", "with": "a"}}, "aaa", "aa", "aab", "ab"),
    text("strip_prefix once", {"strip_prefix": "é"}, "ééa", "éa", "ab", "ab"),
    text("strip_suffix once", {"strip_suffix": "aa"}, "aaaa", "aa", "ab", "ab"),
    text("ensure_prefix of nothing", {"ensure_prefix": "é"}, "", "é", "a", "éa"),
    text("remove signs of patterns", {"remove": "^-]\\"}, "a^b-c]d\\", "abcd", "x-y", "xy"),
    text("normalize to composed", {"unicode_normalize": "NFC"}, "e\u0301", "é", "ab", "ab"),
    text("normalize a ligature", {"unicode_normalize": "NFKC"}, "ﬁ", "fi", "ab", "ab"),
    text("decomposed and composed stay apart", {"map": {"é": 1, "e\u0301": 2, "a": 3}}, "e\u0301", 2, "a", 3),
    text("starts_with is by code points", {"starts_with": "e"}, "e\u0301", True, "ab", False),
    text("contains nothing", {"contains": ""}, "é", True, "ab", True),
    text("is_in tells letter case", {"is_in": ["é", "A"]}, "a", False, "A", True),
]  # fmt: skip

PATTERNS = [
    text("a digit of another script", {"matches": r"\d"}, "٣", True, "a1", True),
    text("a letter beyond ascii is a word sign", {"matches": r"^\w+$"}, "éß", True, "ab", True),
    text("a word ends at a letter beyond ascii", {"matches": r"a\b"}, "aé", False, "a b", True),
    text("white space beyond ascii", {"matches": r"\s"}, "\u3000", True, "a b", True),
    text("an end before the last new line", {"matches": "a$"}, "a\n", True, "ba", True),
    text("a dot is no new line", {"matches": "a.b"}, "a\nb", False, "axb", True),
    text("letter case beyond ascii", {"matches": "(?i)ß"}, "ẞ", True, "ß", True),
    text("looking ahead", {"matches": "a(?=b)"}, "ab", True, "ac", False),
    text("a reference back", {"matches": r"(.)\1"}, "éé", True, "ab", False),
    text("a possessive repeat", {"matches": "a++b"}, "aab", True, "ac", False),
    text("replace_regex of spaces", {"replace_regex": {"pattern": r"\s", "with": "_"}}, "a\u2003", "a_", "a ", "a_"),
    text("replace_regex of empty matches", {"replace_regex": {"pattern": "x*", "with": "-"}}, "é", "-é-", "a", "-a-"),
    text("replace_regex with a group", {"replace_regex": {"pattern": "(é)", "with": r"\1\1"}}, "é", "éé", "a", "a"),
    text("extract without a match is missing", {"extract": r"(\d+)"}, "é", MISSING, "a12", "12"),
    text("extract a digit of another script", {"extract": r"(\d+)"}, "a٣", "٣", "a12", "12"),
    text("extract a group that took no part", {"extract": "(a)|(b)"}, "b", MISSING, "a", "a"),
    text("extract required", {"extract": {"pattern": "(a)", "required": True}}, "é", Refused("M341"), "a", "a"),
]  # fmt: skip

ASCII = [
    text("upper of del and tilde", "upper", "\x7f~z", "\x7f~Z", "ab", "AB"),
    text("index of nothing in ascii", {"index_of": ""}, "ba", 0, "ab", 0),
    text("split into one part", [{"split": {"by": ",", "limit": 1}}], "a,b", ["a,b"], "ab", ["ab"]),
    text("zero_pad of nothing", {"zero_pad": 3}, "", "000", "12", "012"),
    text("zero_pad of a sign and a space", {"zero_pad": 4}, "- 5", "-0 5", "12", "0012"),
    text("mask of what is not longer", {"mask": {"keep_last": 4}}, "abcd", "****", "abcde", "*bcde"),
    text("mask with nothing shown", {"mask": {"keep_last": 0}}, "ab", "**", "c", "*"),
    text("right of none", {"right": 0}, "ab", "", "c", ""),
    text("substring of no length", {"substring": {"start": -2, "length": 0}}, "ab", "", "cde", ""),
    text("substring that ends at the end", {"substring": {"start": -2, "length": 2}}, "a", "a", "cde", "de"),
    text("truncate to an ellipsis", {"truncate": {"max": 1, "ellipsis": "…"}}, "ab", "…", "c", "c"),
    text("between marks in reverse", {"between": {"open": "<", "close": ">"}}, ">a<", MISSING, "<b>", "b"),
    text("between the same marks", {"between": {"open": "|", "close": "|"}}, "|", MISSING, "|b|", "b"),
    text("after at the end", {"after": "-"}, "a-", "", "a-b", "b"),
    text("capitalize after a digit", "capitalize", "1aB", "1ab", "aB", "Ab"),
    text("title after a digit", "title", "a1b", "A1B", "ab", "Ab"),
    text("boolean of a kelvin sign", {"boolean": {"true": ["k"], "false": ["n"]}}, "K", True, "N", False),
    text("boolean of sharp s", {"boolean": {"true": ["ss"], "false": ["n"]}}, "ß", True, "N", False),
    text(
        "replace by what looks like a group",
        {"replace_regex": {"pattern": "(a)(b)?", "with": r"<\2>"}},
        "a",
        "<>",
        "ab",
        "<b>",
    ),
    text("replace with a look behind", {"replace_regex": {"pattern": "(?<=a)b", "with": "c"}}, "ab", "ac", "b", "b"),
    text("replace with an anchor", {"replace_regex": {"pattern": "^a", "with": ""}}, "aa", "a", "ba", "ba"),
    text("extract the shortest", {"extract": "<(.+?)>"}, "<a><b>", "a", "<c>", "c"),
    text("extract the first of two ways", {"extract": "a|ab"}, "ab", "a", "cab", "a"),
    text("a repeat as it is in Python", {"matches": "^a{,2}$"}, "aa", True, "b", False),
    text("a repeat of many", {"matches": "^(?:a{500}){3}$"}, "a" * 1500, True, "b", False),
    text(
        "split_regex by what may be empty", [{"split_regex": "x*"}], "axb", ["", "a", "", "b", ""], "c", ["", "c", ""]
    ),
]

WHOLE = [
    Trap("required refuses white space of unicode", {"source": "x", "required": True}, "\u3000\x1f", Refused("M301"),
         "a", "a", null_wanted=Refused("M301")),
    Trap("required lets a zero width space pass", {"source": "x", "required": True}, "\u200b", "\u200b", "a", "a",
         null_wanted=Refused("M301")),
    Trap("required present lets blanks pass", {"source": "x", "required": "present"}, " ", " ", "a", "a"),
    Trap("default leaves an empty text", {"source": "x", "default": "d"}, "", "", "a", "a", null_wanted="d"),
    Trap("the step default leaves an empty text", ["x", {"default": "d"}], "", "", "a", "a", null_wanted="d"),
    Trap("coalesce leaves an empty text", ["x", {"coalesce": [None, "d"]}], "", "", "a", "a", null_wanted="d"),
    Trap("blank_to_null of white space of unicode", ["x", "blank_to_null"], "\u3000", None, "a", "a"),
    Trap("is_blank of white space of unicode", ["x", "is_blank"], "\u3000", True, "a", False, null_wanted=True),
    Trap("null_if tells letter case", ["x", {"null_if": ["a"]}], "a", None, "A", "A"),
    Trap("a template with an empty text", {"template": "<{x}>"}, "", "<>", "a", "<a>"),
    Trap("a template with null as nothing", {"template": "<{x}>", "if_missing": "empty"}, "é", "<é>", "a", "<a>",
         null_wanted="<>"),
    Trap("a template with null refused", {"template": "<{x}>", "if_missing": "error"}, "é", "<é>", "a", "<a>",
         null_wanted=Refused("M301")),
    Trap("map of what is not in it", ["x", {"map": {"a": 1}}], "A", Refused("M330"), "a", 1),
    Trap("map with an else", ["x", {"map": {"a": 1}, "else": 0}], "", 0, "a", 1),
    Trap("map to null", ["x", {"map": {"a": 1, "é": None}}], "é", None, "a", 1),
    Trap("a source that means empty as null", "x", "", None, "a", "a",
         more={"source": {"empty": "null"}}),
    Trap("a source that means empty as missing", "x", "", MISSING, "a", "a", null_wanted=None,
         more={"source": {"empty": "missing"}}),
]  # fmt: skip


@pytest.mark.parametrize("trap", cases(BLANKS + LETTERS + LENGTHS + PIECES + PATTERNS + ASCII + WHOLE))
def test_trap(trap: Trap) -> None:
    check(trap)


@pytest.mark.parametrize("trap", cases(BLANKS + LETTERS + LENGTHS + PIECES + PATTERNS + ASCII + WHOLE[:-2]))
def test_trap_in_lists(trap: Trap) -> None:
    check_in_lists(trap)
