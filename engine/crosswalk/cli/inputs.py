"""Inputs: open a file or stdin, decompressed, as batches of one format."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from ..batch import Batch
from ..errors import EnvironmentFailure, UsageError
from ..plugin.compression import open_decompressed
from ..plugin.format import ReadOptions
from ..runtime.guard import checked_batches
from ..spec.near import near_name

if TYPE_CHECKING:
    from ..plugin.format import Format


def input_name(given: str | None) -> str | None:
    """The input's file name, None for stdin; raises UsageError U105 when stdin is a terminal and nobody asked."""
    if given == "-":
        return None
    if given is None and (sys.stdin is None or sys.stdin.isatty()):
        raise UsageError("U105", "there is no input", fix="name a file, or write - to type the records")
    return given


@contextmanager
def opened(name: str | None) -> Iterator[BinaryIO]:
    """The plain bytes of a file, or of stdin for None. Raises EnvironmentFailure C101, C104 or C105."""
    if name is None:
        yield open_decompressed(sys.stdin.buffer)
        return
    try:
        stream = open(name, "rb")  # noqa: SIM115
    except (OSError, ValueError) as error:
        raise _unreadable(error, name) from None
    with stream:
        yield open_decompressed(stream, name)


def size_of(name: str | None) -> int | None:
    """The size of the input in bytes, where it is known and counts what is read."""
    if name is None or name.endswith((".gz", ".bz2", ".xz", ".zst")):
        return None
    return os.stat(name).st_size or None


def batches(
    format: Format, stream: BinaryIO, options: ReadOptions, name: str | None, limit: int | None = None
) -> Iterator[Batch]:
    """The batches of a stream, at most `limit` records in all, good and bad."""
    if limit == 0:
        return
    left = limit
    if left is not None:
        options = replace(options, records=max(1, min(options.records, left)))
    for batch in checked_batches(format, "decode", lambda: format.decode(stream, options), OSError):
        if batch.file is None:
            batch.file = name or "stdin"
        if left is None:
            yield batch
            continue
        batch = first_of(batch, left)
        left -= len(batch) + len(batch.bad)
        yield batch
        if left <= 0:
            return


def first_of(batch: Batch, limit: int) -> Batch:
    """The first `limit` records of a batch in source order, good and bad."""
    if len(batch) + len(batch.bad) <= limit:
        return batch
    numbers = sorted([*batch.numbers, *(bad.number for bad in batch.bad)])
    last = numbers[limit - 1]
    keep = sum(number <= last for number in batch.numbers)
    return Batch.of_rows(
        batch.rows[:keep], cursor=None, numbers=batch.numbers[:keep], lines=batch.lines[:keep] if batch.lines else None,
        bad=[bad for bad in batch.bad if bad.number <= last], file=batch.file, bytes_read=batch.bytes_read,
    )  # fmt: skip


def _unreadable(error: OSError | ValueError, name: str) -> EnvironmentFailure:
    number = getattr(error, "errno", None)
    if number == errno.ENOENT:
        folder = os.path.dirname(name) or "."
        near = near_name(os.path.basename(name), sorted(os.listdir(folder))) if os.path.isdir(folder) else None
        fix = "check the spelling and the folder"
        if near:
            fix = f"did you mean {os.path.join(os.path.dirname(name), near)}?"
        return EnvironmentFailure("C101", f"there is no file {name}", fix=fix)
    if number == errno.EISDIR:
        return EnvironmentFailure("C101", f"{name} is a folder, not a file", fix="name a file in it")
    if number in (errno.EACCES, errno.EPERM):
        return EnvironmentFailure("C104", f"{name}: {os.strerror(number)}", fix="give yourself read access to it")
    return EnvironmentFailure("C105", f"{name}: {getattr(error, 'strerror', None) or error}")
