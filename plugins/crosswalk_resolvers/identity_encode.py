"""Identity and security resolvers that hide or encode a text."""

from __future__ import annotations

import base64 as codec
import re
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes

from crosswalk import ArgumentError, DataError, Example, resolver

from . import _text_vectors
from ._utf8 import text_of_utf8, utf8

_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@resolver(
    "mask",
    vector=_text_vectors.mask,
    factory=True,
    group="identity",
    examples=[
        Example("4111111111111111", "************1111"),
        Example("0400123456", "xxxxxxxx56", {"keep_last": 2, "char": "x"}),
        Example("1234", "****"),
        Example("secret", "******", 0),
        Example("x", error="M106", args={"char": ""}),
    ],
)
def mask(*, keep_last: int = 4, char: str = "*") -> Callable[[str], str]:
    """Replace all but the last characters; a text that is not longer than these is masked whole.

    `keep_last`: how many characters stay readable.
    `char`: the one character that stands for a hidden one.
    """
    if keep_last < 0:
        raise ArgumentError("a number of characters is not negative", argument="keep_last")
    if len(char) != 1:
        raise ArgumentError(f"{char!r} is not one character", argument="char")

    def hide(value: str) -> str:
        hidden = len(value) - keep_last
        return char * hidden + value[hidden:] if hidden > 0 else char * len(value)

    return hide


@resolver(
    "base64", group="identity", examples=[Example("Zoë", "Wm/Dqw=="), Example(b"\x00\xff", "AP8="), Example("", "")]
)
def base64(value: str | bytes) -> str:
    """Encode a text in UTF-8, or bytes, in base64 (RFC 4648) with padding."""
    return codec.b64encode(utf8(value)).decode("ascii")


@resolver(
    "unbase64",
    group="identity",
    examples=[
        Example("Wm/Dqw==", "Zoë"),
        Example("Wm/Dqw", error="M310"),
        Example("Wm/ Dqw==", error="M310"),
        Example("AP8=", error="M310"),
    ],
)
def unbase64(value: str) -> str:
    """Decode base64 (RFC 4648, padding required) to a text in UTF-8.

    Raises M310 for other characters, white space included, for missing padding, and when the bytes are not UTF-8.
    """
    try:
        data = codec.b64decode(value, validate=True)
    except ValueError as error:
        raise DataError("M310", "not base64") from error
    return text_of_utf8(data)


@resolver(
    "url_encode", group="identity", examples=[Example("a b/ü?&", "a%20b%2F%C3%BC%3F%26"), Example("A-z_0.~", "A-z_0.~")]
)
def url_encode(value: str) -> str:
    """Percent-encode a text in UTF-8 for any place of a URL: all but letters, digits and `-._~` (RFC 3986)."""
    return quote(utf8(value), safe="")


@resolver(
    "url_decode",
    group="identity",
    examples=[
        Example("a%20b%2F%C3%BC", "a b/ü"),
        Example("a+b", "a+b"),
        Example("100%", error="M310"),
        Example("%FF", error="M310"),
    ],
)
def url_decode(value: str) -> str:
    """Decode percent-encoded text (RFC 3986); a plus stays a plus.

    Raises M310 for a `%` that two hex digits do not follow, and when the bytes are not UTF-8.
    """
    if _PERCENT.search(value):
        raise DataError("M310", "a % that two hex digits do not follow", value)
    return text_of_utf8(unquote_to_bytes(utf8(value)))


RESOLVERS = (mask, base64, unbase64, url_encode, url_decode)
