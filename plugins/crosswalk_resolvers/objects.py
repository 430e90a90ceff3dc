"""Working on the members of objects: look here for keys, values, entries, pick, omit, rename and merge."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from typing import Any, cast

from crosswalk import DataError, Example, Ref, Resolver, resolver, type_name

_AB = {"a": 1, "b": 2}


@resolver("keys", group="object", inline="list({v})", examples=[Example(_AB, ["a", "b"]), Example([], error="M313")])
def keys(value: dict[str, Any]) -> list[str]:
    """List the names of the members, in their order."""
    return list(value)


@resolver("values", group="object", inline="list({v}.values())", examples=[Example(_AB, [1, 2]), Example({}, [])])
def values(value: dict[str, Any]) -> list[Any]:
    """List the values of the members, in their order."""
    return list(value.values())


@resolver(
    "entries",
    group="object",
    examples=[Example(_AB, [{"key": "a", "value": 1}, {"key": "b", "value": 2}]), Example({}, [])],
)
def entries(value: dict[str, Any]) -> list[Any]:
    """Turn an object into a list of its members, each an object with `key` and `value`."""
    return [{"key": name, "value": member} for name, member in value.items()]


@resolver(
    "from_entries",
    group="object",
    examples=[
        Example([{"key": "a", "value": 1}, {"key": "b", "value": None}], {"a": 1, "b": None}),
        Example([], {}),
        Example([{"key": "a", "value": 1}, {"key": "a", "value": 1}], error="M316"),
        Example([{"key": "a"}], error="M315"),
        Example([{"key": 1, "value": 1}], error="M315"),
    ],
)
def from_entries(value: list[Any]) -> dict[str, Any]:
    """Turn a list of objects with `key` and `value` into one object, the inverse of `entries`.

    M315 for an element that is not such an object, M316 for a key that comes twice. Keys are texts.
    """
    found: dict[str, Any] = {}
    for item in value:
        if type(item) is not dict or type(item.get("key")) is not str or "value" not in item:
            raise DataError("M315", 'every element must be an object with "key", a text, and "value"', item)
        if item["key"] in found:
            raise DataError("M316", "a key comes twice", item)
        found[item["key"]] = item["value"]
    return found


@resolver(
    "pick",
    group="object",
    factory=True,
    examples=[
        Example({"a": 1, "b": 2, "c": None}, {"c": None, "a": 1}, args=["c", "a", "x"]),
        Example(_AB, {"b": 2}, args={"keys": ["b"]}),
        Example("a", args=["a"], error="M313"),
    ],
)
def pick(*, keys: list[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Keep the named members only, in the order named; those that the object does not have are left out."""
    return lambda value: {name: value[name] for name in keys if name in value}


@resolver(
    "omit",
    group="object",
    factory=True,
    examples=[
        Example({"id": 1, "card_no": 2, "card_cvc": 3}, {"id": 1}, args=["card_*"]),
        Example(_AB, {"a": 1}, args={"keys": ["b"]}),
        Example(["a"], args=["a"], error="M313"),
    ],
)
def omit(*, keys: list[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Leave out the members whose name fits one of the globs: `*` any text, `?` one character, `[ab]` one of these.

    Upper and lower case differ.
    """
    if not keys:
        return lambda value: value
    fits = re.compile("|".join(fnmatch.translate(glob) for glob in keys)).match
    return lambda value: {name: member for name, member in value.items() if not fits(name)}


@resolver(
    "rename",
    group="object",
    factory=True,
    examples=[
        Example(_AB, {"x": 1, "b": 2}, args={"a": "x", "other": "y"}),
        Example(_AB, {"b": 1, "a": 2}, args={"a": "b", "b": "a"}),
        Example(_AB, args={"a": "b"}, error="M316"),
    ],
)
def rename(**names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Give members new names, `{"old": "new"}`; order and other members stay.

    A name that the object does not have is no error; two members of one name are M316.
    """

    def run(value: dict[str, Any]) -> dict[str, Any]:
        found = {names.get(name, name): member for name, member in value.items()}
        if len(found) != len(value):
            raise DataError("M316", "two members would have one name", sorted(value))
        return found

    return run


@resolver(
    "merge",
    group="object",
    examples=[
        Example(_AB, {"a": 1, "b": 3, "c": 4}, args={"b": {"b": 3, "c": 4}}),
        Example({"a": {"x": 1}}, {"a": {"y": 2}}, args={"b": {"a": {"y": 2}}}),
        Example([1], args={"b": {}}, error="M313"),
    ],
)
def merge(value: dict[str, Any], *, b: Ref[dict[str, Any]]) -> dict[str, Any]:
    """Add the members of `b`, which win over those of the same name; objects within are replaced, not merged.

    `b` is an object or a `$variable` holding one (M313 if that is null).
    """
    other = cast("Any", b)
    if type(other) is not dict:
        raise DataError("M313", f"the argument b needs an object, not {type_name(other)}", other)
    return {**value, **other}


RESOLVERS: tuple[Resolver, ...] = (keys, values, entries, from_entries, pick, omit, rename, merge)
