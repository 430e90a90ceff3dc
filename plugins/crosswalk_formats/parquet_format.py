"""The parquet format: row groups in, row groups out, values exact both ways."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO, ClassVar, Literal

from crosswalk import ArrowReader, Batch, DataError, Encoder, Format, ReadOptions, WriteOptions

from .arrow_encoder import ColumnEncoder
from .arrow_input import damage, pieces, row_of, seekable
from .read_ahead import one_ahead

_DICTIONARY_BYTES = 131_072
"""A column whose dictionary grows beyond this is written plainly: with Arrow's own limit of 1 MB, columns of mostly
different texts took a quarter longer to write, and came out larger."""
_GROUP_BYTES = 64_000_000
"""A row group ends at so much memory, too, however few records that is."""


@dataclass
class Parquet(Format):
    """Apache Parquet files.

    Written columns take their types from the target's Arrow schema, else from the first 65,536 records: whole numbers
    int64 (beyond it uint64 or decimal), decimals decimal(38, s), datetimes with offset UTC instants in microseconds.
    What is copied by columns from Parquet or Arrow keeps its type.

    `compression`: How written pages are compressed.
    `row_group`: How many records a written row group holds at most; it also ends at 64 MB of them in memory. Readers
        of rows hold one in memory; larger ones are smaller on disk and quicker to write.
    """

    type: ClassVar[str] = "parquet"
    extensions: ClassVar[tuple[str, ...]] = ("parquet", "pq")
    checks_first: ClassVar[bool] = True
    whole_objects: ClassVar[bool] = True

    compression: Literal["snappy", "zstd", "gzip", "lz4", "brotli", "none"] = "snappy"
    row_group: int = 131_072

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
            tables: Iterator[Any] = iter(())
            if groups:
                large = options.columnar and total - start > options.records
                # No batch of dictionaries within structs or lists can be read across row groups.
                apart = any(map(_holds_dictionary, file.schema_arrow.types))
                tables = chain.from_iterable(
                    file.iter_batches(max(1, options.records), row_groups=some, columns=names, use_threads=not large)
                    for some in ([[group] for group in groups] if apart else [groups])
                )
                tables = one_ahead(tables) if large else tables
            else:
                ArrowReader(file.schema_arrow)
            for table in tables:
                if names is not None:
                    table = table.select([name for name in table.schema.names if name in names])
                reader = reader or ArrowReader(table.schema, options.names)
                skip = min(max(done - start, 0), table.num_rows)
                start += skip
                for piece in pieces(table.slice(skip), options):
                    end = start + piece.num_rows
                    make = reader.later if options.columnar else reader.batch
                    yield make(piece, start + 1, cursor={"row": end}, bytes_read=size * end // total)
                    start = end

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        """A writer of one file."""
        return _ParquetEncoder(stream, self, options)


def _wanted(names: list[str], columns: frozenset[str] | None) -> list[str] | None:
    """The columns to read, None for all; one at least, so that records can be counted."""
    if columns is None or not names:
        return None
    return [name for name in names if name in columns] or names[:1]


def _holds_dictionary(kind: Any) -> bool:
    """Whether a type has dictionaries within it."""
    import pyarrow.types as t

    inner = [kind.field(place).type for place in range(kind.num_fields)]
    return any(t.is_dictionary(one) or _holds_dictionary(one) for one in inner)


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
        self._group_rows = self._group_bytes = 0
        self._thread: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None

    def _start(self, schema: Any) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            self._writer = pq.ParquetWriter(
                self._stream, schema, compression=self._config.compression, dictionary_pagesize_limit=_DICTIONARY_BYTES
            )
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
            raise DataError("M313", f"parquet cannot carry this: {error}") from error

    def _put(self, table: Any) -> None:
        # One row group per batch would make tiny ones.
        self._group.append(table)
        self._group_rows += table.num_rows
        self._group_bytes += table.nbytes
        if self._group_rows >= self._config.row_group or self._group_bytes >= _GROUP_BYTES:
            # Encoding lets other threads run: the next records are mapped meanwhile. What it raises comes out at the
            # next group, or at the end; before that nothing of the file counts as written.
            whole = self._take()
            self._settle()
            self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="crosswalk-write")
            self._writing = self._thread.submit(self._write_group, whole)

    def _take(self) -> Any:
        import pyarrow as pa

        group, self._group = self._group, []
        self._group_rows = self._group_bytes = 0
        return pa.Table.from_batches(group)

    def _write_group(self, table: Any) -> None:
        self._writer.write_table(table, row_group_size=self._config.row_group)

    def _settle(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _end(self) -> None:
        self._settle()
        if self._thread is not None:
            self._thread.shutdown()
        if self._group:
            self._write_group(self._take())
        self._writer.close()
