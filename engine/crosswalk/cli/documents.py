"""Finds spec files: mappings and pipelines, told apart by their first key, in folders too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from ..errors import SpecError, UsageError
from ..lean import lean_dataclass
from ..spec.files import read_document, show_path

Kind = Literal["mapping", "library", "pipeline", "cases"]

_KEY = re.compile(rb'"(mapping|pipeline|cases)"\s*:')
_HEAD = 65536


@lean_dataclass(frozen=True)
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


@contextmanager
def meant_as(wanted: Literal["mapping", "pipeline"], name: str, command: str) -> Iterator[None]:
    """Loading inside: a pipeline in a mapping's place (or the reverse) is one UsageError U121, no wall of errors."""
    try:
        yield
    except SpecError:
        kind = kind_of(Path(name), named=False)
        if {kind, wanted} == {"mapping", "pipeline"}:
            raise wrong_kind(Path(name), command) from None
        raise


def wrong_kind(path: Path, command: str) -> UsageError:
    """U121 for a pipeline that was given as a mapping, or the reverse, to `command`."""
    shown = show_path(path)
    data = read_document(path).data
    if "pipeline" not in data:
        fix = f"crosswalk map {shown} INPUT maps a file with it"
        return UsageError("U121", f"{shown} is a mapping; crosswalk {command} takes a pipeline", fix=fix)
    fix = f"crosswalk run {shown} runs it, crosswalk preview {shown} shows some records"
    if isinstance(data.get("mapping"), str):
        fix += f"; its mapping: crosswalk {command} {show_path(path.parent / data['mapping'])}"
    return UsageError("U121", f"{shown} is a pipeline; crosswalk {command} takes a mapping", fix=fix)
