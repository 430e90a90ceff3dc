"""Both readers of JSON lines as columns: the compiled one, and Arrow's, which is used where no compiler was at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from crosswalk_formats import json_native

READERS = ["compiled", "arrow"]


@contextmanager
def read_by(reader: str) -> Iterator[None]:
    """Lines are read by this reader alone; skips the test where that one was not built."""
    if reader == "compiled" and not json_native.available():
        told = "the compiled reader was not built; with a C compiler and Python's headers, install crosswalk anew"
        (pytest.fail if os.environ.get("CROSSWALK_REQUIRE_SERVICES") else pytest.skip)(told)
    with pytest.MonkeyPatch.context() as patch:
        if reader == "arrow":
            patch.setattr(json_native, "available", lambda: False)
        yield
