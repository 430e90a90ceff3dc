"""Text resolvers that clean, lengthen and shorten a string; add one here when it needs no search or pattern."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Literal

from crosswalk import ArgumentError, DataError, Example, resolver

from . import _text_vectors, _vectors

MAX_WIDTH = 1_000_000
"""The widest text a padding resolver makes, in characters."""


@resolver(
    "trim",
    inline="{v}.strip()",
    vector=_vectors.trim,
    group="text",
    examples=[
        Example("  a b\t\n", "a b"),
        Example("\u00a0x\u2003", "x"),
        Example(None, None),
        Example(7, error="M313"),
    ],
)
def trim(value: str) -> str:
    """Remove white space from both ends.

    White space is what Unicode and Python call so: no-break spaces and line ends included.
    """
    return value.strip()


@resolver(
    "trim_start",
    inline="{v}.lstrip()",
    vector=_vectors.trim_start,
    group="text",
    examples=[Example(" a ", "a "), Example("", "")],
)
def trim_start(value: str) -> str:
    """Remove white space from the start."""
    return value.lstrip()


@resolver(
    "trim_end",
    inline="{v}.rstrip()",
    vector=_vectors.trim_end,
    group="text",
    examples=[Example(" a ", " a"), Example("", "")],
)
def trim_end(value: str) -> str:
    """Remove white space from the end."""
    return value.rstrip()


@resolver(
    "collapse_space",
    vector=_text_vectors.collapse_space,
    inline='" ".join({v}.split())',
    group="text",
    examples=[Example("  a \t b\nc ", "a b c"), Example("a\u00a0\u00a0b", "a b"), Example("   ", "")],
)
def collapse_space(value: str) -> str:
    """Replace every run of white space by one space, and trim both ends."""
    return " ".join(value.split())


@resolver(
    "length",
    vector=_text_vectors.length,
    inline="len({v})",
    group="text",
    examples=[Example("Zoë", 3), Example("", 0), Example([1], error="M313")],
)
def length(value: str) -> int:
    """Count the characters (Unicode code points); for lists there is `count`."""
    return len(value)


@resolver(
    "replace",
    vector=_text_vectors.replace,
    factory=True,
    inline="{v}.replace({find}, {with_})",
    group="text",
    examples=[
        Example("0400 123 456", "0400123456", {"find": " ", "with": ""}),
        Example("aaa", "ba", {"find": "aa", "with": "b"}),
        Example("a.b", "a-b", {"find": ".", "with": "-"}),
        Example("x", error="M106", args={"find": "", "with": "-"}),
    ],
)
def replace(*, find: str, with_: str) -> Callable[[str], str]:
    """Replace every occurrence of one text by another.

    `find`: the text to look for, taken literally and case-sensitively; not empty.
    `with`: what to put in its place.
    """
    if not find:
        raise ArgumentError("there is nothing to find in an empty text", argument="find")
    return lambda value: value.replace(find, with_)


@resolver(
    "remove",
    vector=_text_vectors.remove,
    factory=True,
    group="text",
    examples=[Example("(03) 9123-4567", "0391234567", "() -"), Example("a^b]c", "abc", {"chars": "^]"})],
)
def remove(*, chars: str) -> Callable[[str], str]:
    """Remove every one of these characters, wherever it stands.

    `chars`: the characters; each is taken literally, their order does not matter.
    """
    table = dict.fromkeys(map(ord, chars))
    return lambda value: value.translate(table)


@resolver(
    "prefix",
    vector=_text_vectors.prefix,
    inline="({text} + {v})",
    group="text",
    examples=[Example("17", "SKU-17", "SKU-")],
)
def prefix(value: str, *, text: str) -> str:
    """Put a text in front.

    `text`: what to put there.
    """
    return text + value


@resolver(
    "suffix", vector=_text_vectors.suffix, inline="({v} + {text})", group="text", examples=[Example("17", "17kg", "kg")]
)
def suffix(value: str, *, text: str) -> str:
    """Put a text behind.

    `text`: what to put there.
    """
    return value + text


@resolver(
    "ensure_prefix",
    vector=_text_vectors.ensure_prefix,
    inline="({v} if {v}.startswith({text}) else {text} + {v})",
    group="text",
    examples=[Example("17", "#17", "#"), Example("#17", "#17", "#")],
)
def ensure_prefix(value: str, *, text: str) -> str:
    """Put a text in front unless the value starts with it already.

    `text`: the beginning that the result will have.
    """
    return value if value.startswith(text) else text + value


@resolver(
    "strip_prefix",
    vector=_text_vectors.strip_prefix,
    inline="{v}.removeprefix({text})",
    group="text",
    examples=[Example("SKU-17", "17", "SKU-"), Example("17", "17", "SKU-"), Example("aab", "ab", "a")],
)
def strip_prefix(value: str, *, text: str) -> str:
    """Remove a text from the start, once, if it stands there.

    `text`: the beginning to take away.
    """
    return value.removeprefix(text)


@resolver(
    "strip_suffix",
    vector=_text_vectors.strip_suffix,
    inline="{v}.removesuffix({text})",
    group="text",
    examples=[Example("17kg", "17", "kg"), Example("17", "17", "kg"), Example("17", "17", "")],
)
def strip_suffix(value: str, *, text: str) -> str:
    """Remove a text from the end, once, if it stands there.

    `text`: the end to take away.
    """
    return value.removesuffix(text)


def _checked_padding(width: int, char: str) -> None:
    if not 0 <= width <= MAX_WIDTH:
        raise ArgumentError(f"a width from 0 to {MAX_WIDTH} is needed", argument="width")
    if len(char) != 1:
        raise ArgumentError(f"{char!r} is not one character", argument="char")


@resolver(
    "pad_left",
    vector=_text_vectors.pad_left,
    factory=True,
    group="text",
    examples=[
        Example("7", "  7", 3),
        Example("7", "007", {"width": 3, "char": "0"}),
        Example("1234", "1234", 3),
        Example("7", error="M106", args={"width": 3, "char": "ab"}),
    ],
)
def pad_left(*, width: int, char: str = " ") -> Callable[[str], str]:
    """Fill up on the left to a width; a longer text stays as it is.

    `width`: the least number of characters of the result, at most 1,000,000.
    `char`: the one character to fill with. For numbers with a sign there is `zero_pad`.
    """
    _checked_padding(width, char)
    return lambda value: value.rjust(width, char)


@resolver(
    "pad_right",
    vector=_text_vectors.pad_right,
    factory=True,
    group="text",
    examples=[
        Example("7", "7  ", 3),
        Example("7", "7..", {"width": 3, "char": "."}),
        Example("7", error="M106", args=-1),
    ],
)
def pad_right(*, width: int, char: str = " ") -> Callable[[str], str]:
    """Fill up on the right to a width; a longer text stays as it is.

    `width`: the least number of characters of the result, at most 1,000,000.
    `char`: the one character to fill with.
    """
    _checked_padding(width, char)
    return lambda value: value.ljust(width, char)


@resolver(
    "zero_pad",
    vector=_text_vectors.zero_pad,
    factory=True,
    group="text",
    examples=[
        Example("42", "00042", 5),
        Example("-42", "-0042", 5),
        Example("+7", "+07", 3),
        Example("123456", "123456", 5),
    ],
)
def zero_pad(*, width: int) -> Callable[[str], str]:
    """Fill up with zeros on the left to a width, after a leading sign.

    `width`: the least number of characters of the result, sign included, at most 1,000,000.
    """
    _checked_padding(width, "0")
    return lambda value: value.zfill(width)


@resolver(
    "truncate",
    vector=_text_vectors.truncate,
    factory=True,
    group="text",
    examples=[
        Example("A long name", "A long", 6),
        Example("A long name", "A lon…", {"max": 6, "ellipsis": "…"}),
        Example("short", "short", {"max": 5, "ellipsis": "..."}),
        Example("A long name", error="M340", args={"max": 6, "on_long": "error"}),
        Example("x", error="M106", args={"max": 2, "ellipsis": "..."}),
    ],
)
def truncate(*, max: int, ellipsis: str = "", on_long: Literal["cut", "error"] = "cut") -> Callable[[str], str]:
    """Cut a text that is longer than a number of characters.

    `max`: the most characters of the result, the ellipsis included.
    `ellipsis`: what a text that was cut ends with.
    `on_long`: `cut`, or `error` to raise M340 for a longer text.
    """
    if max < len(ellipsis):
        raise ArgumentError("max must not be negative, nor shorter than the ellipsis", argument="max")
    kept = max - len(ellipsis)

    def cut(value: str) -> str:
        if len(value) <= max:
            return value
        if on_long == "error":
            raise DataError("M340", f"longer than {max} characters", value)
        return value[:kept] + ellipsis

    return cut


@resolver(
    "unicode_normalize",
    vector=_text_vectors.unicode_normalize,
    group="text",
    examples=[Example("e\u0301", "\u00e9"), Example("ﬁ", "fi", "NFKC"), Example("\u00e9", "e\u0301", {"form": "NFD"})],
)
def unicode_normalize(value: str, *, form: Literal["NFC", "NFD", "NFKC", "NFKD"] = "NFC") -> str:
    """Bring equal-looking texts into one Unicode normal form (UAX 15).

    `form`: NFC composes, NFD decomposes; NFKC and NFKD also replace compatibility characters (ligatures, full width).
    """
    return unicodedata.normalize(form, value)


RESOLVERS = (
    trim,
    trim_start,
    trim_end,
    collapse_space,
    length,
    replace,
    remove,
    prefix,
    suffix,
    ensure_prefix,
    strip_prefix,
    strip_suffix,
    pad_left,
    pad_right,
    zero_pad,
    truncate,
    unicode_normalize,
)
