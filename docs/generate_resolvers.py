"""The pages of resolvers: one for each group, and the index of all names."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from crosswalk import MISSING, Example, Resolver, decimal_text
from crosswalk.registry import Registry
from crosswalk.values import TYPE_NAMES

GROUPS = {
    "text": "clean, cut, compare and build text",
    "number": "read, round and calculate numbers, exactly",
    "date": "read, write and calculate dates, times and durations",
    "type": "turn a value into another type",
    "list": "sort, filter, count and sum lists",
    "object": "take objects apart and put them together",
    "table": "pivot rows to columns, and back",
    "identity": "identifiers, hashes and encodings",
    "domain": "codes of countries, currencies, articles and the like",
}

INTRO = """# Resolvers

A resolver is a step that a value goes through: `["SKU", "trim", "upper"]`. Each is a function from one value to one
value. `crosswalk resolvers` lists those that are installed, plugins included; `crosswalk resolvers NAME` describes one.

**How to call one.** Without arguments write its name: `"trim"`. With arguments write an object of its name:
`{ "round": { "digits": 2 } }`. Where the first argument is all you give, it may stand bare: `{ "round": 2 }`.
An argument that takes a `$variable` may be a path such as `"$context.zone"` instead of a constant.

**Missing and null.** A resolver is not called on a missing or null value: the value passes as it is. Those marked
*called on missing and null* are the exceptions.

**Types.** A value of a type that the resolver does not take is error [M313](../errors/M313.md). Numbers are never
made of text in passing: say `"int"` or `"decimal"` first.

**Six steps belong to the language**, not to this list: `map`, `each`, `filter`, `lookup`, `get` and `check`. See
[language steps](../language-steps.md).
"""


def pages() -> Iterator[tuple[str, str]]:
    """The index, then one page for each group."""
    resolvers = sorted(Registry().resolvers.values(), key=lambda r: r.name)
    groups = [*GROUPS, *sorted({r.group for r in resolvers} - set(GROUPS))]
    index = [INTRO]
    for group in groups:
        members = [r for r in resolvers if r.group == group]
        if not members:
            continue
        about = GROUPS.get(group, "")
        index.append(f"## [{group.capitalize()}]({group}.md): {about}\n\n| name | what it does |\n|---|---|")
        index[-1] += "".join(f"\n| [`{r.name}`]({group}.md#{_anchor(r.name)}) | {_cell(r.summary)} |" for r in members)
        head = f"# {group.capitalize()} resolvers\n\nTo {about}.\n\n" if about else f"# {group.capitalize()}\n\n"
        names = " ".join(f"[`{r.name}`](#{_anchor(r.name)})" for r in members)
        yield f"reference/resolvers/{group}.md", head + names + "\n\n" + "\n\n".join(_section(r) for r in members)
    yield "reference/resolvers/index.md", "\n\n".join(index)


def _section(resolver: Resolver) -> str:
    doc, arguments = _split(resolver.doc)
    parts = [f"## `{resolver.name}` {{ #{_anchor(resolver.name)} }}", doc, _signature(resolver)]
    if resolver.params:
        parts.append(_arguments(resolver, arguments))
    errors = sorted({e.error for e in resolver.examples if e.error} | set(re.findall(r"\bM3\d\d\b", resolver.doc)))
    if errors:
        shown = ", ".join(f"[{code}](../errors/{code}.md)" for code in errors)
        parts.append(f"Errors: {shown}.")
    if resolver.examples:
        parts.append(_examples(resolver))
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


def _signature(resolver: Resolver) -> str:
    takes = _types(resolver.accepts) if resolver.takes_input else "no value: it starts a field"
    null = "called on missing and null" if resolver.null == "aware" else "missing and null pass as they are"
    line = f"Takes {takes}. Gives {_types(resolver.returns)}."
    if resolver.takes_input:
        line += f" Null: {null}."
    if not resolver.pure and not resolver.run:
        line += ' Not deterministic: the mapping must say `"nondeterministic": true` ([M430](../errors/M430.md)).'
    return line


def _types(types: tuple[type, ...] | None) -> str:
    return "any value" if types is None else " or ".join(TYPE_NAMES.get(t, t.__name__) for t in types) or "nothing"


def _arguments(resolver: Resolver, texts: dict[str, str]) -> str:
    schema = resolver.args_schema()
    lines = ["| argument | type | default | meaning |", "|---|---|---|---|"]
    for param in resolver.params:
        about = schema["additionalProperties"] if param.variadic else schema["properties"][param.name]
        name = "*any other name*" if param.variadic else f"`{param.name}`"
        default = "required" if param.required else "" if param.variadic else _code(about.get("default"))
        lines.append(f"| {name} | {_kind(about)} | {default} | {_cell(texts.get(param.name, ''))} |")
    return "\n".join(lines)


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(_code(value) for value in schema["enum"])
    if "anyOf" in schema:
        kinds = " or ".join(_kind(part) for part in schema["anyOf"]).split(" or ")
        return " or ".join(kind for kind in dict.fromkeys(kinds) if kind != "integer" or "number" not in kinds)
    pattern = schema.get("pattern", "")
    if pattern.startswith(r"^\$"):
        return "`$variable`"
    if pattern and schema.get("type") == ["number", "string"]:
        return "number"
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _examples(resolver: Resolver) -> str:
    head = "| value | step | result |\n|---|---|---|" if resolver.takes_input else "| step | result |\n|---|---|"
    return head + "".join(f"\n{_row(resolver, example)}" for example in resolver.examples)


def _row(resolver: Resolver, example: Example) -> str:
    step = resolver.name if example.args is None else {resolver.name: example.args}
    result = f"error [{example.error}](../errors/{example.error}.md)" if example.error else _code(example.output)
    given = f" {_code(example.input)} |" if resolver.takes_input else ""
    return f"|{given} {_code(step)} | {result} |"


def _code(value: Any) -> str:
    """A value as it reads in JSON, in a table cell."""
    if value is MISSING:
        return "*missing*"
    text = _visible(json_text(value))
    ticks = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{ticks}{pad}{_cell(text)}{pad}{ticks}"


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


def _anchor(name: str) -> str:
    return name.replace(".", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
