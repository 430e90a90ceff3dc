"""What the random tests of both back ends share: a mapping by rows and by columns, and records of one shape."""

from __future__ import annotations

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from test_random_mappings import NAMES, compiled

from crosswalk import Mapper, UsageError


def both(spec: dict[str, Any]) -> tuple[Mapper, Mapper]:
    """The mapping by rows and by columns; the example is passed over where it is refused, or has no columnar form."""
    mapper = compiled(spec)
    assume(mapper is not None)
    assert mapper is not None
    try:
        columnar = mapper.with_back_end("columnar")
    except UsageError:
        assume(False)
    return mapper.with_back_end("row"), columnar


def alike(kinds: Any, null: str, most: int) -> st.SearchStrategy[list[Any]]:
    """Up to `most` records with members of one shape, made of `kinds`; some members are missing, `a` or `null` null."""
    shapes: st.SearchStrategy[st.SearchStrategy[Any]] = st.recursive(
        kinds,
        lambda inner: st.one_of(
            inner.map(lambda item: st.lists(item, max_size=3)),
            st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=2).map(
                lambda members: st.fixed_dictionaries({}, optional=members)
            ),
        ),
        max_leaves=3,
    )
    return st.fixed_dictionaries(dict.fromkeys(NAMES, shapes)).flatmap(
        lambda shape: st.lists(
            st.one_of(
                st.fixed_dictionaries(shape),
                st.fixed_dictionaries(shape),
                st.fixed_dictionaries({}, optional=shape),
                st.fixed_dictionaries({"a": st.none() | shape["a"]}, optional={"b": shape["b"], null: st.none()}),
            ),
            min_size=1,
            max_size=most,
        )
    )
