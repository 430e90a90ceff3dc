"""Paths through lists: the projection that columns read by finds what the JMESPath expression finds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk import MISSING, Projection
from crosswalk_paths.jmespath_language import JmesPath

names = st.sampled_from("abc")
values = st.recursive(
    st.none() | st.integers(0, 2) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)
parts = st.lists(names | st.sampled_from(["[*]", "[]", "[0]", "[-1]", "[*]", "[]"]), min_size=1, max_size=5)


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
    return [found for item in items if (found := projected(item, way.each)) is not None]


@given(parts, values)
def test_a_projection_means_the_expression(path: list[str], value: Any) -> None:
    compiled = JmesPath().compile(text_of(path), {})
    way = compiled.segments if compiled.segments is not None else compiled.projection
    assert way is not None
    found = compiled.value(value, {})
    assert projected(value, way) == (None if found is MISSING else found)


@pytest.mark.parametrize("text", ["a[?b].c", "a[:2].b", "a.*.b", "a[*].{x: b}", "a[*].b | [0]", "length(a)", "[a, b]"])
def test_other_expressions_have_none(text: str) -> None:
    compiled = JmesPath().compile(text, {})
    assert (compiled.segments, compiled.projection) == (None, None)
