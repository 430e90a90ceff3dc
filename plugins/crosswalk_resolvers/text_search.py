"""Text resolvers that look for a text or a regular expression: tests, positions, extraction, splitting."""

from __future__ import annotations

import re
from collections.abc import Callable

from crosswalk import MISSING, ArgumentError, DataError, Example, Missing, resolver

from . import _search_vectors


def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression (Python's syntax); raises ArgumentError with the position for a bad one."""
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ArgumentError(f"not a regular expression: {error}", argument="pattern") from error


def _check_template(template: str, pattern: re.Pattern[str]) -> None:
    # A template is only read at the first match, so read it against an always matching pattern with the same groups.
    names = {number: name for name, number in pattern.groupindex.items()}
    groups = [f"(?P<{names[n]}>)" if n in names else "()" for n in range(1, pattern.groups + 1)]
    try:
        re.sub("".join(groups), template, "", count=1)
    except (re.error, IndexError) as error:
        raise ArgumentError(f"not a replacement for this pattern: {error}", argument="with") from error


@resolver(
    "replace_regex",
    vector=_search_vectors.replace_regex,
    factory=True,
    group="text",
    examples=[
        Example("AB12", "12-AB", {"pattern": r"^([A-Z]+)(\d+)$", "with": r"\2-\1"}),
        Example("a1b22", "a#b#", {"pattern": r"[0-9]+", "with": "#"}),
        Example("a", error="M106", args={"pattern": "(", "with": ""}),
        Example("a", error="M106", args={"pattern": "a", "with": r"\1"}),
    ],
)
def replace_regex(*, pattern: str, with_: str) -> Callable[[str], str]:
    r"""Replace every match of a regular expression.

    `pattern`: a regular expression in Python's syntax.
    `with`: the replacement; `\1` or `\g<name>` stand for groups, `\\` for a backslash.
    """
    expression = compiled(pattern)
    _check_template(with_, expression)
    sub = expression.sub
    return lambda value: sub(with_, value)


@resolver(
    "matches",
    vector=_search_vectors.matches,
    factory=True,
    group="text",
    examples=[
        Example("AB-12", True, r"^[A-Z]{2}-\d+$"),
        Example("xAB-12", False, r"^[A-Z]{2}"),
        Example("a", error="M106", args="["),
        Example(None, None, "a"),
    ],
)
def matches(*, pattern: str) -> Callable[[str], bool]:
    """Tell whether a regular expression matches somewhere in the text; anchor it with `^` and `$` for the whole.

    `pattern`: a regular expression in Python's syntax.
    """
    search = compiled(pattern).search
    return lambda value: search(value) is not None


@resolver(
    "extract",
    vector=_search_vectors.extract,
    factory=True,
    group="text",
    examples=[
        Example("Order 123 of 9", "123", r"\d+"),
        Example("SKU: AB-1", "AB-1", r"SKU: (\S+)"),
        Example("12kg", "kg", {"pattern": r"(?P<n>\d+)(?P<unit>\w+)", "group": "unit"}),
        Example("none", MISSING, r"\d+"),
        Example("none", error="M341", args={"pattern": r"\d+", "required": True}),
        Example("a", error="M106", args={"pattern": "a", "group": 1}),
    ],
)
def extract(*, pattern: str, group: int | str | None = None, required: bool = False) -> Callable[[str], str | Missing]:
    """Take what the first match of a regular expression found; missing when nothing matches.

    `pattern`: a regular expression in Python's syntax.
    `group`: number or name of the group to take, 0 for the whole match; without it the first group, if there is one.
    `required`: raise M341 instead when nothing matches.
    """
    expression = compiled(pattern)
    wanted = group if group is not None else min(1, expression.groups)
    if wanted not in expression.groupindex and wanted not in range(expression.groups + 1):
        raise ArgumentError(f"the pattern has no group {wanted!r}", argument="group")
    search = expression.search

    def take(value: str) -> str | Missing:
        match = search(value)
        found = None if match is None else match[wanted]
        if found is not None:
            return found
        if required:
            raise DataError("M341", "does not match the pattern", value)
        return MISSING

    return take


@resolver(
    "split",
    vector=_search_vectors.split,
    factory=True,
    group="text",
    examples=[
        Example("a,b,,c", ["a", "b", "", "c"], ","),
        Example("a,b,c", ["a", "b,c"], {"by": ",", "limit": 2}),
        Example("", [""], ","),
        Example("a", error="M106", args=""),
    ],
)
def split(*, by: str, limit: int | None = None) -> Callable[[str], list[str]]:
    """Split at every occurrence of a text; the empty text gives a list of one empty text.

    `by`: the separator, taken literally.
    `limit`: the most parts; the last one holds the rest.
    """
    if not by:
        raise ArgumentError("an empty separator stands everywhere", argument="by")
    if limit is None:
        return lambda value: value.split(by)
    if limit < 1:
        raise ArgumentError("there is at least one part", argument="limit")
    cuts = limit - 1
    return lambda value: value.split(by, cuts)


@resolver(
    "split_regex",
    vector=_search_vectors.split_regex,
    factory=True,
    group="text",
    examples=[
        Example("a, b;c", ["a", "b", "c"], r"[,;]\s*"),
        Example("a1b2c", ["a", "b", "c"], r"(\d)"),
        Example("", [""], ","),
        Example("a", error="M106", args="*"),
    ],
)
def split_regex(*, pattern: str) -> Callable[[str], list[str]]:
    """Split at every match of a regular expression; what groups captured is left out.

    `pattern`: a regular expression in Python's syntax.
    """
    expression = compiled(pattern)
    split, step = expression.split, expression.groups + 1
    # `re` interleaves the captured groups with the parts.
    return lambda value: split(value)[::step]


@resolver(
    "starts_with",
    vector=_search_vectors.starts_with,
    inline="{v}.startswith({text})",
    group="text",
    examples=[Example("abc", True, "ab"), Example("abc", False, "b")],
)
def starts_with(value: str, *, text: str) -> bool:
    """Tell whether the value starts with a text.

    `text`: the text, compared case-sensitively.
    """
    return value.startswith(text)


@resolver(
    "ends_with",
    vector=_search_vectors.ends_with,
    inline="{v}.endswith({text})",
    group="text",
    examples=[Example("abc", True, "bc"), Example("abc", False, "b")],
)
def ends_with(value: str, *, text: str) -> bool:
    """Tell whether the value ends with a text.

    `text`: the text, compared case-sensitively.
    """
    return value.endswith(text)


@resolver(
    "contains",
    vector=_search_vectors.contains,
    inline="({text} in {v})",
    group="text",
    examples=[Example("abc", True, "b"), Example("abc", False, "B")],
)
def contains(value: str, *, text: str) -> bool:
    """Tell whether a text stands somewhere in the value; for lists there is `includes`.

    `text`: the text, compared case-sensitively.
    """
    return text in value


@resolver(
    "is_in",
    vector=_search_vectors.is_in,
    factory=True,
    group="text",
    examples=[Example("AU", True, ["AU", "NZ"]), Example("au", False, ["AU", "NZ"]), Example(None, None, ["AU"])],
)
def is_in(*, values: list[str]) -> Callable[[str], bool]:
    """Tell whether the value is one of several texts; to refuse others there is `one_of`.

    `values`: the texts, compared case-sensitively.
    """
    return frozenset(values).__contains__


@resolver(
    "index_of",
    vector=_search_vectors.index_of,
    inline="{v}.find({text})",
    group="text",
    examples=[Example("abcb", 1, "b"), Example("abc", -1, "x")],
)
def index_of(value: str, *, text: str) -> int:
    """Give the position of the first occurrence of a text, counted from 0, or -1 when there is none.

    `text`: the text, compared case-sensitively.
    """
    return value.find(text)


RESOLVERS = (
    replace_regex,
    matches,
    extract,
    split,
    split_regex,
    starts_with,
    ends_with,
    contains,
    is_in,
    index_of,
)
