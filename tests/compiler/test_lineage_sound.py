"""Lineage is sound: whatever changes when a member of a record changes is said to depend on it, on every case."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosswalk import CrosswalkError, DataError, Engine, Lineage, Mapper

CASES = Path(__file__).parents[1] / "cases"
ENGINE = Engine()
GONE = object()
VALUES = (GONE, None, "zz", [1, 2])


@pytest.mark.parametrize("file", sorted(CASES.glob("*.json")), ids=lambda file: file.stem)
def test_what_changes_is_said_to_depend(file: Path) -> None:
    wrong = []
    for case, mapper, record in _records(file):
        lineage, before = mapper.lineage(), _mapped(mapper, record)
        for key in record if before is not None else ():
            for value in VALUES:
                changed = {**record, key: value}
                if value is GONE:
                    del changed[key]
                after = _mapped(mapper, changed)
                for field in _differing(before, after) if after is not None else ():
                    if not _depends(lineage, field, key):
                        wrong.append((case, field, key))
    assert wrong == []


def test_a_hole_in_the_lineage_would_be_found() -> None:
    lineage = ENGINE.mapping({"mapping": "1", "fields": {"a.b": "x", "l": {"each": "y.z", "value": "v"}}}).lineage()
    assert _depends(lineage, "a.b", "x")
    assert _depends(lineage, "l[].v", "y")
    assert not _depends(lineage, "a.b", "y")


def _records(file: Path) -> Iterator[tuple[str, Mapper, dict[str, Any]]]:
    for case in json.loads(file.read_text("utf-8"))["cases"]:
        document, given = case.get("mapping"), case.get("given")
        if not isinstance(document, dict) or not isinstance(given, list) or "source_format" in case:
            continue
        try:
            mapper = ENGINE.mapping({"mapping": "1", **document}).bind(case.get("params", {}))
        except CrosswalkError:
            continue
        if not mapper.plan.multiple and mapper.plan.group is None:
            yield from ((case["name"], mapper, record) for record in given if isinstance(record, dict))


def _mapped(mapper: Mapper, record: dict[str, Any]) -> dict[str, Any] | None:
    """The output, None for a record that is refused, filtered, or no object."""
    try:
        found = mapper(record)
    except (CrosswalkError, DataError):
        return None
    return found if isinstance(found, dict) else None


def _differing(one: Any, other: Any) -> set[str]:
    before, after = dict(_leaves(one, "")), dict(_leaves(other, ""))
    found = {place for place in {*before, *after} if str(before.get(place)) != str(after.get(place))}
    return {re.sub(r"\[\d+\]", "[]", place) for place in found if place}


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            shown = key.replace(".", "\\.")
            yield from _leaves(part, f"{place}.{shown}" if place else shown)
    elif isinstance(value, list) and value:
        for index, part in enumerate(value):
            yield from _leaves(part, f"{place}[{index}]")
    else:
        yield place, value


def _depends(lineage: Lineage, field: str, key: str) -> bool:
    stream = lineage.streams[0]
    parts = [part for entry in stream.fields if _meet(entry.field, field) for part in entry.depends]
    names = [part.name for part in (*parts, *stream.depends) if part.kind == "path"]
    return any(name in ("@", "*", key) or re.split(r"[.\[]", name)[0].strip('"') == key for name in names)


def _meet(target: str, field: str) -> bool:
    """Whether a target (`*` stands for any name) is the field, holds it, or lies in it."""
    if target == "@":
        return True
    ours, theirs = (re.sub(r"\[\d*\]", ".[]", name).strip(".").split(".") for name in (target, field))
    return all("*" in (a, b) or a == b for a, b in zip(ours, theirs, strict=False))
