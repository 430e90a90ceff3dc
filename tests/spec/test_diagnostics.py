"""Every message about a document, by example: `diagnostics/FOLDER/NAME.json` must give the exact text of `NAME.txt`.

To add one, write the JSON file and run `CROSSWALK_UPDATE=1 pytest tests/spec/test_diagnostics.py`, then read the text.
Files that start with `_` are parts of others. The folder says how a document is loaded: see `DIAGNOSE`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from crosswalk import Diagnostic, Engine, SpecError
from crosswalk.registry import Registry
from crosswalk.spec.codes import all_codes
from crosswalk.spec.document import parse_document
from crosswalk.spec.mapping_spec import load_mapping
from crosswalk.spec.pipeline_spec import load_pipeline
from crosswalk.spec.render import render

FOLDER = Path(__file__).parent / "diagnostics"
FIXTURES = sorted(f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/[!_]*.json"))


def _document(path: Path, registry: Registry) -> list[Diagnostic]:
    try:
        parse_document(path.read_bytes(), path.as_posix())
    except SpecError as error:
        return error.diagnostics
    return []


def _mapping(path: Path, registry: Registry) -> list[Diagnostic]:
    return load_mapping(path, registry=registry, root=Path.cwd()).in_order()


def _library(path: Path, registry: Registry) -> list[Diagnostic]:
    kind = "library" if '"library"' in path.read_text("utf-8") else "mapping"
    return load_mapping(path, registry=registry, root=Path.cwd(), kind=kind).in_order()


def _pipeline(path: Path, registry: Registry) -> list[Diagnostic]:
    return load_pipeline(path, registry, root=Path.cwd()).in_order()


def _lint(path: Path, registry: Registry) -> list[Diagnostic]:
    """With the bundled plugins, whose classes say what there is to warn of."""
    return load_pipeline(path, Registry(), root=Path.cwd()).in_order()


def _compile(path: Path, registry: Registry) -> list[Diagnostic]:
    with pytest.raises(SpecError) as caught:
        Engine().mapping(path)
    return caught.value.diagnostics


DIAGNOSE: dict[str, Callable[[Path, Registry], list[Diagnostic]]] = {
    "document": _document,
    "mapping": _mapping,
    "files": _library,
    "pipeline": _pipeline,
    "compile": _compile,
    "lint": _lint,
}


@pytest.mark.parametrize("name", FIXTURES)
def test_message(name: str, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _, stem = name.partition("/")
    monkeypatch.chdir(FOLDER / folder)
    shown = render(DIAGNOSE[folder](Path(f"{stem}.json"), registry))
    expected = FOLDER / folder / f"{stem}.txt"
    if os.environ.get("CROSSWALK_UPDATE"):
        expected.write_text(shown, "utf-8")
    assert shown == expected.read_text("utf-8")
    assert shown, "a fixture without a message proves nothing"


def test_there_are_many_distinct_messages() -> None:
    heads = {
        line
        for path in FOLDER.glob("*/*.txt")
        for line in path.read_text("utf-8").splitlines()
        if re.match(r"(error|warning)\[", line)
    }
    assert len(heads) >= 150


def test_every_code_in_the_fixtures_is_explained() -> None:
    codes = {
        code for path in FOLDER.glob("*/*.txt") for code in re.findall(r"^\w+\[(\w+)\]", path.read_text("utf-8"), re.M)
    }
    assert codes <= set(all_codes())
