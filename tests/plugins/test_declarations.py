"""Declarations that no call would fit: told in words when the plugin is loaded, and it alone is left out."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from crosswalk import Engine, PluginError, RunInfo, Source, hookimpl, resolver
from crosswalk.registry import Registry


def _value(value: str) -> str:
    return value


def _other(value: str) -> str:
    return value


def _nothing() -> str:
    return ""


def _many(*values: str) -> str:
    return ""


def _keyword(*, value: str) -> str:
    return value


def _positional(value: str, times: int, /) -> str:
    return value * times


async def _later(value: str) -> str:
    return value


@pytest.mark.parametrize(
    ("function", "settings", "message", "fix"),
    [
        (_nothing, {}, "has no parameter for the value", "takes_input=False"),
        (_many, {}, "has no parameter for the value", "def f(value"),
        (_keyword, {}, "has no parameter for the value", "def f(value"),
        (_positional, {}, "has the parameter 'times', which cannot be given by name", "behind *"),
        (str.upper, {}, "is made of a method_descriptor, not of a function", "def f(value"),
        (_later, {}, "is asynchronous", "write def"),
        (_value, {"run": True}, "says run=True, and its function has no parameter run", "run: RunInfo"),
        (_value, {"null": "ignore"}, "says null='ignore'", 'null="aware"'),
        (_positional, {"factory": True}, "has the parameter 'value', which cannot be given by name", "behind *"),
    ],
)
def test_resolvers_that_cannot_be_called(function: Any, settings: Any, message: str, fix: str) -> None:
    with pytest.raises(PluginError) as caught:
        resolver("acme.x", **settings)(function)
    assert caught.value.code == "X108"
    assert caught.value.message == f"the resolver 'acme.x' {message}"
    assert fix in caught.value.fix


def test_the_decorator_without_a_name() -> None:
    with pytest.raises(PluginError, match=r"X108: the resolver '_value' has no name") as caught:
        resolver(_value)  # type: ignore[arg-type]
    assert caught.value.fix == '@resolver("acme._value")'


def test_what_can_be_called() -> None:
    def with_run(value: str, *, run: RunInfo, times: int = 1) -> str:
        return value * times

    def made(*, times: int = 1) -> Callable[[str], str]:
        return lambda value: value * times

    def more(value: str, times: int = 1, **names: int) -> str:
        return value * times

    assert [p.name for p in resolver("acme.a", run=True)(with_run).params] == ["times"]
    assert [p.name for p in resolver("acme.b", factory=True)(made).params] == ["times"]
    assert [p.name for p in resolver("acme.c")(more).params] == ["times", "names"]
    assert resolver("acme.d", takes_input=False)(_nothing).params == ()


def _odd(value: str, *, odd: complex = 1j) -> str:
    return value


@dataclass
class Odd(Source):
    """Has a setting of no JSON form."""

    type = "acme.odd"
    odd: complex = 1j

    def read(self, cursor: Any = None) -> Any:
        yield


def _module(**offers: Any) -> types.ModuleType:
    module = types.ModuleType("acme")
    for kind, items in offers.items():
        hook = _hook(f"crosswalk_{kind}", items)
        setattr(module, f"crosswalk_{kind}", hookimpl(hook))
    return module


def _hook(name: str, items: Any) -> Any:
    def hook() -> Any:
        return items

    hook.__name__ = name
    return hook


@pytest.mark.parametrize(
    ("offers", "message"),
    [
        ({"resolvers": [resolver("r x!")(_value)]}, "the resolver 'r x!' has no proper name"),
        ({"resolvers": [resolver("Acme.x")(_value)]}, "the resolver 'Acme.x' has no proper name"),
        ({"resolvers": [resolver("map")(_value)]}, "the resolver 'map' has the name of a step of the language"),
        ({"resolvers": [resolver("acme.odd")(_odd)]}, "the argument 'odd' has a type without a JSON form"),
        (
            {"resolvers": [resolver("acme.x")(_value), resolver("acme.x")(_odd)]},
            "the argument 'odd' has a type without a JSON form",
        ),
        (
            {"resolvers": [resolver("acme.x")(_value), resolver("acme.x")(_other)]},
            "it offers the resolver 'acme.x' twice",
        ),
        ({"sources": [Odd]}, "the source 'acme.odd': the field 'odd' has a type without a JSON form"),
    ],
)
def test_offers_that_nobody_could_use(offers: dict[str, Any], message: str) -> None:
    (kind,) = offers
    registry = Registry(_module(**offers))
    with pytest.raises(PluginError, match="X108") as caught:
        registry.resolvers if kind == "resolvers" else registry.components(kind)
    assert message in caught.value.message


def test_a_hook_with_arguments() -> None:
    def crosswalk_resolvers(registry: Any) -> Any:
        return []

    module = types.ModuleType("acme")
    module.crosswalk_resolvers = hookimpl(crosswalk_resolvers)  # type: ignore[attr-defined]
    with pytest.raises(PluginError, match="X107: plugin acme cannot be loaded: the hook crosswalk_resolvers takes no"):
        Engine(module).registry.resolvers.get("acme.x")


def test_a_name_of_ours_leaves_out_theirs() -> None:
    with pytest.raises(PluginError, match="X103") as caught:
        Engine(_module(resolvers=[resolver("trim")(_value)])).registry.resolvers.get("trim")
    assert caught.value.fix == "uninstall one of them, or leave one out: CROSSWALK_PLUGINS=-acme"
