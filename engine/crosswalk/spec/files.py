"""Reading spec files from disk: one place for "cannot read" errors, project roots and the fence around them."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError
from .document import MAX_SIZE, Document, parse_document
from .near import near_name

_ROOT_MARKS = (".git", "pyproject.toml", "crosswalk.json")


def read_document(path: Path, shown: str | None = None) -> Document:
    """Read and parse a spec file; raises UsageError (M110) when it cannot be read, SpecError (M101) when broken."""
    name = shown or show_path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_SIZE + 1)
    except FileNotFoundError:
        fix = "check the spelling and the folder"
        if name.lstrip().startswith("{"):
            fix = "a text is a file's name; give the document itself as an object: json.loads(...)"
        raise UsageError("M110", f"there is no file {name}", fix=fix) from None
    except IsADirectoryError:
        raise UsageError("M110", f"{name} is a folder, not a file", fix="name a file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError("M110", f"cannot read {name}: {reason}") from None
    return parse_document(raw, name)


def show_path(path: Path) -> str:
    """A path for messages: relative to the current folder where it lies below it."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return path.as_posix()


def show_file(name: str) -> str:
    """A data file as people name it from here; a url, and what is not below this folder, in full."""
    return name if "://" in name else show_path(Path(name))


def find_root(path: Path) -> Path:
    """The project folder of a file: the nearest one above with .git, pyproject.toml or crosswalk.json, else its own."""
    folder = path.resolve().parent
    for candidate in (folder, *folder.parents):
        if any((candidate / mark).exists() for mark in _ROOT_MARKS):
            return candidate
    return folder


def is_inside(path: Path, root: Path) -> bool:
    """Whether a path, links followed, lies in the project folder."""
    return path.resolve().is_relative_to(root.resolve())


def near_file(missing: Path) -> str | None:
    """The name of a file beside the missing one that was probably meant."""
    try:
        names = sorted(entry.name for entry in missing.parent.iterdir() if entry.is_file())
    except OSError:
        return None
    return near_name(missing.name, names)
