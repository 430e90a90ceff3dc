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
        while piece.num_rows > 1 and (size := _size(piece, options.bytes)) > options.bytes:
            piece = piece.slice(0, max(1, min(piece.num_rows - 1, piece.num_rows * options.bytes // size)))
        if piece.num_rows == 1 and _size(piece, options.max_record_bytes) > options.max_record_bytes:
            raise ConnectorError("C208", f"a record is longer than {options.max_record_bytes} bytes")
        yield piece
        at += piece.num_rows


def _size(table: Any, enough: int) -> int:
    """The bytes of some records. A dictionary counts as often as its values occur: all slices share the whole of it."""
    size: int = table.nbytes
    if size > enough:
        size += sum(map(_beside_dictionaries, table.columns))
    return size


def _beside_dictionaries(array: Any) -> int:
    """How many bytes more, or fewer, an array has with values in place of its dictionaries."""
    import pyarrow.types as t

    kind = array.type
    if t.is_dictionary(kind):
        more: int = array.dictionary_decode().nbytes - array.nbytes
        return more
    if t.is_struct(kind):
        return sum(_beside_dictionaries(part) for part in array.flatten())
    if t.is_map(kind):
        start, end = array.offsets[0].as_py(), array.offsets[-1].as_py()
        parts = (array.keys.slice(start, end - start), array.items.slice(start, end - start))
        return sum(map(_beside_dictionaries, parts))
    if t.is_nested(kind) and not t.is_union(kind):
        return _beside_dictionaries(array.flatten())
    return 0
