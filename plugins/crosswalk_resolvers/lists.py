"""Taking lists apart and putting them in shape: look here for first, slice, join, distinct, sort and the like."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

from crosswalk import MISSING, ArgumentError, DataError, Example, Ref, Resolver, resolver, text_of, type_name

from . import _list_part_vectors, _list_vectors
from ._equal import key_of, present, sort_key


@resolver(
    "first",
    vector=_list_part_vectors.first,
    group="list",
    inline="({v}[0] if {v} else M)",
    examples=[Example(["a", "b"], "a"), Example([], MISSING), Example([None, 1], None), Example("a", error="M313")],
)
def first(value: list[Any]) -> Any:
    """Give the first element; missing for an empty list."""
    return value[0] if value else MISSING


@resolver(
    "last",
    vector=_list_part_vectors.last,
    group="list",
    inline="({v}[-1] if {v} else M)",
    examples=[Example(["a", "b"], "b"), Example([], MISSING), Example({"a": 1}, error="M313")],
)
def last(value: list[Any]) -> Any:
    """Give the last element; missing for an empty list."""
    return value[-1] if value else MISSING


@resolver(
    "nth",
    vector=_list_part_vectors.nth,
    group="list",
    inline="({v}[{i}] if -len({v}) <= {i} < len({v}) else M)",
    examples=[
        Example(["a", "b", "c"], "b", args=1),
        Example(["a", "b", "c"], "c", args={"i": -1}),
        Example(["a"], MISSING, args=1),
        Example("a", args=0, error="M313"),
    ],
)
def nth(value: list[Any], *, i: int) -> Any:
    """Give the element at position `i`, counted from 0, or from the end with -1 for the last; missing beyond."""
    return value[i] if -len(value) <= i < len(value) else MISSING


@resolver(
    "only",
    vector=_list_part_vectors.only,
    group="list",
    examples=[Example(["a"], "a"), Example([], MISSING), Example(["a", "b"], error="M312")],
)
def only(value: list[Any]) -> Any:
    """Give the one element of a list; missing for an empty list, M312 for more than one."""
    if len(value) > 1:
        raise DataError("M312", "several values where one is expected", value)
    return value[0] if value else MISSING


@resolver(
    "unwrap",
    vector=_list_part_vectors.unwrap,
    group="list",
    examples=[
        Example(["a"], "a"),
        Example("a", "a"),
        Example([], MISSING),
        Example([["a"]], ["a"]),
        Example(["a", "b"], error="M312"),
    ],
)
def unwrap(value: Any) -> Any:
    """Turn a list of one into its element; what is no list stays, an empty list is missing, more than one M312."""
    if type(value) is not list:
        return value
    if len(value) > 1:
        raise DataError("M312", "several values where one is expected", value)
    return value[0] if value else MISSING


@resolver(
    "wrap",
    vector=_list_part_vectors.wrap,
    group="list",
    null="aware",
    inline="({v} if type({v}) is list else {f}({v}))",
    examples=[
        Example("a", ["a"]),
        Example(["a"], ["a"]),
        Example({"a": 1}, [{"a": 1}]),
        Example(None, []),
        Example(MISSING, []),
    ],
)
def wrap(value: Any) -> list[Any]:
    """Turn a value into a list of one; a list stays, missing and null give an empty list."""
    if type(value) is list:
        return value
    return [] if value is None or value is MISSING else [value]


@resolver(
    "slice",
    vector=_list_part_vectors.part,
    group="list",
    inline="{v}[{start}:{end}]",
    examples=[
        Example([1, 2, 3, 4], [2, 3], args={"start": 1, "end": 3}),
        Example([1, 2, 3, 4], [3, 4], args=-2),
        Example([1, 2], [], args=5),
        Example("abc", args=1, error="M313"),
    ],
)
def slice_(value: list[Any], *, start: int = 0, end: int | None = None) -> list[Any]:
    """Give the elements from position `start` up to, not including, `end` (default: all the rest).

    Positions count from 0, negative ones from the end; beyond the list there is nothing, never an error.
    """
    return value[start:end]


@resolver(
    "take",
    vector=_list_part_vectors.take,
    group="list",
    factory=True,
    inline="{v}[:{n}]",
    examples=[
        Example([1, 2, 3], [1, 2], args=2),
        Example([1], [1], args={"n": 5}),
        Example([1], args=-1, error="M106"),
    ],
)
def take(*, n: int) -> Callable[[list[Any]], list[Any]]:
    """Give the first `n` elements, or all if there are fewer."""
    if n < 0:
        raise ArgumentError("the number of elements is negative", argument="n", fix='use {"slice": {"start": -3}}')
    return lambda value: value[:n]


@resolver(
    "join",
    vector=_list_vectors.joined,
    group="list",
    examples=[
        Example(["a", "b"], "a|b", args="|"),
        Example(["a", None, 2, True], "a, 2, true", args={"by": ", "}),
        Example([], "", args="|"),
        Example(None, None, args="|"),
        Example([["a"]], args="|", error="M313"),
    ],
)
def join(value: list[Any], *, by: str) -> str:
    """Join the elements into one text with `by` between them; nulls in the list are left out.

    Numbers, dates and booleans are written as `string` writes them; lists and objects are M313. An empty list gives
    an empty text, while a missing or null list stays missing or null.
    """
    try:
        return by.join(value)
    except TypeError:
        return by.join([text_of(item) for item in present(value)])


@resolver(
    "flatten",
    vector=_list_part_vectors.flatten,
    group="list",
    factory=True,
    examples=[
        Example([[1, 2], [3], 4], [1, 2, 3, 4]),
        Example([[1, [2]]], [1, [2]]),
        Example([[1, [2]]], [1, 2], args=2),
        Example([[1]], args={"depth": 0}, error="M106"),
    ],
)
def flatten(*, depth: int = 1) -> Callable[[list[Any]], list[Any]]:
    """Replace lists within the list by their elements, `depth` levels deep; other elements stay."""
    if depth < 1:
        raise ArgumentError("the depth must be 1 or more", argument="depth")

    def run(value: list[Any]) -> list[Any]:
        for _ in range(depth):
            if list not in map(type, value):
                break
            value = list(chain.from_iterable([item if type(item) is list else (item,) for item in value]))
        return value

    return run


@resolver(
    "compact",
    vector=_list_part_vectors.compact,
    group="list",
    examples=[Example(["a", None, "", 0], ["a", "", 0]), Example([], []), Example({}, error="M313")],
)
def compact(value: list[Any]) -> list[Any]:
    """Leave out the nulls; empty texts, zeros and false stay."""
    return present(value)


@resolver(
    "distinct",
    vector=_list_part_vectors.distinct,
    group="list",
    examples=[
        Example(["b", "a", "b"], ["b", "a"]),
        Example([1, 1.0, True, "1"], [1, True, "1"]),
        Example([{"a": 1}, {"a": 1}], [{"a": 1}]),
        Example("aa", error="M313"),
    ],
)
def distinct(value: list[Any]) -> list[Any]:
    """Leave out repeated elements, keeping the first of each in place.

    Objects and lists are compared with all they hold; 1 equals 1.0 but not true and not "1".
    """
    seen: dict[Any, Any] = {}
    for item in value:
        seen.setdefault(key_of(item), item)
    return list(seen.values())


def _sorted(items: list[Any], keys: list[Any], desc: bool) -> list[Any]:
    """The items in the order of their keys, stable; those whose key is null or missing come last."""
    held = [at for at, key in enumerate(keys) if key is not None and key is not MISSING]
    convert = sort_key([keys[at] for at in held])
    order = sorted(held, key=(lambda at: convert(keys[at])) if convert else keys.__getitem__, reverse=desc)
    order += [at for at, key in enumerate(keys) if key is None or key is MISSING]
    return [items[at] for at in order]


@resolver(
    "sort",
    vector=_list_part_vectors.ordered,
    group="list",
    examples=[
        Example(["b", "B", "a"], ["B", "a", "b"]),
        Example([2, None, 10.5, 1], [10.5, 2, 1, None], args={"desc": True}),
        Example([1, "2"], error="M320"),
        Example([[1]], error="M313"),
    ],
)
def sort(value: list[Any], *, desc: bool = False) -> list[Any]:
    """Sort the elements upwards, or downwards with `desc`; nulls come last either way.

    Numbers sort by size across their types, texts by code point (no locale), false before true. A mix of types is
    M320, lists and objects are M313 (`sort_by` sorts objects). Equal elements keep their order.
    """
    return _sorted(value, value, desc)


@resolver(
    "sort_by",
    group="list",
    factory=True,
    examples=[
        Example([{"n": 2}, {"n": 1}], [{"n": 1}, {"n": 2}], args="n"),
        Example(
            [{"a": {"b": 1}}, {"a": {}}, {"a": {"b": 2}}],
            [{"a": {"b": 2}}, {"a": {"b": 1}}, {"a": {}}],
            args={"field": "a.b", "desc": True},
        ),
        Example([{"n": 2}, {"n": "1"}], args="n", error="M320"),
        Example([1], args="n", error="M313"),
        Example([], args="", error="M106"),
    ],
)
def sort_by(*, field: str, desc: bool = False) -> Callable[[list[Any]], list[Any]]:
    """Sort objects by one of their members, upwards or downwards with `desc`; those without it come last.

    `field` is a name, or names with dots between them for objects within. Order and errors as in `sort`; an element
    that is no object is M313.
    """
    names = field.split(".")
    if not all(names):
        raise ArgumentError(f"{field!r} is not a field name", argument="field", fix='a name such as "price" or "a.b"')

    def key(item: Any) -> Any:
        if type(item) is not dict:
            raise DataError("M313", f"sort_by needs objects in the list, not {type_name(item)}", item)
        for name in names:
            item = item.get(name, MISSING) if type(item) is dict else MISSING
        return item

    return lambda value: _sorted(value, [key(item) for item in value], desc)


@resolver(
    "includes",
    vector=_list_part_vectors.includes,
    group="list",
    examples=[
        Example(["a", "b"], True, args="a"),
        Example([1, 2], True, args={"x": 1.0}),
        Example([True], False, args=1),
        Example([{"a": [1]}], True, args={"x": {"a": [1]}}),
        Example("abc", args="a", error="M313"),
    ],
)
def includes(value: list[Any], *, x: Ref[Any]) -> bool:
    """Tell whether an element equals `x`, a constant or a `$variable`; equality as in `distinct`."""
    wanted = key_of(x)
    return any(key_of(item) == wanted for item in value)


RESOLVERS: tuple[Resolver, ...] = (
    first,
    last,
    nth,
    only,
    unwrap,
    wrap,
    slice_,
    take,
    join,
    flatten,
    compact,
    distinct,
    sort,
    sort_by,
    includes,
)
