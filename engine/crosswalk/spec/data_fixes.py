"""What to paste against a data error: made from the mapping around the step that failed and from the samples."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import Any

from ..reject import FieldError
from .pointer import exists, parent, resolve, split

_AS_NULL = 'accept bad values as empty: { ..., "on_error": "null" }'
_PLAIN = {
    "M311": 'use decimals, which have no limit: [..., "decimal"]',
    "M312": 'say which one: [..., "first"] or [..., {"join": ", "}]',
    "M313": 'cast first: [..., "string", ...]',
    "M314": 'say how to round: {"decimal": {"scale": 2, "rounding": "half_even"}}',
    "M316": 'say which one counts: "duplicates": "first", "last" or "collect"',
    "M317": 'skip zeros: {"source": ..., "resolve": [{"null_if": 0}]}',
    "M319": 'say which offset holds: {"assume_zone": {"zone": "...", "gap": "forward", "ambiguous": "earlier"}}',
    "M320": 'cast before comparing: {"path": {"as": "decimal", "gt": 5}}',
    "M331": 'accept unknown keys: "on_missing": "null", or "on_missing": "default" beside a "default"',
    "M340": 'cut instead: {"truncate": {"max": ...}}',
    "M342": _AS_NULL,
    "M343": _AS_NULL,
    "M344": _AS_NULL,
}
_REQUIRED = {
    "missing": ('fill in a value: { ..., "default": ... }',),
    "null": ('fill in a value: { ..., "default": ... }', 'or accept null: { ..., "required": "present" }'),
    "blank": (
        'fill in a value: { ..., "resolve": [..., "blank_to_null"], "default": ... }',
        'or accept blank text: { ..., "required": "present" }',
    ),
}
"""By what the value was: a default is for missing and null alone, and "present" accepts null and blank text."""
_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%d-%b-%Y")
_TIMES = ("T%H:%M:%S%z", "T%H:%M:%S", " %H:%M:%S", " %H:%M", " %I:%M %p", "")
_ISO_TIME = re.compile(r'"\d{4}-\d\d-\d\d[T ]\d\d:\d\d')
_NUMBERS = ("int", "decimal", "float", "number")


def fixes_for(error: FieldError, data: Any, samples: list[str], messages: Iterable[str] = ()) -> str:
    """Fixes for one group of errors, one a line; "" when there is nothing to say.

    `data`: the mapping, if known. `messages`: those of the group, where they differ from the error's.
    """
    if not error.field and not error.pointer:
        return ""  # the record as a whole could not be read
    if error.code == "M330":
        return _map_fix(samples)
    if error.code == "M301":
        states = [message.rpartition(" ")[2] for message in messages or (error.message,)]
        return "\n".join(dict.fromkeys(line for state in states for line in _REQUIRED.get(state, ())))
    if error.code == "M315":
        return _list_fix(error)
    if error.code != "M310":
        return _PLAIN.get(error.code, "")
    step, steps = _step(data, error.pointer) if data is not None else ("", [])
    found = []
    if step in _NUMBERS:
        found = _number_fixes(step, steps, samples)
    elif step in ("date", "datetime"):
        found = _date_fixes(step, resolve(data, error.pointer), samples)
    elif step == "boolean":
        words = [json.loads(sample) for sample in samples if sample.startswith('"') and sample.endswith('"')]
        shown = json.dumps([word for word in words if isinstance(word, str)][:1] or ["..."], ensure_ascii=False)
        found = [f'say which words are true: {{"boolean": {{"true": {shown}, "false": ["..."]}}}}']
    return "\n".join([*found, _AS_NULL])


def _step(data: Any, pointer: str) -> tuple[str, list[Any]]:
    """The name of the step that failed, and the list from its path or first step up to it."""
    if not exists(data, pointer):
        return "", []
    value = resolve(data, pointer)
    name = value if isinstance(value, str) else next(iter(value), "") if isinstance(value, dict) else ""
    last = split(pointer)[-1] if pointer else ""
    around = resolve(data, parent(pointer))
    if isinstance(around, list) and last.isdigit():
        return name, around[: int(last)]
    if last == "type":
        return {"integer": "int"}.get(name, name), []
    return name, []


def _number_fixes(step: str, steps: list[Any], samples: list[str]) -> list[str]:
    """Separators that the samples show."""
    found = []
    before = [json.dumps(part, ensure_ascii=False) for part in steps] or ["..."]
    last = [json.dumps(step)] if step == "int" else []
    for group, decimal, words in ((",", ".", "thousands separators"), (".", ",", "a decimal comma")):
        pattern = rf'"[+-]?\d{{1,3}}(\{group}\d{{3}})+(\{decimal}\d+)?"'
        comma = r'"[+-]?\d+,\d{1,2}"' if decimal == "," else r"$^"
        if any(re.fullmatch(pattern, sample) or re.fullmatch(comma, sample) for sample in samples):
            options = {"group": ","} if group == "," else {"decimal": ",", "group": "."}
            shown = ",".join([*before, json.dumps({"parse_number": options}, separators=(",", ":")), *last])
            found.append(f"{words}: [{shown}]")
    if step == "int" and any(re.fullmatch(r'"?[+-]?\d+\.0+"?', sample) for sample in samples):
        shown = ",".join([*before, '"decimal"', '"int"'])
        found.append(f"whole numbers with a point: [{shown}]")
    return found


def _date_fixes(step: str, said: Any, samples: list[str]) -> list[str]:
    """The forms that samples have, beside those that the step takes."""
    args = said[step] if isinstance(said, dict) else {}
    more = dict(args) if isinstance(args, dict) else {"format": args}
    known = more.get("format") or (["%Y-%m-%d"] if step == "date" else ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"])
    forms = [known] if isinstance(known, str) else list(known)
    fresh = list(dict.fromkeys(form for sample in samples if (form := _form_of(step, sample)) and form not in forms))
    found = []
    if fresh:
        shown = json.dumps({step: {**more, "format": [*forms, *fresh]}}, ensure_ascii=False)
        found.append(f"accept {'that form' if len(fresh) == 1 else 'these forms'}, too: {shown}")
    if step == "date" and any(_ISO_TIME.match(sample) for sample in samples):
        found.append('the day of a date and time: [..., "datetime", "date"]')
    return found


def _form_of(step: str, sample: str) -> str:
    """The first usual form that the whole sample has, "" when it has none."""
    text = sample.strip('"')
    for form in _FORMS:
        for time in _TIMES if step == "datetime" else ("",):
            try:
                dt.datetime.strptime(text, form + time)
            except ValueError:
                continue
            return form + time
    return ""


def _list_fix(error: FieldError) -> str:
    if error.message.startswith("the key "):
        path = json.dumps(error.path or "...", ensure_ascii=False)
        return f'leave such items out: "where": {{ {path}: {{ "present": true }} }}'
    zipped = error.message.startswith("the lists differ")
    return 'say what to do: "uneven": "pad" or "uneven": "cut"' if zipped else ""


def _map_fix(samples: list[str]) -> str:
    values = [sample for sample in samples if sample.startswith('"') and sample.endswith('"')]
    entries = ", ".join(f"{value}: ..." for value in values)
    lines = [f"list them: {{ {entries} }}"] if entries else []
    return "\n".join([*lines, 'give all others one value: { "map": { ... }, "else": ... }'])
