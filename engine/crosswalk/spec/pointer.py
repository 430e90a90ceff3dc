"""JSON Pointers (RFC 6901) as strings: join, split, look up. Start here to address a place in a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def escape(key: str | int) -> str:
    """One member of a pointer: `~` and `/` escaped."""
    return str(key).replace("~", "~0").replace("/", "~1")


def join(pointer: str, *keys: str | int) -> str:
    """The pointer of a member below `pointer`."""
    return pointer + "".join("/" + escape(key) for key in keys)


def split(pointer: str) -> list[str]:
    """The unescaped members of a pointer; "" gives []."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def parent(pointer: str) -> str:
    """The pointer one level up; "" stays ""."""
    return pointer.rpartition("/")[0]


def ancestors(pointer: str) -> Iterator[str]:
    """The pointer itself, then every pointer above it, "" last."""
    while pointer:
        yield pointer
        pointer = parent(pointer)
    yield ""


def exists(data: Any, pointer: str) -> bool:
    """Whether the pointer leads to a value in the data."""
    for key in split(pointer):
        if isinstance(data, dict) and key in data:
            data = data[key]
        elif isinstance(data, list) and key.isascii() and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            return False
    return True


def nearest(data: Any, pointer: str) -> str:
    """The deepest pointer at or above `pointer` that exists in the data."""
    return next(found for found in ancestors(pointer) if exists(data, found))


def resolve(data: Any, pointer: str) -> Any:
    """The value at a pointer that exists."""
    for key in split(pointer):
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data
