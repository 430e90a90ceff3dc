"""Paths through lists: the projection that columns read by finds what the JMESPath expression finds."""

from __future__ import annotations

import operator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crosswalk import MISSING, Comparison, CompiledPath, DataError, Extreme, Needs, Projection
from crosswalk_paths.jmespath_language import JmesPath

names = st.sampled_from("abc")
values = st.recursive(
    st.none() | st.integers(0, 2) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)
filters = ["[?a=='x']", "[?b.c > `0`]", "[?a != `1`]", "[?b]", "[?length(a[*]) == `2`]"]
ends = st.sampled_from(["", "", " | [0]", " | [-1].b", " | [1].a[0]"])
parts = st.lists(names | st.sampled_from(["[*]", "[]", "[0]", "[-1]", "[*]", "[]", *filters]), min_size=1, max_size=5)


def text_of(found: list[str]) -> str:
    return "".join(part if part.startswith("[") or not place else f".{part}" for place, part in enumerate(found))


def plain(value: Any, segments: tuple[str | int, ...]) -> Any:
    for segment in segments:
        if isinstance(segment, str):
            value = value.get(segment) if isinstance(value, dict) else None
        else:
            inside = isinstance(value, list) and -len(value) <= segment < len(value)
            value = value[segment] if inside else None
    return value


def projected(value: Any, way: Projection | tuple[str | int, ...]) -> Any:
    """What the documentation of Projection says."""
    if isinstance(way, tuple):
        return plain(value, way)
    items = projected(value, way.base)
    if not isinstance(items, list):
        return None
    if way.flat:
        items = [one for item in items for one in (item if isinstance(item, list) else [item])]
    assert way.where is not None or way.comparison is None
    if way.comparison is not None:
        assert way.where is not None
        passing = [item for item in items if compared(item, way.comparison)]
        assert passing == [item for item in items if valued(way.where, item)]
    items = [item for item in items if way.where is None or valued(way.where, item)]
    found = [one for item in items if (one := projected(item, way.each)) is not None]
    if way.order is not None:
        found = sorted(found, key=lambda item: plain(item, way.order or ()))
        found = found[::-1] if way.backwards else found
    return plain(found if way.extreme is None else best(found, way.extreme), way.then)


def best(items: list[Any], extreme: Extreme) -> Any:
    """What the documentation of Extreme says, of values that do not fail."""
    keys = [plain(item, extreme.key) for item in items]
    wanted = (max if extreme.largest else min)(keys, default=None)
    return items[keys.index(wanted)] if items else None


def valued(path: CompiledPath, value: Any) -> Any:
    """What a path finds; None for a value that it refuses."""
    try:
        return path.value(value, {})
    except DataError:
        return None


FAILED = object()


def compiled_or_failed(path: CompiledPath, value: Any) -> Any:
    """What a path finds; FAILED for a value that it refuses."""
    try:
        return path.value(value, {})
    except DataError:
        return FAILED


def compared(value: Any, comparison: Comparison) -> bool:
    """What the documentation of Comparison says."""
    found, constant = plain(value, comparison.path), comparison.constant
    number = type(found) in (int, float) and type(constant) is int
    if comparison.op in ("eq", "ne"):
        alike = found == constant if number else type(found) is type(constant) and found == constant
        return alike is (comparison.op == "eq")
    order = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}[comparison.op]
    return number and bool(order(found, constant))


@given(parts, ends, values)
def test_a_projection_means_the_expression(path: list[str], end: str, value: Any) -> None:
    text = text_of(path)
    compiled = JmesPath().compile(text + end if "[*]" in text or "[]" in text or "?" in text else text, {})
    way = compiled.segments if compiled.segments is not None else compiled.projection
    assert way is not None
    found = valued(compiled, value)
    assume(found is not None or "length" not in text)
    assert projected(value, way) == (None if found is MISSING else found)


