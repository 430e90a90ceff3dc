"""Compressed streams, as the formats plugin opens them; found by name, because the engine imports no plugin."""

from __future__ import annotations

import importlib
from typing import BinaryIO, cast

_HOME = "crosswalk_formats.compression"


def open_decompressed(stream: BinaryIO, name: str | None = None) -> BinaryIO:
    """The plain bytes of a stream: by the ending of `name`, else by the first bytes."""
    return cast("BinaryIO", importlib.import_module(_HOME).open_decompressed(stream, name))


def open_compressed(stream: BinaryIO, name: str) -> BinaryIO:
    """A stream that compresses into `stream` when the ending of `name` asks for it, else `stream` itself."""
    return cast("BinaryIO", importlib.import_module(_HOME).open_compressed(stream, name))
