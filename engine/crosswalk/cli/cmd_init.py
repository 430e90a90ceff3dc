"""`crosswalk init`: a folder with a working mapping, pipeline, sample and tests, copied from `project/`."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from ..errors import UsageError
from .command import Command
from .view import Result

_RENAMED = {"gitignore": ".gitignore"}


@click.command("init", cls=Command)
@click.argument("folder", required=False, default=".", metavar="[DIR]")
def init(folder: str) -> Result:
    """Make a folder with a working mapping, pipeline, sample and test.

    Nothing that exists is overwritten.

    \b
    Example:
      crosswalk init orders && cd orders && crosswalk run pipeline.json
    """
    target = Path(folder)
    found = dict(_files(files(__package__).joinpath("project"), ""))
    if target.exists() and not target.is_dir():
        raise UsageError("U117", f"{folder} is a file", fix="name a folder that is new or empty")
    there = [name for name in found if (target / name).exists()]
    if there:
        raise UsageError(
            "U117", f"{', '.join(there)} exist{'s' * (len(there) == 1)} already in {folder}",
            fix="name another folder: crosswalk init orders",
        )  # fmt: skip
    for name, source in found.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
    into = "" if folder == "." else f"cd {folder} && "
    note = f"try it: {into}crosswalk run pipeline.json"
    return Result({"folder": folder, "files": sorted(found)}, text="\n".join(sorted(found)), note=note)


def _files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _files(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + _RENAMED.get(entry.name, entry.name), entry))
    return found
