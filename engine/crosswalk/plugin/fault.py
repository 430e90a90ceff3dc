"""What a plugin broke, told with its name: the component, the plugin it came from, the method, the place."""

from __future__ import annotations

import errno
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import (
    ConnectorError,
    CrosswalkError,
    DataError,
    EnvironmentFailure,
    PathError,
    PluginError,
    StateError,
)
from .calls import noted
from .handles import counted
from .naming import name_of, plugin_of
from .source import PartChanged, PartVanished

log = logging.getLogger("crosswalk.plugins")
_DECLARED = (CrosswalkError, DataError, PathError, PartChanged, PartVanished, BrokenPipeError)
"""What components may raise; everything else is their bug."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
BUG = "this is a bug of the plugin, not of the data; -vv logs the traceback"


class _BrokenState(PluginError, StateError):
    """A state backend that broke is a failure of the state too: what survives an outage survives this."""


def broke(component: Any, doing: str, error: BaseException) -> CrosswalkError:
    """The expected error for an unexpected one: X109 for a missing package, X105 for everything else."""
    plugin = f"plugin: {plugin_of(component)}"
    if isinstance(error, ModuleNotFoundError) and error.name and not _is_own(component, error.name):
        extra = getattr(component, "extra", "") or error.name.partition(".")[0]
        return EnvironmentFailure(
            "X109", f"{name_of(component)} needs {error.name}, which is not installed", notes=(plugin,),
            fix=f"pip install '{extra}'",
        )  # fmt: skip
    kind = _BrokenState if getattr(component, "kind", "") == "state backend" else PluginError
    return kind(
        "X105",
        f"{name_of(component)} broke in {doing}: {type(error).__name__}: {error}",
        notes=(plugin, f"at {where(error)}", BUG),
    )


def _is_own(component: Any, name: str) -> bool:
    home = getattr(component, "function", component).__module__
    return str(home).partition(".")[0] == name.partition(".")[0]


def where(error: BaseException) -> str:
    """The file, line and function that raised."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    last = frames[-1]
    return f"{last.filename}:{last.lineno} in {last.name}"


@contextmanager
def guarded(component: Any, doing: str, *also: type[Exception]) -> Iterator[None]:
    """Around calls of a component: what it declares and `also` pass; anything else becomes an error that names it."""
    passing: tuple[type[Exception], ...] = (*_DECLARED, *also)
    try:
        with noted(component, doing), counted(component):
            yield
    except passing:
        raise
    except OSError as error:
        raise refused(component, error) from error
    except Exception as error:
        log.debug("%s broke in %s", name_of(component), doing, exc_info=True)
        raise broke(component, doing, error) from error


def refused(component: Any, error: OSError) -> CrosswalkError:
    """The operating system or a network said no, and the component did not translate it.

    A StateError of a state backend, which is tried again by none; else a ConnectorError.
    """
    place = f"{error.filename}: " if error.filename else ""
    text = f"{name_of(component)}: {place}{error.strerror or str(error) or type(error).__name__}"
    full, denied = error.errno in _FULL, error.errno in _DENIED
    if getattr(component, "kind", "") == "state backend":
        return StateError("S103" if full else "S104" if denied else "S106", text)
    kind: Any = "transient" if isinstance(error, ConnectionError | TimeoutError) else "permanent"
    return ConnectorError("C103" if full else "C104" if denied else "C105", text, kind=kind)


def wrong(component: Any, what: str, fix: str = "") -> PluginError:
    """X108: a component gave something of the wrong type."""
    return PluginError("X108", f"{name_of(component)} {what}", notes=(f"plugin: {plugin_of(component)}",), fix=fix)


def kind_of(value: Any) -> str:
    """A value that a component gave, as messages name it."""
    return "None" if value is None else f"a value of type {type(value).__name__}"
