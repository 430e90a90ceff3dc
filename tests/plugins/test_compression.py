"""Compressed streams: found by ending, name or first bytes; several members; broken ones are reported, never cut."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
import zstandard

from crosswalk import ArgumentError, ConnectorError, ReadOptions
from crosswalk.plugin.compression import open_compressed, open_decompressed, split_name
from crosswalk.plugin.zstd_frames import FrameWatch
from crosswalk_formats.csv_format import Csv

TEXT = b"".join(b"%d,%d\n" % (i, i * i) for i in range(30_000))
NOISE = random.Random(3).randbytes(300_000)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}
ENDINGS = pytest.mark.parametrize("ending", PACKERS)


class Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time and cannot seek, like a pipe."""

    def __init__(self, data: bytes, step: int = 7) -> None:
        self._data = io.BytesIO(data)
        self._step = step

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(self._step if size < 0 else min(size, self._step))


def test_split_name() -> None:
    assert split_name("in/a.csv.gz") == ("in/a.csv", "gzip")
    assert split_name("a.JSON.ZST") == ("a.JSON", "zstd")
    assert split_name("a.csv") == ("a.csv", None)
    assert split_name("gz") == ("gz", None)


@ENDINGS
@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE], ids=["empty", "one", "text", "noise"])
def test_by_ending_by_name_and_by_first_bytes(ending: str, data: bytes) -> None:
    packed = PACKERS[ending](data)
    assert open_decompressed(io.BytesIO(packed), f"a.csv.{ending}").read() == data
    assert open_decompressed(io.BytesIO(packed), "a.csv", compression=ending).read() == data
    assert open_decompressed(io.BytesIO(packed)).read() == data
    assert open_decompressed(io.BytesIO(packed), "a.csv").read() == data


@ENDINGS
def test_several_members_are_one_stream(ending: str) -> None:
    packed = PACKERS[ending](TEXT) + PACKERS[ending](b"") + PACKERS[ending](NOISE)
    assert open_decompressed(io.BytesIO(packed), f"x.{ending}").read() == TEXT + NOISE
    stream: Any = Trickle(packed, 1000)
    assert open_decompressed(stream).read() == TEXT + NOISE


@ENDINGS
def test_every_truncation_is_reported(ending: str) -> None:
    first = PACKERS[ending](b"hello, hello, hello")
    packed = first + PACKERS[ending](NOISE[:200])
    for size in range(1, len(packed)):
        if size == len(first):
            continue
        with pytest.raises(ConnectorError) as caught:
            open_decompressed(io.BytesIO(packed[:size]), f"x.{ending}").read()
        assert caught.value.code == "C204"
    with pytest.raises(ConnectorError, match=rf"x\.{ending} breaks off before its end"):
        open_decompressed(io.BytesIO(PACKERS[ending](NOISE)[:-5]), f"x.{ending}").read()


@ENDINGS
def test_damage_is_reported(ending: str) -> None:
    packed = bytearray(PACKERS[ending](TEXT))
    packed[len(packed) // 2] ^= 0xFF
    packed[len(packed) // 3] ^= 0x55
    with pytest.raises(ConnectorError) as caught:
        open_decompressed(io.BytesIO(bytes(packed)), f"x.{ending}").read()
    assert caught.value.code == "C204"


@ENDINGS
def test_what_is_no_archive_is_reported(ending: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        open_decompressed(io.BytesIO(b"a,b\n1,2\n" * 100), f"x.csv.{ending}").read()
    assert caught.value.code == "C204"


@pytest.mark.parametrize("data", [b"", b"a", b"a,b\n1,2\n", b"BZ", b"\x1f"])
def test_plain_streams_stay_as_they_are(data: bytes) -> None:
    stream: Any = Trickle(data, 2)
    assert b"".join(iter(lambda: plain.read(3), b"")) == data if (plain := open_decompressed(stream)) else False
    assert open_decompressed(io.BytesIO(data), compression="none").read() == data
    packed = gzip.compress(b"x")
    assert open_decompressed(io.BytesIO(packed), compression="none").read() == packed


def test_unknown_compression() -> None:
    with pytest.raises(ArgumentError, match="rar"):
        open_decompressed(io.BytesIO(), compression="rar")


@pytest.mark.parametrize("ending", [*PACKERS, "none"])
def test_written_archives_are_read_back(ending: str) -> None:
    outs = []
    for _ in range(2):
        out = io.BytesIO()
        stream = open_compressed(out, f"x.csv.{ending}")
        stream.write(TEXT)
        stream.write(NOISE)
        if stream is not out:
            stream.close()
        assert not out.closed
        outs.append(out.getvalue())
    assert outs[0] == outs[1]
    assert open_decompressed(io.BytesIO(outs[0]), f"x.{ending}").read() == TEXT + NOISE


def bomb(ending: str, size: int) -> bytes:
    out = io.BytesIO()
    stream = open_compressed(out, compression=ending)
    for _ in range(size >> 20):
        stream.write(bytes(1 << 20))
    stream.close()
    return out.getvalue()


@ENDINGS
def test_a_bomb_is_streamed(ending: str) -> None:
    packed = bomb(ending, 1 << 27)
    assert len(packed) < 200_000
    tracemalloc.start()
    plain = open_decompressed(io.BytesIO(packed), f"x.{ending}")
    size = sum(map(len, iter(lambda: plain.read(1 << 16), b"")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 1 << 27
    assert peak < 20_000_000


@ENDINGS
def test_a_format_reads_and_resumes_through_an_archive(ending: str) -> None:
    def read(**options: Any) -> Any:
        stream = open_decompressed(io.BytesIO(PACKERS[ending](b"a,b\n" + TEXT)), f"x.csv.{ending}")
        return Csv().decode(stream, ReadOptions(records=20_000, bytes=10**7, **options))

    first, second = read()
    (rest,) = read(cursor=first.cursor)
    assert (rest.rows, rest.numbers, rest.cursor) == (second.rows, second.numbers, second.cursor)


def test_frame_watch_follows_every_frame_form() -> None:
    frames = [
        zstandard.ZstdCompressor(write_checksum=True).compress(TEXT),
        zstandard.ZstdCompressor(write_content_size=False).compress(b"abc"),
        b"\x50\x2a\x4d\x18\x05\x00\x00\x00hello",
        zstandard.ZstdCompressor(level=19).compress(bytes(10**6)),
        zstandard.ZstdCompressor().compress(b""),
    ]
    data = b"".join(frames)
    ends = {sum(map(len, frames[:count])) for count in range(len(frames) + 1)}
    for step in (1, 13, 100_000):
        stream: Any = Trickle(data, step)
        watch = FrameWatch(stream)
        place = 0
        while block := watch.read(step):
            place += len(block)
            assert watch.complete == (place in ends)
    assert open_decompressed(io.BytesIO(data), "x.zst").read() == TEXT + b"abc" + bytes(10**6)
