"""How the reference pages show what is in Python: signatures, fields, members and docstrings of public names."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
import sys
import typing
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import crosswalk

WIDE = 76
"""A signature longer than so many characters has a line for each parameter."""


def section(name: str) -> str:
    """A public name: its heading, what it is, its fields and members."""
    thing = getattr(crosswalk, name)
    if not inspect.isclass(thing):
        return _function(name, thing)
    return "\n\n".join(part for part in (*_top(name, thing), *(member(thing, each) for each in own(thing))) if part)


def long_section(name: str, variable: str, wanted: Sequence[str]) -> str:
    """A class with a heading for each of the members `wanted`, in that order, and the others in short below.

    `variable`: what an instance is called.
    """
    thing = getattr(crosswalk, name)
    rest = [each for each in own(thing) if each not in wanted]
    shown = [with_heading(thing, each, variable) for each in wanted]
    also = [
        f"#### More of {name} {{ #{name.lower()}-more }}\n\nFor tools that run mappings.",
        *(member(thing, each) for each in rest),
    ]
    return "\n\n".join(part for part in (*_top(name, thing), *shown, *(also if rest else ())) if part)


def _top(name: str, thing: type[Any]) -> list[str]:
    """Heading, call, text and fields of a class."""
    bases = [base.__name__ for base in thing.__bases__ if base.__name__ in crosswalk.__all__]
    above = f"A `{'`, `'.join(bases)}`. " if bases else ""
    return [f"### {name} {{ #{name.lower()}-class }}", above + doc(thing), fields(thing)]


def _function(name: str, thing: Any) -> str:
    """A function, a type or a constant."""
    if inspect.isfunction(thing):
        heading = f"### {name} {{ #{name.lower()}-function }}"
        return f"{heading}\n\n```text\n{_call(name, inspect.signature(thing))}\n```\n\n{doc(thing)}"
    value, text = assigned(sys.modules[_home(name)])[name]
    return f"### {name} {{ #{name.lower()}-value }}\n\n```text\n{name} = {value}\n```\n\n{text}"


def _home(name: str) -> str:
    return f"crosswalk.{crosswalk._HOME_OF[name]}"


def assigned(module: ModuleType) -> dict[str, tuple[str, str]]:
    """The names that a module assigns at its top: the expression, and the text below it."""
    found = {}
    body = ast.parse(inspect.getsource(module)).body
    for statement, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            text = inspect.cleandoc(str(after.value.value)) if told else ""  # type: ignore[attr-defined]
            if isinstance(target, ast.Name):
                found[target.id] = (ast.unparse(statement.value).replace("'", '"'), text)
    return found


def aliases(names: dict[str, tuple[str, ...]]) -> str:
    """Types by the module that names them."""
    parts = []
    for home, wanted in names.items():
        known = assigned(importlib.import_module(f"crosswalk.{home}"))
        for name in wanted:
            # A class that is imported for types only stands in quotes.
            said = re.sub(r'"([A-Z]\w*)"', r"\1", known[name][0])
            parts.append(f"`{name}` is `{said}`. {known[name][1]}")
    return "\n\n".join(parts)


def own(cls: type[Any]) -> list[str]:
    """The public methods and properties of the class in its order, first those of bases that are not public."""
    found: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        hidden = base.__module__.startswith("crosswalk.") and base.__name__ not in crosswalk.__all__
        if base is not cls and not hidden:
            continue
        for name, value in vars(base).items():
            callable_ = inspect.isfunction(value) or isinstance(value, classmethod | property)
            if callable_ and not name.startswith("_") and doc(getattr(cls, name, value)):
                found[name] = None
    return list(found)


def member(cls: type[Any], name: str) -> str:
    """A method or property in one line."""
    value = inspect.getattr_static(cls, name)
    if isinstance(value, property):
        return f"`{name} -> {_returned(value)}` (property): {doc(value)}"
    return f"`{name}{signature_text(_plain(cls, name))}`: {doc(_function_of(value))}"


def with_heading(cls: type[Any], name: str, variable: str) -> str:
    """A method or property below a heading of its own."""
    value = inspect.getattr_static(cls, name)
    shown = {"__call__": "(...)", "__init__": "(...)"}.get(name, f".{name}")
    first = cls.__name__ if name == "__init__" else variable
    called = first + ("" if name.startswith("__") else shown)
    title = f"for ... in {variable}" if name == "__iter__" else f"{first}{shown}"
    heading = f"#### {title} {{ #{cls.__name__.lower()}-{name.strip('_')} }}"
    if name == "__iter__":
        code = f"iter({variable}) -> {text_of(_plain(cls, name).return_annotation)}"
    elif isinstance(value, property):
        code = f"{called} -> {_returned(value)}"
    else:
        signature = _plain(cls, name)
        if name == "__init__":
            signature = signature.replace(return_annotation=cls.__name__)
        before = "await " if inspect.iscoroutinefunction(value) else ""
        code = _call(before + called, signature)
    return f"{heading}\n\n```text\n{code}\n```\n\n{doc(_function_of(value))}".rstrip()


def _call(called: str, signature: inspect.Signature) -> str:
    code = called + signature_text(signature)
    return code if len(code) <= WIDE else wrapped(called, signature)


def _plain(cls: type[Any], name: str) -> inspect.Signature:
    signature = inspect.signature(getattr(cls, name))
    return signature.replace(parameters=[p for p in signature.parameters.values() if p.name != "self"])


def _function_of(value: Any) -> Any:
    return value.__func__ if isinstance(value, classmethod) else value


def _returned(value: property) -> str:
    return text_of(inspect.signature(value.fget).return_annotation) if value.fget else ""


def fields(cls: type[Any]) -> str:
    """The class variables and dataclass fields with their defaults."""
    lines = []
    given = {field.name: field.default for field in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}
    for name, annotation in inspect.get_annotations(cls).items():
        if name.startswith("_"):
            continue
        text = text_of(annotation)
        default = given.get(name, vars(cls).get(name, dataclasses.MISSING))
        plain = default is None or isinstance(default, str | int | float | bool | tuple)
        lines.append(f"{name}: {text}{f' = {default!r}' if plain else ''}")
    return "```text\n" + "\n".join(lines) + "\n```" if lines else ""


def wrapped(name: str, signature: inspect.Signature) -> str:
    """A call's signature, one parameter a line."""
    lines: list[str] = []
    star = False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            lines.append("    *,")
            star = True
        lines.append(f"    {parameter_text(parameter)},")
    return f"{name}(\n" + "\n".join(lines) + f"\n) -> {text_of(signature.return_annotation)}"


def signature_text(signature: inspect.Signature) -> str:
    parts: list[str] = []
    star = False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            parts.append("*")
        star = star or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        parts.append(parameter_text(parameter))
    returned = signature.return_annotation
    return f"({', '.join(parts)})" + ("" if returned is inspect.Signature.empty else f" -> {text_of(returned)}")


def parameter_text(parameter: inspect.Parameter) -> str:
    mark = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = mark + parameter.name
    typed = parameter.annotation is not parameter.empty
    if typed:
        text += f": {text_of(parameter.annotation)}"
    if parameter.default is not parameter.empty:
        default = parameter.default.__name__ if callable(parameter.default) else repr(parameter.default)
        text += f" = {default}" if typed else f"={default}"
    return text


def text_of(annotation: Any) -> str:
    if isinstance(annotation, str | typing.ForwardRef):
        return annotation if isinstance(annotation, str) else annotation.__forward_arg__
    return annotation.__name__ if inspect.isclass(annotation) and not typing.get_args(annotation) else str(annotation)


def doc(thing: Any) -> str:
    doc = inspect.cleandoc(getattr(thing, "__doc__", None) or "")
    return re.sub(r"(?<!``) `` (`\w+`: text) `` ", r" \1 ", doc)