lists = st.lists(st.dictionaries(names, st.integers(0, 3), min_size=2), max_size=4)
alike = st.fixed_dictionaries({"a": lists, "b": st.lists(st.fixed_dictionaries({"a": lists, "c": st.just(1)}))})
BY_KEY = [
    *("max_by(a, &b).c", "min_by(a[?c != `0`], &a).b", "b[*].max_by(a, &c).a", "max_by(b, &c).a[*].b"),
    *("max_by(a, &c) | a", "sort_by(a, &b)", "sort_by(a, &b)[*].c", "sort_by(a[?c > `1`], &a)[0].b"),
    *(
        "b[*].sort_by(a, &c)[-1].a",
        "sort_by(sort_by(a, &b), &c)",
        "max_by(sort_by(a, &b), &c).a",
        *("sort_by(b, &c)[].a[]", "sort_by(b, &c)[-1].a[*].b", "b[*] | [0].a[?c > `1`].b", "b[?c] | [1].a[*].b | [0]"),
        *("reverse(sort_by(a, &b))", "reverse(sort_by(a[?c], &b))[0].c", "sort_by(reverse(sort_by(a, &b)), &c)"),
        *("b[*].c | [*]", "max_by(a, &b) | [*].c", "b[*] | [].a[]"),
    ),
]


@settings(max_examples=300)
@given(st.sampled_from(BY_KEY), alike)
def test_lists_by_key(text: str, value: Any) -> None:
    compiled = JmesPath().compile(text, {})
    assert compiled.projection is not None
    found = compiled_or_failed(compiled, value)
    assume(found is not FAILED)
    assert projected(value, compiled.projection) == (None if found is MISSING else found)


@pytest.mark.parametrize("text", ["max_by(a, &b)", "max_by(a, &b) | @", "max_by(a, &b || c).a", "max_by(c || a, &b).a"])
def test_extremes_of_which_more_is_asked_have_none(text: str) -> None:
    assert JmesPath().compile(text, {}).projection is None


@pytest.mark.parametrize("text", ["a[:2].b", "a.*.b", "a[*].{x: b}", "a[*].b | length(@)", "length(a)", "[a, b]"])
def test_other_expressions_have_none(text: str) -> None:
    compiled = JmesPath().compile(text, {})
    assert (compiled.segments, compiled.projection) == (None, None)


EXPRESSIONS = [
    *("a || b.c", "a && b", "a == b.c", "!c", "[a, b]", "{k: a, l: b.c}", "a[*].{k: b} | [0].k", "b.*", "c[:2]"),
    *("not_null(b.c, a)", "to_string(b)", "max(a)", "keys(c)", "type(b)", "length(a[0])", "a[] | length(@)"),
    *("sort_by(a, &b)[*].c", "map(&b.c, a)", "reverse(c)", "max_by(a, &b).c", "a[].b | length(@)", "sum(b[].c)"),
    *("to_array(a)[0].b", "merge(a, b)", "contains(b, 'x')", "`1`", "length(@)", "@ || a", "a[?@].b", "a[?b || c]"),
    *("to_array(b)[*].a", "(a || b)[0].c", "a[?!b].c | length(@)", "join('', a[].b)", "[a[0], b[*].c[]] | [1][0]"),
    *("a[?b.c].b.a[1]", "length(a[1:])", "type(a[].b)", "a[*][?b]", "values(a[0]) | [0].b", "b[?type(@) == 'object']"),
]


def seen(value: Any, needs: Needs, *, of_list: bool = False) -> Any:
    """No more of a value than is looked at."""
    if needs.whole:
        return value
    if isinstance(value, list):
        inner = [seen(item, needs, of_list=True) for item in value]
        return (
            inner
            if needs.sizes or needs.members
            else [item if item is None or isinstance(item, list) else True for item in inner]
        )
    if not isinstance(value, dict):
        return value
    made = {name: seen(value[name], inner) for name, inner in needs.members.items() if name in value}
    counted = needs.sizes if of_list else needs.size
    return {**{f"other{number}": None for number in range(len(value) - len(made))}, **made} if counted else made


@settings(max_examples=500)
@given(st.sampled_from(EXPRESSIONS) | st.sampled_from(filters).map("b{}".format), values)
def test_an_expression_looks_at_no_more_than_it_says(text: str, value: Any) -> None:
    """The rest of the context makes no difference, and neither does the order of members that are not looked at."""
    compiled = JmesPath().compile(text, {})
    assert compiled.needs is not None
    assert valued(compiled, seen(value, compiled.needs)) == valued(compiled, value)
