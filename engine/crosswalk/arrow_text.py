"""The text of Arrow arrays as one piece, for questions that are quicker asked of all values at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def text_buffer(texts: pa.StringArray) -> pa.Buffer:
    """The bytes of all texts of a string array, one after the other, without a copy; those of nulls may be among them.

    For columnar forms and writers: whether any text has some character is one search.
    """
    import pyarrow as pa

    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return pa.py_buffer(b"")
    ends = pa.Array.from_buffers(pa.int32(), len(texts) + 1, [None, offsets], offset=texts.offset)
    start, end = ends[0].as_py(), ends[len(texts)].as_py()
    return data.slice(start, end - start)
