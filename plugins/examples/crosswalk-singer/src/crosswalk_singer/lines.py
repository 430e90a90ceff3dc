"""The lines that a tap writes, each with its number, and a sign when nothing has come for a while."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

from .child import Child
from .errors import protocol

_BLOCK = 1 << 16


def lines(child: Child, limit: int, idle: float) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line without its end), to the end of the tap's stdout; (0, b"") after `idle` seconds of silence.

    Raises ConnectorError C904 for a line of more than `limit` bytes.
    """
    descriptor = child.stdout.fileno()
    number, held = 0, bytearray()
    said = False
    while True:
        if not said and not _ready(descriptor, idle):
            said = True
            yield 0, b""
            continue
        said = False
        block = os.read(descriptor, _BLOCK)
        start = 0
        while (end := block.find(b"\n", start)) >= 0 or (not block and held):
            piece = block[start:end] if block else b""
            number += 1
            line = bytes(held + piece) if held else piece
            held.clear()
            if len(line) > limit:
                raise _too_long(child, number, limit)
            yield number, line
            if not block:
                break
            start = end + 1
        if not block:
            return
        held += block[start:]
        if len(held) > limit:
            raise _too_long(child, number + 1, limit)


def _ready(descriptor: int, seconds: float) -> bool:
    """Whether there is something to read, or the end; waits so long for it. Where one cannot ask, reading waits."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _too_long(child: Child, number: int, limit: int) -> Exception:
    return protocol(child.command.program, f"wrote a line of more than {limit:,} bytes: line {number}")
