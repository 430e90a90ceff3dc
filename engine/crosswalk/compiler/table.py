"""Mapped tables: Arrow data of other tools through a mapping, batch by batch, as Arrow data again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pyarrow as pa

from .. import html
from ..arrow_rows import ArrowReader
from ..arrow_types import may_refuse
from ..batch import Batch
from ..errors import DataError, UsageError
from ..plugin.format import NameTree
from ..reject import FieldError, Reject
from .applied import Applied, RecordRejected
from .arrow_output import conformed
from .arrow_schema import of_arrow, to_arrow
from .columnar.names import names_read

if TYPE_CHECKING:
    from .mapper import Mapper

_RECORDS = 65_536


class ArrowStream(Protocol):
    """Data that gives an Arrow stream: tables and data frames of pyarrow, polars, pandas, DuckDB, DataFusion."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A PyCapsule of an ArrowArrayStream."""


class ArrowArray(Protocol):
    """Data that is one Arrow array of structs, such as a record batch."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """PyCapsules of an ArrowSchema and an ArrowArray."""


OnReject = Literal["raise", "collect"] | Callable[[Reject], object]
"""What becomes of a refused record: it raises, is kept in `rejects`, or is handed to a function."""


class MappedTable:
    """What `Mapper.table` gives: Arrow data that is mapped while it is read, one batch of the input after the other.

    It has the Arrow C stream, so polars, pandas, DuckDB and DataFusion take it as it is; `for batch in table`,
    `read_all()` and `reader()` are for pyarrow. `schema` is known before the first record is read. Each reading maps
    the input anew, where that can be read again; of a RecordBatchReader there is one reading.

    `rejects`, `filtered`, `skipped` and `warnings` tell of the latest reading, up to where it came.

    ```python
    import pyarrow as pa

    table = order.table(pa.table({"id": ["a", "b"], "qty": ["5", "many"]}), on_reject="collect")
    assert str(table.schema.field("qty").type) == "int64"  # known, and nothing read yet
    assert table.read_all().to_pylist() == [{"id": "a", "qty": 5}]
    assert [reject.number for reject in table.rejects] == [2]
    ```
    """

    schema: pa.Schema

    def __init__(
        self,
        mapper: Mapper,
        anew: Callable[[], Mapper],
        data: ArrowStream | ArrowArray,
        stream: str | None,
        on_reject: OnReject,
    ) -> None:
        self._mapper = mapper
        self._anew = anew
        self._stream = _known_stream(mapper, stream)
        self._data: Any = data
        self._input: pa.RecordBatchReader | None = _opened(data)
        names = names_read(mapper.plan, mapper.languages)
        self._places = _of_use(self._input.schema, names)
        known = pa.schema([self._input.schema.field(place) for place in self._places])
        self._reader = ArrowReader(known, names)
        if mapper.plan.root.language == "xpath":
            raise UsageError(
                "U125", "the mapping reads XML, and a table has none", fix="call mapper.apply with elements"
            )
        record = mapper.output_type(self._stream, source=of_arrow(known))
        if record.open or not record.members:
            raise UsageError(
                "U124", f'the columns of mapping "{mapper.name}" are not known before the data',
                fix='give every output field by name; "spread" and maps have members that only the data tells',
            )  # fmt: skip
        self.schema = to_arrow(record)
        self._on_reject = on_reject
        _ = mapper.params  # a parameter that is missing is told now, not to the tool that reads
        self._seen = Applied({})

    @property
    def rejects(self) -> list[Reject]:
        """The refused records with `on_reject="collect"`, the one that raised with "raise"."""
        return self._seen.rejects

    @property
    def filtered(self) -> int:
        """How many records `filter` or `where` left out."""
        return self._seen.filtered

    @property
    def skipped(self) -> int:
        """How many refused records `"on_error": {"record": "skip"}` left out."""
        return self._seen.skipped

    @property
    def warnings(self) -> list[FieldError]:
        """Findings of checks of level `warn`."""
        return self._seen.warnings

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The output, batch by batch. Raises RecordRejected for a refused record unless `on_reject` says otherwise."""
        self._seen = seen = Applied({})
        mapper = self._anew()
        first = 1
        for table in self._tables():
            batch = self._reader.batch(table, first, cursor=None, bytes_read=0)
            first += table.num_rows
            yield from self._mapped(mapper, batch, seen)
        yield from self._outputs(mapper.flush(), seen)

    def reader(self) -> pa.RecordBatchReader:
        """A reader of pyarrow over one reading."""
        return pa.RecordBatchReader.from_batches(self.schema, iter(self))

    def read_all(self) -> pa.Table:
        """All of the output at once."""
        return pa.Table.from_batches(iter(self), self.schema)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """One reading as an Arrow C stream; nothing is read before its first batch is asked for."""
        return self.reader().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        """The schema for other tools."""
        return self.schema.__arrow_c_schema__()

    def __repr__(self) -> str:
        return f"<MappedTable of {self._mapper.name}: {', '.join(self.schema.names)}>"

    def _repr_html_(self) -> str:
        """For notebooks: the columns; nothing is read."""
        columns = [(field.name, str(field.type)) for field in self.schema]
        return html.shown(html.facts(f"table of mapping {self._mapper.name}", columns))

    # ---- reading --------------------------------------------------------------------------------------------------

    def _tables(self) -> Iterator[pa.RecordBatch]:
        """The input in batches of at most so many records."""
        source, self._input = self._input, None
        if source is None:
            if isinstance(self._data, pa.RecordBatchReader):
                raise UsageError(
                    "U126", "the table was read already, and its input is a stream that is read once",
                    fix="keep what the first reading gave: table.read_all()",
                )  # fmt: skip
            source = _opened(self._data)
        for batch in source:
            table = batch if len(self._places) == batch.num_columns else batch.select(self._places)
            for start in range(0, table.num_rows, _RECORDS):
                yield table.slice(start, _RECORDS)

    def _mapped(self, mapper: Mapper, batch: Batch, seen: Applied) -> Iterator[pa.RecordBatch]:
        applied = mapper.apply(batch)
        try:
            made = list(self._conformed(applied))
        except DataError:
            # A value that its column cannot take: its record is refused, as by a sink.
            if mapper.plan.group is not None:
                raise
            yield from self._one_by_one(mapper, batch, seen)
            return
        self._note(applied, seen)
        yield from made

    def _one_by_one(self, mapper: Mapper, batch: Batch, seen: Applied) -> Iterator[pa.RecordBatch]:
        for place, row in enumerate(batch.rows):
            alone = Batch.of_rows([row], numbers=[batch.numbers[place]])
            applied = mapper.apply(alone)
            made: list[pa.RecordBatch] = []
            try:
                made = list(self._conformed(applied))
            except DataError as error:
                applied = mapper.refuse(alone, error)
            self._note(applied, seen)
            yield from made
        for bad in batch.bad:
            self._note(mapper.apply(Batch.of_rows([], bad=[bad])), seen)

    def _outputs(self, applied: Applied, seen: Applied) -> Iterator[pa.RecordBatch]:
        self._note(applied, seen)
        yield from self._conformed(applied)

    def _conformed(self, applied: Applied) -> Iterator[pa.RecordBatch]:
        batch = applied.batches.get(self._stream)
        if batch is not None:
            yield from (conformed(piece, self.schema) for piece in batch.pieces if len(piece))

    def _note(self, applied: Applied, seen: Applied) -> None:
        """Count what was left out; refused records go where they shall."""
        rejects, take = applied.rejects, self._on_reject
        if take == "raise" and rejects:
            seen.rejects.append(rejects[0])
            raise RecordRejected(rejects[0], f"record {rejects[0].number}: ")
        if callable(take):
            applied.rejects = []
            for reject in rejects:
                take(reject)
        seen.add_counts(applied)


