"""The hook reference has every hook and contract with the signature that the code has."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import crosswalk
from crosswalk.plugin.hooks import Hooks

sys.path.insert(0, str(Path(__file__).parent))
from blocks import DOCS

PAGE = (DOCS / "reference" / "hooks.md").read_text("utf-8")
HOOKS = [name for name in vars(Hooks) if name.startswith("crosswalk_")]


def _generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate_hooks", DOCS / "generate_hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", HOOKS)
def test_hooks(name: str) -> None:
    """`def NAME() -> RETURNED`, as in the source of the spec."""
    source = inspect.getsource(getattr(Hooks, name))
    written = re.search(r"def (\w+\(self(?:, )?(.*?)\) -> .+?):(?:  #|\n)", source)
    assert written is not None
    assert f"@hookimpl\ndef {written[1].replace('self, ', '').replace('self', '')}: ..." in PAGE


@pytest.mark.parametrize(
    "name", ["Source", "Sink", "Format", "Encoder", "PathLanguage", "CompiledPath", "StateBackend"]
)
def test_every_abstract_method_is_there(name: str) -> None:
    cls = getattr(crosswalk, name)
    section = PAGE.partition(f"### {name} {{")[2].partition("\n### ")[0]
    for method in cls.__abstractmethods__:
        if method in vars(cls):
            assert f"`{method}(" in section, f"{name}.{method}"
    assert "__" not in section


def test_what_a_signature_looks_like() -> None:
    generator = _generator()

    def sample(self: Any, a: int, *more: str, b: str | None = None, **rest: Any) -> list[int]:
        return [a]

    signature = inspect.signature(sample)
    assert generator.signature_text(signature) == (
        "(self: Any, a: int, *more: str, b: str | None = None, **rest: Any) -> list[int]"
    )

    def keywords(a: int = 1, *, b: bool = False) -> None:
        return None

    assert generator.signature_text(inspect.signature(keywords)) == "(a: int = 1, *, b: bool = False) -> None"


def test_every_name_that_plugins_import_is_explained() -> None:
    wanted = {"hookimpl", *(name for names in _generator().GROUPS.values() for name in names)}
    assert wanted <= set(crosswalk.__all__)
    kinds = {"Source", "Sink", "Format", "Resolver", "PathLanguage", "StateBackend", "Executor", "SecretProvider"}
    assert {name for name in kinds if f"{name.lower()}" not in PAGE.lower()} == set()
