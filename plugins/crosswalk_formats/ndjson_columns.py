"""A block of newline-delimited JSON that is parsed on demand: as columns where that means the same, else as rows."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from crosswalk import Batch, Columns, Records

from . import json_native
from .arrow_json import LEVELS, ODD, odd_patterns
from .exact_numbers import inexact, loads
from .json_learner import SAMPLE, Learner, Learnt, Taught
from .line_nulls import LineNulls, whole_text
from .ndjson_lines import LineParser, Lines
from .ndjson_schema import Gaps
from .ndjson_unsure import settled

if TYPE_CHECKING:
    import pyarrow as pa

_ODD_BYTES = re.compile(ODD.encode())


def lines_of(text: bytes) -> pa.LargeBinaryArray:
    """The lines of a text without their line feeds."""
    import pyarrow.compute as pc

    lines = pc.split_pattern(whole_text(text), "\n").values
    return lines[:-1] if text.endswith(b"\n") else lines


class Block(Records, Taught):
    """Whole lines of a stream: as one text, and cut. `places`: the line of each record; blank lines are no records.

    `line` and `number` are the line and the record number of the first one.
    """

    def __init__(
        self,
        text: bytes,
        lines: pa.LargeBinaryArray,
        places: Sequence[int],
        line: int,
        number: int,
        parser: LineParser,
        learner: Learner,
    ) -> None:
        self._text = text
        self._cut: pa.LargeBinaryArray | None = lines
        self._places = places
        self._line = line
        self._number = number
        self._parser = parser
        self._learner = learner

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cut": None}  # half as much to send

    @property
    def _lines(self) -> pa.LargeBinaryArray:
        """The lines without their ends."""
        if self._cut is None:
            self._cut = lines_of(self._text)
        return self._cut

    def columns(self) -> Columns | None:
        if self._learner.patience.gone:
            return None
        try:
            found = self._read() if len(self._text) <= self._parser.limit else None
        except RecursionError:  # what is read is nested too deeply
            found = None
        self._learner.patience.note(found is not None)
        return found

    def _read(self) -> Columns | None:
        if not json_native.available():
            return self._parsed() if self._is_even() else None
        lines = len(self._lines)
        if lines != len(self._places):
            return None
        try:
            return json_native.columns_of(self._text, lines, self, self._learner)
        except ValueError:
            return None

    def rows(self, places: Sequence[int] | None = None) -> list[Any]:
        if places is None:
            return self.batch().rows
        return [loads(line) for line in self._lines_at(places)]

    def batch(self) -> Batch:
        return Lines(self._text, self._line, self._number, self._parser).batch()

    def _lines_at(self, places: Sequence[int]) -> list[bytes]:
        import pyarrow as pa

        return self._lines.take(pa.array(places, pa.int64())).to_pylist()  # type: ignore[no-any-return]

    def _is_even(self) -> bool:
        """Whether each line begins with `{` and ends with `}`."""
        import pyarrow.compute as pc

        lines = self._lines
        if len(lines) != len(self._places) or not pc.all(pc.starts_with(lines, "{")).as_py():
            return False
        ends = pc.ends_with(lines, "}")
        return bool(pc.all(ends).as_py() or pc.all(pc.or_(ends, pc.ends_with(lines, "}\r"))).as_py())

    def _parsed(self) -> Columns | None:
        """The columns if they mean what the rows mean."""
        try:
            found = self._learner.read(self)
            if found is None:
                return None
            table, learnt = found
            unsure = self._odd_lines(learnt.float_names)
        except ValueError:
            return None
        return settled(
            table, learnt, unsure, LineNulls(self._text, self._lines, lambda places: self._gaps(learnt, places))
        )

    def _gaps(self, learnt: Learnt, places: set[int]) -> dict[int, Gaps]:
        """What the columns leave open in some lines, as their rows tell."""
        rising = sorted(places)
        rows = list(map(orjson.loads, self._lines_at(rising)))
        seen, names = learnt.shape.members, self._learner.names
        if any(name not in seen and name in names for row in rows for name in row):
            self._learner.learn(rows)  # the next block has a column for it
        return {place: learnt.shape.record_gaps(row, names) for place, row in zip(rising, rows, strict=True)}

    def _odd_lines(self, float_names: Sequence[str] | None) -> set[int]:
        """Places of the lines with numbers that only `loads` reads exactly; see `odd_patterns`.

        Raises ValueError when a line is no JSON in a way that Arrow does not see where it passes over values.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self._text.isascii():
            whole_text(self._text).cast("large_string")
        size = pc.binary_length(self._lines)
        deep = pa.scalar(2 * LEVELS, size.type)
        # So long a line at least is nested too deeply for the reader of rows.
        for line in self._lines.filter(pc.greater_equal(size, deep)).to_pylist():
            if line.count(b"{") + line.count(b"[") > LEVELS:
                loads(line)
        found: set[int] = set()
        patterns = odd_patterns(self._text, float_names)
        if not patterns:
            return found
        places = pc.indices_nonzero(pc.match_substring_regex(self._lines, "|".join(patterns))).to_pylist()
        for place, line in zip(places, self._lines_at(places), strict=True):
            if inexact(line):
                found.add(place)
                loads(line)
            elif _ODD_BYTES.search(line):
                loads(line)
        return found

    def table(self, learnt: Learnt) -> pa.RecordBatch | None:
        """The columns as Arrow reads them; None where it fails.

        Each line begins and ends as an object, so as many objects as lines means that there is one on each line.
        """
        import pyarrow as pa
        from pyarrow import json

        parse = json.ParseOptions(explicit_schema=learnt.schema, unexpected_field_behavior="ignore")
        read = json.ReadOptions(use_threads=False, block_size=len(self._text))
        try:
            table = json.read_json(pa.BufferReader(self._text), read_options=read, parse_options=parse)
            # Lists that only ever hold nulls come too short in some releases of Arrow.
            table.validate()
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(self._lines):
            return None
        if not table.num_columns:
            return pa.RecordBatch.from_struct_array(pa.array([{}] * table.num_rows, pa.struct([])))
        return table.combine_chunks().to_batches()[0]

    def sample(self) -> list[Any]:
        """Some rows from all over the block; lines that are no JSON fail later."""
        return _readable(self._lines_at(range(0, len(self._lines), max(1, len(self._lines) // SAMPLE))))

    def some_rows(self, place: int, count: int) -> list[Any]:
        """The rows of so many lines from one on, without those that are no JSON."""
        return _readable(self._lines.slice(place, count).to_pylist())

    def all_rows(self) -> Iterator[Any]:
        """The rows of all lines; raises ValueError where one is no JSON."""
        return map(loads, self._lines.to_pylist())


def _readable(lines: Sequence[bytes]) -> list[Any]:
    """The rows of those lines that are JSON."""
    rows = []
    for line in lines:
        with contextlib.suppress(ValueError):
            rows.append(loads(line))
    return rows
