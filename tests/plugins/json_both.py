"""JSON lines by what is compiled, and by Arrow's and other code, which does the work where no compiler was at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

from crosswalk_formats import json_native, json_text

BOTH = ["compiled", "arrow"]


@contextmanager
def read_by(reader: str) -> Iterator[None]:
    """Lines are read as columns by this reader alone; skips the test where that one was not built."""
    with _by(reader, json_native):
        yield


@contextmanager
def written_by(writer: str) -> Iterator[None]:
    """Columns are written as lines by this writer first; skips the test where that one was not built."""
    with _by(writer, json_text):
        yield


@contextmanager
def _by(which: str, module: ModuleType) -> Iterator[None]:
    if which == "compiled" and not module.available():
        told = "the code in C was not built; with a C compiler and Python's headers, install crosswalk anew"
        (pytest.fail if os.environ.get("CROSSWALK_REQUIRE_SERVICES") else pytest.skip)(told)
    with pytest.MonkeyPatch.context() as patch:
        if which == "arrow":
            patch.setattr(module, "available", lambda: False)
        yield
