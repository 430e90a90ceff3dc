"""The Markdown of a resolver: what it says of itself, its arguments, and its examples as a table."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..values import MISSING, TYPE_NAMES, decimal_text
from .reference import cell, need_cell
from .settings import kind_of, settings_of

if TYPE_CHECKING:
    from ..plugin.resolver import Example, Resolver


def resolver_section(resolver: Resolver, heading: str, linked: Callable[[str], str] = str) -> str:
    """A heading, what the docstring says, the signature, the tables of arguments and examples; `linked`: an error code
    as the page shows it."""
    doc, arguments = _split(resolver.doc)
    parts = [heading, doc, _signature(resolver, linked)]
    if resolver.params:
        parts.append(_arguments(resolver, arguments))
    errors = sorted({e.error for e in resolver.examples if e.error} | set(re.findall(r"\bM3\d\d\b", resolver.doc)))
    if errors:
        parts.append(f"Errors: {', '.join(map(linked, errors))}.")
    if resolver.examples:
        parts.append(_examples(resolver, linked))
    return "\n\n".join(parts)


def _split(doc: str) -> tuple[str, dict[str, str]]:
    """The prose, and what it says of each argument in lines such as `` `name`: text``."""
    found: dict[str, str] = {}
    prose: list[str] = []
    name = ""
    for line in doc.splitlines():
        match = re.match(r"`([\w/, `]+)`:\s+(.*)", line)
        if match:
            name = match[1].rstrip("_")
            found[name] = match[2]
        elif name and line.strip():
            found[name] += " " + line.strip()
        else:
            name = ""
            prose.append(line)
    return "\n".join(prose).strip(), found


def _signature(resolver: Resolver, linked: Callable[[str], str]) -> str:
    takes = _types(resolver.accepts) if resolver.takes_input else "no value: it starts a field"
    null = "called on missing and null" if resolver.null == "aware" else "missing and null pass as they are"
    line = f"Takes {takes}. Gives {_types(resolver.returns)}."
    if resolver.takes_input:
        line += f" Null: {null}."
    if not resolver.pure and not resolver.run:
        line += f' Not deterministic: the mapping must say `"nondeterministic": true` ({linked("M430")}).'
    return line


def _types(types: tuple[type, ...] | None) -> str:
    return "any value" if types is None else " or ".join(TYPE_NAMES.get(t, t.__name__) for t in types) or "nothing"


def _arguments(resolver: Resolver, texts: dict[str, str]) -> str:
    schema = resolver.args_schema()
    lines = ["| argument | type | default | meaning |", "|---|---|---|---|"]
    for one in settings_of(schema):
        text = texts.get(one.name, one.text)
        lines.append(f"| `{one.name}` | {one.kind} | {need_cell(one.need)} | {cell(text)} |")
    if isinstance(schema["additionalProperties"], dict):
        kind = kind_of(schema["additionalProperties"])
        variadic = next(param.name for param in resolver.params if param.variadic)
        lines.append(f"| *any other name* | {kind} |  | {cell(texts.get(variadic, ''))} |")
    return "\n".join(lines)


def _examples(resolver: Resolver, linked: Callable[[str], str]) -> str:
    head = "| value | step | result |\n|---|---|---|" if resolver.takes_input else "| step | result |\n|---|---|"
    return head + "".join(f"\n{_row(resolver, example, linked)}" for example in resolver.examples)


def _row(resolver: Resolver, example: Example, linked: Callable[[str], str]) -> str:
    step = resolver.name if example.args is None else {resolver.name: example.args}
    result = f"error {linked(example.error)}" if example.error else _code(example.output)
    given = f" {_code(example.input)} |" if resolver.takes_input else ""
    return f"|{given} {_code(step)} | {result} |"


def _code(value: Any) -> str:
    """A value as it reads in JSON, in a table cell."""
    if value is MISSING:
        return "*missing*"
    text = _visible(json_text(value))
    ticks = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{ticks}{pad}{cell(text)}{pad}{ticks}"


def json_text(value: Any) -> str:
    """JSON with decimals digit for digit, dates as text and bytes named."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json_text(str(k))}: {json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(json_text(part) for part in value) + "]"
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dt.date | dt.time):
        return f'"{value.isoformat()}"'
    if isinstance(value, bytes):
        return f"bytes {value.hex(' ')}"
    return json.dumps(value, ensure_ascii=False, default=str)


def _visible(text: str) -> str:
    """Characters that cannot be seen are written as JSON escapes."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def anchor(name: str) -> str:
    """Where the page has the resolver."""
    return name.replace(".", "-")
