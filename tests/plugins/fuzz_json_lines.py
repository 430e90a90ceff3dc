"""Gives broken lines to the compiled reader of JSON: `python fuzz_json_lines.py FOLDER-OF-THE-MODULE SEED`.

Meant for a module that was compiled with sanitizers, which end the process where memory is misused.
"""

from __future__ import annotations

import random
import sys
from typing import Any

GOOD = (
    b'{"a":"some text \\u00e9 here","f":12.5,"b":true,"z":{"y":[1,{"x":null}]},'
    b'"l":[{"a":"x","q":7},{"q":8}],"n":["x",null]}'
)
TEXT: Any = (b"a", "t", True, ())
ITEM: Any = (b"", "o", True, (TEXT, (b"q", "i", True, ()), (b"u", "u", True, ())))
RECORD: Any = (b"", "o", True, (
    TEXT, (b"f", "f", True, ()), (b"b", "b", True, ()), (b"l", "l", True, (ITEM,)),
    (b"n", "l", True, ((b"", "t", True, ()),)),
))  # fmt: skip
ROUNDS = 4000


def broken(draw: random.Random) -> bytes:
    """A line with some bytes changed, taken out or repeated, or cut short."""
    line = bytearray(GOOD)
    for _ in range(draw.choice([0, 0, 1, 2, 5])):
        place = draw.randrange(len(line))
        kind = draw.randrange(4)
        if kind == 0:
            line[place] = draw.choice(b'{}[]",:\\ntf0123.-eE \x00\x1f\x80\xc3\xe2\xf0\xff')
        elif kind == 1:
            line[place:] = b" "
        elif kind == 2:
            line[place : place + 1] = b" "
        else:
            line[place:place] = line[place : place + draw.randrange(60)]
    return bytes(line)


def main(folder: str, seed: str) -> None:
    """Read all of them, and many good lines at once."""
    sys.path.insert(0, folder)
    from _json_lines import read_lines  # type: ignore[import-not-found]

    draw = random.Random(int(seed))
    for _ in range(ROUNDS):
        lines = [broken(draw) for _ in range(draw.randint(1, 6))]
        read_lines(b"\n".join(lines), RECORD, len(lines), draw.choice([0, 1, 100]))
    assert len(read_lines(b"\n".join([GOOD] * 3000), RECORD, 3000, 0)) > 2
    print(ROUNDS, "texts and a long one")


if __name__ == "__main__":
    main(*sys.argv[1:])
