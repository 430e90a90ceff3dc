"""The files sink's session: encoders over segments, splitting, partitioning, and the commit."""

from __future__ import annotations

import io
import os
from copy import deepcopy
from typing import TYPE_CHECKING, Any, BinaryIO

from crosswalk import Batch, ConnectorError, Context, DataError, Encoder, Encoding, Format

from . import storage
from .refusal import cannot_carry
from .staging import Manifest, OpenFile, Staging

if TYPE_CHECKING:
    from .sink_files import FilesSink

CHUNK = 1000
"""How many records go to the encoder between two looks at the size of a file that is split by bytes."""


class _Current:
    """One file that is open now."""

    def __init__(self, name: str, file: OpenFile, segment: str, stream: BinaryIO, encoder: Encoder) -> None:
        self.name = name
        self.file = file
        self.segment = segment
        self.stream = stream
        self.encoder = encoder

    def synced(self) -> None:
        """Make the bytes durable and count them."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.file.segments[-1][1] = self.stream.tell()

    def finish(self) -> None:
        """End the document."""
        self.encoder.finish()
        self.synced()
        self.stream.close()


class FilesWriter:
    """See `SupportsCommit`; made by `FilesSink.open`."""

    def __init__(self, sink: FilesSink, context: Context) -> None:
        self._sink = sink
        self._context = context
        self._staging = Staging(sink.staging_path(), context.fence, context.run_id)
        self._format: Format = context.format(sink.format, sink.name_of(("x",) * len(sink.partition), 1))
        self._cuttable = _can_be_cut(self._format, context)
        self._current: dict[tuple[str, ...], _Current] = {}
        whole = not (sink.partition or sink.split.records or sink.split.bytes)
        # Encodes ahead of the files, on any thread; what it makes is appended by the encoder of the file.
        self._ahead = self._format.encoder(io.BytesIO(), context.write) if whole else None
        self._full: list[tuple[str, OpenFile]] = []
        self._manifest = Manifest()
        self._taken = 0
        self._limit_records = sink.split.records
        self._limit_bytes = sink.split.bytes

    def start(self) -> None:
        """Take over the staging folder."""
        self._staging.start()
        self._manifest = deepcopy(self._staging.manifest)

    @property
    def committed(self) -> Any:
        """The last cursor."""
        return self._manifest.token

    @property
    def can_commit(self) -> bool:
        """A document that cannot be cut (xml, json, parquet) is committed only when whole."""
        return self._cuttable or not self._current

    def prepare(self, batch: Batch) -> None:
        """Encode the records ahead, where all of them go to one file. Raises DataError."""
        data = self._ahead.encode(batch) if self._ahead is not None else None
        if data is not None:
            batch.keep(self, data)

    def encoding(self) -> Encoding | None:
        """See SupportsEncoded: where all records go to one file."""
        return Encoding(self._format, self._context.write) if self._ahead is not None else None

    def write(self, batch: Batch) -> None:
        """Encode the records into their files. Raises DataError only while nothing of the batch is in any of them."""
        before = self._taken
        try:
            if not self._sink.partition:
                self._write_to((), batch)
                return
            groups: dict[tuple[str, ...], list[Any]] = {}
            for record in batch.rows:
                groups.setdefault(self._sink.key_of(record), []).append(record)
            for key, records in groups.items():
                self._write_to(key, Batch.of_rows(records))
        except DataError as error:
            if self._format.checks_first and self._taken == before:
                raise
            raise cannot_carry(error) from error
        except OSError as error:
            raise storage.surfaced(error, self._sink.url) from error

    def _write_to(self, key: tuple[str, ...], batch: Batch) -> None:
        if self._limit_records is None and self._limit_bytes is None:
            if len(batch):
                current = self._file(key)
                data = batch.kept(self)
                if data is None:
                    current.encoder.write(batch)
                else:
                    current.encoder.append(data)
                self._count(current, len(batch))
            return
        rows, at = batch.rows, 0
        while at < len(rows):
            current = self._file(key)
            room = len(rows) - at
            if self._limit_records is not None:
                room = min(room, self._limit_records - current.file.records)
            if self._limit_bytes is not None:
                room = min(room, CHUNK)
            current.encoder.write(Batch.of_rows(rows[at : at + room]))
            self._count(current, room)
            at += room
            if self._is_full(current):
                current.finish()
                self._full.append((current.name, self._current.pop(key).file))
                label = "/".join(key)
                self._manifest.splits[label] = self._manifest.splits.get(label, 1) + 1

    def _count(self, current: _Current, records: int) -> None:
        current.file.records += records
        self._taken += records

    def _is_full(self, current: _Current) -> bool:
        if self._limit_records is not None and current.file.records >= self._limit_records:
            return True
        if self._limit_bytes is None:
            return False
        earlier = sum(length for _, length in current.file.segments[:-1])
        return bool(earlier + current.stream.tell() >= self._limit_bytes)

    def _file(self, key: tuple[str, ...]) -> _Current:
        current = self._current.get(key)
        if current is not None:
            return current
        if len(self._current) >= self._sink.max_open:
            raise ConnectorError(
                "C110",
                f"{self._sink.url}: more than {self._sink.max_open} partitions at once",
                fix="partition by a field with fewer values, or raise max_open",
            )
        name = self._sink.name_of(key, self._manifest.splits.get("/".join(key), 1))
        file = self._manifest.files.pop(name, None) or OpenFile()
        segment = self._staging.segment()
        form = self._format
        if file.segments and not form.appendable:
            form = form.replace(header=False)
        file.segments.append([segment, 0])
        stream = self._staging.create(segment)
        current = _Current(name, file, segment, stream, form.encoder(stream, self._context.write))
        self._current[key] = current
        return current

    def flush(self) -> None:
        """Sync; where the format can be cut, the same as a commit that keeps the cursor."""
        if self.can_commit:
            self.commit(self._manifest.token)
        else:
            for current in self._current.values():
                current.synced()

    def commit(self, cursor: Any, *, final: bool = False) -> None:
        """Sync, replace the manifest, publish what is whole."""
        try:
            if final:
                self._finish()
            publish = [[self._staging.whole(file), name] for name, file in self._full]
            for current in self._current.values():
                current.synced()
            files = deepcopy(self._manifest.files) | {c.name: deepcopy(c.file) for c in self._current.values()}
            manifest = Manifest(self._staging.run, cursor, files, publish, dict(self._manifest.splits))
            if final:
                manifest.splits = {}
            self._staging.commit(manifest)
        except DataError as error:  # from formats that look at the records only at the end
            raise cannot_carry(error) from error
        except OSError as error:
            raise storage.surfaced(error, error.filename or self._sink.url) from error
        self._full = []
        self._manifest.token = cursor

    def _finish(self) -> None:
        """End every file: those of this session, and those left unfinished by an earlier one."""
        if self._sink.empty and not self._sink.partition and not (self._current or self._manifest.files or self._full):
            self._file(())
        for current in self._current.values():
            current.finish()
            self._full.append((current.name, current.file))
        self._current = {}
        # Those of an earlier session have no encoder here and need none: only appendable formats are left unfinished.
        self._full += self._manifest.files.items()
        self._manifest.files = {}

    def abandon(self) -> None:
        """Close the streams; what is not committed is dropped at the next start."""
        for current in self._current.values():
            current.stream.close()

    def close(self) -> None:
        """End the session; without a final commit before it, everything is committed and published now."""
        if self._current or self._full or self._manifest.files:
            self.commit(self._manifest.token, final=True)
        self._staging.close()


def _can_be_cut(form: Format, context: Context) -> bool:
    """Whether a later session can go on writing the document; text with a header can, when its columns are known."""
    if form.appendable:
        return True
    known = context.write.columns is not None or isinstance(getattr(form, "header", None), list)
    one_mark = not getattr(form, "encoding", "").lower().replace("_", "-").startswith(("utf-16", "utf-32", "utf-8-sig"))
    return hasattr(form, "header") and known and one_mark
