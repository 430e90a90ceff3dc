"""Masks of records, of which None stands for one that is true nowhere."""

from __future__ import annotations

from typing import Any


def mask(places: set[int], size: int) -> Any:
    """A BooleanArray that is true at the places; None without any."""
    import pyarrow as pa

    if not places:
        return None
    marks = bytearray(size)
    for place in places:
        marks[place] = 1
    bytes_ = pa.Array.from_buffers(pa.uint8(), size, [None, pa.py_buffer(bytes(marks))])
    return bytes_.cast(pa.bool_())


def either(left: Any, right: Any) -> Any:
    """What one of two masks has, or both."""
    import pyarrow.compute as pc

    if left is None or right is None:
        return right if left is None else left
    return pc.or_(left, right)


def places_of(mask: Any) -> list[int]:
    """Where the mask is true, rising."""
    import pyarrow.compute as pc

    if mask is None:
        return []
    places: list[int] = pc.indices_nonzero(mask).to_pylist()
    return places
