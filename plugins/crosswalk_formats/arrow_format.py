"""The arrow format: Arrow IPC, the file form (Feather) and the stream form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar, Literal

from crosswalk import ArrowReader, Batch, ConnectorError, DataError, Encoder, Format, ReadOptions, WriteOptions

from .arrow_encoder import ColumnEncoder
from .arrow_input import damage, pieces, row_of, seekable

_FILE_MAGIC = b"ARROW1"


@dataclass
class ArrowIpc(Format):
    """Apache Arrow IPC files (also called Feather) and streams.

    Reading finds out which of the two it is. Written columns take their types as those of parquet do.

    `form`: What to write: `file`, which readers can seek in, or `stream`, which they read as it comes.
    `compression`: How written columns are compressed.
    """

    type: ClassVar[str] = "arrow"
    extensions: ClassVar[tuple[str, ...]] = ("arrow", "feather", "ipc", "arrows")
    checks_first: ClassVar[bool] = True
    whole_objects: ClassVar[bool] = True

    form: Literal["file", "stream"] = "file"
    compression: Literal["none", "lz4", "zstd"] = "none"

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        """Batches of Arrow columns; the cursor is `{"row": n}`.

        A stream that cannot seek is copied to a temporary file. Raises ConnectorError C201, C205, C206 damaged, C208.
        """
        done = row_of(options.cursor)
        with seekable(stream) as source, damage("arrow file"):
            reader: ArrowReader | None = None
            start = 0
            for table in _tables(source, options.columns):
                reader = reader or ArrowReader(table.schema, options.names)
                skip = min(max(done - start, 0), table.num_rows)
                start += skip
                for piece in pieces(table.slice(skip), options):
                    end = start + piece.num_rows
                    yield reader.batch(piece, start + 1, cursor={"row": end}, bytes_read=source.tell())
                    start = end

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        """A writer of one file or stream."""
        return _ArrowEncoder(stream, self, options)


def _tables(source: Any, columns: frozenset[str] | None) -> Iterator[Any]:
    import pyarrow as pa

    magic = source.read(len(_FILE_MAGIC))
    source.seek(0)
    if magic.startswith(b"FEA1"):
        raise ConnectorError("C206", "a Feather version 1 file", fix="write it again as Feather version 2 or parquet")
    opener = pa.ipc.open_file if magic == _FILE_MAGIC else pa.ipc.open_stream
    whole = opener(source)
    names = whole.schema.names
    if columns is not None and len(set(names)) == len(names):
        wanted = [at for at, name in enumerate(names) if name in columns] or [0]
        source.seek(0)
        whole = opener(source, options=pa.ipc.IpcReadOptions(included_fields=wanted if names else []))
    if magic == _FILE_MAGIC:
        for index in range(whole.num_record_batches):
            yield whole.get_batch(index)
    else:
        yield from whole


class _ArrowEncoder(ColumnEncoder):
    def __init__(self, stream: BinaryIO, config: ArrowIpc, options: WriteOptions) -> None:
        super().__init__(options)
        self._stream = stream
        self._config = config
        self._writer: Any = None

    def _start(self, schema: Any) -> None:
        import pyarrow as pa

        compression = None if self._config.compression == "none" else self._config.compression
        opener = pa.ipc.new_file if self._config.form == "file" else pa.ipc.new_stream
        try:
            self._writer = opener(self._stream, schema, options=pa.ipc.IpcWriteOptions(compression=compression))
        except pa.ArrowInvalid as error:
            raise DataError("M313", f"arrow cannot carry this: {error}") from error

    def _put(self, table: Any) -> None:
        self._writer.write_batch(table)

    def _end(self) -> None:
        self._writer.close()
