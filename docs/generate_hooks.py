"""The hook reference: every hook with its exact signature, and the classes that plugin authors subclass or meet."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator
from typing import Any

import crosswalk
from crosswalk.plugin.hooks import API_VERSION, Hooks

HEAD = f"""# Hooks and contracts of plugins

A plugin is a module with functions of these names, each marked with `@hookimpl`, and an entry point of group
`crosswalk` that names the module. It implements only the hooks that it has something for. This is plugin contract
version {API_VERSION}: a module that says `crosswalk_api = {API_VERSION}` is refused by a crosswalk of another contract.

See also the tutorial [your first plugin](../tutorial/first-plugin.md), and
[stability and versions](../explanation/stability.md).

Everything on this page is imported from `crosswalk`.

## Hooks

Called once per engine, when the kind is first asked for.
"""
GROUPS = {
    "Every component": ("Component", "Context"),
    "Sources": ("Source", "SupportsParts", "Part", "PartVanished", "PartChanged", "Batch", "BadRecord"),
    "Sinks": ("Sink", "Writer", "SupportsCommit", "SupportsHold", "SupportsPrepare", "SupportsReadBack", "FansOut"),
    "Formats": ("Format", "Encoder", "ReadOptions", "WriteOptions"),
    "Resolvers": ("resolver", "Example", "Ref", "RunInfo"),
    "Path languages": ("PathLanguage", "CompiledPath", "Projection", "PathWarning"),
    "State backends": ("StateBackend", "Store", "Entry", "Put"),
    "Executors": ("Executor",),
    "Secret providers": ("SecretProvider", "Secret"),
    "Errors to raise": (
        "ArgumentError",
        "DataError",
        "ConnectorError",
        "StateError",
        "EnvironmentFailure",
        "PathError",
    ),
}


def pages() -> Iterator[tuple[str, str]]:
    """The page."""
    parts = [HEAD, *(hook_section(name) for name in hooks())]
    for title, names in GROUPS.items():
        parts += [f"## {title}", *(_object(name) for name in names)]
    yield "reference/hooks.md", "\n\n".join(part.strip() for part in parts)


def hooks() -> list[str]:
    """The names of the hooks, as the specs have them."""
    return [name for name in vars(Hooks) if name.startswith("crosswalk_")]


def hook_section(name: str) -> str:
    """One hook: its signature as a plugin writes it, and what it is for."""
    function = getattr(Hooks, name)
    signature = inspect.signature(function)
    plain = signature.replace(parameters=[p for p in signature.parameters.values() if p.name != "self"])
    code = f"@hookimpl\ndef {name}{_signature(plain)}: ..."
    return f"### {name} {{ #{name} }}\n\n```text\n{code}\n```\n\n{_doc(function)}"


def _object(name: str) -> str:
    thing = getattr(crosswalk, name)
    heading = f"### {name} {{ #{name.lower()}-{'function' if name == 'resolver' else 'class'} }}"
    if not inspect.isclass(thing):
        return f"{heading}\n\n```text\n{_wrapped(name, inspect.signature(thing))}\n```\n\n{_doc(thing)}"
    members = "\n\n".join(_member(thing, member) for member in _own(thing))
    bases = [base.__name__ for base in thing.__bases__ if base.__name__ in crosswalk.__all__]
    above = f"A `{'`, `'.join(bases)}`. " if bases else ""
    return "\n\n".join(part for part in (heading, above + _doc(thing), _fields(thing), members) if part)


def _own(cls: type[Any]) -> list[str]:
    """The public methods and properties that the class itself says, in its order."""
    found = []
    for name, value in vars(cls).items():
        callable_ = inspect.isfunction(value) or isinstance(value, classmethod | property)
        if callable_ and not name.startswith("_") and _doc(getattr(cls, name, value)):
            found.append(name)
    return found


def _member(cls: type[Any], name: str) -> str:
    value = inspect.getattr_static(cls, name)
    if isinstance(value, property):
        hints = inspect.signature(value.fget).return_annotation if value.fget else ""
        return f"`{name} -> {_text(hints)}` (property): {_doc(value)}"
    signature = inspect.signature(getattr(cls, name))
    plain = signature.replace(parameters=[p for p in signature.parameters.values() if p.name != "self"])
    return f"`{name}{_signature(plain)}`: {_doc(value.__func__ if isinstance(value, classmethod) else value)}"


def _fields(cls: type[Any]) -> str:
    """The class variables and dataclass fields with their defaults."""
    lines = []
    given = {field.name: field.default for field in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}
    for name, annotation in inspect.get_annotations(cls).items():
        if name.startswith("_"):
            continue
        text = _text(annotation)
        default = given.get(name, vars(cls).get(name, dataclasses.MISSING))
        plain = default is None or isinstance(default, str | int | float | bool | tuple)
        lines.append(f"{name}: {text}{f' = {default!r}' if plain else ''}")
    return "```text\n" + "\n".join(lines) + "\n```" if lines else ""


def _wrapped(name: str, signature: inspect.Signature) -> str:
    """A call's signature, one parameter a line."""
    lines: list[str] = []
    star = False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            lines.append("    *,")
            star = True
        lines.append(f"    {_parameter(parameter)},")
    return f"{name}(\n" + "\n".join(lines) + f"\n) -> {_text(signature.return_annotation)}"


def _signature(signature: inspect.Signature) -> str:
    parts: list[str] = []
    star = False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            parts.append("*")
        star = star or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        parts.append(_parameter(parameter))
    returned = signature.return_annotation
    return f"({', '.join(parts)})" + ("" if returned is inspect.Signature.empty else f" -> {_text(returned)}")


def _parameter(parameter: inspect.Parameter) -> str:
    mark = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = mark + parameter.name
    typed = parameter.annotation is not parameter.empty
    if typed:
        text += f": {_text(parameter.annotation)}"
    if parameter.default is not parameter.empty:
        text += f" = {parameter.default!r}" if typed else f"={parameter.default!r}"
    return text


def _text(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    return annotation.__name__ if inspect.isclass(annotation) and not typing.get_args(annotation) else str(annotation)


def _doc(thing: Any) -> str:
    doc = inspect.cleandoc(getattr(thing, "__doc__", None) or "")
    return re.sub(r"(?<!``) `` (`\w+`: text) `` ", r" \1 ", doc)
