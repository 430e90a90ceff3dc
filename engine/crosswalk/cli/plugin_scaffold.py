"""Writes the package of a new plugin from `plugin_template/`: `common/` for every kind, and a folder for each."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Container, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..spec.words import with_article

if TYPE_CHECKING:
    from ..registry import Registry

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_WORDS = {"state": "state backend", "path": "path language", "secret": "secret provider"}
_SUMMARY = {
    "resolver": "it upper-cases a text and adds exclamation marks.",
    "source": "it reads the lines of a text file.",
    "sink": "it adds records to a file, one JSON object a line.",
    "format": "one record a line, its fields as `name:value` with tabs between them.",
    "state": "it keeps the state in one JSON file.",
    "path": "names and numbers with slashes between them.",
    "executor": "it works on threads.",
    "secret": "it finds secrets in a JSON file.",
    "command": "it lists the target fields of a mapping.",
}
_MORE = {"command": ', "click>=8.1"'}
_RENAMED = {"gitignore": ".gitignore", "github": ".github"}
_LOOSE = {"module.py": "src/{{package}}/__init__.py", "test.py": "tests/test_{{package}}.py"}


def write_package(registry: Registry, name: str, kind: str, folder: str | None) -> tuple[Path, list[str]]:
    """Write the package; its folder, and the files in it.

    Raises UsageError U123 for a name that cannot be one, or is taken; U117 for a folder that is not empty.
    """
    check_name(registry, name, kind)
    target = Path(folder or name)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        what = "is not empty" if target.is_dir() else "is a file"
        raise UsageError("U117", f"{target} {what}", fix="name a folder that is new or empty: --folder DIR")
    found = dict(_rendered(name, kind))
    for place, text in found.items():
        path = target / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return target, sorted(found)


def check_name(registry: Registry, name: str, kind: str) -> None:
    """Raise UsageError U123 unless the name can be that of a package, of a module, and of a component of the kind."""
    package = name.replace("-", "_")
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789") or "acme-orders"
        raise UsageError(
            "U123",
            f'"{name}" cannot be the name of a package: lower-case letters and digits, with hyphens between them',
            fix=f"crosswalk plugins new {near} --kind {kind}",
        )
    fix = f"crosswalk plugins new acme-{name} --kind {kind}"
    if package in _known(registry, kind):
        word = _WORDS.get(kind, kind)
        raise UsageError("U123", f'crosswalk has {with_article(word)} "{name}" already; names are unique', fix=fix)
    spec = importlib.util.find_spec(package) if not _is_keyword(package) else None
    if _is_keyword(package) or (spec is not None and spec.origin is not None):
        why = "is a word of Python" if spec is None else "is the name of a module that is installed"
        raise UsageError("U123", f'"{package}" {why}, so no package can have it', fix=fix)


def _known(registry: Registry, kind: str) -> Container[str]:
    """The names of a kind that are taken."""
    if kind == "resolver":
        return ()  # theirs have the package's name in front
    if kind == "path":
        return registry.path_languages
    if kind == "command":
        from .app import ENTRIES

        return {name.replace("-", "_") for name in (*ENTRIES, *registry.commands)}
    return registry.components(f"{_WORDS.get(kind, kind).replace(' ', '_')}s")


def _is_keyword(name: str) -> bool:
    import keyword

    return keyword.iskeyword(name)


def _rendered(name: str, kind: str) -> Iterator[tuple[str, str]]:
    from .. import __version__
    from ..plugin.hooks import API_VERSION

    package = name.replace("-", "_")
    home = files(__package__).joinpath("plugin_template")
    values = {
        "name": name,
        "package": package,
        "type": package,
        "class": "".join(part.capitalize() for part in package.split("_")),
        "kind": _WORDS.get(kind, kind),
        "summary": _SUMMARY[kind],
        "extension": package.replace("_", ""),
        "crosswalk": ".".join(__version__.split(".")[:2]),
        "more": _MORE.get(kind, ""),
        "api": str(API_VERSION),
    }
    values["usage"] = _filled(home.joinpath(kind, "usage.md.in").read_text("utf-8"), values).rstrip("\n") + "\n"
    for place, text in [*_texts(home.joinpath("common"), ""), *_texts(home.joinpath(kind), "")]:
        if place != "usage.md":
            yield _filled(_LOOSE.get(place, place), values), _filled(text, values)
    yield f"src/{package}/py.typed", ""


def _texts(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        name = prefix + _RENAMED.get(entry.name, entry.name)
        if entry.is_dir():
            yield from _texts(entry, f"{name}/")
        else:
            yield name.removesuffix(".in"), entry.read_text("utf-8")


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], text)
