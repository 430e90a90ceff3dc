"""The encoder that parquet and arrow share: gathers records until their schema is known, then writes columns."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from crosswalk import Batch, DataError, Encoder, WriteOptions

from .arrow_columns import Gathered, columns_of

SAMPLE = 65_536
"""The schema is inferred from this many records, unless `arrow_schema` gives it."""


class ColumnEncoder(Encoder):
    """Subclasses open a writer for a schema, write record batches to it, and close it."""

    def __init__(self, options: WriteOptions) -> None:
        self._columns = options.columns or options.first
        self._schema: Any = options.arrow_schema
        self._gathered = Gathered(self._columns)
        self._held: list[Batch] = []
        self._unseen: list[Batch] = []
        self._held_records = 0
        self._written = 0
        self._open = False

    @abstractmethod
    def _start(self, schema: Any) -> None:
        """Begin the file; raises DataError M313 for a schema that the format cannot carry."""

    @abstractmethod
    def _put(self, table: Any) -> None:
        """Write one RecordBatch."""

    @abstractmethod
    def _end(self) -> None:
        """Write the footer."""

    def write(self, batch: Batch) -> None:
        """Append the records, or none. Raises DataError M313 (M310, M311, M316) naming the column and the record."""
        if self._schema is None:
            self._gather(batch)
            self._held.append(batch)
            self._held_records += len(batch)
            if self._held_records >= SAMPLE:
                self._release()
        else:
            self._begin()
            self._append(batch)

    def finish(self) -> None:
        """Write what is held and the footer; an output without records is a valid file with the known columns."""
        self._release()
        self._begin()
        self._end()

    def _begin(self) -> None:
        if not self._open:
            self._start(self._schema)
            self._open = True

    def _gather(self, batch: Batch) -> None:
        """Look at the types of a batch now, so that it can be refused; columns that go together can wait."""
        if batch.is_columnar and len(self._unseen) == len(self._held) and _go_together([*self._unseen[:1], batch]):
            self._unseen.append(batch)
            return
        self._look()
        self._gathered.add(batch.rows, self._held_records + 1)

    def _look(self) -> None:
        first = 1
        while self._unseen:
            batch = self._unseen.pop(0)
            self._gathered.add(batch.rows, first)
            first += len(batch)

    def _release(self) -> None:
        held, self._held = self._held, []
        if self._schema is None and len(self._unseen) == len(held):
            self._schema = self._columnar_schema(held)
        if self._schema is None:
            self._look()
            self._schema = self._gathered.schema()
        for batch in held:
            self._begin()
            self._append(batch)

    def _columnar_schema(self, held: list[Batch]) -> Any:
        """The common schema of batches that are columns already, None when they have to be looked at as rows."""
        import pyarrow as pa

        schema = _go_together(held) if held else None
        if schema is None:
            return None
        schema = pa.schema([field.with_type(_in_utc(field.type)) for field in schema])
        if len(set(schema.names)) < len(schema.names) or any(map(_holds_null, schema.types)):
            return None
        order = [name for name in self._columns if name in schema.names]
        order += [name for name in schema.names if name not in order]
        return pa.schema([schema.field(name) for name in order]) if set(self._columns) <= set(order) else None

    def _append(self, batch: Batch) -> None:
        tables, written = [], self._written
        for piece in batch.pieces:
            if not len(piece):
                continue
            # Without columns, a table would not know how many records there are; of rows, that is refused.
            table = self._aligned(piece) if piece.is_columnar and self._schema.names else None
            tables.append(columns_of(piece.rows, self._schema, written + 1) if table is None else table)
            written += len(piece)
        for table in tables:
            self._put(table)
        self._written = written

    def _aligned(self, batch: Batch) -> Any:
        """The batch's own columns in the schema's order, None when a type differs."""
        import pyarrow as pa

        table = batch.table
        if len(set(table.schema.names)) < len(table.schema.names):
            raise DataError("M313", "two columns have the same name")
        if set(table.schema.names) - set(self._schema.names):
            return None
        arrays = []
        for field in self._schema:
            at = table.schema.get_field_index(field.name)
            column = pa.nulls(len(batch), field.type) if at < 0 else table.column(at)
            if pa.types.is_null(column.type):
                column = pa.nulls(len(batch), field.type)
            if column.type != field.type and _in_utc(column.type) == field.type:
                column = column.cast(field.type)
            if column.type != field.type or (column.null_count and not field.nullable):
                return None
            arrays.append(column)
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)


def _go_together(batches: list[Batch]) -> Any:
    """The common schema of batches of columns, None when there is none."""
    import pyarrow as pa

    try:
        return pa.unify_schemas([batch.table.schema.remove_metadata() for batch in batches])
    except pa.ArrowException:
        return None


def _holds_null(kind: Any) -> bool:
    import pyarrow as pa

    nested = [kind.field(index).type for index in range(kind.num_fields)]
    return pa.types.is_null(kind) or any(map(_holds_null, nested))


def _in_utc(kind: Any) -> Any:
    """The type with points in time at a fixed offset in UTC, as they are written of rows; named zones stay."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind) and kind.tz is not None and kind.tz[0] in "+-":
        return pa.timestamp(kind.unit, "UTC")
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_in_utc(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_in_utc(kind.value_type)))
    return kind
