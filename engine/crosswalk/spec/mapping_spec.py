"""`load_mapping`: from a file, a path or a dict to a `MappingSpec`, flattened and checked, ready to compile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import Diagnostic, SpecError
from .document import Document, parse_document
from .files import find_root, read_document
from .flatten import Flat, Flattener, Layer
from .near import near_name
from .pointer import split
from .problems import Spec
from .validate import validate_mapping

if TYPE_CHECKING:
    from ..registry import Registry

Family = Literal["tables", "pipelines", "fragments"]


class MappingSpec(Spec):
    """A mapping (or library) after `extends` and `include`, with its structural problems noted."""

    def __init__(self, flat: Flat, path: Path | None, root: Path) -> None:
        super().__init__(flat.data, path, root)
        self._flat = flat

    def origin(self, pointer: str) -> tuple[Document, str, Path | None]:
        layer, local = self._flat.origin(pointer)
        return layer.document, local, layer.path

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of the flattened data: equal for two mappings that say the same in the same order."""
        import hashlib

        said = {key: value for key, value in self.data.items() if key != "$schema"}
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def find_name(self, family: Family, name: str, pointer: str, *, quiet: bool = False) -> str | None:
        """The key of `data[family]` that `name` means where it is used at `pointer`, or None after noting M201.

        A library's own names win inside the library; elsewhere a name that several files define must be written with
        the file's stem (`common.address`). `quiet` notes nothing.
        """
        known: Mapping[str, Any] = self.data.get(family) or {}
        home = self._home(pointer)
        if home is not None:
            for key in known:
                if self._flat.borrowed.get((family, key)) == (home, name):
                    return key
        if name in known:
            return name
        if not quiet:
            self._unknown_name(family, name, pointer, known)
        return None

    def _home(self, pointer: str) -> Flat | None:
        """The library that says what stands at `pointer`, None for the mapping itself."""
        parts = split(pointer)
        if len(parts) < 2:
            return None
        found = self._flat.borrowed.get((parts[0], parts[1]))
        return found[0] if found else None

    def _unknown_name(self, family: Family, name: str, pointer: str, known: Mapping[str, Any]) -> None:
        word = family[:-1]
        clash = self._flat.clashes.get((family, name))
        if clash:
            message = f'{word} "{name}" is defined in several files'
            shown = " or ".join(f'"{key}"' for key in clash)
            self.problem("M201", message, pointer, label="say which one", fix=f"write {shown}")
            return
        near = near_name(name, known)
        label = f'did you mean "{near}"?' if near else f"no such {word}"
        notes = (f"{family} known here: {', '.join(known)}",) if known else (f"this mapping has no {family}",)
        self.problem(
            "M201", f'unknown {word} "{name}"', pointer, label=label, notes=notes, fix=f'"{near}"' if near else ""
        )


def load_mapping(
    source: str | Path | Mapping[str, Any] | Document,
    *,
    registry: Registry | None = None,
    root: Path | None = None,
    kind: Literal["mapping", "library"] = "mapping",
) -> MappingSpec:
    """Load a mapping from a file name, a dict or a document, merge what it extends and includes, check its structure.

    Structural problems are noted in the result, not raised: the compiler adds its own and then calls
    `raise_if_errors`. Raised here: UsageError M110 (cannot read the file), SpecError M101 (not JSON). `root` is the
    project folder that no file reference may leave (default: found from the file; the current folder for a dict).
    """
    if isinstance(source, Mapping | Document):
        path = None
        document = source if isinstance(source, Document) else document_of(source)
        home = root or Path.cwd()
    else:
        path = Path(source).absolute()  # a pickled mapping finds its files from any folder
        document = read_document(path)
        home = (root or find_root(path)).absolute()
    flattener = Flattener(home)
    flat = flattener.flatten(Layer(document, path))
    spec = MappingSpec(flat, path, home)
    for found in flattener.problems:
        spec.add(found)
    if not isinstance(document.data, dict):
        spec.problem("M108", "a mapping is a JSON object", "", fix='{"mapping": "1", "fields": {}}')
        return spec
    validate_mapping(spec, kind, registry)
    return spec


def document_of(source: Mapping[str, Any]) -> Document:
    """A dict as a document, written out so that its parts have places; raises SpecError M101 for what is not JSON."""
    try:
        text = json.dumps(source, ensure_ascii=False, indent=2, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"the dict cannot be written as JSON: {error}"
        raise SpecError([Diagnostic("M101", message, file="<dict>")]) from None
    return parse_document(text, "<dict>")
