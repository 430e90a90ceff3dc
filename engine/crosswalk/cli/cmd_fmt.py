"""`crosswalk fmt`: mappings and pipelines in one layout, nothing else about them changed."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import CrosswalkError, Diagnostic, UsageError
from ..spec.files import read_document, show_path
from .command import Command
from .documents import files, kind_of
from .outputs import AtomicFile
from .view import Result, View


@click.command("fmt", cls=Command)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Change nothing; exit status 1 when a file would change.")
@click.pass_obj
def fmt(view: View, paths: tuple[str, ...], check: bool) -> Result:
    """Format mappings and pipelines.

    A folder stands for all mappings, libraries and pipelines below it.

    \b
    Example:
      crosswalk fmt --check mappings/
    """
    from ..spec.fmt import format_document

    changed: list[str] = []
    same: list[str] = []
    diagnostics: list[Diagnostic] = []
    named = {Path(path) for path in paths}
    for path in files(paths):
        try:
            if kind_of(path, named=path in named) is None:
                continue
            text = read_document(path).text
            made = format_document(text)
        except CrosswalkError as error:
            diagnostics += error.diagnostics
            continue
        if made == text:
            same.append(show_path(path))
            continue
        changed.append(show_path(path))
        if not check:
            _replace(path, made)
    if not (changed or same or diagnostics):
        raise UsageError("U109", f"no mapping or pipeline was found in {', '.join(paths)}", fix="name a file")
    word = "would change" if check else "formatted"
    status = 2 if diagnostics else 1 if check and changed else 0
    return Result(
        {"changed": changed, "unchanged": same}, status, text="\n".join(f"{word}: {name}" for name in changed),
        diagnostics=diagnostics, note=f"{len(changed)} {word}, {len(same)} as they should be",
    )  # fmt: skip


def _replace(path: Path, text: str) -> None:
    file = AtomicFile(str(path))
    try:
        file.open().write(text.encode("utf-8"))
        file.sync()
        file.publish()
    except BaseException:
        file.discard()
        raise
