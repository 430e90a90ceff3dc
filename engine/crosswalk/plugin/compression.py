"""Compressed streams: open gzip, bzip2, xz and zstd by file ending, by name or by their first bytes."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from ..errors import ArgumentError, ConnectorError
from .zstd_frames import FrameWatch

ENDINGS = {"gz": "gzip", "gzip": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd", "zstd": "zstd"}
"""File endings (without dot) and the compression each stands for."""
NAMES = ("none", "gzip", "bzip2", "xz", "zstd")
"""What the `compression` argument may be, besides None (decide by ending, then by the first bytes)."""
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))


def split_name(name: str) -> tuple[str, str | None]:
    """A file name without its compression ending, and that compression: `a.csv.gz` gives `("a.csv", "gzip")`."""
    stem, dot, ending = name.rpartition(".")
    found = ENDINGS.get(ending.lower()) if dot else None
    return (stem, found) if found else (name, None)


def open_decompressed(stream: BinaryIO, name: str | None = None, *, compression: str | None = None) -> BinaryIO:
    """A stream of the plain bytes of `stream`, in bounded memory; several members or frames in a row are one stream.

    `compression`: one of NAMES, or an ending; None decides by the ending of `name`, and when that says nothing (stdin)
    by the first bytes. The caller keeps owning `stream`. Reading raises ConnectorError C204 for a damaged archive or
    one that breaks off. Raises ArgumentError for an unknown compression.
    """
    kind = _kind(name, compression)
    if kind is None:
        head = _read_full(stream, 6)
        stream = cast("BinaryIO", _Prefixed(head, stream)) if head else stream
        kind = next((found for magic, found in _MAGIC if head.startswith(magic)), "none")
    if kind == "none":
        return stream
    return cast("BinaryIO", io.BufferedReader(_Decompressed(_reader(kind, stream), kind, name), 1 << 17))


def open_compressed(stream: BinaryIO, name: str | None = None, *, compression: str | None = None) -> BinaryIO:
    """A stream whose written bytes arrive compressed in `stream`; `stream` itself when nothing asks for compression.

    Closing it writes the archive's end and leaves `stream` open. Equal input gives equal bytes (no time stamps).
    """
    kind = _kind(name, compression) or "none"
    if kind == "gzip":
        import gzip

        return cast("BinaryIO", gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=6))
    if kind == "bzip2":
        import bz2

        return cast("BinaryIO", bz2.BZ2File(stream, "wb"))
    if kind == "xz":
        import lzma

        return cast("BinaryIO", lzma.LZMAFile(stream, "wb"))
    if kind == "zstd":
        import zstandard

        return cast("BinaryIO", zstandard.ZstdCompressor().stream_writer(stream, closefd=False))
    return stream


def _kind(name: str | None, compression: str | None) -> str | None:
    if compression is None:
        return split_name(name)[1] if name else None
    kind = ENDINGS.get(compression, compression)
    if kind not in NAMES:
        raise ArgumentError(f"unknown compression {compression!r}", fix=f"known are: {', '.join(NAMES)}")
    return kind


def _reader(kind: str, stream: BinaryIO) -> Callable[[int], bytes]:
    if kind == "gzip":
        import gzip

        return gzip.GzipFile(fileobj=stream, mode="rb").read1
    if kind == "bzip2":
        import bz2

        return bz2.BZ2File(stream, "rb").read1
    if kind == "xz":
        import lzma

        return lzma.LZMAFile(stream, "rb").read1
    return _zstd_reader(stream)


def _zstd_reader(stream: BinaryIO) -> Callable[[int], bytes]:
    import zstandard

    watch = FrameWatch(stream)
    # A frame may ask for a window of its own size; 128 MiB is what the zstd command line accepts by default.
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    plain = decompressor.stream_reader(cast("Any", watch), read_across_frames=True, closefd=False)

    def read(size: int) -> bytes:
        try:
            block = plain.read(size)
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from error
        if not block and not watch.complete:
            raise EOFError
        return block

    return read


class _Decompressed(io.RawIOBase):
    """Turns what the libraries raise for a bad archive into C204."""

    def __init__(self, read: Callable[[int], bytes], kind: str, name: str | None) -> None:
        self._read = read
        self._what = f"the {kind} archive {name}" if name else f"the {kind} stream"

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        view = memoryview(target).cast("B")
        try:
            block = self._read(len(view))
        except EOFError:
            raise ConnectorError(
                "C204", f"{self._what} breaks off before its end", fix="transfer the file again"
            ) from None
        except (OSError, zlib.error, ValueError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise ConnectorError("C204", f"{self._what} is damaged: {error}") from error
        except Exception as error:
            if type(error).__name__ != "LZMAError":
                raise
            raise ConnectorError("C204", f"{self._what} is damaged: {error}") from error
        view[: len(block)] = block
        return len(block)


class _Prefixed(io.RawIOBase):
    """A stream with the bytes that were peeked at put back."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._head:
            return self._stream.read(size)
        if size < 0:
            head, self._head = self._head, b""
            return head + self._stream.read()
        head, self._head = self._head[:size], self._head[size:]
        return head

    def readinto(self, target: Any) -> int:
        view = memoryview(target).cast("B")
        block = self.read(len(view))
        view[: len(block)] = block
        return len(block)


def _read_full(stream: BinaryIO, size: int) -> bytes:
    found = b""
    while len(found) < size:
        block = stream.read(size - len(found))
        if not block:
            break
        found += block
    return found
