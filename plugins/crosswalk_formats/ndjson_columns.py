"""A block of newline-delimited JSON that is parsed on demand: as columns where that means the same, else as rows."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crosswalk import Batch, Columns, Records

from . import ndjson_unsure
from .exact_numbers import inexact, loads
from .ndjson_lines import LineParser
from .ndjson_schema import Learner, Learnt

if TYPE_CHECKING:
    import pyarrow as pa

_SAMPLE = 200
"""How many rows of the first block are learnt from."""
_LEVELS = 1024
"""How deeply orjson reads; it refuses the rest, where Arrow goes on."""
_NOT_FINITE = re.compile(rb"[:,\[\s]-?(?:NaN|Inf)")


def is_even(text: bytes, lines: int) -> bool:
    """Whether each of the lines begins with `{` and ends with `}`.

    Then, if the text is valid as a row of JSON objects, one follows the other at every line end; so with as many
    objects as lines there is exactly one on each line.
    """
    if not text.startswith(b"{") or not text.endswith((b"}\n", b"}", b"}\r\n", b"}\r")):
        return False
    ends = text.count(b"}\n{")
    return ends == lines - 1 or ends + text.count(b"}\r\n{") == lines - 1


class Block(Records):
    """Whole lines of a stream. `lines`: the numbers of those that are not blank. `first`, `number`: line and record
    number of the first one. `even`: see `is_even`."""

    def __init__(
        self,
        text: bytes,
        lines: Sequence[int],
        first: int,
        number: int,
        even: bool,
        parser: LineParser,
        learner: Learner,
    ) -> None:
        self._text = text
        self._lines = lines
        self._first = first
        self._number = number
        self._even = even
        self._parser = parser
        self._learner = learner
        self._cut: list[bytes] | None = None

    def columns(self) -> Columns | None:
        if self._learner.gave_up:
            return None
        found = self._parsed() if self._even and len(self._text) <= self._parser.limit else None
        self._learner.note(found is not None)
        return found

    def rows(self, places: Sequence[int] | None = None) -> list[Any]:
        if places is None:
            return self.batch().rows
        lines = self._split()
        return [loads(lines[place]) for place in places]

    def batch(self) -> Batch:
        part = self._parser.part(self._split(), self._first, self._number, plain=self._parser.is_plain(self._text))
        return Batch.of_rows(part.rows, numbers=part.numbers, lines=part.lines, bad=part.bad)

    def _split(self) -> list[bytes]:
        # Two threads may both do this; either result serves.
        if self._cut is None:
            lines = self._text.split(b"\n")
            if not lines[-1]:
                lines.pop()
            self._cut = lines
        return self._cut

    def _parsed(self) -> Columns | None:
        """The columns if they mean what the rows mean."""
        try:
            unsure = self._inexact_lines()
        except ValueError:
            return None
        table = self._table()
        if table is None or table.num_rows != len(self._lines):
            return None
        unsure |= set(ndjson_unsure.integral_records(table))
        if b"null" in self._text:
            lines = self._split()
            unsure |= {place for place in ndjson_unsure.null_records(table) if b"null" in lines[place]}
        if len(unsure) > table.num_rows // 2:
            return None
        return Columns(ndjson_unsure.without_unseen(table), "missing", ndjson_unsure.mask(unsure, table.num_rows))

    def _inexact_lines(self) -> set[int]:
        """Places of the lines with numbers that only `loads` reads exactly.

        Raises ValueError when a line is no JSON in a way that Arrow does not see where it passes over values.
        """
        text = self._text
        if not text.isascii():
            ndjson_unsure.check_utf8(text)
        start = 0
        while (start := _long_line(text, start)) >= 0:
            end = text.find(b"\n", start) + 1 or len(text)
            if text.count(b"{", start, end) + text.count(b"[", start, end) > _LEVELS:
                loads(text[start:end])
            start = end
        if b"NaN" in text or b"Inf" in text:
            for place in _places(text, [match.start() for match in _NOT_FINITE.finditer(text)]):
                loads(self._split()[place])
        found = _places(text, [span[0] for span in inexact(text)])
        for place in found:
            loads(self._split()[place])
        return found

    def _table(self) -> pa.RecordBatch | None:
        """The lines as Arrow reads them by what was learnt, or by what is learnt from them where that fails."""
        learner = self._learner
        learnt = learner.learnt or learner.learn(self._sample())
        if learnt is None:
            return None
        try:
            return _read(self._text, learnt)
        except ValueError:
            pass
        if not learner.may_study():
            return None
        try:
            more = learner.learn(map(loads, self._split()))
        except ValueError:
            return None
        try:
            return _read(self._text, more) if more is not None and more is not learnt else None
        except ValueError:
            return None

    def _sample(self) -> list[Any]:
        """Some rows from all over the block; lines that are no JSON fail later."""
        lines = self._split()
        rows = []
        for line in lines[:: max(1, len(lines) // _SAMPLE)]:
            with contextlib.suppress(ValueError):
                rows.append(loads(line))
        return rows


def _read(text: bytes, learnt: Learnt) -> pa.RecordBatch:
    import pyarrow as pa
    from pyarrow import json

    table = json.read_json(
        pa.BufferReader(text),
        read_options=json.ReadOptions(use_threads=False, block_size=len(text)),
        parse_options=json.ParseOptions(explicit_schema=learnt.schema, unexpected_field_behavior="ignore"),
    )
    if not table.num_columns:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * table.num_rows, pa.struct([])))
    (batch,) = table.combine_chunks().to_batches()
    return batch


def _long_line(text: bytes, start: int) -> int:
    """Where the first line from `start` on starts that is long enough to be nested too deeply; -1 without one."""
    shortest = 2 * _LEVELS
    while len(text) - start > shortest:
        end = text.rfind(b"\n", start, start + shortest) + 1
        if not end:
            return start
        start = end
    return -1


def _places(text: bytes, offsets: list[int]) -> set[int]:
    """The places, from 0, of the lines around rising offsets."""
    found: set[int] = set()
    place = last = 0
    for offset in offsets:
        place += text.count(b"\n", last, offset)
        last = offset
        found.add(place)
    return found
