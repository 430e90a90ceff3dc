"""Text to UTF-8 and back, with data errors where Python would raise its own."""

from __future__ import annotations

from crosswalk import DataError


def utf8(value: str | bytes) -> bytes:
    """The text in UTF-8, bytes as they are; raises DataError M310 for half a surrogate pair."""
    if isinstance(value, bytes):
        return value
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise DataError("M310", "text with half a surrogate pair") from error


def text_of_utf8(data: bytes) -> str:
    """The text of bytes in UTF-8; raises DataError M310 when they are not."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DataError("M310", "the decoded bytes are not text in UTF-8") from error
