"""Proves the quotes of a csv text regular with Arrow kernels, and finds what stands between the quoted cells."""

from __future__ import annotations

from typing import Any


def outside_quotes(data: bytes, marks: bytes, quote: str, delimiter: str) -> tuple[bytes, list[int] | None] | None:
    """The `marks` outside quoted cells, and the line breaks before each record if not every line is one.

    `data` starts at a record; `marks` is what is left of it without ordinary characters. None when a quote does not
    stand right after a delimiter or line break, or right before one, or is not one of a doubled pair in a quoted cell:
    readers differ in what they make of those.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    # Quotes that are not doubled open and close cells in turn. Of a doubled pair, the first seems to close and the
    # second to open again, which comes to the same.
    padded = _bytes_array(b"\n" + data + b"\n")
    places = pc.indices_nonzero(pc.equal(padded, pa.scalar(ord(quote), pa.uint8())))
    if len(places) % 2:
        return None
    pairs = pa.FixedSizeListArray.from_arrays(places, 2)
    before = padded.take(pc.subtract(pc.list_element(pairs, 0), 1))
    after = padded.take(pc.add(pc.list_element(pairs, 1), 1))
    if not _all_in(before, f"{delimiter}{quote}\n") or not _all_in(after, f"{delimiter}{quote}\r\n"):
        return None
    every = _bytes_array(marks)
    quotes = pc.equal(every, pa.scalar(ord(quote), pa.uint8()))
    parity = pc.bit_wise_and(pc.cumulative_sum(quotes.cast(pa.uint8())), pa.scalar(1, pa.uint8()))
    outside = pc.equal(parity, pa.scalar(0, pa.uint8()))
    outer = _bytes_of(every.filter(pc.and_not(outside, quotes)))
    if outer.count(b"\n") == marks.count(b"\n"):
        return outer, None
    ends = pc.indices_nonzero(outside.filter(pc.equal(every, pa.scalar(10, pa.uint8()))))
    return outer, [0, *pc.add(ends, 1).to_pylist()]


def _all_in(found: Any, allowed: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(allowed.encode(), pa.uint8())
    return pc.all(pc.is_in(found, wanted)).as_py() is not False


def _bytes_array(data: bytes) -> Any:
    import pyarrow as pa

    return pa.Array.from_buffers(pa.uint8(), len(data), [None, pa.py_buffer(data)])


def _bytes_of(array: Any) -> bytes:
    buffer = array.buffers()[1]
    found: bytes = buffer.slice(array.offset, len(array)).to_pybytes()
    return found
