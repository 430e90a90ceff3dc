"""Outputs: files that appear under their names only when whole, or stdout."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from ..batch import Batch
from ..errors import DataError, EnvironmentFailure, RunFailed, UsageError
from ..plugin.compression import open_compressed
from ..plugin.fault import guarded
from ..plugin.format import Encoding

if TYPE_CHECKING:
    from ..plugin.format import Encoder, Format, WriteOptions


class Output:
    """One encoded stream to a file (`name`) or to stdout (None); nothing appears until `publish`."""

    def __init__(self, name: str | None, *, durable: bool = True) -> None:
        self.name = name
        self._target: AtomicFile | None = AtomicFile(name, durable=durable) if name is not None else None

    @property
    def final(self) -> str | None:
        """The absolute path of the file, None for stdout and devices."""
        return self._target.final if self._target and not self._target.direct else None

    def open(self, format: Format, options: WriteOptions) -> None:
        """Begin; to be called once, before anything else but `discard`."""
        self._file: BinaryIO = self._target.open() if self._target else sys.stdout.buffer
        self._plain = open_compressed(self._file, self.name) if self.name is not None else self._file
        self._format = format
        with guarded(format, "encoder", OSError):
            self._encoder: Encoder = format.encoder(self._plain, options)
        self._encoding = Encoding(format, options)
        self._checks_first = format.checks_first

    def prepare(self, batch: Batch) -> None:
        """Encode a batch ahead, on any thread. Raises DataError."""
        with guarded(self._format, "encode", OSError):
            data = self._encoder.encode(batch)
        if data is not None:
            batch.keep(self, data)

    def encoding(self) -> Encoding | None:
        """How records may be encoded elsewhere; `keep` then takes them."""
        return self._encoding

    def keep(self, batch: Batch, data: bytes | memoryview) -> None:
        """Take a batch's records encoded, ahead of `write`."""
        batch.keep(self, data)

    def write(self, records: list[Any] | Batch) -> None:
        """Append the records.

        Raises DataError when the format cannot carry one and nothing of them was written, else RunFailed.
        """
        batch = records if isinstance(records, Batch) else Batch.of_rows(records)
        data = batch.kept(self)
        if data is not None:
            with guarded(self._format, "append", OSError):
                self._encoder.append(data)
        else:
            self._encode(batch)
        if self._target is None:
            self._file.flush()

    def _encode(self, batch: Batch) -> None:
        try:
            with guarded(self._format, "write", OSError):
                self._encoder.write(batch)
        except DataError as error:
            if self._checks_first:
                raise
            raise self._broken(error) from error

    def finish(self) -> None:
        """Write the end, durably if that is asked for; still nothing appears.

        Raises RunFailed for data that the format cannot carry.
        """
        try:
            with guarded(self._format, "finish", OSError):
                self._encoder.finish()
        except DataError as error:
            raise self._broken(error) from error
        if self._plain is not self._file:
            self._plain.close()
        if self._target:
            self._target.sync()
        else:
            self._file.flush()

    def _broken(self, error: DataError) -> RunFailed:
        return RunFailed(
            error.code, f"{self.name or 'stdout'}: {error.message}",
            fix="change the field's type in the mapping, or write another format",
        )  # fmt: skip

    def publish(self) -> None:
        """Let the file appear."""
        if self._target:
            self._target.publish()

    def discard(self) -> None:
        """Drop what was not published."""
        if self._target:
            self._target.discard()


class Outputs:
    """Several outputs that appear together, after the last one is durable. Leaving with an error drops them all.

    Without `durable` they appear without waiting for the disk: whole, but not yet safe from a loss of power.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self._durable = durable
        self._open: list[Output] = []

    def add(self, name: str | None, format: Format, options: WriteOptions) -> Output:
        """Open one more; raises UsageError U107 when another goes to the same file."""
        output = Output(name, durable=self._durable)
        if output.final is not None and any(other.final == output.final for other in self._open):
            raise UsageError("U107", f"two outputs go to {name}", fix="give each a file of its own")
        # Known before it has a file: a signal may come at any moment, and then it must go.
        self._open.append(output)
        output.open(format, options)
        return output

    def publish(self, outputs: Sequence[Output] | None = None) -> None:
        """Finish all (or the given ones), then let them appear."""
        chosen = self._open if outputs is None else outputs
        for output in chosen:
            output.finish()
        for output in chosen:
            output.publish()
        self._open = [output for output in self._open if output not in chosen]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for output in self._open:
            output.discard()


def check_target(name: str) -> None:
    """Raise EnvironmentFailure C106 when a file cannot have this name, because a folder has it."""
    if os.path.isdir(name):
        raise EnvironmentFailure("C106", f"{name} is a folder, not a file", fix="name a file in it")


class AtomicFile:
    """A file that is written beside its final place and renamed; devices and pipes are written directly."""

    def __init__(self, name: str, *, durable: bool = True) -> None:
        check_target(name)
        self._shown = name
        self._durable = durable
        self.direct = False
        self._mode: int | None = None
        try:
            self.final = os.path.realpath(name)
            found = os.stat(self.final)
        except FileNotFoundError:
            found = None
        except (OSError, ValueError) as error:
            raise self._unwritable(error) from None
        if found is not None:
            self.direct = not stat.S_ISREG(found.st_mode)
            self._mode = stat.S_IMODE(found.st_mode)
        folder, last = os.path.split(self.final)
        self._temp = self.final if self.direct else os.path.join(folder, f".{last[:200]}.{os.getpid()}.tmp")
        self._stream: BinaryIO | None = None

    def open(self) -> BinaryIO:
        """Create the hidden file; the stream to write to."""
        try:
            self._stream = open(self._temp, "wb")  # noqa: SIM115
        except (OSError, ValueError) as error:
            raise self._unwritable(error) from None
        return self._stream

    def sync(self) -> None:
        """Flush, to the disk if the file is to be durable, and close."""
        if self._stream is None:
            return
        self._stream.flush()
        if not self.direct and self._durable:
            os.fsync(self._stream.fileno())
        self._stream.close()

    def publish(self) -> None:
        """Rename to the final name; for good if the file is to be durable."""
        if self.direct:
            return
        if self._mode is not None:
            os.chmod(self._temp, self._mode)
        os.replace(self._temp, self.final)
        if not self._durable:
            return
        folder = os.open(os.path.dirname(self.final), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self) -> None:
        """Close and remove what was written."""
        try:
            if self._stream is not None:
                self._stream.close()
        except OSError:
            pass  # a full disk refuses the last buffer, which is dropped anyway
        if not self.direct:
            try:
                os.unlink(self._temp)
            except FileNotFoundError:
                return

    def _unwritable(self, error: OSError | ValueError) -> EnvironmentFailure:
        number = getattr(error, "errno", None)
        if number == errno.ENOENT:
            folder = os.path.dirname(self._shown)
            return EnvironmentFailure("C106", f"there is no folder {folder} to write to", fix=f"mkdir -p {folder}")
        why = getattr(error, "strerror", None) or str(error)
        code = "C104" if number in (errno.EACCES, errno.EPERM, errno.EROFS) else "C105"
        return EnvironmentFailure(code, f"cannot write {self._shown}: {why}", fix="write elsewhere with -o")
