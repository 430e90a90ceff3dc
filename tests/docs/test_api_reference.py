"""Every public name is explained in the reference once, and what embedders call with the signature of the source."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path

import pytest

import crosswalk

sys.path.insert(0, str(Path(__file__).parent))
from blocks import DOCS, blocks

PAGES = {path.name: path.read_text("utf-8") for path in [*DOCS.glob("reference/api*.md"), DOCS / "reference/hooks.md"]}


def test_every_public_name_has_one_place() -> None:
    found = re.findall(r"^### (\w+) \{", "\n".join(PAGES.values()), re.M)
    hooks = {name for name in found if name.startswith("crosswalk_")}
    assert sorted(set(found) - hooks) == sorted(set(crosswalk.__all__) - {"__version__", "hookimpl"})
    assert len(found) == len(set(found))


@pytest.mark.parametrize("cls", [crosswalk.Engine, crosswalk.Mapper, crosswalk.Lineage, crosswalk.MappedTable])
def test_signatures_are_those_of_the_source(cls: type) -> None:
    page = PAGES["api.md"].partition(f"### {cls.__name__} {{")[2].partition("\n### ")[0]
    (tree,) = ast.parse(inspect.getsource(cls)).body
    assert isinstance(tree, ast.ClassDef)
    methods = [part for part in tree.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
    shown = [one for one in methods if not one.name.startswith("_") and not one.decorator_list]
    assert len(shown) >= 2
    for method in shown:
        below = re.search(rf"^#### \w+\.{method.name} {{.*?```text\n.*?(\(.*?)\n```", page, re.M | re.S)
        found = below or re.search(rf"^`{method.name}(\(.*?)`: ", page, re.M)
        assert found is not None, method.name
        (written,) = ast.parse(f"def f{found[1]}: ...").body
        assert isinstance(written, ast.FunctionDef)
        del method.args.args[0]
        assert described(written) == described(method), method.name


def described(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[str, str]]:
    """Names and types, in order, and what comes back; keyword-only ones with a star. Defaults may be names."""
    found = [(one.arg, ast.unparse(one.annotation or ast.Pass())) for one in function.args.args]
    found += [(f"*{one.arg}", ast.unparse(one.annotation or ast.Pass())) for one in function.args.kwonlyargs]
    return [*found, ("", ast.unparse(function.returns or ast.Pass()))]


def test_the_classes_that_embedders_use_have_examples_that_run() -> None:
    text = {
        name: "\n".join(b.text for b in blocks(DOCS / "reference" / name) if b.language == "python") for name in PAGES
    }
    for wanted in (
        "engine.run(",
        "engine.arun(",
        "engine.read(",
        "engine.aread(",
        "engine.map(",
        ".table(",
        ".lineage(",
    ):
        assert wanted in text["api.md"], wanted
    assert "CancelToken()" in text["api-runs.md"]
    assert "except RecordRejected" in text["api-errors.md"]
