"""Checks what resolvers of other plugins return against what they declare; the engine's own are tested for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..errors import ConnectorError, EnvironmentFailure, PluginError
from ..plugin.fault import broke, ends_everything, kind_of
from ..plugin.inline_form import inline_fault
from ..plugin.naming import plugin_of
from ..plugin.resolver import Resolver
from ..values import MISSING, TYPE_NAMES, Missing

_OWN = ("crosswalk", "crosswalk_resolvers")
_KNOWN = tuple(TYPE_NAMES)
_ALSO: dict[type, tuple[type, ...]] = {float: (int,), int: (bool,)}
"""What Python takes for another type: `-> float` may give 7."""
_INLINE_FIX = "write one Python expression over {v}, {f} and the arguments in braces, or leave it out"
_VECTOR_FIX = "give (array, mask): as long as the given array, null where that is null, of the type behind ->"


def is_own(resolver: Resolver) -> bool:
    """Whether it is one of the engine's, whose results are not checked at run time."""
    return str(resolver.function.__module__).partition(".")[0] in _OWN


def checking(resolver: Resolver) -> Resolver:
    """The resolver, with function and columnar form whose results are checked; one of the engine's own as it is.

    Raises PluginError X108 for an inline form that cannot stand in code. What that gives, the code around it checks.
    """
    if is_own(resolver):
        return resolver
    if resolver.inline is not None and (fault := inline_fault(resolver)):
        raise _fault(resolver, f"has an inline form that cannot be used: {fault}", _INLINE_FIX)
    vector = None if resolver.vector is None else _checked_vector(resolver, resolver.vector)
    if not resolver.factory:
        return replace(resolver, function=_checked(resolver, resolver.function), vector=vector)

    @functools.wraps(resolver.function)
    def make(**args: Any) -> Callable[..., Any]:
        made = resolver.function(**args)
        if not callable(made):
            raise _wrong(resolver, made, "a function, as it is a factory")
        return _checked(resolver, made)

    return replace(resolver, function=make, vector=vector)


def _checked(resolver: Resolver, function: Callable[..., Any]) -> Callable[..., Any]:
    exact, look = exact_types(resolver), closer_look(resolver)

    @functools.wraps(function)
    def call(*given: Any, **args: Any) -> Any:
        try:
            found = function(*given, **args)
        except BaseException as error:
            if ends_everything(error):
                told = RuntimeError(f"it tried to end the process: {type(error).__name__}: {error}")
                raise told.with_traceback(error.__traceback__) from error
            raise
        # Most results are of just the type; subclasses, and a value handed back as it came, are looked at closer.
        if type(found) not in exact and not (given and found is given[0]):
            look(found)
        return found

    return call


def exact_types(resolver: Resolver) -> frozenset[type]:
    """The types of a result that needs no closer look."""
    return frozenset(_fitting(resolver))


def closer_look(resolver: Resolver) -> Callable[[Any], Any]:
    """What gives a result back, or raises PluginError X108 when it is not what the resolver declares."""
    fits = _fitting(resolver)

    def look(found: Any) -> Any:
        # A node of lxml is for the steps behind.
        if not isinstance(found, fits) and type(found).__module__.partition(".")[0] != "lxml":
            raise _wrong(resolver, found, _declared(resolver))
        return found

    return look


def _checked_vector(resolver: Resolver, vector: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(vector)
    def call(array: Any, **args: Any) -> Any:
        import pyarrow as pa

        from ..plugin.vector_form import vector_fault

        try:
            answer = vector(array, **args)
        except ConnectorError:
            raise
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError):
            return NotImplemented  # no kernel for the type, or a value that none takes: the function decides
        except BaseException as error:
            if not isinstance(error, Exception) and not ends_everything(error):
                raise
            raise broke(resolver, "its columnar form", error) from error
        if answer is not NotImplemented and (fault := vector_fault(resolver, array, answer)):
            raise _fault(resolver, f"{fault}, from its columnar form", _VECTOR_FIX)
        return answer

    return call


def placed(function: Callable[..., Any], pointer: str, target: str) -> Callable[..., Any]:
    """A step over columns whose failures name its place in the mapping."""

    def call(*given: Any) -> Any:
        try:
            return function(*given)
        except (PluginError, EnvironmentFailure) as error:
            error.notes += (f"at {pointer} (field {target})" if target else f"at {pointer}",)
            raise

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
    return _fault(resolver, f"gave {gave}, not {wanted}", fix)


def _fault(resolver: Resolver, what: str, fix: str) -> PluginError:
    return PluginError(
        "X108", f'the resolver "{resolver.name}" {what}', notes=(f"plugin: {plugin_of(resolver.function)}",), fix=fix
    )
