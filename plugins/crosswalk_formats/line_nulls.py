"""Tells nulls of JSON lines from members that are missing, which Arrow columns have alike."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack
from typing import TYPE_CHECKING, Any

import orjson

from .ndjson_schema import Gaps

if TYPE_CHECKING:
    import pyarrow as pa

_MEMBERS = (":null", ": null")
_ITEMS = ("[null", ",null", ", null")
"""How a null stands in lines that are looked into without a parser: behind a name, as an item."""


def whole_text(text: bytes) -> pa.LargeBinaryArray:
    """The text as the one value of an array, not copied: kernels work on it while other threads run."""
    import pyarrow as pa

    return pa.Array.from_buffers(
        pa.large_binary(), 1, [None, pa.py_buffer(pack("=qq", 0, len(text))), pa.py_buffer(text)]
    )


class LineNulls:
    """What a block of lines tells; see Nulls. `gaps` parses lines."""

    def __init__(self, text: bytes, lines: pa.LargeBinaryArray, gaps: Callable[[set[int]], dict[int, Gaps]]) -> None:
        self._text = text
        self._lines = lines
        self.gaps = gaps
        self._forms: list[str] = []

    def with_null(self, places: list[int]) -> set[int]:
        """Those of the lines that have a `null` anywhere."""
        import pyarrow.compute as pc

        # Splitting finds a text several times faster than matching.
        if not places or len(pc.split_pattern(whole_text(self._text), "null", max_splits=1).values) == 1:
            return set()
        found = pc.match_substring(self._lines.take(places), "null").to_pylist()
        return {place for place, has_null in zip(places, found, strict=True) if has_null}

    def plain(self, places: set[int], names: list[str]) -> tuple[set[int], dict[str, set[int]]]:
        """The lines of one object without a backslash, and of which all nulls have a usual form.

        In such a line a quoted name, colon and null can only be a member of the record.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        rising = pa.array(sorted(places), pa.int64())
        lines = self._lines.take(rising)
        flat = pc.and_(_times(lines, "{", 1), _times(lines, "\\", 0))
        self._forms = [form for form in _MEMBERS if self._text.find(b'"' + form.encode()) >= 0]
        every = pc.count_substring(lines, "null")
        usual = pc.equal(every, _counted(lines, [f'"{form}' for form in self._forms]))
        if usual.false_count:
            usual = pc.equal(every, _counted(lines, [*(f'"{form}' for form in self._forms), *_ITEMS]))
        flat = pc.and_(flat, usual)
        if not flat.true_count:
            return set(), {}
        if flat.true_count < len(lines):
            rising, lines = rising.filter(flat), lines.filter(flat)
        return set(rising.to_pylist()), {name: self._with(name, rising, lines) for name in names}

    def _with(self, name: str, places: Any, lines: Any) -> set[int]:
        """The places of the lines with a null under a name; names that JSON writes with a backslash have none here."""
        import pyarrow.compute as pc

        found = None
        for form in self._forms:
            held = pc.match_substring(lines, orjson.dumps(name).decode() + form)
            found = held if found is None else pc.or_(found, held)
        return set() if found is None else set(places.filter(found).to_pylist())


def _times(lines: Any, text: str, count: int) -> Any:
    import pyarrow.compute as pc

    return pc.equal(pc.count_substring(lines, text), count)


def _counted(lines: Any, texts: list[str]) -> Any:
    """How often any of the texts stands in each line."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pa.repeat(pa.scalar(0, pa.int64()), len(lines))
    for text in texts:
        found = pc.add(found, pc.count_substring(lines, text).cast(pa.int64()))
    return found
