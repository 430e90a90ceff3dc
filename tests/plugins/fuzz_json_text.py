"""Gives arrays with wrong buffers to the compiled writer of JSON: `python fuzz_json_text.py FOLDER-OF-THE-MODULE SEED`.

Meant for a module that was compiled with sanitizers, which end the process where memory is misused.
"""

from __future__ import annotations

import random
import struct
import sys
from typing import Any

ROUNDS = 20_000
FLOATS = [0.0, -0.0, 19.9, 1e-5, 1e300, 0.1 + 0.2, float("nan"), 123456.789]


def column(draw: random.Random, key: bytes, rows: int, depth: int = 2) -> Any:
    """An array of some kind, mostly right; some buffers are too short, some places outside of them."""
    kind = draw.choice("tTiufbdnolL" if depth else "tTiufbdn")
    offset = draw.choice([0, 0, 1, 9])
    last = rows + offset
    validity = draw.choice([None, draw.randbytes((last + 7) // 8)])
    first: bytes | None = None
    second: bytes | None = None
    children: list[Any] = []
    if kind in "tTlL":
        held = draw.randrange(60)
        places = sorted(draw.randint(0, held) for _ in range(last + 1))
        if not draw.randrange(12):
            places[draw.randrange(len(places))] = draw.choice([-1, held + 1, 2**31 - 1, -(2**31)])
        first = struct.pack(f"{len(places)}{'i' if kind in 'tl' else 'q'}", *places)
        if kind in "tT":
            second = bytes(draw.choice(b'abc"\\\n\x00\x1f\x7f\xc3\xa9') for _ in range(held))
        else:
            children = [column(draw, b"", held, depth - 1)]
    elif kind in "iu":
        first = draw.randbytes(8 * last)
    elif kind == "f":
        first = struct.pack(f"{last}d", *(draw.choice(FLOATS) for _ in range(last)))
    elif kind == "b":
        first = draw.randbytes((last + 7) // 8)
    elif kind == "d":
        first = draw.randbytes(16 * last)
    elif kind == "o":
        children = [column(draw, b'"k%d":' % at, rows, depth - 1) for at in range(draw.randrange(3))]
    if first and not draw.randrange(15):
        first = first[: draw.randrange(len(first))]
    null_at = draw.choice([None, None, draw.randbytes((rows + 7) // 8)])
    scale = draw.choice([0, 2, 38])
    return key, kind, validity, offset, rows, first, second, scale, null_at, 0, tuple(children)


def main(folder: str, seed: str) -> None:
    """Write all of them, into little room and into much."""
    sys.path.insert(0, folder)
    from _json_text import write_lines  # type: ignore[import-not-found]

    draw, written, refused = random.Random(int(seed)), 0, 0
    for _ in range(ROUNDS):
        rows = draw.randrange(20)
        members = tuple(column(draw, b'"m%d":' % at, rows) for at in range(draw.randrange(4)))
        record = (b"", "o", None, 0, rows, None, None, 0, None, 0, members)
        room = draw.choice([0, 10, 100, 1000, 100_000])
        try:
            row, end, _ = write_lines(bytearray(room), draw.randint(0, room), record, draw.random() < 0.5, 0, 5)
        except ValueError:
            refused += 1
        else:
            assert 0 <= row <= rows
            assert end <= room
            written += row > 0
    assert written > ROUNDS // 4
    assert refused > ROUNDS // 100
    print(ROUNDS, "tables")


if __name__ == "__main__":
    main(*sys.argv[1:])
