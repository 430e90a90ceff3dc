"""Puts an error about a component at the line of the pipeline that configures it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ..errors import CrosswalkError, EnvironmentFailure, UsageError
from ..spec.pointer import exists, join, resolve
from ..spec.problems import Spec

E = TypeVar("E", bound=CrosswalkError)


@contextmanager
def placed(spec: Any, pointer: str) -> Iterator[None]:
    """Gives errors raised inside the place `pointer`, or that of the setting below it which they speak of."""
    try:
        yield
    except (UsageError, EnvironmentFailure) as error:
        place(spec, pointer, error)
        raise


def place(spec: Any, pointer: str, error: E) -> E:
    """The error with its place; as it is where it has one, or where `spec` is no document."""
    if error.placed is None and isinstance(spec, Spec):
        found = resolve(spec.data, pointer) if exists(spec.data, pointer) else None
        narrow = join(pointer, "type") if error.code == "X109" else _setting(found, pointer, error.message)
        error.placed = spec.diagnostic(error.code, error.message, narrow, notes=error.notes, fix=error.fix)
    return error


def _setting(value: Any, pointer: str, message: str) -> str:
    """The pointer of the text that the message quotes, else of the setting that it names, else the given one."""
    for below, text in _texts(value, pointer):
        if repr(text) in message:
            return below
    for key in value if isinstance(value, dict) else ():
        if re.search(rf"(^|: ){re.escape(key)}(:| must | is )|'{re.escape(key)}'$", message):
            return join(pointer, key)
    return pointer


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Every text below a pointer but the type, which messages quote to say whose setting it is."""
    if isinstance(value, str):
        yield pointer, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        if key != "type":
            yield from _texts(member, join(pointer, key))
