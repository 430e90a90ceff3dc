"""Items of a JSON list that are read as columns where that means the same, else as rows."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crosswalk import Columns, NameTree, Records

from .arrow_json import LEVELS, passes_over
from .exact_numbers import inexact, loads
from .json_learner import SAMPLE, Learner, Learnt, Taught
from .json_path import EACH, matches_at
from .line_nulls import whole_text
from .ndjson_schema import Gaps
from .ndjson_unsure import settled
from .patience import Patience

if TYPE_CHECKING:
    import pyarrow as pa

_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STRING = re.compile(rb'"(?>[^"\\]++|\\.)*+"', re.S)
_LIST, _END = f"items {secrets.token_hex(16)}", f"end {secrets.token_hex(16)}"
"""Names that no text has: of the list around the items, and of a member of one more item at its end."""


class Items(Records):
    """Some items of a list, or the records in them, as columns at hand; `rows` parses their text."""

    def __init__(self, text: bytes, columns: Columns, rest: tuple[str | None, ...], start: int = 0) -> None:
        self._text = text
        self._columns = columns
        self._rest = rest
        self._start = start

    def __len__(self) -> int:
        count: int = self._columns.table.num_rows
        return count

    def part(self, start: int, end: int) -> Items:
        """The records from `start` up to `end`."""
        return Items(self._text, self._columns.sliced(start, end), self._rest, self._start + start)

    def columns(self) -> Columns | None:
        return self._columns

    def rows(self, places: Sequence[int] | None = None) -> list[Any]:
        found = rows_of(self._text, self._rest)
        if places is None:
            return found[self._start : self._start + len(self)]
        return [found[self._start + place] for place in places]


def rows_of(text: bytes, rest: tuple[str | None, ...]) -> list[Any]:
    """The records in the text of items, with exact numbers. Raises ValueError for what is no JSON."""
    items: list[Any] = loads(b"[%b]" % text)
    return [match for item in items for match in matches_at(item, rest)] if rest else items


class ItemReader:
    """Reads items as columns by what it learnt from those before. `rest`: the path from an item to its records."""

    def __init__(self, names: NameTree, rest: tuple[str | None, ...]) -> None:
        self._rest = rest
        self._learner = Learner(names)

    @property
    def patience(self) -> Patience:
        """How regular the items were so far."""
        return self._learner.patience

    def read(self, text: bytes, *, plain: bool) -> Items | None:
        """The items of a text, probably whole ones with commas between; None, where it must be read as rows.

        `plain`: orjson alone reads all of its numbers exactly. If there are columns, the text is JSON.
        """
        found = self._columns(text, plain)
        self.patience.note(found is not None)
        return Items(text, found, self._rest) if found is not None else None

    def _columns(self, text: bytes, plain: bool) -> Columns | None:
        odd = passes_over(text) or not (plain or not inexact(text))
        if odd or not (_is_shallow(text) or _is_shallow(_STRING.sub(b"", text))):
            return None
        try:
            if not text.isascii():
                whole_text(text).cast("large_string")
            items = _ItemsText(text, self._rest)
            read = self._learner.read(items)
            if read is None:
                return None
            table, learnt = read
            return settled(table, learnt, set(), _ItemNulls(items, learnt, self._learner.names))
        except (ValueError, IndexError):
            return None


class _ItemsText(Taught):
    """A text of items that is parsed at most once."""

    def __init__(self, text: bytes, rest: tuple[str | None, ...]) -> None:
        self.text = text
        self._rest = rest

    @cached_property
    def rows(self) -> list[Any]:
        """The records; raises ValueError where the text is no JSON."""
        return rows_of(self.text, self._rest)

    def all_rows(self) -> list[Any]:
        return self.rows

    def sample(self) -> list[Any]:
        return self.rows[:: max(1, len(self.rows) // SAMPLE)]

    def table(self, learnt: Learnt) -> pa.RecordBatch | None:
        """The records in columns; None where Arrow fails.

        The items stand in a list with one more at its end: where that one is the last of the list, nothing in the text
        closed the list before.
        """
        import pyarrow as pa
        from pyarrow import json

        kind: Any = pa.struct(list(learnt.schema))
        for step in reversed(self._rest):
            kind = pa.list_(kind) if step is EACH else pa.struct([(step, kind)])
        item = pa.struct([*kind, (_END, pa.bool_())])
        whole = b'{"%b":[%b,{"%b":true}]}' % (_LIST.encode(), self.text, _END.encode())
        parse = json.ParseOptions(
            explicit_schema=pa.schema([(_LIST, pa.list_(item))]), unexpected_field_behavior="ignore"
        )
        read = json.ReadOptions(use_threads=False, block_size=len(whole))
        try:
            table = json.read_json(pa.BufferReader(whole), read_options=read, parse_options=parse)
            table.validate()
        except pa.ArrowInvalid:
            return None
        if table.num_rows != 1 or not table.column(0).is_valid()[0].as_py():
            return None
        items = table.column(0).combine_chunks().flatten()
        last = len(items) - 1
        if last < 0 or items.null_count or items.field(item.num_fields - 1)[last].as_py() is not True:
            return None
        return _found(items.slice(0, last), self._rest)


def _found(items: Any, rest: tuple[str | None, ...]) -> pa.RecordBatch | None:
    """What stands at the rest of the path in each item, nulls left out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not rest:
        parts = items.flatten()[:-1]
        return pa.RecordBatch.from_arrays(parts, [items.type.field(place).name for place in range(len(parts))])
    for step in rest:
        items = items.flatten() if step is EACH else pc.struct_field(items, 0)
    return pa.RecordBatch.from_struct_array(items.filter(items.is_valid()) if items.null_count else items)


def _is_shallow(text: bytes) -> bool:
    """Whether no value is nested more deeply than the reader of rows goes."""
    brackets = text.translate(None, _NOT_BRACKETS)
    for levels in range(LEVELS):
        if len(brackets) + levels < LEVELS:
            return True
        fewer = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(fewer) == len(brackets):
            return False
        brackets = fewer
    return False


class _ItemNulls:
    """What the text of items tells of their nulls; see Nulls."""

    def __init__(self, items: _ItemsText, learnt: Learnt, names: NameTree) -> None:
        self._items = items
        self._learnt = learnt
        self._names = names

    def with_null(self, places: list[int]) -> set[int]:
        return set(places) if places and b"null" in self._items.text else set()

    def plain(self, places: set[int], names: list[str]) -> tuple[set[int], dict[str, set[int]]]:
        return set(), {}

    def gaps(self, places: set[int]) -> dict[int, Gaps]:
        return {place: self._learnt.shape.record_gaps(self._items.rows[place], self._names) for place in places}
