"""Checks what the hooks of a plugin return, so that a wrong offer is told in words and not as a late traceback."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterable
from typing import Any

from ..errors import PluginError

KINDS = {
    "sources": ("source", "Source"),
    "sinks": ("sink", "Sink"),
    "formats": ("format", "Format"),
    "resolvers": ("resolver", "Resolver"),
    "path_languages": ("path", "PathLanguage"),
    "state_backends": ("state", "StateBackend"),
    "executors": ("executor", "Executor"),
    "secret_providers": ("secret", "SecretProvider"),
    "commands": ("", "click command"),
}
"""By hook (without `crosswalk_`): the module below `plugin` and the class of what is offered."""


def word_of(kind: str) -> str:
    """One thing of a kind, in words: `state backend`."""
    return kind.removesuffix("s").replace("_", " ")


def named_offers(kind: str, offered: Any) -> list[tuple[str, Any]]:
    """The things that a hook returned, with their names. Raises PluginError X108 for what is none of the kind."""
    hook = f"crosswalk_{kind}"
    if isinstance(offered, str | bytes | dict) or not isinstance(offered, Iterable):
        raise _wrong(f"{hook} returned {_shown(offered)}, not a list", f"return [...] with every {word_of(kind)}")
    found: dict[str, Any] = {}
    for item in offered:
        name = _name(kind, item)
        if found.setdefault(name, item) is not item:
            raise _wrong(f"it offers the {word_of(kind)} {name!r} twice", "give one of them another name")
    return list(found.items())


def _name(kind: str, item: Any) -> str:
    made: Any = item
    word = word_of(kind)
    module, base = KINDS[kind]
    if kind == "commands":
        if not callable(getattr(item, "main", None)) or not getattr(item, "name", None):
            raise _wrong(f"crosswalk_commands offers {_shown(item)}, which is no click command", "@click.command()")
        return str(item.name)
    if kind == "resolvers":
        return _resolver_name(item)
    wanted = getattr(importlib.import_module(f".{module}", __package__), base)
    if not isinstance(item, type) or not issubclass(item, wanted):
        fix = f"offer the class itself: {type(item).__name__}" if isinstance(item, wanted) else f"subclass {base}"
        raise _wrong(f"crosswalk_{kind} offers {_shown(item)}, which is no {word} class", fix)
    if inspect.isabstract(item):
        missing = ", ".join(sorted(getattr(item, "__abstractmethods__", ())))
        raise _wrong(f"the {word} class {item.__name__} lacks {missing}", f"define {missing}")
    member = "name" if kind == "path_languages" else "type"
    name = getattr(item, member, None)
    if not isinstance(name, str) or not name:
        raise _wrong(f"the {word} class {item.__name__} has no {member}", f'{member} = "..." in its body')
    if kind != "path_languages" and "__dataclass_fields__" not in vars(item) and _has_settings(item):
        raise _wrong(f"the {word} class {item.__name__} is no dataclass", "put @dataclass above it")
    if kind != "path_languages":
        made.config_schema()  # its types have a JSON form
    return name


def _has_settings(item: type) -> bool:
    """Whether the class declares fields of its own that only `@dataclass` would make settings of."""
    own: dict[str, Any] = vars(item).get("__annotations__", {})
    return not dataclasses.is_dataclass(item) or any("ClassVar" not in str(said) for said in own.values())


def _resolver_name(item: Any) -> str:
    from .declare import check_name
    from .resolver import Resolver

    if isinstance(item, Resolver):
        check_name(item.name)
        item.args_schema()  # its types have a JSON form
        return item.name
    if inspect.isfunction(item):
        raise _wrong(f"crosswalk_resolvers offers the plain function {item.__name__}", '@resolver("...") above it')
    raise _wrong(f"crosswalk_resolvers offers {_shown(item)}, which is no resolver", 'declare it with @resolver("...")')


def _shown(item: Any) -> str:
    if item is None:
        return "None"
    return f"the class {item.__name__}" if isinstance(item, type) else f"a value of type {type(item).__name__}"


def _wrong(message: str, fix: str) -> PluginError:
    return PluginError("X108", message, fix=fix)