def _of_use(schema: pa.Schema, names: NameTree | None) -> list[int]:
    """The columns to read: all but those that the mapping does not need and that may be impossible to read."""
    if names is None:
        return list(range(len(schema)))
    return [place for place, field in enumerate(schema) if field.name in names or not may_refuse(field.type)]


def _opened(data: Any) -> pa.RecordBatchReader:
    """The data as a stream of record batches."""
    if isinstance(data, pa.RecordBatchReader):
        return data
    if hasattr(data, "__arrow_c_stream__"):
        try:
            found = pa.RecordBatchReader.from_stream(data)
        except pa.ArrowException as error:
            # Values of several types in one column of pandas, types of polars that Arrow has not.
            reason = "; ".join(map(str, error.args))
            raise UsageError(
                "U125", f"the {type(data).__name__} cannot be read as Arrow data: {reason}",
                fix="cast or drop that column",
            ) from error  # fmt: skip
        if type(data).__module__.partition(".")[0] == "datafusion":
            return pa.RecordBatchReader.from_batches(found.schema, _on_a_thread(found))
        return found
    if hasattr(data, "__arrow_c_array__"):
        batch = pa.record_batch(data)
        return pa.RecordBatchReader.from_batches(batch.schema, [batch])
    if hasattr(data, "collect"):
        raise UsageError("U125", f"a {type(data).__name__} has no Arrow data", fix="give what its .collect() returns")
    raise UsageError(
        "U125", f"a {type(data).__name__} has no Arrow data",
        fix="give a table or data frame of pyarrow, polars, pandas (2.2 or newer), DuckDB or DataFusion; "
        "mapper.apply takes plain records",
    )  # fmt: skip


def _on_a_thread(source: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches, each asked for on another thread.

    A stream of DataFusion that is read while DataFusion itself asks for the mapped batches calls Python without the
    lock, and the process crashes: it takes the thread for one that holds it.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1, "crosswalk-table") as pool:
        while (batch := pool.submit(next, source, None).result()) is not None:
            yield batch


def _known_stream(mapper: Mapper, stream: str | None) -> str:
    names = mapper.streams
    if stream is None and len(names) == 1:
        return names[0]
    if stream in names:
        return stream
    known = ", ".join(f'"{name}"' for name in names)
    raise UsageError(
        "U127", f'mapping "{mapper.name}" has no output "{stream}"' if stream is not None else
        f'mapping "{mapper.name}" has several outputs, and a table is of one', fix=f"stream= takes one of {known}",
    )  # fmt: skip
