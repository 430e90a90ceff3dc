"""`extends` and `include`: several files become one mapping, and every value keeps the place where it was written."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Any

from ..errors import Diagnostic, SpecError, UsageError
from ..lean import lean_dataclass
from .document import Document
from .files import is_inside, near_file, read_document, show_path
from .near import near_name
from .pointer import exists, join

FAMILIES = ("tables", "pipelines", "fragments")
"""What a library offers to the files that include it."""

_NAME_MAPS = frozenset({"fields", "let", "let_each", "params", *FAMILIES})
_VALUES = frozenset({"const", "eq", "ne"})
_ABSENT: Any = object()


@lean_dataclass
class Layer:
    """One file of an `extends` chain."""

    document: Document
    path: Path | None


@lean_dataclass(eq=False)
class Flat:
    """A mapping or library after `extends` and `include`.

    `layers`: the file itself, then its bases. `own`: by family, what they define. `borrowed`: (family, name) of what
    came from libraries, with the library and the name there. `clashes`: (family, name) of bare names that several
    files define, with the names to use instead.
    """

    data: dict[str, Any]
    layers: list[Layer]
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    borrowed: dict[tuple[str, str], tuple[Flat, str]] = field(default_factory=dict)
    clashes: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """What stands before the dot when a name of this file clashes."""
        return self.layers[0].path.name.split(".")[0] if self.layers[0].path else "own"

    def origin(self, pointer: str) -> tuple[Layer, str]:
        """The file and the pointer there of an existing pointer of `data`."""
        parts = pointer.split("/", 3)
        if len(parts) >= 3 and parts[1] in FAMILIES:
            name = parts[2].replace("~1", "/").replace("~0", "~")
            if (parts[1], name) in self.borrowed:
                library, there = self.borrowed[parts[1], name]
                rest = f"/{parts[3]}" if len(parts) > 3 else ""
                return library.origin(join("", parts[1], there) + rest)
        for layer in self.layers:
            if exists(layer.document.data, pointer):
                return layer, pointer
        return self.layers[0], pointer


class Flattener:
    """Reads a file with all it extends and includes; `problems` gathers what is wrong with those references."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Diagnostic] = []
        self._done: dict[Path, Flat | None] = {}

    def flatten(self, layer: Layer, chain: tuple[Path, ...] = ()) -> Flat:
        """The document of `layer` with its bases merged and its libraries imported. `chain`: the files being read."""
        if layer.path is not None:
            chain = (*chain, layer.path.resolve())
        flat = self._extend(layer, chain)
        self._include(flat, chain)
        return flat

    def note(self, layer: Layer, code: str, message: str, pointer: str, label: str = "", fix: str = "") -> None:
        """Note a problem at a place of one file."""
        place = layer.document.span(pointer)
        excerpt = layer.document.line(place[0])
        self.problems.append(
            Diagnostic(code, message, "error", pointer, layer.document.file, *place, excerpt, label, (), fix)
        )

    def _extend(self, layer: Layer, chain: tuple[Path, ...]) -> Flat:
        data = layer.document.data if isinstance(layer.document.data, dict) else {}
        name = data.get("extends")
        flat = Flat(dict(data), [layer])
        if isinstance(name, str):
            base = self._open(layer, "/extends", name, chain)
            if base is not None:
                flat = self._extend(base, (*chain, base.path.resolve()) if base.path else chain)
                merged = self._merge(flat.data, data, layer, "")
                flat = Flat(merged, [layer, *flat.layers])
        if isinstance(name, str):
            flat.data.pop("extends", None)
        return flat

    def _merge(self, base: dict[str, Any], over: dict[str, Any], layer: Layer, pointer: str) -> dict[str, Any]:
        merged = dict(base)
        names = pointer.rpartition("/")[2] in _NAME_MAPS
        for key, value in over.items():
            if pointer == "" and key in ("extends", "include"):
                continue
            held = base.get(key, _ABSENT)
            literal = key in _VALUES and not names
            if value is None and not literal and (names or held is not _ABSENT):
                if held is _ABSENT:
                    self._nothing_to_remove(layer, join(pointer, key), key, base)
                merged.pop(key, None)
            elif isinstance(value, dict) and isinstance(held, dict) and not literal:
                merged[key] = self._merge(held, value, layer, join(pointer, key))
            else:
                merged[key] = value
        return merged

    def _nothing_to_remove(self, layer: Layer, pointer: str, key: str, base: dict[str, Any]) -> None:
        near = near_name(key, base)
        label = f'did you mean "{near}"?' if near else "null removes what the base defines"
        self.note(layer, "M102", f'nothing to remove: the base has no "{key}"', pointer, label)

    def _include(self, flat: Flat, chain: tuple[Path, ...]) -> None:
        flat.own = {family: flat.data[family] for family in FAMILIES if isinstance(flat.data.get(family), dict)}
        offers: dict[tuple[str, str], list[Flat]] = {}
        for family, members in flat.own.items():
            for name in members:
                offers[family, name] = [flat]
        # Every file of an `extends` chain may include; the libraries of the bases come along.
        for layer in reversed(flat.layers):
            names = layer.document.data.get("include") if isinstance(layer.document.data, dict) else None
            for i, name in enumerate(names if isinstance(names, list) else []):
                library = self._library(layer, f"/include/{i}", name, chain) if isinstance(name, str) else None
                for offer, home in _offers(library) if library else []:
                    if home not in offers.setdefault(offer, []):
                        offers[offer].append(home)
        if isinstance(flat.data.get("include"), list):
            del flat.data["include"]
        flat.data |= {family: {} for family in flat.own}
        for (family, name), homes in offers.items():
            stems = [home.stem for home in homes]
            for i, home in enumerate(homes):
                # Two files of one stem, in different folders, are told apart by a number in order of inclusion.
                again = stems[:i].count(home.stem)
                key = name if len(homes) == 1 else f"{home.stem}{again + 1 if again else ''}.{name}"
                flat.data.setdefault(family, {})[key] = home.own[family][name]
                if key != name:
                    flat.clashes.setdefault((family, name), []).append(key)
                if home is not flat or key != name:
                    flat.borrowed[family, key] = (home, name)

    def _library(self, layer: Layer, pointer: str, name: str, chain: tuple[Path, ...]) -> Flat | None:
        opened = self._open(layer, pointer, name, chain)
        if opened is None or opened.path is None:
            return None
        path = opened.path.resolve()
        if path not in self._done:
            self._done[path] = self.flatten(opened, chain)
        library = self._done[path]
        if library is not None and library.data.get("kind") != "library":
            message = f'"{name}" is not a library'
            label = "only libraries can be included"
            self.note(layer, "M108", message, pointer, label, fix=f'in {name}: "kind": "library"')
            return None
        return library

    def _open(self, layer: Layer, pointer: str, name: str, chain: tuple[Path, ...]) -> Layer | None:
        """The file `name` beside the one of `layer`, or None after noting why not."""
        folder = layer.path.parent if layer.path else self.root
        path = folder / name
        if not is_inside(path, self.root):
            label, fix = "leads out of the project", "move or copy the file into the project"
            self.note(layer, "M208", f'the file "{name}" lies outside the project folder', pointer, label, fix)
            return None
        if path.resolve() in chain:
            circle = [*chain[chain.index(path.resolve()) :], path.resolve()]
            shown = " -> ".join(file.name for file in circle)
            message = "a file includes or extends itself"
            self.note(layer, "M205", message, pointer, shown, "move what both need into a third file")
            return None
        if not path.is_file():
            near = near_file(path)
            label = f'did you mean "{near}"?' if near else "looked up relative to this file"
            fix = f'"{name.removesuffix(path.name)}{near}"' if near else ""
            self.note(layer, "M207", f'the file "{name}" does not exist', pointer, label, fix)
            return None
        try:
            return Layer(read_document(path, show_path(path)), path)
        except SpecError as error:
            self.problems += error.diagnostics
        except UsageError as error:
            self.note(layer, "M207", error.message, pointer)
        return None


def _offers(library: Flat) -> list[tuple[tuple[str, str], Flat]]:
    """What a library offers: its own names and those it borrowed, each with the library that defines it."""
    own = [((family, name), library) for family, members in library.own.items() for name in members]
    borrowed = [((family, there), home) for (family, _), (home, there) in library.borrowed.items()]
    return own + [offer for offer in borrowed if offer[1] is not library]
