"""`text_buffer`: the text of an array, wherever the array begins and ends in its buffers."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from crosswalk import text_buffer


@given(texts=st.lists(st.text(max_size=4), max_size=6), start=st.integers(0, 6), size=st.integers(0, 6))
def test_it_is_the_text_of_the_slice_alone(texts: list[str], start: int, size: int) -> None:
    part = pa.array(texts, pa.string()).slice(min(start, len(texts)), size)
    assert text_buffer(part).to_pybytes() == "".join(part.to_pylist()).encode()


def test_nulls_alone_have_no_text() -> None:
    assert text_buffer(pa.nulls(3, pa.string())).size == 0
    assert text_buffer(pa.array(["a", None, "b"])).to_pybytes() == b"ab"
