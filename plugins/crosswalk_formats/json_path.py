"""Record paths: the names and `[*]` that lead to the records of a JSON document."""

from __future__ import annotations

import json
import re
from typing import Any

from crosswalk import ArgumentError

EACH = None
"""The step `[*]`; every other step is the name of a member."""

_STEP = re.compile(r'\.?([A-Za-z_][A-Za-z0-9_]*)|\.?("(?:[^"\\]|\\.)*")|(\[\*\])')


def parse_record_path(text: str) -> tuple[str | None, ...]:
    """The steps of a path such as `data.orders.edges[*].node`; raises ArgumentError for anything but names and [*]."""
    steps: list[str | None] = []
    place = 0
    while place < len(text):
        match = _STEP.match(text, place)
        dotted = match is not None and match[0].startswith(".")
        if match is None or (match[3] is None and dotted != bool(steps)):
            raise ArgumentError(
                f"the record path {text!r} cannot be read at character {place + 1}: only names and [*] lead to records",
                argument="record",
                fix='write for example "data.items[*]", and put conditions into the mapping\'s "filter"',
            )
        steps.append(EACH if match[3] else match[1] or _unquoted(match[2]))
        place = match.end()
    if not steps:
        raise ArgumentError("the record path is empty", argument="record")
    return tuple(steps)


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError as error:
        raise ArgumentError(f"{text} is not a JSON string", argument="record") from error


def records_at(document: Any, steps: tuple[str | None, ...]) -> list[Any]:
    """The records of a parsed document, as JMESPath finds them: nulls and what does not fit the path are passed over.

    A path of names only that leads to a list means the items of the list.
    """
    found = matches_at(document, steps)
    return found[0] if EACH not in steps and found and isinstance(found[0], list) else found


def matches_at(value: Any, steps: tuple[str | None, ...]) -> list[Any]:
    """The non-null values at the path."""
    for place, step in enumerate(steps):
        if step is EACH:
            if not isinstance(value, list):
                return []
            rest = steps[place + 1 :]
            return [match for item in value for match in matches_at(item, rest)]
        value = value.get(step) if isinstance(value, dict) else None
    return [] if value is None else [value]
