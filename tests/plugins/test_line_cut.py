"""Pieces of whole lines: all of the text, each once, whatever the stream gives at a time."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk_formats.byte_input import TextBytes
from crosswalk_formats.line_cut import Cutter, LongLine

LINES = st.lists(st.sampled_from([b"a", b'"', b",", b"\n", b"\r\n", b"\r", b'"x\ny"', b"longer text"]), max_size=30)


class Slow(io.BytesIO):
    """Gives at most so many bytes at a time."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self.most = most

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.most if size is None or size < 0 else min(size, self.most))


@given(LINES, st.integers(1, 40), st.integers(1, 40), st.booleans(), st.sampled_from([b"", b'"']), st.booleans())
def test_pieces_are_whole_lines_and_all_of_them(
    parts: list[bytes], block: int, most: int, fill: bool, quote: bytes, returns: bool
) -> None:
    text = b"".join(parts)
    cutter = Cutter(TextBytes(Slow(text, most)), block, 10_000, quote=quote, returns=returns)
    cutter.fill = fill
    found = []
    while (piece := cutter.next()) is not None:
        assert isinstance(piece, bytes)
        assert piece
        found.append(piece)
    assert b"".join(found) == text
    assert all(piece.endswith((b"\n", b"\r") if returns else b"\n") for piece in found[:-1])
    assert cutter.final


@given(LINES, st.integers(1, 40), st.integers(0, 12))
def test_what_is_left_comes_again_with_at_least_a_line_more(parts: list[bytes], block: int, back: int) -> None:
    text = b"".join(parts)
    cutter = Cutter(TextBytes(io.BytesIO(text)), block, 10_000)
    used, left = b"", b""
    while (piece := cutter.next(left)) is not None:
        assert isinstance(piece, bytes)
        assert piece.startswith(left)
        if cutter.final:
            used += piece
            break
        assert len(piece) > len(left)
        used, left = used + piece[: max(0, len(piece) - back)], piece[max(0, len(piece) - back) :]
    assert used == text


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_a_line_beyond_the_limit_is_passed_over_as_one(most: int) -> None:
    cutter = Cutter(TextBytes(Slow(b"a\n" + b"x" * 50 + b"\nb\n", most)), 8, 20)
    found = list(iter(cutter.next, None))
    assert b"".join(piece if isinstance(piece, bytes) else b"|" for piece in found) == b"a\n|b\n"
    assert [piece.size for piece in found if isinstance(piece, LongLine)] == [51]
