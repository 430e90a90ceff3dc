"""The `${...}` places of a pipeline: found in every string, and refused (P106) when they are not one of the known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from .near import near_name
from .pointer import join

_PLACE = re.compile(r"\$\{([^{}]*)(\}?)")
_TIME = re.compile(r"%[YmdHMSjyf%]")
_PLAIN = ("run.id", "run.date", "run.started_at", "pipeline")
_KNOWN = ("params.NAME", "env.NAME", "secret:NAME", "run.id", "run.date", "run.started_at:%Y%m%d", "pipeline")
# Documents of their own: their strings are not the pipeline's.
_SKIPPED = ("mapping", "comment", "description", "$schema")


def holds_place(value: Any) -> bool:
    """Whether a value is a text with `${...}` in it, so that its type is known at run time only."""
    return isinstance(value, str) and "${" in value


def check_places(problem: Callable[..., None], data: dict[str, Any], params: set[str]) -> None:
    """Note every place that is not closed, has an unknown name, or an undeclared parameter (`params` are declared)."""
    for pointer, text in _strings(data, ""):
        for match in _PLACE.finditer(text):
            found = _fault(match[1], bool(match[2]), params)
            if found is None:
                continue
            message, label, fix = found
            within = (match.start(), match.end() - match.start())
            notes = (f"known: {', '.join('${' + name + '}' for name in _KNOWN)}",)
            problem("P106", message, pointer, within=within, label=label, notes=notes, fix=fix)


def _fault(name: str, closed: bool, params: set[str]) -> tuple[str, str, str] | None:
    if not closed:
        known = max((plain for plain in _PLAIN if name.startswith(plain)), key=len, default="")
        return "${ without its }", "not closed", f"${{{known or name.split('/')[0].strip()}}}"
    if name in _PLAIN:
        return None
    head, colon, rest = name.partition(":")
    if head == "secret" and colon and rest.strip():
        return None
    if head == "run.started_at" and colon:
        if rest and "%" not in _TIME.sub("", rest):
            return None
        return f"${{{name}}} is not a time form", "only %Y %m %d %H %M %S %j %y %f", "${run.started_at:%Y%m%d}"
    family, dot, rest = name.partition(".")
    if family == "env" and dot and rest:
        return None
    if family == "params" and dot and rest:
        if rest in params:
            return None
        near = near_name(rest, params)
        label = f'did you mean "{near}"?' if near else "not declared"
        fix = f"${{params.{near}}}" if near else f'"params": {{ "{rest}": {{ "type": "string" }} }}'
        return f'the pipeline has no parameter "{rest}"', label, fix
    near = near_name(name, _PLAIN)
    if name in params:
        return f"${{{name}}} is not known here", "a parameter is written with params.", f"${{params.{name}}}"
    label = f"did you mean ${{{near}}}?" if near else "not one of the known names"
    return f"${{{name}}} is not known here", label, f"${{{near}}}" if near else ""


def _strings(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if "${" in value:
            yield pointer, value
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _strings(item, f"{pointer}/{i}")
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _SKIPPED:
                yield from _strings(item, join(pointer, key))
