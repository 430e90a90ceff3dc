"""The path languages' kit finds each fault, and blames nothing else."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from crosswalk import MISSING, CompiledPath, PathError, PathLanguage
from crosswalk.testing import PathContract

sys.path.append(str(Path(__file__).parent))
from contract_failures import checks, only


class Dots(CompiledPath):
    """Names with dots between them; a last part `$name` adds the variable's value."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.variables = frozenset(name[1:] for name in names if name.startswith("$"))
        self.segments = None if self.variables else names

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        for name in self.names:
            if name.startswith("$"):
                context += variables[name[1:]]
            elif isinstance(context, dict) and name in context:
                context = context[name]
            else:
                return MISSING
        return context


class Good(PathLanguage):
    name = "dots"
    path: type[Dots] = Dots

    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        parts = tuple(text.split("."))
        if "" in parts:
            raise PathError("a name is missing", offset=0, length=len(text))
        return self.path(parts)


class Texts(Dots):
    segments = None

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.segments = None

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        found = super().value(context, variables)
        return "1" if found == 1 else found


class NullForMissing(Texts):
    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        found = Dots.value(self, context, variables)
        return None if found is MISSING else found


class NullIsAMatch(Dots):
    def nodes(self, context: Any, variables: Mapping[str, Any]) -> list[Any]:
        found = self.value(context, variables)
        return [] if found is MISSING else found if isinstance(found, list) else [found]


class OtherSegments(Dots):
    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.segments = None if self.variables else names[:1]


class Undeclared(Dots):
    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.variables = frozenset()


class Remembers(Texts):
    last: Any = None

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        found, self.last = self.last, Dots.value(self, context, variables)
        return self.last if found is None else "again"


class Changes(Dots):
    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        found = super().value(context, variables)
        context["seen"] = True
        return found


class PointsOutside(Good):
    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        if "" in text.split("."):
            raise PathError("a name is missing", offset=len(text) + 1)
        return super().compile(text, namespaces)


class TakesAll(Good):
    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        return Dots(tuple(text.split(".")))


class Crashes(Good):
    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        if len(text) > 1000:
            raise RecursionError
        return super().compile(text, namespaces)


def _with(path: type[Dots]) -> type[Good]:
    return type(path.__name__, (Good,), {"path": path})


BROKEN: dict[type[Good], tuple[str, ...]] = {
    Good: (),
    _with(Texts): ("found",),
    _with(NullForMissing): ("missing_and_null",),
    _with(NullIsAMatch): ("matches",),
    _with(OtherSegments): ("segments_mean_the_same",),
    _with(Undeclared): ("variables",),
    _with(Remembers): ("keeps_no_state",),
    _with(Changes): ("keeps_no_state",),
    PointsOutside: ("wrong_texts_are_told_with_their_place",),
    TakesAll: ("wrong_texts_are_told_with_their_place",),
    Crashes: ("any_text",),
}


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_each_fault_is_found(kind: type[Good], tmp_path: Path) -> None:
    class Contract(PathContract):
        found = {"a.b": 1, "c": "x"}
        missing = ["z", "a.z", "c.z"]
        nulls = ["n"]
        wrong = ["", "a."]
        many = {"l": 2, "a.b": 1}
        variables = [("a.b.$add", {"add": 2}, 3)]

        def language(self) -> PathLanguage:
            return kind()

        def record(self) -> Any:
            return {"a": {"b": 1}, "c": "x", "n": None, "l": [1, 2]}

    only(Contract, tmp_path, *BROKEN[kind])


def test_every_check_can_fail() -> None:
    assert {name for names in BROKEN.values() for name in names} == set(checks(PathContract))
