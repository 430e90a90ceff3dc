"""What generated code does with single values in the slow or rare case: types, texts, look-ups, required."""

from __future__ import annotations

import copy
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

from ..errors import DataError
from ..values import MISSING, text_of, type_name
from .poison import POISON, Poisoned
from .tables import key_text

M: Final = MISSING
Place = tuple[int, tuple[str, ...]]
"""The number of a context, and a path of names from there."""


def no_get(_name: str, default: Any = None) -> Any:
    """`dict.get` of something that has no members."""
    return default


def other_get(context: Any) -> Callable[..., Any]:
    """The getter of a context that is no plain dict."""
    return context.get if isinstance(context, Mapping) else no_get


def read_paths(context: Any, places: list[Place], misses: Counter[Place]) -> list[Any]:
    """The values at paths of names, M where a step finds nothing, which `misses` counts."""
    found = []
    for place in places:
        value = context
        for name in place[1]:
            value = value.get(name, M) if isinstance(value, Mapping) else M
        if value is M:
            misses[place] += 1
        found.append(value)
    return found


def as_list(value: Any) -> list[Any]:
    """What an iteration walks: nothing for missing and null, a list as it is, anything else as a list of one."""
    if value is None or value is M:
        return []
    if value is POISON:
        raise Poisoned
    if isinstance(value, list):
        return value
    return list(value) if isinstance(value, tuple) else [value]


def accept(value: Any, types: tuple[type, ...], name: str) -> Any:
    """The value, when it is of a type the resolver takes; raises M313."""
    if value is POISON:
        raise Poisoned
    if isinstance(value, bool):
        if bool in types:
            return value
    elif isinstance(value, types):
        return value
    elif float in types and isinstance(value, int):
        return float(value)
    elif list in types and isinstance(value, tuple):
        return list(value)
    wanted = " or ".join(dict.fromkeys(_WORDS.get(t, t.__name__) for t in types))
    raise DataError("M313", f'"{name}" needs {wanted}, not {with_article(type_name(value))}', value)


_WORDS: dict[type, str] = {
    str: "a string", int: "a number", float: "a number", Decimal: "a number", bool: "a boolean", list: "a list",
    dict: "an object", dt.date: "a date", dt.datetime: "a datetime", dt.time: "a time", bytes: "bytes",
    dt.timedelta: "a duration",
}  # fmt: skip


def with_article(word: str) -> str:
    if word in ("bytes", "null", "missing"):
        return word
    return f"an {word}" if word[0] in "aeio" else f"a {word}"


def required(value: Any) -> NoReturn:
    """Refuse missing, null or blank."""
    if value is POISON:
        raise Poisoned
    state = "missing" if value is M else "null" if value is None else "blank"
    raise DataError("M301", f"required, but {state}", value)


def blank(value: Any) -> bool:
    """Whether a value counts as nothing for `required`."""
    return value is M or value is None or (isinstance(value, str) and not value.strip())


def must(value: Any) -> Any:
    """A value that is not blank."""
    return required(value) if blank(value) else value


def refuse(value: Any) -> NoReturn:
    """Leave a value of another type to the careful code."""
    raise TypeError(type(value))


def fresh(value: Any) -> Any:
    """A constant container of its own for this record."""
    return copy.deepcopy(value) if isinstance(value, list | dict) else value


def text(value: Any) -> str:
    """A value in a template."""
    if value is POISON:
        raise Poisoned
    return text_of(value)


def map_key(value: Any) -> Any:
    """The text a non-string is looked up by in `map`."""
    if value is POISON:
        raise Poisoned
    return text_of(value)


def not_in_map(value: Any) -> NoReturn:
    raise DataError("M330", "not in the map", value)


def lookup_key(value: Any) -> Any:
    """The index key of a value that is no string."""
    if value is POISON:
        raise Poisoned
    return key_text(value)


def lookup_miss(value: Any, table: str) -> NoReturn:
    raise DataError("M331", f'not in table "{table}"', value)


def check_failed(value: Any, message: str) -> NoReturn:
    raise DataError("M342", message, value)
