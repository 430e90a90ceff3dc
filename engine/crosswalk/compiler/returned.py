"""Checks what resolvers of other plugins return against what they declare; the engine's own are tested for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..errors import PluginError
from ..plugin.fault import kind_of, plugin_of
from ..plugin.resolver import Resolver
from ..values import MISSING, TYPE_NAMES, Missing

_OWN = ("crosswalk", "crosswalk_resolvers")
_KNOWN = tuple(TYPE_NAMES)
_ALSO: dict[type, tuple[type, ...]] = {float: (int,), int: (bool,)}
"""What Python takes for another type: `-> float` may give 7."""


def checking(resolver: Resolver) -> Resolver:
    """The resolver, with a function whose result is checked; one of the engine's own as it is."""
    if str(resolver.function.__module__).partition(".")[0] in _OWN:
        return resolver
    if not resolver.factory:
        return replace(resolver, function=_checked(resolver, resolver.function))

    @functools.wraps(resolver.function)
    def make(**args: Any) -> Callable[..., Any]:
        made = resolver.function(**args)
        if not callable(made):
            raise _wrong(resolver, made, "a function, as it is a factory")
        return _checked(resolver, made)

    return replace(resolver, function=make)


def _checked(resolver: Resolver, function: Callable[..., Any]) -> Callable[..., Any]:
    fits = _fitting(resolver)
    exact = frozenset(fits)

    @functools.wraps(function)
    def call(*given: Any, **args: Any) -> Any:
        found = function(*given, **args)
        # Most results are of just the type; subclasses, and a value handed back as it came, are looked at closer.
        if type(found) not in exact and not isinstance(found, fits) and not (given and found is given[0]):
            if type(found).__module__.partition(".")[0] == "lxml":
                return found  # a node, for the steps behind
            raise _wrong(resolver, found, _declared(resolver))
        return found

    return call


def _fitting(resolver: Resolver) -> tuple[type, ...]:
    nothing = (type(None), Missing) if resolver.optional or resolver.null == "aware" else ()
    if resolver.returns is None:
        return _KNOWN
    found = [t for declared in resolver.returns for t in (declared, *_ALSO.get(declared, ())) if t in _KNOWN]
    return (*found, *nothing)


def _declared(resolver: Resolver) -> str:
    known = ", ".join(t.__name__ for t in _KNOWN if t not in (Missing, type(None)))
    if resolver.returns is None or not set(resolver.returns) <= set(_KNOWN):
        return f"one of {known}, None or MISSING"
    text = " or ".join(t.__name__ for t in resolver.returns) or "nothing"
    return f"{text}, None or MISSING" if resolver.optional else text


def _wrong(resolver: Resolver, found: Any, wanted: str) -> PluginError:
    gave = "MISSING" if found is MISSING else kind_of(found)
    fix = "declare the result -> T | None" if found is None else "correct the function, or what it declares behind ->"
    return PluginError(
        "X108", f'the resolver "{resolver.name}" gave {gave}, not {wanted}',
        notes=(f"plugin: {plugin_of(resolver.function)}",), fix=fix,
    )  # fmt: skip
