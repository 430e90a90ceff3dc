"""What parquet and arrow input share: a stream to seek in, batches cut to size, errors, resuming."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from crosswalk import ConnectorError, ReadOptions

_IN_MEMORY = 8_000_000


@contextmanager
def seekable(stream: BinaryIO) -> Iterator[Any]:
    """The stream itself when one can seek in it, else a copy in a temporary file (in memory while small)."""
    if stream.seekable():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
        copy.seek(0)
        yield copy


@contextmanager
def damage(what: str) -> Iterator[None]:
    """Turns what pyarrow raises for bad bytes into ConnectorError C206."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's or the network's, not the file's
        reason = str(error).split("\n")[0].strip() or type(error).__name__
        raise ConnectorError("C206", f"not a readable {what}: {reason}", fix="transfer the file again") from error


def row_of(cursor: Any) -> int:
    """How many records a cursor `{"row": n}` says are done; raises ConnectorError C205 for another format's cursor."""
    if cursor is None:
        return 0
    row = cursor.get("row") if isinstance(cursor, dict) else None
    if not isinstance(row, int) or isinstance(row, bool) or row < 0:
        raise ConnectorError("C205", "the cursor has no 'row': it was not written by this format")
    return row


def pieces(table: Any, options: ReadOptions) -> Iterator[Any]:
    """The RecordBatch cut so that none has more records or bytes than a batch may; raises C208 for a huge record."""
    at = 0
    while at < table.num_rows:
        piece = table.slice(at, max(1, options.records))
        while piece.num_rows > 1 and piece.nbytes > options.bytes:
            piece = piece.slice(0, max(1, min(piece.num_rows - 1, piece.num_rows * options.bytes // piece.nbytes)))
        if piece.num_rows == 1 and piece.nbytes > options.max_record_bytes:
            raise ConnectorError("C208", f"a record is longer than {options.max_record_bytes} bytes")
        yield piece
        at += piece.num_rows
