"""Near names, and the limit that keeps far-fetched ones out."""

from __future__ import annotations

import pytest

from crosswalk.spec.near import edit_distance, near_name


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("sorce", ["const", "source"], "source"),
        ("SOURCE", ["source"], "source"),
        ("on-error", ["on_error"], "on_error"),
        ("eahc", ["each"], "each"),
        ("uper", ["upper", "lower"], "upper"),
        ("passthruogh", ["passthrough"], "passthrough"),
        ("at", ["as"], "as"),
        ("trim", ["prim", "trim_start"], "prim"),
        ("x", ["y"], None),
        ("cat", ["cow"], None),
        ("price", ["store"], None),
        ("", ["a"], None),
        ("sku", [], None),
    ],
)
def test_near_name(word: str, known: list[str], found: str | None) -> None:
    assert near_name(word, known) == found


def test_edit_distance_counts_a_swap_once() -> None:
    assert edit_distance("ab", "ba", 3) == 1
    assert edit_distance("kitten", "sitting", 3) == 3
    assert edit_distance("kitten", "sitting", 2) == 3
    assert edit_distance("a", "abcdef", 2) == 3
