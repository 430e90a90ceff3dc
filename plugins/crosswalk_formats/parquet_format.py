"""The parquet format: row groups in, row groups out, values exact both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar, Literal

from crosswalk import ArrowReader, Batch, DataError, Encoder, Format, ReadOptions, WriteOptions

from .arrow_encoder import ColumnEncoder
from .arrow_input import damage, pieces, row_of, seekable


@dataclass
class Parquet(Format):
    """Apache Parquet files.

    Written columns take their types from the target's Arrow schema, else from the first 65,536 records: whole numbers
    int64 (beyond it uint64 or decimal), decimals decimal(38, s), datetimes with offset UTC instants in microseconds.

    `compression`: How written pages are compressed.
    `row_group`: How many records a written row group holds; readers hold one in memory.
    """

    type: ClassVar[str] = "parquet"
    extensions: ClassVar[tuple[str, ...]] = ("parquet", "pq")
    checks_first: ClassVar[bool] = True

    compression: Literal["snappy", "zstd", "gzip", "lz4", "brotli", "none"] = "snappy"
    row_group: int = 65_536

    def check(self) -> list[str]:
        """A row group must hold something."""
        return [] if self.row_group > 0 else ["row_group must be at least 1"]

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        """Batches of Arrow columns; the cursor `{"row": n}` skips whole row groups unread.

        A stream that cannot seek is copied to a temporary file. Raises ConnectorError C201, C205, C206 damaged, C208.
        """
        import pyarrow.parquet as pq

        done = row_of(options.cursor)
        with seekable(stream) as source, damage("parquet file"):
            file = pq.ParquetFile(source)
            size = source.seek(0, 2)
            total = file.metadata.num_rows
            names = _wanted(file.schema_arrow.names, options.columns)
            reader: ArrowReader | None = None
            groups, start = _groups_after(file.metadata, done)
            tables = file.iter_batches(max(1, options.records), row_groups=groups, columns=names) if groups else ()
            if not groups:
                ArrowReader(file.schema_arrow)
            for table in tables:
                if names is not None:
                    table = table.select([name for name in table.schema.names if name in names])
                reader = reader or ArrowReader(table.schema)
                skip = min(max(done - start, 0), table.num_rows)
                start += skip
                for piece in pieces(table.slice(skip), options):
                    end = start + piece.num_rows
                    yield reader.batch(piece, start + 1, cursor={"row": end}, bytes_read=size * end // total)
                    start = end

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        """A writer of one file."""
        return _ParquetEncoder(stream, self, options)


def _wanted(names: list[str], columns: frozenset[str] | None) -> list[str] | None:
    """The columns to read, None for all; one at least, so that records can be counted."""
    if columns is None or not names:
        return None
    return [name for name in names if name in columns] or names[:1]


def _groups_after(metadata: Any, done: int) -> tuple[list[int], int]:
    """The row groups not wholly within the first `done` records, and how many records stand before them."""
    start = 0
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        if start + rows > done:
            return list(range(group, metadata.num_row_groups)), start
        start += rows
    return [], start


class _ParquetEncoder(ColumnEncoder):
    def __init__(self, stream: BinaryIO, config: Parquet, options: WriteOptions) -> None:
        super().__init__(options)
        self._stream = stream
        self._config = config
        self._writer: Any = None
        self._group: list[Any] = []
        self._group_rows = 0

    def _start(self, schema: Any) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            self._writer = pq.ParquetWriter(self._stream, schema, compression=self._config.compression)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
            raise DataError("M313", f"parquet cannot carry this: {error}") from error

    def _put(self, table: Any) -> None:
        # One row group per batch would make tiny ones.
        self._group.append(table)
        self._group_rows += table.num_rows
        if self._group_rows >= self._config.row_group:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._group:
            whole = pa.Table.from_batches(self._group)
            self._writer.write_table(whole, row_group_size=self._config.row_group)
            self._group, self._group_rows = [], 0

    def _end(self) -> None:
        self._flush()
        self._writer.close()
