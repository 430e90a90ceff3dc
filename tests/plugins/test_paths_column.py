"""Column paths and the hook that offers all three languages."""

from __future__ import annotations

import pytest

import crosswalk_paths
from crosswalk import MISSING, PathError
from crosswalk_paths.column import Column


@pytest.mark.parametrize("name", ["SKU", "unit price", "a.b[0]", "größe", " "])
def test_the_whole_text_is_the_name(name: str) -> None:
    path = Column().compile(name, {})
    assert path.segments == (name,)
    assert path.value({name: "x"}, {}) == "x"
    assert path.value({name: None}, {}) is None
    assert path.value({}, {}) is MISSING
    assert path.value(["no record"], {}) is MISSING


def test_the_empty_name_is_refused() -> None:
    with pytest.raises(PathError):
        Column().compile("", {})


def test_the_hook_offers_three_languages() -> None:
    languages = crosswalk_paths.crosswalk_path_languages()
    assert {language.name: language.variable_separator for language in languages} == {
        "column": ".",
        "jmespath": ".",
        "xpath": "/",
    }
