"""`lean_dataclass`: a dataclass that costs a start little.

`dataclasses` writes and runs code for each method of each class: about 0.3 ms for a frozen one, a fifth of a start with
the hundred classes of this engine (Python 3.11). Here only `__init__` is made that way; the other methods share their
code. For classes within the engine: what users and plugins hold are dataclasses that are frozen when they run, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def lean_dataclass(cls: type[T], /) -> type[T]: ...


@overload
def lean_dataclass(*, eq: bool = True, frozen: bool = False, slots: bool = True) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(field_specifiers=(field,))
def lean_dataclass(cls: Any = None, /, *, eq: bool = True, frozen: bool = False, slots: bool = True) -> Any:
    """A dataclass with the same meaning of `eq` and `slots`; `frozen` is held by the type checker, and gives a hash."""
    if cls is None:
        return lambda cls: _made(cls, eq, frozen, slots)
    return _made(cls, eq, frozen, slots)


def _made(cls: type[Any], eq: bool, frozen: bool, slots: bool) -> type[Any]:
    own = cls.__dict__
    made = dataclass(eq=False, repr=False, slots=slots)(cls)
    if "__repr__" not in own:
        made.__repr__ = _repr  # type: ignore[assignment]
    if eq and "__eq__" not in own:
        key = _key(made)
        made.__eq__ = _eq(key)  # type: ignore[assignment]
        made.__hash__ = _hash(key) if frozen else None  # type: ignore[assignment]
    return made


def _key(cls: type[Any]) -> Callable[[Any], Any]:
    """What makes two of a class equal."""
    names = [each.name for each in fields(cls) if each.compare]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _eq(key: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(key: Callable[[Any], Any]) -> Callable[[Any], int]:
    return lambda self: hash(key(self))


@recursive_repr()
def _repr(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({shown})"
