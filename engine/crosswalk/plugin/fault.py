"""What a plugin broke, told with its name: the component, the plugin it came from, the method, the place."""

from __future__ import annotations

import errno
import logging
import os
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
from .calls import GENERATED, noted
from .handles import counted
from .naming import name_of, plugin_of, plugin_of_module
from .source import PartChanged, PartVanished

log = logging.getLogger("crosswalk.plugins")
_DECLARED = (CrosswalkError, DataError, PathError, PartChanged, PartVanished, BrokenPipeError)
"""What components may raise; everything else is their bug."""
_HOME = f"{os.path.dirname(os.path.dirname(__file__))}{os.sep}"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
BUG = "this is a bug of the plugin, not of the data; -vv logs the traceback"


class _BrokenState(PluginError, StateError):
    """A state backend that broke is a failure of the state too: what survives an outage survives this."""


def broke(component: Any, doing: str, error: BaseException) -> CrosswalkError:
    """The expected error for an unexpected one: X109 for a missing package, X105 for everything else."""
    component, doing, plugin = _culprit(component, doing, error)
    if isinstance(error, ModuleNotFoundError) and error.name and not _is_own(component, error.name):
        extra = getattr(component, "extra", "") or error.name.partition(".")[0]
        return EnvironmentFailure(
            "X109", f"{name_of(component)} needs {error.name}, which is not installed", notes=(f"plugin: {plugin}",),
            fix=f"pip install '{extra}'",
        )  # fmt: skip
    kind = _BrokenState if getattr(component, "kind", "") == "state backend" else PluginError
    return kind(
        "X105",
        f"{name_of(component)} broke in {doing}: {type(error).__name__}: {error}",
        notes=(f"plugin: {plugin}", f"at {where(error)}", BUG),
    )


def _culprit(component: Any, doing: str, error: BaseException) -> tuple[Any, str, str]:
    """Who broke, in what, and of which plugin: the component that was called, or one of another plugin that it called
    itself, as a source does a format."""
    own = _root(getattr(component, "function", component).__module__)
    other = ""
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        module = str(frame.f_globals.get("__name__", ""))
        if _root(module) in (own, "crosswalk"):
            continue
        code = frame.f_code
        inner = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        if isinstance(getattr(inner, "kind", None), str) and plugin_of(inner) == plugin_of_module(module):
            return inner, code.co_name, plugin_of(inner)
        if not other and plugin_of_module(module) != module:
            other = plugin_of_module(module)
    return component, doing, other or plugin_of(component)


def _root(module: Any) -> str:
    return str(module).partition(".")[0]


def _is_own(component: Any, name: str) -> bool:
    return _root(getattr(component, "function", component).__module__) == _root(name)


def where(error: BaseException) -> str:
    """The file, line and function that raised: of the plugin, where it is among those that were called."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    last = next((frame for frame in reversed(frames) if not frame.filename.startswith((_HOME, GENERATED))), frames[-1])
    return f"{last.filename}:{last.lineno} in {last.name}"


def ends_everything(error: BaseException) -> bool:
    """Whether it would end the process or the task silently, and no user asked for it: `sys.exit()` in a plugin."""
    return isinstance(error, SystemExit | GeneratorExit) or type(error).__name__ == "CancelledError"


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
    except BaseException as error:
        if not isinstance(error, Exception) and not ends_everything(error):
            raise  # Ctrl-C and the like
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
