"""The entry points of installed packages in the group `crosswalk`, read from the packages' folders.

`importlib.metadata` finds the same, but costs each start about 25 ms: it imports the email package, and parses whole
descriptions of packages for their names. Here just the small entry points files are read, and the head of the packages
that have such an entry. Where packages lie otherwise (a zip file, an egg, a finder of its own), `importlib.metadata` is
asked as ever. Formats: PyPA's "Recording installed projects" and "Entry points specification".
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
from collections.abc import Iterator
from functools import reduce
from typing import Any, NamedTuple

from .hooks import PROJECT

_FOLDERS = (".dist-info", ".egg-info")


class Package(NamedTuple):
    """An installed package: `name` and `version` as it gives them."""

    name: str
    version: str


class EntryPoint(NamedTuple):
    """`value` is `module` or `module:attribute`; `dist`: the package, None when it does not say what it is."""

    name: str
    value: str
    dist: Package | None

    @property
    def module(self) -> str:
        """The module to import."""
        return self.value.partition(":")[0].strip()

    def load(self) -> Any:
        """The module or what the attribute of it holds. Raises whatever its import raises."""
        attributes = self.value.partition(":")[2].partition("[")[0].strip()
        return reduce(getattr, filter(None, attributes.split(".")), importlib.import_module(self.module))


def entry_points() -> list[EntryPoint]:
    """All entry points of the group, in the order of `sys.path`; of packages of one name the first counts."""
    if not _plain_path():
        return _by_the_library()
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for root in _roots():
        for folder in _folders(root or "."):
            name = re.sub(r"[-_.]+", "_", folder.rpartition(".")[0].partition("-")[0]).lower()
            if name not in seen:
                seen.add(name)
                found += _of_package(os.path.join(root, folder))
    return found


def _plain_path() -> bool:
    """Whether packages can be in folders on `sys.path` only."""
    for finder in sys.meta_path:
        if hasattr(finder, "find_distributions") and getattr(finder, "__name__", "") != "PathFinder":
            return False
    return not any(root.endswith(".egg") or os.path.isfile(root) for root in _roots())


def _roots() -> list[str]:
    return [root for root in sys.path if isinstance(root, str)]


def _folders(root: str) -> list[str]:
    try:
        names = os.listdir(root)
    except OSError:
        return []
    return [name for name in names if name.lower().endswith(_FOLDERS)]


def _of_package(folder: str) -> Iterator[EntryPoint]:
    try:
        with open(os.path.join(folder, "entry_points.txt"), encoding="utf-8") as stream:
            text = stream.read()
    except OSError:
        return
    section = ""
    package: Package | None = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section == PROJECT and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            package = package or _head(folder)
            yield EntryPoint(name.strip(), value.strip(), package)


def _head(folder: str) -> Package | None:
    """The package by the head of its metadata."""
    for file in ("METADATA", "PKG-INFO"):
        with contextlib.suppress(OSError), open(os.path.join(folder, file), encoding="utf-8") as stream:
            head: dict[str, str] = {}
            for line in stream:
                name, colon, value = line.partition(":")
                if not colon:
                    break
                head.setdefault(name.strip().lower(), value.strip())
                if "name" in head and "version" in head:
                    return Package(head["name"], head["version"])
    return None


def _by_the_library() -> list[EntryPoint]:
    import importlib.metadata

    return [
        EntryPoint(entry.name, entry.value, Package(entry.dist.name, entry.dist.version) if entry.dist else None)
        for entry in importlib.metadata.entry_points(group=PROJECT)
    ]
