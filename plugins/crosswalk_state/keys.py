"""Keys as bytes: tuples of texts keep their order, and no two tuples have the same bytes."""

from __future__ import annotations

# Each part is its UTF-8 text, ended by 00; a 00 inside a part is written 00 FF. FF never occurs in UTF-8, so the end of
# a part is unambiguous, and byte order is the order of the tuples (FoundationDB's tuple encoding, for texts only).
_ERRORS = "surrogatepass"


def encode(key: tuple[str, ...]) -> bytes:
    """The bytes of a key."""
    return b"".join(part.encode("utf-8", _ERRORS).replace(b"\0", b"\0\xff") + b"\0" for part in key)


def decode(data: bytes) -> tuple[str, ...]:
    """The key of bytes that `encode` made."""
    parts = []
    start = at = 0
    while at < len(data):
        if data[at] == 0:
            if data[at + 1 : at + 2] == b"\xff":
                at += 2
                continue
            parts.append(data[start:at].replace(b"\0\xff", b"\0").decode("utf-8", _ERRORS))
            start = at + 1
        at += 1
    return tuple(parts)


def is_key(data: object) -> bool:
    """Whether the data can be the bytes of a key; damage nearly always leaves what is not UTF-8."""
    if not isinstance(data, bytes) or not data.endswith(b"\0"):
        return False
    try:
        data.replace(b"\0\xff", b"").decode("utf-8", _ERRORS)
    except UnicodeDecodeError:
        return False
    return True


def past(prefix: bytes) -> bytes:
    """The first bytes that sort behind every key that starts with the parts of `prefix`."""
    # A further part starts with a UTF-8 byte (at most F4) or ends at once with 00.
    return prefix + b"\xfe"
