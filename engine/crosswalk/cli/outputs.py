"""Outputs: files that appear under their names only when whole, or stdout."""

from __future__ import annotations

import errno
import os
import stat
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from ..batch import Batch
from ..errors import DataError, EnvironmentFailure, RunFailed
from .compressed import open_compressed

if TYPE_CHECKING:
    from ..plugin.format import Encoder, Format, WriteOptions


class Output:
    """One encoded stream to a file (`name`) or to stdout (None); nothing appears until `publish`."""

    def __init__(self, name: str | None, format: Format, options: WriteOptions) -> None:
        self.name = name
        self._target: AtomicFile | None = AtomicFile(name) if name is not None else None
        self._file: BinaryIO = self._target.stream if self._target else sys.stdout.buffer
        self._plain = open_compressed(self._file, name) if name is not None else self._file
        self._encoder: Encoder = format.encoder(self._plain, options)

    def write(self, records: list[Any]) -> None:
        """Append the records; raises RunFailed when the format cannot carry one."""
        try:
            self._encoder.write(Batch.of_rows(records))
        except DataError as error:
            raise RunFailed(
                error.code, f"{self.name or 'stdout'}: {error.message}",
                fix="change the field's type in the mapping, or write another format",
            ) from error  # fmt: skip
        if self._target is None:
            self._file.flush()

    def finish(self) -> None:
        """Write the end, and make it durable; still nothing appears."""
        self._encoder.finish()
        if self._plain is not self._file:
            self._plain.close()
        if self._target:
            self._target.sync()
        else:
            self._file.flush()

    def publish(self) -> None:
        """Let the file appear."""
        if self._target:
            self._target.publish()

    def discard(self) -> None:
        """Drop what was not published."""
        if self._target:
            self._target.discard()


class Outputs:
    """Several outputs that appear together, after the last one is durable. Leaving with an error drops them all."""

    def __init__(self) -> None:
        self._open: list[Output] = []

    def add(self, name: str | None, format: Format, options: WriteOptions) -> Output:
        """Open one more."""
        output = Output(name, format, options)
        self._open.append(output)
        return output

    def publish(self) -> None:
        """Finish all, then publish all."""
        for output in self._open:
            output.finish()
        for output in self._open:
            output.publish()
        self._open = []

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

    def __init__(self, name: str) -> None:
        check_target(name)
        self._shown = name
        self._direct = False
        self._mode: int | None = None
        try:
            self.final = os.path.realpath(name)
            found = os.stat(self.final)
        except FileNotFoundError:
            found = None
        except (OSError, ValueError) as error:
            raise self._unwritable(error) from None
        if found is not None:
            self._direct = not stat.S_ISREG(found.st_mode)
            self._mode = stat.S_IMODE(found.st_mode)
        folder, last = os.path.split(self.final)
        self._temp = self.final if self._direct else os.path.join(folder, f".{last[:200]}.{os.getpid()}.tmp")
        try:
            self.stream: BinaryIO = open(self._temp, "wb")  # noqa: SIM115
        except (OSError, ValueError) as error:
            raise self._unwritable(error) from None

    def sync(self) -> None:
        """Flush to the disk and close."""
        self.stream.flush()
        if not self._direct:
            os.fsync(self.stream.fileno())
        self.stream.close()

    def publish(self) -> None:
        """Rename to the final name, for good."""
        if self._direct:
            return
        if self._mode is not None:
            os.chmod(self._temp, self._mode)
        os.replace(self._temp, self.final)
        folder = os.open(os.path.dirname(self.final), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self) -> None:
        """Close and remove what was written."""
        try:
            self.stream.close()
        except OSError:
            pass  # a full disk refuses the last buffer, which is dropped anyway
        if not self._direct:
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
