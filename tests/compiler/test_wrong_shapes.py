"""A mapping with a part of any wrong shape: it compiles or is refused with codes, and nothing else happens."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from crosswalk import CrosswalkError, Engine

WHOLE: dict[str, Any] = {
    "mapping": "1",
    "params": {"shop": {"type": "string", "default": "34"}},
    "source": {
        "format": {"type": "json"}, "record": "orders", "empty": "null",
        "schema": {"properties": {"id": {"type": ["string"]}, "lines": {"type": "array"}, "total": {}}},
    },
    "target": {"format": "csv", "missing": "null"},
    "tables": {"shops": {"inline": [{"code": "34", "ref": "MEL"}], "key": "code"}, "kinds": {"inline": {"1": "a"}}},
    "pipelines": {"clean": ["trim", {"replace": {"find": " ", "with": "-"}}]},
    "fragments": {"address": {"let": {"c": "city"}, "fields": {"city": "$c"}}},
    "defaults": {"fields": {"resolve": ["trim"], "on_error": "null"}},
    "let": {"total": ["total", "decimal"]},
    "filter": {"id": {"present": True}, "any": [{"a": 1}, {"not": {"b": {"in": [1]}}}]},
    "explode": [{"path": "lines", "as": "line", "outer": True}],
    "let_each": {"sku": {"source": ["$line.sku", "sku"], "required": True}},
    "where": {"$sku": {"ne": "GIFT"}},
    "fields": {
        "id": ["id", "clean", {"map": {"a": "b"}, "else": "c"}],
        "on": ["on", {"date": {"format": ["%d/%m/%Y"]}}],
        "sum": {"calc": "$total * 2", "type": "decimal", "check": {"gte": 0}},
        "ref": {"lookup": {"table": "shops", "key": ["id"], "return": "ref", "on_missing": "default"}, "default": "-"},
        "kind": ["kind", {"lookup": {"table": "kinds"}}, {"check": {"ne": "x"}}],
        "tag": {"switch": [{"when": {"a": 1}, "then": {"const": 1}}, {"else": "b"}]},
        "text": {"template": "{id} {$context.shop}", "if_missing": "empty", "sensitive": True},
        "list": {"each": {"path": "x", "where": {"q": 1}}, "sort": [{"by": "q", "desc": True}], "fields": {"q": "q"}},
        "map": {"object": {"each": "x", "key": ["k", "upper"], "value": "v"}},
        "pair": {"array": ["a", ["b", {"each": ["trim"]}]], "compact": True},
        "home": {"use": "address", "at": "home"},
        "when": {"when": {"a": 1}, "source": "a", "else": {"const": None}, "on_error": "omit"},
    },
    "passthrough": {"exclude": ["x_*"]},
    "checks": [{"when": {"$out.id": "x"}, "message": "no", "level": "warn"}],
    "on_error": {"record": "skip", "max_rejects": "1%"},
    "tests": [{"name": "t", "given": {}, "expect": {}}],
}  # fmt: skip
GROUPED: dict[str, Any] = {
    "mapping": "1", "source": {"format": "csv"}, "group": {"by": ["id", ["k", "upper"]], "scope": "batch", "as": "all"},
    "outputs": [{"name": "o", "explode": "$all", "let_each": {"z": "k"}, "where": {"k": "1"}, "fields": {"n": "$z"}}],
}  # fmt: skip
SHAPES: list[Any] = [None, True, 1, "x", "$x", "", [], ["x"], [["x"]], [{}], {}, {"x": 1}, {"x": {}}]


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if place:
        yield place
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in members:
        yield from _places(part, (*place, key))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize("whole", [WHOLE, GROUPED], ids=["whole", "grouped"])
def test_no_shape_is_a_surprise(engine: Engine, whole: dict[str, Any]) -> None:
    engine.mapping(whole)
    surprised = []
    for place in _places(whole):
        for shape in SHAPES:
            wrong = copy.deepcopy(whole)
            home: Any = wrong
            for key in place[:-1]:
                home = home[key]
            home[place[-1]] = shape
            try:
                engine.mapping(wrong)
            except CrosswalkError:
                pass
            except Exception as error:
                surprised.append(f"{'/'.join(map(str, place))} = {json.dumps(shape)}: {error!r}")
    assert not surprised
