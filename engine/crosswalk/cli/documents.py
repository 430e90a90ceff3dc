"""Finds spec files: mappings and pipelines, told apart by their first key, in folders too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import UsageError
from ..spec.files import read_document

Kind = Literal["mapping", "library", "pipeline", "cases"]

_KEY = re.compile(rb'"(mapping|pipeline|cases)"\s*:')
_HEAD = 65536


@dataclass(frozen=True, slots=True)
class Found:
    """A spec file and what it is."""

    path: Path
    kind: Kind


def files(paths: Iterable[str]) -> Iterator[Path]:
    """The files named, and below folders those that look like a mapping or pipeline; hidden folders are left out."""
    for text in paths:
        path = Path(text)
        if path.is_dir():
            yield from _below(path)
        else:
            yield path


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")) and name != "node_modules")
        for name in sorted(names):
            path = Path(root, name)
            if name.endswith(".json") and not name.startswith(".") and _looks_like_spec(path):
                yield path


def _looks_like_spec(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError:
        return True  # told when it is read
    return head.startswith(b"{") and _KEY.search(head) is not None


def kind_of(path: Path, *, named: bool) -> Kind | None:
    """What the file is; None for a file found in a folder that is neither (`named`: UsageError U108 then).

    Raises UsageError M110 and SpecError M101.
    """
    data = read_document(path).data
    if isinstance(data, dict):
        if "cases" in data and "mapping" in data:
            return "cases"
        if "pipeline" in data:
            return "pipeline"
        if "mapping" in data:
            return "library" if data.get("kind") == "library" else "mapping"
    if not named:
        return None
    raise UsageError(
        "U108", f"{path} is neither a mapping nor a pipeline",
        fix='a mapping begins with "mapping": "1", a pipeline with "pipeline": "1"',
    )  # fmt: skip
